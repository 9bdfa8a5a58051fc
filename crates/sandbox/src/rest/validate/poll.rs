//! Polls: <https://discord.com/developers/docs/resources/poll#poll-create-request-object>.

use serde_json::json;

use super::emoji;
use crate::rest::form::Fields;
use crate::world::{Poll, PollAnswer};

/// Characters of a question.
const QUESTION: usize = 300;
/// Characters of an answer.
const ANSWER: usize = 55;
/// The longest that a poll is open, in hours: 32 days.
const LONGEST: i64 = 768;

/// The `poll` of a message's body; missing is none.
pub(crate) fn read(body: &Fields<'_>) -> Option<Poll> {
    let poll = body.object("poll")?;
    for required in ["question", "answers"] {
        if poll.get(required).is_none() {
            poll.required(required);
        }
    }
    poll.choice("layout_type", &[1]);
    let hours = poll.integer("duration", 1..=LONGEST).unwrap_or(24);
    let multiselect = poll.boolean("allow_multiselect").unwrap_or(false);
    let question = poll
        .object("question")
        .and_then(|question| question.required_text("text", 1..=QUESTION));
    let answers = poll.objects("answers", 1..=10).unwrap_or_default();
    Some(Poll {
        question: question.unwrap_or_default().to_owned(),
        answers: answers.iter().filter_map(answer).collect(),
        multiselect,
        hours: hours.unsigned_abs(),
        ended_ms: None,
    })
}

fn answer(given: &Fields<'_>) -> Option<PollAnswer> {
    let Some(media) = given.object("poll_media") else {
        given.required("poll_media");
        return None;
    };
    let text = media.required_text("text", 1..=ANSWER)?;
    let mut out = json!({"text": text});
    if let Some(emoji) = media.object("emoji") {
        // There are none but Unicode's here.
        if emoji.get("id").is_some() {
            emoji.fail("id", "INVALID_EMOJI", "Invalid emoji");
        }
        if let Some(name) = emoji::unicode(&emoji, "name") {
            out["emoji"] = json!({"id": null, "name": name});
        }
    }
    Some(PollAnswer {
        media: out,
        voters: Vec::new(),
    })
}
