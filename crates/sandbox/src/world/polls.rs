//! Polls: <https://discord.com/developers/docs/resources/poll>.

use serde_json::{Value, json};

use super::message::{Message, Reference, kinds};
use super::{Draft, Id, World, intents, iso};

/// A question to everybody, with its answers.
#[derive(Debug, Clone)]
pub struct Poll {
    /// Up to 300 characters.
    pub question: String,
    /// Up to ten; the first is number 1.
    pub answers: Vec<PollAnswer>,
    /// Whether somebody may choose more than one.
    pub multiselect: bool,
    /// How long it is open, 1 to 768.
    pub hours: u64,
    /// When it has ended, in milliseconds since the Unix epoch.
    pub ended_ms: Option<u64>,
}

/// One of the answers of a poll.
#[derive(Debug, Clone)]
pub struct PollAnswer {
    /// Its text and perhaps an emoji, as responses have it (`PollMediaResponse`).
    pub media: Value,
    /// Who has chosen it, in that order.
    pub voters: Vec<Id>,
}

/// Why a vote does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoteError {
    /// The message is none, or not there.
    #[error("there is no such poll")]
    NoPoll,
    /// It has no answer of that number.
    #[error("the poll has no such answer")]
    NoAnswer,
    /// It has ended.
    #[error("the poll has ended")]
    Over,
}

impl Poll {
    /// The answer of a number.
    pub fn answer(&self, number: u64) -> Option<&PollAnswer> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.answers.get(index)
    }

    /// When the poll of a message ends or has ended, in milliseconds since the Unix epoch.
    fn ends_ms(&self, message: Id) -> u64 {
        self.ended_ms
            .unwrap_or_else(|| message.unix_ms() + self.hours * 3_600_000)
    }
}

/// The answers, each with its number.
fn numbered(poll: &Poll) -> impl Iterator<Item = (u64, &PollAnswer)> {
    (1..).zip(&poll.answers)
}

/// A poll (`PollResponse`) of a message, as one user sees it.
pub(super) fn poll_json(message: Id, poll: &Poll, viewer: Option<Id>) -> Value {
    let answers: Vec<Value> = numbered(poll)
        .map(|(number, answer)| json!({"answer_id": number, "poll_media": answer.media}))
        .collect();
    // Answers without votes are not among the counts.
    let counts: Vec<Value> = numbered(poll)
        .filter(|(_, answer)| !answer.voters.is_empty())
        .map(|(number, answer)| {
            json!({
                "id": number,
                "count": answer.voters.len(),
                "me_voted": viewer.is_some_and(|viewer| answer.voters.contains(&viewer)),
            })
        })
        .collect();
    json!({
        "question": {"text": poll.question},
        "answers": answers,
        "expiry": iso(poll.ends_ms(message)),
        "allow_multiselect": poll.multiselect,
        "layout_type": 1,
        "results": {"is_finalized": poll.ended_ms.is_some(), "answer_counts": counts},
    })
}

/// The embed that tells how a poll has ended: the question, the votes, and the answer with most of
/// them when there is one.
fn result_embed(poll: &Poll) -> Value {
    let votes = |answer: &PollAnswer| answer.voters.len();
    let total: usize = poll.answers.iter().map(votes).sum();
    let most = poll.answers.iter().map(votes).max().unwrap_or(0);
    let mut fields = vec![
        ("poll_question_text", poll.question.clone()),
        ("victor_answer_votes", most.to_string()),
        ("total_votes", total.to_string()),
    ];
    let mut best = numbered(poll).filter(|(_, answer)| most > 0 && votes(answer) == most);
    if let (Some((number, answer)), None) = (best.next(), best.next()) {
        fields.push(("victor_answer_id", number.to_string()));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let emoji = &answer.media["emoji"];
        for (name, value) in [
            ("victor_answer_text", text(&answer.media["text"])),
            ("victor_answer_emoji_id", text(&emoji["id"])),
            ("victor_answer_emoji_name", text(&emoji["name"])),
        ] {
            fields.extend(value.map(|value| (name, value)));
        }
    }
    let fields: Vec<Value> = fields
        .into_iter()
        .map(|(name, value)| json!({"name": name, "value": value, "inline": false}))
        .collect();
    json!({"type": "poll_result", "fields": fields})
}

