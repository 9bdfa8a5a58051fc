//! The delivery service of one channel's MLS group: who is in it, what is proposed, whose commit
//! counts, and when a transition is executed. No sockets and no clock of its own.
//!
//! | module | what it is |
//! | --- | --- |
//! | this one | members, key packages, commits |
//! | `proposals` | who is to come and go, and who has been told |
//! | `transitions` | from one epoch to the next, or out of the encryption and back |
//! | `message` | what participants are told |
//!
//! Source: [the white paper](https://daveprotocol.com/#group-key-exchange).

mod message;
mod proposals;
mod transitions;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use openmls::prelude::{MlsMessageIn, tls_codec::DeserializeBytes};

use super::{
    authority::{Authority, Candidate, Proposal},
    wire::{Commit, Welcome},
};

pub use message::{Message, Outgoing, Refused};

/// How long everybody has to get ready for a transition.
pub const TRANSITION: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    Add(u64),
    Remove(u64),
}

#[derive(Debug)]
struct Pending {
    change: Change,
    proposal: Proposal,
    /// Who has been told.
    told: BTreeSet<u64>,
}

#[derive(Debug)]
struct Transition {
    id: u16,
    everybody: Vec<u64>,
    waiting: BTreeSet<u64>,
    deadline: Instant,
}

/// One channel's group, as the gateway sees it.
#[derive(Debug)]
pub struct Group {
    authority: Arc<Authority>,
    channel: u64,
    /// In the order in which they came.
    participants: Vec<u64>,
    /// Key packages of those who are not in the group yet.
    candidates: BTreeMap<u64, Candidate>,
    /// 0 as long as no group is established.
    epoch: u64,
    /// The members by their leaf's index.
    leaves: Vec<Option<u64>>,
    pending: Vec<Pending>,
    transitions: Vec<Transition>,
    last_transition: u16,
}

impl Group {
    /// A channel without participants.
    pub fn new(authority: Arc<Authority>, channel: u64) -> Self {
        Self {
            authority,
            channel,
            participants: Vec::new(),
            candidates: BTreeMap::new(),
            epoch: 0,
            leaves: Vec::new(),
            pending: Vec::new(),
            transitions: Vec::new(),
            last_transition: 0,
        }
    }

    /// The external sender, as op 25 carries it.
    pub fn sender(&self) -> Vec<u8> {
        self.authority.package().to_vec()
    }

    /// Who takes part, in the order in which they came.
    pub fn participants(&self) -> &[u64] {
        &self.participants
    }

    /// The epoch of the established group, 0 when there is none.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the user is a member of the established group.
    pub fn is_member(&self, user: u64) -> bool {
        self.leaf(user).is_some()
    }

    /// Who may commit what is proposed now: those who were told all of it, the earliest first.
    pub fn committers(&self) -> Vec<u64> {
        if self.pending.is_empty() {
            return Vec::new();
        }
        self.participants
            .iter()
            .copied()
            .filter(|&user| {
                let mut expected = self.expected_from(user).peekable();
                expected.peek().is_some() && expected.all(|pending| pending.told.contains(&user))
            })
            .collect()
    }

    /// Somebody with DAVE comes. When the call is encrypted, their key package is to follow.
    pub fn enter(&mut self, user: u64, encrypted: bool) -> Outgoing {
        self.participants.push(user);
        if encrypted {
            vec![(user, Message::ExternalSender(self.sender()))]
        } else {
            Vec::new()
        }
    }

    /// Op 26: somebody wants to be added.
    pub fn key_package(&mut self, user: u64, bytes: &[u8]) -> Result<Outgoing, Refused> {
        if !self.participants.contains(&user) {
            return Err(Refused("a key package from outside the call"));
        }
        let candidate = Authority::check(user, bytes).map_err(Refused)?;
        let mut outgoing = self.revoke(&Change::Add(user));
        if self.is_member(user) {
            // They start anew: what they were is removed first.
            outgoing.extend(self.propose_removal(user)?);
        }
        self.candidates.insert(user, candidate);
        outgoing.extend(self.propose_addition(user)?);
        Ok(outgoing)
    }

    /// Op 28: a commit, and a welcome when it adds somebody. An outdated one is passed over.
    pub fn commit(&mut self, user: u64, bytes: &[u8], now: Instant) -> Result<Outgoing, Refused> {
        let (_, rest) = MlsMessageIn::tls_deserialize_bytes(bytes)
            .map_err(|_| Refused("a commit that is no MLS message"))?;
        let (message, welcome) = bytes.split_at(bytes.len() - rest.len());
        let commit = Commit::parse(message).ok_or(Refused("not a commit by a member"))?;
        if commit.group_id != self.channel.to_be_bytes() {
            return Err(Refused("a commit for another group"));
        }
        if commit.epoch != self.epoch || self.pending.is_empty() {
            return Ok(Vec::new());
        }
        if commit.sender != u64::from(self.leaf(user).unwrap_or(0))
            || (self.epoch > 0 && !self.is_member(user))
        {
            return Err(Refused("a commit from somebody else's leaf"));
        }
        let expected = self.expected_from(user).count();
        let mut applied = Vec::new();
        for reference in &commit.proposals {
            let pending = self
                .expected_from(user)
                .find(|pending| pending.proposal.reference == *reference)
                .ok_or(Refused("a commit with a proposal that nobody made"))?;
            applied.push(pending.change.clone());
        }
        if applied.len() != expected {
            // More was proposed meanwhile: the complete commit follows.
            return Ok(Vec::new());
        }
        self.apply(user, message, welcome, &applied, now)
    }

