//! What an operator sees when the configuration is wrong: one line, the variable's name, exit
//! code 2, no secret. With the real program, because a test cannot change its own environment.

use std::process::{Command, Output};

const SECRET: &str = "hunter2";

/// Runs the bot in an empty directory with this environment and nothing else.
fn run(environment: &[(&str, &str)], files: &[(&str, &[u8])]) -> Output {
    run_with(&[], environment, files)
}

/// The same with arguments.
fn run_with(arguments: &[&str], environment: &[(&str, &str)], files: &[(&str, &[u8])]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    Command::new(env!("CARGO_BIN_EXE_uguisu"))
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// Checks that there is one line and no secret, and returns the line with the exit code.
fn complaint(output: &Output) -> (String, Option<i32>) {
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(!line.contains(SECRET), "{line}");
    assert!(output.stdout.is_empty());
    (line, output.status.code())
}

#[test]
fn a_wrong_variable_is_named() {
    for (environment, variable) in [
        (vec![], "DISCORD_TOKEN"),
        (vec![("DISCORD_TOKEN", "")], "DISCORD_TOKEN"),
        (vec![("DISCORD_TOKEN", "hunter2 hunter2")], "DISCORD_TOKEN"),
        (
            vec![
                ("DISCORD_TOKEN", SECRET),
                ("LANYARD_SOCKET", "https://user:hunter2@lanyard"),
            ],
            "LANYARD_SOCKET",
        ),
        (
            vec![
                ("DISCORD_TOKEN", SECRET),
                ("DATABASE_URL", "postgres://user:hunter2@host/db"),
            ],
            "DATABASE_URL",
        ),
        (
            vec![
                ("DISCORD_TOKEN", SECRET),
                ("DATABASE_URL", "sqlite:///proc/nowhere/uguisu.db"),
            ],
            "DATABASE_URL",
        ),
        (
            // An address of the documentation range (RFC 5737), which is nobody's own.
            vec![("DISCORD_TOKEN", SECRET), ("HTTP_LISTEN", "192.0.2.1:1")],
            "HTTP_LISTEN",
        ),
    ] {
        let (line, code) = complaint(&run(&environment, &[]));
        assert!(line.starts_with(&format!("uguisu: {variable}: ")), "{line}");
        assert_eq!(code, Some(2), "{line}");
    }
}

#[test]
fn an_empty_variable_means_that_it_is_not_set() {
    let environment = [("DISCORD_TOKEN", SECRET), ("LOG", ""), ("HTTP_LISTEN", "x")];
    let (line, _) = complaint(&run(&environment, &[]));
    assert!(line.contains("HTTP_LISTEN"), "{line}");
}

#[test]
fn the_file_is_read_and_the_environment_wins_over_it() {
    let file = (
        ".env",
        b"DISCORD_TOKEN=hunter2\nLOG_FORMAT=wrong\n".as_slice(),
    );
    let (line, code) = complaint(&run(&[], &[file]));
    assert!(line.contains("LOG_FORMAT"), "{line}");
    assert_eq!(code, Some(2));
    let environment = [("LOG_FORMAT", "text"), ("HTTP_LISTEN", "wrong")];
    let (line, _) = complaint(&run(&environment, &[file]));
    assert!(line.contains("HTTP_LISTEN"), "{line}");
}

#[test]
fn a_damaged_database_is_not_a_matter_of_configuration() {
    let environment = [
        ("DISCORD_TOKEN", SECRET),
        ("DATABASE_URL", "sqlite://uguisu.db"),
        ("HTTP_LISTEN", "127.0.0.1:0"),
    ];
    let garbage = b"hunter2 ".repeat(1000);
    let (line, code) = complaint(&run(&environment, &[("uguisu.db", &garbage)]));
    assert!(
        line.contains("DATABASE_URL") && line.contains("damaged"),
        "{line}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn a_backup_of_no_database_names_the_variable() {
    let environment = [("DATABASE_URL", "sqlite://nowhere.db")];
    let (line, code) = complaint(&run_with(&["backup", "copy.db"], &environment, &[]));
    assert!(line.starts_with("uguisu: DATABASE_URL: "), "{line}");
    assert_eq!(code, Some(2));
}

#[test]
fn a_backup_to_nowhere_is_not_a_matter_of_the_database() {
    let environment = [("DATABASE_URL", "sqlite://uguisu.db")];
    let empty = ("uguisu.db", b"".as_slice());
    let arguments = ["backup", "nowhere/copy.db"];
    let (line, code) = complaint(&run_with(&arguments, &environment, &[empty]));
    assert!(
        line.contains("backup") && !line.contains("DATABASE_URL"),
        "{line}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn help_names_every_variable_and_is_no_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_uguisu"))
        .arg("--help")
        .env_clear()
        .env("LISTEN_MOE_TOKEN", SECRET)
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        help.contains("[env: DISCORD_TOKEN]") && !help.contains(SECRET),
        "{help}"
    );
}
