//! A channel's end-to-end encryption: the delivery service together with the simulated members.
//!
//! Everything here is computation; it may take tens of milliseconds and must not run on an async
//! thread.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Instant,
};

use crate::voice::dave::{
    authority::Authority,
    ear::Ear,
    group::{Group, Outgoing, Refused, TRANSITION},
    member::{Member, Reply, VERSION},
};

/// Simulated users who join the group. More only listen through these: each one costs every
/// member of the group a commit.
const MEMBERS: usize = 8;

/// What a simulated user's client can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Modern,
    Old,
}

/// One channel's encryption.
#[derive(Debug)]
pub struct Encryption {
    channel: u64,
    group: Group,
    members: BTreeMap<u64, Member>,
    /// Clients that know no DAVE: one is enough to end it for all.
    old: BTreeSet<u64>,
    /// Simulated users, in the group or not.
    roster: BTreeMap<u64, Client>,
    /// What simulated members would commit, should it be their turn.
    held: BTreeMap<u64, Vec<u8>>,
    commit_due: Option<Instant>,
    ear: Arc<Ear>,
    complaints: Vec<(u64, Refused)>,
}

impl Encryption {
    /// A channel with nobody in it.
    pub fn new(authority: Arc<Authority>, channel: u64, ear: Arc<Ear>) -> Self {
        Self {
            channel,
            group: Group::new(authority, channel),
            members: BTreeMap::new(),
            old: BTreeSet::new(),
            roster: BTreeMap::new(),
            held: BTreeMap::new(),
            commit_due: None,
            ear,
            complaints: Vec::new(),
        }
    }

    /// The protocol version of the call: the highest that everybody in it speaks.
    pub fn version(&self) -> u16 {
        if self.old.is_empty() { VERSION } else { 0 }
    }

    /// The version of the call once a client that speaks `max_dave` is in it.
    pub fn version_with(&self, max_dave: u16) -> u16 {
        self.version().min(max_dave)
    }

    /// A real client comes.
    pub fn enter(&mut self, user: u64, max_dave: u16, now: Instant) -> Outgoing {
        let outgoing = self.let_in(user, max_dave > 0, now);
        self.settle(outgoing, now)
    }

    /// Anybody leaves.
    pub fn leave(&mut self, user: u64, now: Instant) -> Outgoing {
        let mut outgoing = Vec::new();
        if self.old.remove(&user) {
            if self.old.is_empty() {
                outgoing = self.group.upgrade();
            }
        } else {
            self.members.remove(&user);
            self.held.remove(&user);
            let left = self.group.leave(user);
            outgoing = self.accept(user, left);
        }
        self.settle(outgoing, now)
    }

    /// Who of the simulated users is in the channel now, and who of them knows no DAVE.
    pub fn set_roster(&mut self, users: &[u64], old: &BTreeSet<u64>, now: Instant) -> Outgoing {
        let client = |user: &u64| {
            if old.contains(user) {
                Client::Old
            } else {
                Client::Modern
            }
        };
        let wanted: BTreeMap<u64, Client> = users
            .iter()
            .take(MEMBERS)
            .map(|user| (*user, client(user)))
            .collect();
        let mut outgoing = Vec::new();
        let before = std::mem::replace(&mut self.roster, wanted.clone());
        for (user, client) in &before {
            if wanted.get(user) != Some(client) {
                outgoing.extend(self.leave(*user, now));
            }
        }
        for (user, client) in wanted {
            if before.get(&user) != Some(&client) {
                if client == Client::Modern
                    && let Some(member) = Member::new(user, self.channel)
                {
                    self.members.insert(user, member);
                }
                let entered = self.let_in(user, client == Client::Modern, now);
                outgoing.extend(self.settle(entered, now));
            }
        }
        outgoing
    }

    fn let_in(&mut self, user: u64, modern: bool, now: Instant) -> Outgoing {
        if modern {
            return self.group.enter(user, self.old.is_empty());
        }
        let first = self.old.is_empty();
        self.old.insert(user);
        if first {
            self.group.downgrade(now)
        } else {
            Vec::new()
        }
    }

