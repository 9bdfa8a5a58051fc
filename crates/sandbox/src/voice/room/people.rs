//! One room: who is in it, and what they are told.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use serde_json::json;
use tokio::task::spawn_blocking;

use super::{Event, Roster, encryption::Encryption};
use crate::voice::{
    call::Call,
    crypto::{KEY_LEN, Mode},
    dave::{
        ear::Ear,
        group::{Message, Outgoing},
        member::VERSION,
    },
    signalling::{Close, Op},
    state::Shared,
};

/// Who is in a channel.
#[derive(Debug)]
pub(super) struct Room {
    shared: Arc<Shared>,
    channel: u64,
    pub(super) calls: BTreeMap<u64, Arc<Call>>,
    roster: Roster,
    ear: Arc<Ear>,
    /// None only while it is at work.
    pub(super) encryption: Option<Encryption>,
    /// Whether a call was here that is to be encrypted: in a stage, listeners need no group.
    is_encrypted: bool,
}

impl Room {
    pub(super) fn new(shared: Arc<Shared>, channel: u64) -> Self {
        let ear = Arc::<Ear>::default();
        let encryption = Encryption::new(Arc::clone(&shared.authority), channel, Arc::clone(&ear));
        Self {
            shared,
            channel,
            calls: BTreeMap::new(),
            roster: Roster::default(),
            ear,
            encryption: Some(encryption),
            is_encrypted: false,
        }
    }

    pub(super) async fn handle(&mut self, event: Event) {
        match event {
            Event::Join {
                call,
                mode,
                secret_key,
            } => self.join(call, mode, secret_key).await,
            Event::Leave { user, id } => self.leave(user, id).await,
            Event::Speaking { user, flags } => self.speaking(user, flags),
            Event::KeyPackage { user, payload } => {
                self.encrypt(move |encryption, now| encryption.key_package(user, &payload, now))
                    .await;
            }
            Event::CommitWelcome { user, payload } => {
                self.encrypt(move |encryption, now| encryption.commit(user, &payload, now))
                    .await;
            }
            Event::Ready {
                user,
                transition_id,
            } => {
                self.encrypt(move |encryption, now| encryption.ready(user, transition_id, now))
                    .await;
            }
            Event::Invalid {
                user,
                transition_id,
            } => {
                tracing::info!(user, transition_id, "a client could not follow its group");
                self.encrypt(move |encryption, now| encryption.invalid(user, now))
                    .await;
            }
        }
    }

    async fn join(&mut self, call: Arc<Call>, mode: Mode, secret_key: [u8; KEY_LEN]) {
        let user = call.identity.user;
        if let Some(id) = self.calls.get(&user).map(|earlier| earlier.id) {
            self.leave(user, id).await;
        }
        let max_dave = call.identity.max_dave;
        if max_dave.is_some() && !self.is_encrypted {
            self.is_encrypted = true;
            self.seat_listeners().await;
        }
        let version = match (&self.encryption, max_dave) {
            (Some(encryption), Some(max_dave)) => encryption.version_with(max_dave),
            _ => 0,
        };
        call.set_ear(Arc::clone(&self.ear));
        call.outbox.json(
            Op::SessionDescription,
            &json!({
                "mode": mode.name(),
                "secret_key": secret_key,
                "dave_protocol_version": version,
            }),
        );
        let others: Vec<String> = self
            .calls
            .keys()
            .chain(self.roster.iter())
            .map(u64::to_string)
            .collect();
        self.tell_all(
            Op::ClientsConnect,
            &json!({ "user_ids": [user.to_string()] }),
        );
        self.calls.insert(user, Arc::clone(&call));
        if let Some(max_dave) = max_dave {
            self.encrypt(move |encryption, now| encryption.enter(user, max_dave, now))
                .await;
        }
        if !others.is_empty() {
            call.outbox
                .json(Op::ClientsConnect, &json!({ "user_ids": others }));
        }
    }

    async fn leave(&mut self, user: u64, id: u64) {
        if self.calls.get(&user).is_none_or(|call| call.id != id) {
            return;
        }
        self.calls.remove(&user);
        self.tell_all(
            Op::ClientDisconnect,
            &json!({ "user_id": user.to_string() }),
        );
        self.encrypt(move |encryption, now| encryption.leave(user, now))
            .await;
    }

