//! The command line, with the real program.

// The helpers here are tests too.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

fn sandbox(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    sandbox(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// Asks a process to end, as a service manager does.
fn terminate(child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(sent.success());
}

const QUICK: [&str; 7] = ["run", "--port", "0", "--quiet", "--users", "5", "--"];

fn command(script: &str) -> Vec<&str> {
    [&QUICK[..], &["sh", "-c", script]].concat()
}

#[test]
fn the_command_gets_its_environment_and_what_else_there_is() {
    let output = sandbox(&command("env; test -s \"$SSL_CERT_FILE\" && echo trusted"))
        .env("PASSED_THROUGH", "yes")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    for name in [
        "DISCORD_TOKEN=",
        "DISCORD_API_URL=http://127.0.0.1:",
        "LISTEN_MOE_JPOP_GATEWAY=ws://127.0.0.1:",
        "LISTEN_MOE_KPOP_GATEWAY=ws://127.0.0.1:",
        "LISTEN_MOE_JPOP_STREAM=http://127.0.0.1:",
        "LISTEN_MOE_KPOP_STREAM=http://127.0.0.1:",
        "LANYARD_SOCKET=ws://127.0.0.1:",
        "SSL_CERT_FILE=/",
        "NODE_EXTRA_CA_CERTS=/",
        "PASSED_THROUGH=yes",
        "trusted",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with(name)),
            "no {name} in\n{text}"
        );
    }
}

#[test]
fn the_exit_code_is_the_commands() {
    assert_eq!(run(&command("exit 7")).status.code(), Some(7));
    assert_eq!(run(&command("kill -9 $$")).status.code(), Some(137));
    let missing = run(&[&QUICK[..], &["/no/such/program"]].concat());
    assert_eq!(missing.status.code(), Some(1));
    let error = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(error.contains("/no/such/program"), "{error}");
}

#[test]
fn the_command_is_stopped_first_and_in_order() {
    // It answers SIGTERM by asking the sandbox for something: that one must still be up.
    let script = "trap 'wget -q -O - http://$A/control/faults 2>/dev/null || curl -s http://$A/control/faults; exit 3' TERM; \
        A=${DISCORD_API_URL#http://}; A=${A%/api}; echo ready; while :; do sleep 0.05; done";
    let mut child = sandbox(&command(script))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    terminate(&child);
    assert_eq!(lines.next().unwrap().unwrap(), "[]");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[test]
fn serve_writes_the_environment_and_ends_with_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.env");
    let file = path.to_str().unwrap();
    let mut child = sandbox(&["serve", "--port", "0", "--users", "5", "--env-file", file])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = lines
        .map(Result::unwrap)
        .find(|line| line.contains("The sandbox is at"))
        .unwrap();
    let environment = std::fs::read_to_string(&path).unwrap();
    let api = environment
        .lines()
        .find_map(|line| line.strip_prefix("DISCORD_API_URL="))
        .unwrap();
    assert!(address.contains(api.strip_suffix("/api").unwrap()));
    terminate(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_run_is_recorded_when_the_environment_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.jsonl");
    let ask = "wget -q -O - $DISCORD_API_URL/v10/gateway || curl -sf $DISCORD_API_URL/v10/gateway";
    // Each adds to the same file.
    for _ in 0..2 {
        let run = sandbox(&command(ask))
            .env("SANDBOX_RECORD", &record)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
    }
    let written = std::fs::read_to_string(&record).unwrap();
    let lines: Vec<serde_json::Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["path"], "/api/v10/gateway");
        assert!(line["response"]["url"].is_string(), "{line}");
    }
}

#[test]
fn wrong_choices_are_told_in_words() {
    for arguments in [
        &["serve", "--guilds", "0"][..],
        &["serve", "--users", "9999999"],
        &["serve", "--song-length", "40-8"],
        &["run"],
    ] {
        let output = run(arguments);
        assert!(!output.status.success());
        assert!(output.stderr.len() > 20, "{arguments:?}");
    }
}
