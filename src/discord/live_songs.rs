//! Answers to `/nowplaying` that are kept current for a while.
//!
//! They are edited with the token of their interaction: that works wherever the command does, also
//! where the bot is no member, and counts towards no limit of the bot's. It is valid for 15
//! minutes, and so is the promise.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>

use std::{sync::Arc, time::Duration};

use serenity::{
    all::{CommandInteraction, EditInteractionResponse},
    http::{Http, HttpError},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use super::error::describe;

/// For how long an answer is kept current. The last edit has to arrive before the token expires.
pub(super) const LIFE: Duration = Duration::from_secs(14 * 60 + 30);
/// Between two edits of one answer. What changes meanwhile is in the next one.
const APART: Duration = Duration::from_secs(3);
/// After an edit that Discord did not take for now.
const RETRY: Duration = Duration::from_secs(10);
/// Answers that are kept current at once.
const AT_ONCE: usize = 200;
/// How long the last edits may take when the bot stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// Keeps answers current. A cheap handle: clone it.
#[derive(Clone, Debug)]
pub struct LiveSongs {
    places: Arc<Semaphore>,
    tasks: TaskTracker,
    stopping: CancellationToken,
}

/// A place among the answers that are kept current.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Default for LiveSongs {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
        }
    }
}

impl LiveSongs {
    /// Waits until the token is cancelled; then lets each answer say that it is not kept current
    /// any more.
    pub async fn run(self, token: CancellationToken) {
        token.cancelled().await;
        self.stopping.cancel();
        self.tasks.close();
        if timeout(FAREWELL, self.tasks.wait()).await.is_err() {
            warn!("not every live answer could be ended");
        }
    }

    /// A place for another answer, if there is one.
    pub(super) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        (!self.stopping.is_cancelled()).then_some(Place { _permit: permit })
    }

    /// Edits the answer to `interaction`, which was just given, whenever what `render` makes has
    /// changed after a change of `changes`; at last with `render(false)`, after [`LIFE`] or when
    /// the bot stops.
    pub(super) fn keep<T: Send + Sync + 'static>(
        &self,
        place: Place,
        http: Arc<Http>,
        interaction: CommandInteraction,
        changes: watch::Receiver<T>,
        render: impl Fn(bool) -> EditInteractionResponse + Send + Sync + 'static,
    ) {
        let answer = Answer { http, interaction };
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let over = async {
                tokio::select! {
                    () = sleep(LIFE) => {}
                    () = stopping.cancelled() => {}
                }
            };
            let gone = {
                let following = follow(&answer, changes, &render);
                tokio::select! {
                    () = following => true,
                    () = over => false,
                }
            };
            if !gone {
                // What cannot be said now grows old like any message.
                let _ = answer.edit(render(false)).await;
            }
            drop(place);
        });
    }
}

struct Answer {
    http: Arc<Http>,
    interaction: CommandInteraction,
}

/// What came of an edit.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Edited {
    Yes,
    Later,
    /// Somebody has deleted it.
    Gone,
}

impl Answer {
    async fn edit(&self, edit: EditInteractionResponse) -> Edited {
        let edited = self.interaction.edit_response(&self.http, edit).await;
        let Err(error) = edited else {
            return Edited::Yes;
        };
        debug!("a live answer was not edited: {}", describe(&error));
        match error {
            serenity::Error::Http(HttpError::UnsuccessfulRequest(answer))
                if answer.status_code.is_client_error() && answer.status_code.as_u16() != 429 =>
            {
                Edited::Gone
            }
            _ => Edited::Later,
        }
    }
}

/// Returns when the answer is gone.
async fn follow<T>(
    answer: &Answer,
    mut changes: watch::Receiver<T>,
    render: &(impl Fn(bool) -> EditInteractionResponse + Sync),
) {
    let written = |edit: &EditInteractionResponse| serde_json::to_value(edit).unwrap_or_default();
    let mut shown = written(&render(true));
    changes.mark_unchanged();
    loop {
        if changes.changed().await.is_err() {
            // Nothing can change any more.
            return std::future::pending().await;
        }
        loop {
            changes.mark_unchanged();
            let edit = render(true);
            let wanted = written(&edit);
            if wanted == shown {
                break;
            }
            match answer.edit(edit).await {
                Edited::Yes => {
                    shown = wanted;
                    sleep(APART).await;
                    break;
                }
                Edited::Later => sleep(RETRY).await,
                Edited::Gone => return,
            }
        }
    }
}