    fn speaking(&self, user: u64, flags: u8) {
        let Some(ssrc) = self.calls.get(&user).map(|call| call.ssrc) else {
            return;
        };
        let data = json!({ "user_id": user.to_string(), "ssrc": ssrc, "speaking": flags });
        for call in self
            .calls
            .values()
            .filter(|call| call.identity.user != user)
        {
            call.outbox.json(Op::Speaking, &data);
        }
    }

    pub(super) async fn set_roster(&mut self, users: Roster) {
        let before = std::mem::replace(&mut self.roster, Arc::clone(&users));
        let is_new = |user: &&u64| !before.contains(user);
        let arrived: Vec<String> = users.iter().filter(is_new).map(u64::to_string).collect();
        if !arrived.is_empty() {
            self.tell_all(Op::ClientsConnect, &json!({ "user_ids": arrived }));
        }
        for gone in before.iter().filter(|user| !users.contains(user)) {
            self.tell_all(
                Op::ClientDisconnect,
                &json!({ "user_id": gone.to_string() }),
            );
        }
        if self.is_encrypted {
            self.seat_listeners().await;
        }
    }

    async fn seat_listeners(&mut self) {
        let (users, old) = (Arc::clone(&self.roster), self.shared.rooms.old());
        self.encrypt(move |encryption, now| encryption.set_roster(&users, &old, now))
            .await;
    }

    fn tell_all(&self, op: Op, data: &serde_json::Value) {
        for call in self.calls.values() {
            call.outbox.json(op, data);
        }
    }

    /// Lets the encryption work, away from the async threads, and sends what comes of it.
    pub(super) async fn encrypt(
        &mut self,
        work: impl FnOnce(&mut Encryption, Instant) -> Outgoing + Send + 'static,
    ) {
        let Some(mut encryption) = self.encryption.take() else {
            return;
        };
        // A permit for each core: a thousand calls that join at once should queue here, not as
        // threads. The semaphore is never closed.
        let permit = self.shared.mls.acquire().await;
        let done = spawn_blocking(move || {
            let outgoing = work(&mut encryption, Instant::now());
            (encryption, outgoing)
        })
        .await;
        drop(permit);
        match done {
            Ok((mut encryption, outgoing)) => {
                for (user, refused) in encryption.complaints() {
                    self.shared.complain(self.channel, user, refused.0);
                }
                self.encryption = Some(encryption);
                self.send(outgoing);
            }
            Err(error) => {
                tracing::error!(%error, channel = self.channel, "the channel's encryption is lost");
                self.encryption = Some(Encryption::new(
                    Arc::clone(&self.shared.authority),
                    self.channel,
                    Arc::clone(&self.ear),
                ));
                // The clients begin anew, with everything.
                for call in self.calls.values() {
                    call.outbox.close(Close::SESSION_INVALID);
                }
            }
        }
    }

    fn send(&self, outgoing: Outgoing) {
        for (user, message) in outgoing {
            let Some(outbox) = self.calls.get(&user).map(|call| &call.outbox) else {
                continue;
            };
            match message {
                Message::PrepareTransition { protocol_version, transition_id } => outbox.json(
                    Op::PrepareTransition,
                    &json!({ "protocol_version": protocol_version, "transition_id": transition_id }),
                ),
                Message::ExecuteTransition { transition_id } => {
                    outbox.json(Op::ExecuteTransition, &json!({ "transition_id": transition_id }));
                }
                Message::PrepareEpoch { epoch } => outbox.json(
                    Op::PrepareEpoch,
                    &json!({ "protocol_version": VERSION, "epoch": epoch, "transition_id": 0 }),
                ),
                Message::ExternalSender(sender) => outbox.binary(Op::MlsExternalSender, &sender),
                Message::Proposals(payload) => outbox.binary(Op::MlsProposals, &payload),
                Message::AnnounceCommit { transition_id, commit } => outbox.binary(
                    Op::MlsAnnounceCommit,
                    &[&transition_id.to_be_bytes(), &commit[..]].concat(),
                ),
                Message::Welcome { transition_id, welcome } => outbox.binary(
                    Op::MlsWelcome,
                    &[&transition_id.to_be_bytes(), &welcome[..]].concat(),
                ),
            }
        }
    }
}