    fn apply(
        &mut self,
        committer: u64,
        commit: &[u8],
        welcome: &[u8],
        applied: &[Change],
        now: Instant,
    ) -> Result<Outgoing, Refused> {
        let added: Vec<u64> = applied
            .iter()
            .filter_map(|change| match change {
                Change::Add(user) => Some(*user),
                Change::Remove(_) => None,
            })
            .collect();
        let mut welcomes = Vec::new();
        if !added.is_empty() {
            let welcome = Welcome::parse(welcome).ok_or(Refused("a commit without its welcome"))?;
            if welcome.count() != added.len() {
                return Err(Refused("a welcome for others than those who are added"));
            }
            for &user in &added {
                let part = self
                    .candidates
                    .get(&user)
                    .and_then(|candidate| welcome.part_for(&candidate.reference))
                    .ok_or(Refused("a welcome that leaves somebody out"))?;
                welcomes.push((user, part));
            }
        }

        // https://www.rfc-editor.org/rfc/rfc9420.html#section-12.3: removals first, then each
        // addition takes the leftmost empty leaf.
        if self.epoch == 0 {
            self.leaves = vec![Some(committer)];
            self.candidates.remove(&committer);
        }
        for change in applied {
            if let Change::Remove(user) = change
                && let Some(leaf) = self.leaves.iter_mut().find(|leaf| **leaf == Some(*user))
            {
                *leaf = None;
            }
        }
        let remaining: Vec<u64> = self.leaves.iter().copied().flatten().collect();
        for user in &added {
            match self.leaves.iter_mut().find(|leaf| leaf.is_none()) {
                Some(leaf) => *leaf = Some(*user),
                None => self.leaves.push(Some(*user)),
            }
            self.candidates.remove(user);
        }
        self.epoch += 1;
        self.pending.clear();

        let transition_id = self.begin_transition(remaining.iter().chain(&added).copied(), now);
        let announce = |user| {
            (
                user,
                Message::AnnounceCommit {
                    transition_id,
                    commit: commit.to_vec(),
                },
            )
        };
        let mut outgoing: Outgoing = remaining.into_iter().map(announce).collect();
        outgoing.extend(welcomes.into_iter().map(|(user, welcome)| {
            (
                user,
                Message::Welcome {
                    transition_id,
                    welcome,
                },
            )
        }));
        Ok(outgoing)
    }

    /// Op 31: somebody could not process a commit or welcome. They are removed; their next key
    /// package adds them again.
    pub fn invalid(&mut self, user: u64) -> Result<Outgoing, Refused> {
        if self.is_member(user) {
            self.propose_removal(user)
        } else {
            Ok(Vec::new())
        }
    }

    /// Somebody leaves the call.
    pub fn leave(&mut self, user: u64) -> Result<Outgoing, Refused> {
        self.participants.retain(|participant| *participant != user);
        self.candidates.remove(&user);
        for transition in &mut self.transitions {
            transition
                .everybody
                .retain(|participant| *participant != user);
            transition.waiting.remove(&user);
        }
        let mut outgoing = self.execute(|transition| transition.waiting.is_empty());
        outgoing.extend(self.revoke(&Change::Add(user)));
        if self.is_member(user) {
            outgoing.extend(self.propose_removal(user)?);
        }
        Ok(outgoing)
    }

    fn forget(&mut self) {
        self.epoch = 0;
        self.leaves.clear();
        self.pending.clear();
        self.candidates.clear();
        self.transitions.clear();
    }

    fn leaf(&self, user: u64) -> Option<u32> {
        let index = self.leaves.iter().position(|leaf| *leaf == Some(user))?;
        u32::try_from(index).ok()
    }

    /// Who processes proposals: the members of the group who are not being removed, or, before
    /// there is a group, all participants.
    fn audience(&self) -> Vec<u64> {
        let removed = |user: &u64| {
            self.pending
                .iter()
                .any(|pending| pending.change == Change::Remove(*user))
        };
        if self.epoch == 0 {
            self.participants.clone()
        } else {
            self.leaves
                .iter()
                .copied()
                .flatten()
                .filter(|user| !removed(user))
                .collect()
        }
    }
}
