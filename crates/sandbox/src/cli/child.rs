//! The command of `sandbox run`.

use std::{
    ffi::OsString,
    process::{ExitCode, ExitStatus},
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use super::{Signals, say};

/// How long the command may take to stop: longer than a bot's own deadline of 10 seconds.
const STOP: Duration = Duration::from_secs(15);

/// Runs the command until it ends, or until a signal asks for the end; answers with its code.
pub(crate) async fn run(
    command: &[OsString],
    environment: Vec<(String, String)>,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let [program, arguments @ ..] = command else {
        bail!("there is no command to run");
    };
    let mut child = Command::new(program)
        .args(arguments)
        .envs(environment)
        // A group of its own: Ctrl-C then reaches only the sandbox, which stops it in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let status = tokio::select! {
        status = child.wait() => status?,
        () = signals.next() => stop(&mut child).await?,
    };
    Ok(exit_code(status))
}

/// Asks the command to stop; kills it when it takes too long.
async fn stop(child: &mut Child) -> anyhow::Result<ExitStatus> {
    if let Some(id) = child.id() {
        terminate(id);
    }
    if let Ok(status) = timeout(STOP, child.wait()).await {
        return Ok(status?);
    }
    say(&format!(
        "sandbox: the command did not stop within {} seconds and is killed",
        STOP.as_secs()
    ));
    child.kill().await?;
    Ok(child.wait().await?)
}

fn terminate(id: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    // It may have ended by itself just now, which is as good.
    if let Some(Err(error)) = pid.map(|pid| kill_process(pid, Signal::TERM)) {
        tracing::debug!(%error, "the command cannot be asked to stop");
    }
}

/// The code of a command; as a shell has it for one that a signal ended: 128 and the signal.
fn exit_code(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}
