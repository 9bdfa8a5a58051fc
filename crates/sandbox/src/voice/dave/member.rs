//! A simulated member of a channel's group: the other end of a bot's end-to-end encryption.

use std::{
    num::NonZeroU16,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use davey::{DaveSession, ProposalsOperationType, SessionStatus};

use super::group::Message;

/// The version of DAVE that members speak.
pub const VERSION: u16 = 1;

/// What a member answers.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// Op 26.
    KeyPackage(Vec<u8>),
    /// Op 28, without its opcode.
    Commit(Vec<u8>),
    /// Op 23.
    Ready(u16),
    /// Op 31.
    Invalid(u16),
}

/// One simulated user's client.
pub struct Member {
    user: u64,
    channel: u64,
    session: Arc<Mutex<DaveSession>>,
    /// Whether a key package was sent for the group it waits for.
    offered: bool,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Member {
    /// Not in any group yet. `None` when the system has no randomness.
    pub fn new(user: u64, channel: u64) -> Option<Self> {
        let session = DaveSession::new(version()?, user, channel, None).ok()?;
        Some(Self {
            user,
            channel,
            session: Arc::new(Mutex::new(session)),
            offered: false,
        })
    }

    /// Who it is.
    pub fn user(&self) -> u64 {
        self.user
    }

    /// Through which others can be heard, once it is in the group.
    pub fn ear(&self) -> Option<Arc<Mutex<DaveSession>>> {
        let in_group =
            self.session().status() != SessionStatus::PENDING && self.session().is_ready();
        in_group.then(|| Arc::clone(&self.session))
    }

    fn session(&self) -> MutexGuard<'_, DaveSession> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message as a client does.
    pub fn receive(&mut self, message: &Message) -> Vec<Reply> {
        match message {
            Message::ExternalSender(sender) => {
                if let Err(error) = self.session().set_external_sender(sender) {
                    tracing::warn!(user = self.user, %error, "a listener refused the gateway");
                }
                if self.offered {
                    Vec::new()
                } else {
                    self.offer()
                }
            }
            Message::Proposals(payload) => self.commit(payload),
            Message::AnnounceCommit {
                transition_id,
                commit,
            } => {
                let result = self
                    .session()
                    .process_commit(commit)
                    .map_err(|error| error.to_string());
                self.followed(result, *transition_id)
            }
            Message::Welcome {
                transition_id,
                welcome,
            } => {
                let result = self
                    .session()
                    .process_welcome(welcome)
                    .map_err(|error| error.to_string());
                self.followed(result, *transition_id)
            }
            Message::PrepareEpoch { epoch: 1 } => self.begin_anew(),
            Message::PrepareTransition {
                protocol_version,
                transition_id,
            } => {
                if *protocol_version == 0 {
                    self.session().set_passthrough_mode(true, None);
                }
                match transition_id {
                    0 => Vec::new(),
                    &id => vec![Reply::Ready(id)],
                }
            }
            Message::PrepareEpoch { .. } | Message::ExecuteTransition { .. } => Vec::new(),
        }
    }

    fn commit(&self, payload: &[u8]) -> Vec<Reply> {
        let Some((kind, proposals)) = payload.split_first() else {
            return Vec::new();
        };
        let kind = match kind {
            0 => ProposalsOperationType::APPEND,
            _ => ProposalsOperationType::REVOKE,
        };
        match self.session().process_proposals(kind, proposals, None) {
            Ok(Some(made)) => {
                let welcome = made.welcome.unwrap_or_default();
                vec![Reply::Commit([made.commit, welcome].concat())]
            }
            Ok(None) => Vec::new(),
            Err(error) => {
                tracing::warn!(user = self.user, %error, "a listener refused proposals");
                Vec::new()
            }
        }
    }

    fn followed(&mut self, result: Result<(), String>, transition: u16) -> Vec<Reply> {
        if let Err(error) = result {
            tracing::warn!(user = self.user, %error, "a listener could not follow the group");
            let mut replies = vec![Reply::Invalid(transition)];
            replies.extend(self.begin_anew());
            return replies;
        }
        let mut session = self.session();
        if session.epoch().is_some_and(|epoch| epoch.as_u64() == 1) {
            // While a call becomes encrypted, frames that were under way may still be plain.
            session.set_passthrough_mode(true, None);
            session.set_passthrough_mode(false, Some(10));
        }
        vec![Reply::Ready(transition)]
    }

    fn begin_anew(&mut self) -> Vec<Reply> {
        let result = version().map(|version| {
            self.session()
                .reinit(version, self.user, self.channel, None)
        });
        if let Some(Err(error)) = result {
            tracing::warn!(user = self.user, %error, "a listener could not begin anew");
            return Vec::new();
        }
        self.offer()
    }

    fn offer(&mut self) -> Vec<Reply> {
        let package = self.session().create_key_package();
        self.offered = package.is_ok();
        match package {
            Ok(package) => vec![Reply::KeyPackage(package)],
            Err(error) => {
                tracing::warn!(user = self.user, %error, "a listener has no key package");
                Vec::new()
            }
        }
    }
}

fn version() -> Option<NonZeroU16> {
    NonZeroU16::new(VERSION)
}
