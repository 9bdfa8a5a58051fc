//! The sandbox in a process of its own: the bot logs in there. Its own Lanyard is not used.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, bail};

/// Printed behind the environment.
const READY: &str = "ready";

/// Runs the sandbox in this process until standard input ends.
pub(crate) fn serve() -> anyhow::Result<()> {
    let options = sandbox::Options {
        users: 0,
        lively: false,
        ..sandbox::Options::default()
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let sandbox = runtime.block_on(sandbox::Sandbox::start(options))?;
    let mut told = std::io::stdout().lock();
    for (name, value) in sandbox.environment() {
        writeln!(told, "{name}={value}")?;
    }
    writeln!(told, "{READY}")?;
    told.flush()?;
    drop(told);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    runtime.block_on(sandbox.shutdown());
    Ok(())
}

/// A running sandbox. Ends with this value.
pub(crate) struct Sandbox {
    child: Child,
    /// For a bot.
    pub(crate) environment: Vec<(String, String)>,
}

impl Sandbox {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sandbox")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut sandbox = Self {
            child,
            environment: vec![],
        };
        for line in lines {
            let line = line?;
            if line == READY {
                return Ok(sandbox);
            }
            let (name, value) = line.split_once('=').context("a strange environment")?;
            sandbox
                .environment
                .push((name.to_owned(), value.to_owned()));
        }
        bail!("the sandbox has ended")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