impl World {
    /// Somebody chooses an answer of a poll; where one may choose only one, another is taken back.
    /// False when it was chosen before.
    pub fn vote(
        &mut self,
        channel: Id,
        message: Id,
        user: Id,
        number: u64,
    ) -> Result<bool, VoteError> {
        let poll = self.open_poll(channel, message, number)?;
        if poll
            .answer(number)
            .is_some_and(|answer| answer.voters.contains(&user))
        {
            return Ok(false);
        }
        let multiselect = poll.multiselect;
        let mut taken_back = Vec::new();
        for (other, answer) in (1..).zip(&mut poll.answers) {
            if other == number {
                answer.voters.push(user);
            } else if !multiselect && answer.voters.contains(&user) {
                answer.voters.retain(|voter| *voter != user);
                taken_back.push(other);
            }
        }
        for other in taken_back {
            self.vote_event("MESSAGE_POLL_VOTE_REMOVE", channel, message, user, other);
        }
        self.vote_event("MESSAGE_POLL_VOTE_ADD", channel, message, user, number);
        Ok(true)
    }

    /// Somebody takes a vote back; false when there was none.
    pub fn unvote(
        &mut self,
        channel: Id,
        message: Id,
        user: Id,
        number: u64,
    ) -> Result<bool, VoteError> {
        let poll = self.open_poll(channel, message, number)?;
        let mut was_there = false;
        for (other, answer) in (1..).zip(&mut poll.answers) {
            if other == number {
                was_there = answer.voters.contains(&user);
                answer.voters.retain(|voter| *voter != user);
            }
        }
        if was_there {
            self.vote_event("MESSAGE_POLL_VOTE_REMOVE", channel, message, user, number);
        }
        Ok(was_there)
    }

    /// A poll that has an answer of that number and has not ended.
    fn open_poll(&mut self, channel: Id, message: Id, number: u64) -> Result<&mut Poll, VoteError> {
        let found = self.message_mut(channel, message);
        let poll = found.and_then(|found| found.poll.as_mut());
        let poll = poll.ok_or(VoteError::NoPoll)?;
        if poll.ended_ms.is_some() {
            return Err(VoteError::Over);
        }
        if poll.answer(number).is_none() {
            return Err(VoteError::NoAnswer);
        }
        Ok(poll)
    }

    fn vote_event(&mut self, name: &'static str, channel: Id, message: Id, user: Id, answer: u64) {
        let mut data = json!({
            "user_id": user,
            "channel_id": channel,
            "message_id": message,
            "answer_id": answer,
        });
        let guild = self.channels.get(&channel).and_then(|found| found.guild);
        let wanted = match guild {
            Some(guild) => {
                data["guild_id"] = guild.json();
                intents::GUILD_MESSAGE_POLLS
            }
            None => intents::DIRECT_MESSAGE_POLLS,
        };
        self.dispatch_in(channel, name, wanted, &data);
        if let Some(found) = self.message(channel, message) {
            let data = self.message_event_json(found);
            self.tell("message_update", data);
        }
    }

    /// Notes when the poll of a message is to end.
    pub(super) fn watch_poll(&mut self, message: &Message) {
        if let Some(poll) = message.poll.as_ref().filter(|poll| poll.ended_ms.is_none()) {
            let due = (poll.ends_ms(message.id), message.id);
            self.polls.insert(due, message.channel);
        }
    }

    /// Ends the polls whose time is over.
    pub(super) fn end_due_polls(&mut self) {
        while let Some(entry) = self.polls.first_entry()
            && entry.key().0 <= self.now_ms
        {
            let ((_, message), channel) = entry.remove_entry();
            self.end_poll(channel, message);
        }
    }

    /// Ends a poll: the votes are final, and a message of the system tells them. Nothing happens
    /// when it has ended already.
    pub fn end_poll(&mut self, channel: Id, message: Id) {
        let now = self.now_ms;
        let Some(found) = self.message_mut(channel, message) else {
            return;
        };
        let Some(poll) = found.poll.as_mut().filter(|poll| poll.ended_ms.is_none()) else {
            return;
        };
        let due = poll.ends_ms(message);
        poll.ended_ms = Some(now.min(due));
        let embed = result_embed(poll);
        let found = found.clone();
        self.polls.remove(&(due, message));
        self.message_event("MESSAGE_UPDATE", "message_update", &found);
        let draft = Draft {
            kind: kinds::POLL_RESULT,
            embeds: vec![embed],
            reference: Some(Reference { channel, message }),
            application: found.application,
            ..Draft::default()
        };
        self.create_message(channel, found.author, draft);
    }
}
