//! Who is to come and go, and who has been told.

use std::collections::BTreeSet;

use super::{Change, Group, Message, Outgoing, Pending, Refused};
use crate::voice::dave::{authority::Proposal, wire::vector};

impl Group {
    /// The proposals that a commit by this user must include: all but those about themselves.
    pub(super) fn expected_from(&self, user: u64) -> impl Iterator<Item = &Pending> {
        self.pending
            .iter()
            .filter(move |pending| match pending.change {
                Change::Add(subject) => subject != user || self.epoch > 0,
                Change::Remove(_) => true,
            })
    }

    pub(super) fn propose_addition(&mut self, user: u64) -> Result<Outgoing, Refused> {
        let candidate = self
            .candidates
            .get(&user)
            .ok_or(Refused("no key package"))?;
        let proposal = self
            .authority
            .add(candidate, self.channel, self.epoch)
            .ok_or(Refused("no proposal can be made of the key package"))?;
        let mut outgoing = self.propose(Change::Add(user), proposal);
        if self.epoch == 0 {
            // Who comes before there is a group gets what was proposed before them.
            let mut earlier = Vec::new();
            for pending in self
                .pending
                .iter_mut()
                .filter(|pending| pending.change != Change::Add(user))
            {
                if pending.told.insert(user) {
                    earlier.extend_from_slice(&pending.proposal.message);
                }
            }
            if !earlier.is_empty() {
                outgoing.push((user, append(&earlier)));
            }
        }
        Ok(outgoing)
    }

    pub(super) fn propose_removal(&mut self, user: u64) -> Result<Outgoing, Refused> {
        let change = Change::Remove(user);
        let Some(leaf) = self.leaf(user) else {
            return Ok(Vec::new());
        };
        if self.pending.iter().any(|pending| pending.change == change) {
            return Ok(Vec::new());
        }
        let others: Vec<u64> = self
            .audience()
            .into_iter()
            .filter(|member| *member != user)
            .collect();
        match others[..] {
            [] => {
                self.forget();
                Ok(Vec::new())
            }
            [sole] if self.participants.contains(&sole) => self.reset(sole),
            _ => {
                let proposal = self
                    .authority
                    .remove(leaf, self.channel, self.epoch)
                    .ok_or(Refused("no removal can be proposed"))?;
                Ok(self.propose(change, proposal))
            }
        }
    }

    /// A group of one is given up
    /// ([sole member reset](https://daveprotocol.com/#sole-member-reset)); who was waiting to be
    /// added waits for the next group.
    pub(super) fn reset(&mut self, sole: u64) -> Result<Outgoing, Refused> {
        let candidates = std::mem::take(&mut self.candidates);
        self.forget();
        let mut outgoing = vec![
            (sole, Message::PrepareEpoch { epoch: 1 }),
            (
                sole,
                Message::PrepareTransition {
                    protocol_version: 1,
                    transition_id: 0,
                },
            ),
        ];
        self.candidates = candidates;
        self.candidates.remove(&sole);
        let waiting: Vec<u64> = self.candidates.keys().copied().collect();
        for user in waiting {
            outgoing.extend(self.propose_addition(user)?);
        }
        // The member forgets what it is told before its new group exists.
        for pending in &mut self.pending {
            pending.told.remove(&sole);
        }
        outgoing
            .retain(|(user, message)| *user != sole || !matches!(message, Message::Proposals(_)));
        Ok(outgoing)
    }

    pub(super) fn propose(&mut self, change: Change, proposal: Proposal) -> Outgoing {
        let (Change::Add(subject) | Change::Remove(subject)) = change;
        let told: BTreeSet<u64> = self
            .audience()
            .into_iter()
            .filter(|user| *user != subject)
            .collect();
        let message = append(&proposal.message);
        let outgoing = told.iter().map(|&user| (user, message.clone())).collect();
        self.pending.push(Pending {
            change,
            proposal,
            told,
        });
        outgoing
    }

    pub(super) fn revoke(&mut self, change: &Change) -> Outgoing {
        let Some(at) = self
            .pending
            .iter()
            .position(|pending| pending.change == *change)
        else {
            return Vec::new();
        };
        let revoked = self.pending.remove(at);
        let mut payload = vec![1];
        payload.extend(vector(&vector(&revoked.proposal.reference)));
        let tell = |user| (user, Message::Proposals(payload.clone()));
        revoked
            .told
            .into_iter()
            .filter(|user| self.participants.contains(user))
            .map(tell)
            .collect()
    }
}

/// The payload of op 27 that adds proposals.
fn append(messages: &[u8]) -> Message {
    let mut payload = vec![0];
    payload.extend(vector(messages));
    Message::Proposals(payload)
}
