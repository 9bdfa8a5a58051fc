//! The command line, as typed. What comes through the environment is tested with the program
//! itself, since a test cannot change its own.

use std::collections::BTreeMap;

use secrecy::ExposeSecret;

use super::*;

const SECRET: &str = "hunter2";

fn parse(flags: &[&str]) -> Result<Config, ConfigError> {
    // What the shell that runs the tests has set is no part of them.
    let command = Config::command().mut_args(|arg| arg.env(None));
    let args = ["uguisu"].iter().chain(flags).map(OsString::from);
    match Config::parse(command, args)? {
        Task::Run(config) => Ok(*config),
        other => panic!("not the bot but {other:?} was to be run"),
    }
}

#[test]
fn a_health_check_needs_only_the_address() {
    let command = Config::command().mut_args(|arg| arg.env(None));
    let args = ["uguisu", "--http-listen", "127.0.0.1:99", "healthcheck"];
    match Config::parse(command, args.map(OsString::from)).unwrap() {
        Task::Healthcheck(listen) => assert_eq!(listen.to_string(), "127.0.0.1:99"),
        other => panic!("not the health check but {other:?} was to be run"),
    }
}

#[test]
fn a_backup_needs_only_the_database_and_a_path() {
    let task = |args: &[&str]| {
        let command = Config::command().mut_args(|arg| arg.env(None));
        Config::parse(command, args.iter().map(OsString::from))
    };
    match task(&[
        "uguisu",
        "--database-url",
        "sqlite://a.db",
        "backup",
        "b.db",
    ])
    .unwrap()
    {
        Task::Backup { database_url, to } => {
            assert_eq!(database_url, "sqlite://a.db");
            assert_eq!(to, Path::new("b.db"));
        }
        other => panic!("not the backup but {other:?} was to be run"),
    }
    let error = task(&["uguisu", "backup"]).unwrap_err();
    assert!(error.to_string().starts_with("PATH: "), "{error}");
}

#[test]
fn backups_go_beside_the_database_unless_told_otherwise() {
    let backups = |flags: &[&str]| {
        parse(&[&["--discord-token=x"], flags].concat())
            .unwrap()
            .backups()
    };
    let by_default = backups(&["--database-url=sqlite:///srv/bot/settings.db"]).unwrap();
    assert_eq!(by_default.directory, Path::new("/srv/bot/backups"));
    assert_eq!(by_default.every, Duration::from_hours(24));
    let elsewhere = backups(&["--backup-directory=/mnt", "--backup-keep=3"]).unwrap();
    assert_eq!(
        (elsewhere.directory.as_path(), elsewhere.keep.get()),
        (Path::new("/mnt"), 3)
    );
    assert!(backups(&["--backup-hours=0"]).is_none());
    assert!(backups(&["--database-url=sqlite::memory:"]).is_none());
}

#[test]
fn presences_are_everyones_or_those_of_a_list() {
    let subscription = |flags: &[&str]| {
        parse(&[&["--discord-token=x"], flags].concat()).map(|config| config.lanyard_subscription())
    };
    assert_eq!(subscription(&[]).unwrap(), Subscription::Everyone);
    assert_eq!(
        subscription(&["--lanyard-users=7, 5,7"]).unwrap(),
        Subscription::Users(vec![5, 7])
    );
    for wrong in [
        "--lanyard-users=ana",
        "--lanyard-users=0",
        "--lanyard-users=1,,2",
    ] {
        let error = subscription(&[wrong]).unwrap_err().to_string();
        assert!(error.starts_with("LANYARD_USERS: "), "{error}");
    }
}

#[test]
fn the_limits_of_lanyard_are_those_that_it_documents() {
    let limits = |flags: &[&str]| {
        parse(&[&["--discord-token=x"], flags].concat()).map(|config| config.lanyard_limits())
    };
    assert_eq!(limits(&[]).unwrap(), Limits::default());
    let limited = limits(&["--lanyard-max-message=1", "--lanyard-max-presence=2"]).unwrap();
    assert_eq!((limited.message, limited.presence), (1_000_000, 2_000));
    assert!(limits(&["--lanyard-max-presence=17000"]).is_err());
}

#[test]
fn how_often_lanyard_is_asked_anew_can_be_chosen_but_not_so_that_it_never_ends() {
    let refresh = |flags: &[&str]| {
        parse(&[&["--discord-token=x"], flags].concat()).map(|config| config.lanyard_refresh())
    };
    assert_eq!(refresh(&[]).unwrap(), Duration::from_hours(6));
    let minute = refresh(&["--lanyard-refresh=1"]).unwrap();
    assert_eq!(minute, Duration::from_mins(1));
    assert!(refresh(&["--lanyard-refresh=0"]).is_err());
}

