//! Named tasks under one cancellation token: a task that ends early is a failure, not a silence.

use std::{any::Any, collections::HashMap, error::Error, fmt::Display, time::Duration};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// What a task may fail with.
pub type TaskError = Box<dyn Error + Send + Sync>;

/// A task ended before it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the task `{name}` {how}")]
pub struct TaskEnded {
    /// The task's name.
    pub name: &'static str,
    how: String,
    /// What it failed with, if it did so by itself.
    error: Option<TaskError>,
}

impl TaskEnded {
    /// What the task failed with, if that is an `E`.
    pub fn error<E: Error + 'static>(&self) -> Option<&E> {
        self.error.as_ref()?.downcast_ref()
    }
}

/// Owns the tasks of the bot. Dropping it aborts them.
#[derive(Debug, Default)]
pub struct Supervisor {
    token: CancellationToken,
    tasks: JoinSet<Result<(), TaskError>>,
    names: HashMap<Id, &'static str>,
}

impl Supervisor {
    /// A supervisor without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when the tasks are to finish what is in flight and end.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a task, which must go on until [`Supervisor::token`] is cancelled.
    pub fn spawn(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), TaskError>> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.names.insert(id, name);
    }

    /// Starts a task that cannot fail by itself.
    pub fn spawn_infallible(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        self.spawn(name, async {
            task.await;
            Ok(())
        });
    }

    /// Waits for a task to end, which none should. Never returns while all are running; safe to
    /// drop and to call again.
    pub async fn watch(&mut self) -> TaskEnded {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.ended(ended),
            None => std::future::pending().await,
        }
    }

    /// Asks every task to end and waits for it, at most `patience` long: what is left then is
    /// aborted. True when every task ended well by itself.
    pub async fn drain(&mut self, patience: Duration) -> bool {
        self.token.cancel();
        let mut well = true;
        let all = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                if let Ok((id, Ok(()))) = ended {
                    let name = self.names.remove(&id).unwrap_or("?");
                    debug!(task = name, "Ended");
                } else {
                    well = false;
                    let failure = Self::failure(&mut self.names, ended);
                    warn!("While stopping: {failure}");
                }
            }
        };
        if timeout(patience, all).await.is_err() {
            let mut left: Vec<_> = self.names.values().copied().collect();
            left.sort_unstable();
            warn!(?left, "Some tasks did not end in time and are cut off");
            self.tasks.shutdown().await;
            return false;
        }
        well
    }

    fn ended(&mut self, ended: Result<(Id, Result<(), TaskError>), JoinError>) -> TaskEnded {
        Self::failure(&mut self.names, ended)
    }

    fn failure(
        names: &mut HashMap<Id, &'static str>,
        ended: Result<(Id, Result<(), TaskError>), JoinError>,
    ) -> TaskEnded {
        let (id, how, error) = match ended {
            Ok((id, Ok(()))) => (id, "ended although nobody asked it to".into(), None),
            Ok((id, Err(error))) => {
                let how = format!("failed: {}", chain(error.as_ref()));
                (id, how, Some(error))
            }
            Err(error) => {
                let id = error.id();
                let how = match error.try_into_panic() {
                    Ok(payload) => format!("panicked: {}", message(payload.as_ref())),
                    Err(_) => "was aborted".into(),
                };
                (id, how, None)
            }
        };
        let name = names.remove(&id).unwrap_or("?");
        TaskEnded { name, how, error }
    }
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> impl Display {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Many errors repeat their cause in their own text.
        if !line.contains(&cause_text) {
            line = format!("{line}: {cause_text}");
        }
        source = cause.source();
    }
    line
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn a_task_that_ends_early_is_named_with_its_reason() {
        let mut supervisor = Supervisor::new();
        let token = supervisor.token();
        supervisor.spawn_infallible("steady", async move { token.cancelled().await });
        supervisor.spawn("failing", async { Err("the disk is full".into()) });
        let ended = supervisor.watch().await;
        assert_eq!(
            ended.to_string(),
            "the task `failing` failed: the disk is full"
        );

        supervisor.spawn("panicking", async { panic!("at the disco") });
        let ended = supervisor.watch().await;
        assert_eq!(
            ended.to_string(),
            "the task `panicking` panicked: at the disco"
        );

        supervisor.spawn_infallible("bored", async {});
        assert_eq!(supervisor.watch().await.name, "bored");
        assert!(supervisor.drain(LONG).await);
    }

    #[tokio::test(start_paused = true)]
    async fn draining_waits_for_what_is_in_flight_and_cuts_off_what_hangs() {
        let mut supervisor = Supervisor::new();
        let token = supervisor.token();
        supervisor.spawn_infallible("busy", async move {
            token.cancelled().await;
            tokio::time::sleep(LONG / 2).await;
        });
        assert!(supervisor.drain(LONG).await);

        supervisor.spawn_infallible("deaf", std::future::pending());
        assert!(!supervisor.drain(LONG).await);
    }
}