    /// Op 26.
    pub fn key_package(&mut self, user: u64, payload: &[u8], now: Instant) -> Outgoing {
        let result = self.group.key_package(user, payload);
        let outgoing = self.accept(user, result);
        self.settle(outgoing, now)
    }

    /// Op 28.
    pub fn commit(&mut self, user: u64, payload: &[u8], now: Instant) -> Outgoing {
        let result = self.group.commit(user, payload, now);
        let outgoing = self.accept(user, result);
        self.settle(outgoing, now)
    }

    /// Op 23.
    pub fn ready(&mut self, user: u64, transition_id: u16, now: Instant) -> Outgoing {
        let outgoing = self.group.ready(user, transition_id);
        self.settle(outgoing, now)
    }

    /// Op 31.
    pub fn invalid(&mut self, user: u64, now: Instant) -> Outgoing {
        let result = self.group.invalid(user);
        let outgoing = self.accept(user, result);
        self.settle(outgoing, now)
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) -> Outgoing {
        let outgoing = self.group.tick(now);
        self.settle(outgoing, now)
    }

    /// When something is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.group
            .deadline()
            .into_iter()
            .chain(self.commit_due)
            .min()
    }

    /// What clients sent that was not accepted, since the last time this was asked.
    pub fn complaints(&mut self) -> Vec<(u64, Refused)> {
        std::mem::take(&mut self.complaints)
    }

    #[cfg(test)]
    fn group_sender(&self) -> Vec<u8> {
        self.group.sender()
    }

    fn accept(&mut self, user: u64, result: Result<Outgoing, Refused>) -> Outgoing {
        result.unwrap_or_else(|refused| {
            self.complaints.push((user, refused));
            Vec::new()
        })
    }

    /// Lets the simulated members receive and answer until nothing is left but messages for real
    /// clients.
    fn settle(&mut self, outgoing: Outgoing, now: Instant) -> Outgoing {
        let epoch = self.group.epoch();
        let mut queue = VecDeque::from(outgoing);
        let mut for_clients = Vec::new();
        loop {
            while let Some((user, message)) = queue.pop_front() {
                let Some(member) = self.members.get_mut(&user) else {
                    for_clients.push((user, message));
                    continue;
                };
                for reply in member.receive(&message) {
                    queue.extend(self.answer(user, reply));
                }
            }
            let Some((user, commit)) = self.next_commit(now) else {
                break;
            };
            let result = self.group.commit(user, &commit, now);
            queue.extend(self.accept(user, result));
        }
        let ear = self
            .members
            .values()
            .find(|member| self.group.is_member(member.user()));
        let strict = self.version() > 0 && !self.members.is_empty();
        let changed = epoch != self.group.epoch();
        self.ear.lend(ear.and_then(Member::ear), strict, changed);
        for_clients
    }

    fn answer(&mut self, user: u64, reply: Reply) -> Outgoing {
        let result = match reply {
            Reply::KeyPackage(package) => self.group.key_package(user, &package),
            Reply::Commit(commit) => {
                self.held.insert(user, commit);
                return Vec::new();
            }
            Reply::Ready(transition_id) => return self.group.ready(user, transition_id),
            Reply::Invalid(_) => self.group.invalid(user),
        };
        self.accept(user, result)
    }

    /// The commit of a simulated member whose turn it is. Of all who could commit, the one who
    /// has been there longest is taken to be the fastest; a real client that does not commit in
    /// time loses its turn.
    fn next_commit(&mut self, now: Instant) -> Option<(u64, Vec<u8>)> {
        let committers = self.group.committers();
        if committers.is_empty() {
            self.held.clear();
            self.commit_due = None;
            return None;
        }
        let due = *self.commit_due.get_or_insert(now + TRANSITION);
        let real = |user: &u64| !self.members.contains_key(user);
        let turn = if now >= due {
            committers
                .into_iter()
                .find(|user| self.held.contains_key(user))
        } else {
            committers.first().copied().filter(|user| !real(user))
        };
        let Some((user, commit)) = turn.and_then(|user| self.held.remove_entry(&user)) else {
            if now >= due {
                // Nobody here can: it is up to the real clients, however long they take.
                self.commit_due = None;
            }
            return None;
        };
        self.commit_due = None;
        Some((user, commit))
    }
}

#[cfg(test)]
mod tests;