/// The error's one line, checked to be one and to hold no secret.
fn complaint(flags: &[&str]) -> String {
    let line = parse(flags).unwrap_err().to_string();
    assert!(!line.contains('\n') && !line.contains(SECRET), "{line}");
    line
}

#[test]
fn only_the_token_is_needed() {
    let config = parse(&["--discord-token", "abc.def"]).unwrap();
    assert_eq!(config.discord_token.expose_secret(), "abc.def");
    assert!(config.http_listen.ip().is_loopback());
    assert!(config.lanyard_socket.expose().contains("zlib_json"));
    assert!(complaint(&[]).starts_with("DISCORD_TOKEN: "));
}

#[test]
fn a_wrong_value_is_one_line_that_names_the_variable_and_not_the_value() {
    for (flag, value) in [
        ("--discord-token", "hunter2 hunter2"),
        ("--discord-api-url", "hunter2"),
        ("--database-url", "postgres://user:hunter2@localhost/uguisu"),
        ("--database-url", "sqlite://"),
        (
            "--listen-moe-jpop-gateway",
            "https://user:hunter2@listen.moe",
        ),
        ("--listen-moe-kpop-gateway", "wss://"),
        ("--listen-moe-jpop-stream", "wss://hunter2"),
        ("--listen-moe-kpop-stream", "hunter2"),
        ("--listen-moe-token", "hunter2\nhunter2"),
        ("--lanyard-socket", "hunter2://lanyard"),
        ("--http-listen", "hunter2:80"),
        ("--backup-hours", "hunter2"),
        ("--backup-keep", "0"),
        ("--log", "uguisu=hunter2"),
        ("--log", "hunter2"),
        ("--log-format", "hunter2"),
    ] {
        let line = complaint(&["--discord-token=x", flag, value]);
        let variable = flag
            .trim_start_matches('-')
            .replace('-', "_")
            .to_uppercase();
        assert!(line.starts_with(&format!("{variable}: ")), "{flag}: {line}");
    }
}

#[test]
fn what_is_typed_in_the_wrong_place_is_not_repeated() {
    complaint(&[SECRET]);
    complaint(&["--token=hunter2"]);
    complaint(&["--discord-token=hunter2", "--discord-token=hunter2"]);
    complaint(&["--discord-token"]);
}

#[test]
fn no_secret_is_in_debug_output() {
    let config = parse(&[
        "--discord-token=hunter2",
        "--listen-moe-token=hunter2",
        "--lanyard-socket=wss://user:hunter2@lanyard/socket?key=hunter2",
        "--listen-moe-jpop-stream=https://hunter2@listen.moe/opus",
    ])
    .unwrap();
    assert!(!format!("{config:?}").contains(SECRET));
}

#[test]
fn help_is_an_answer_and_not_an_error() {
    assert!(matches!(parse(&["--help"]), Err(ConfigError::Answered(_))));
    assert!(matches!(
        parse(&["--version"]),
        Err(ConfigError::Answered(_))
    ));
}

/// `.env.example` holds every variable with its default; what has none is there and empty.
#[test]
fn the_example_file_is_the_real_definition() {
    let example: BTreeMap<_, _> = include_str!("../../.env.example")
        .lines()
        .map(|line| line.trim_start_matches('#'))
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let real: BTreeMap<_, _> = Config::command()
        .get_arguments()
        .filter_map(|arg| {
            let name = arg.get_env()?.to_str()?.to_owned();
            let default = arg
                .get_default_values()
                .first()
                .and_then(|value| value.to_str());
            Some((name, default.unwrap_or_default().to_owned()))
        })
        .collect();
    assert_eq!(example, real);
}

/// What the file says when it is copied and filled in is what the bot does without it.
#[test]
fn the_example_file_is_read_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, include_str!("../../.env.example")).unwrap();
    let read: Vec<_> = dotenvy::from_path_iter(&path)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(read, [("DISCORD_TOKEN".to_owned(), String::new())]);
}

#[test]
fn a_broken_env_file_is_one_line_without_its_content() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, "DISCORD_TOKEN=\"hunter2\nLOG=info\n").unwrap();
    let line = load_env_file(&path).unwrap_err().to_string();
    assert!(
        line.starts_with(".env: ") && !line.contains(SECRET),
        "{line}"
    );
    load_env_file(&directory.path().join("missing")).unwrap();
}
