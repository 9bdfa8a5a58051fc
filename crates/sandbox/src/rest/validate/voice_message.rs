//! Voice messages: <https://discord.com/developers/docs/resources/message#voice-messages>.

use super::message::Body;
use crate::rest::ApiError;
use crate::rest::form::Fields;
use crate::world::{Recording, flags};

/// The characters of a waveform.
const WAVEFORM: usize = 400;

/// What the description of a file says of its sound; none when that is not all there.
pub(crate) fn recording(file: &Fields<'_>) -> Option<Recording> {
    let seconds = file.float("duration_secs", 0.0..=f64::from(i32::MAX));
    let waveform = file.text("waveform", 0..=WAVEFORM);
    Some(Recording {
        seconds: seconds?,
        waveform: waveform?.to_owned(),
    })
}

/// A message with the flag is a recording and nothing else.
pub(crate) fn check(body: &Body) -> Result<(), ApiError> {
    if body.flags & flags::IS_VOICE_MESSAGE == 0 {
        return Ok(());
    }
    if body.says_something() || body.has_stickers {
        return Err(ApiError::voice_message_has_more());
    }
    let [file] = &body.attachments.uploads[..] else {
        return Err(ApiError::voice_message_needs_sound());
    };
    if !file.kind().starts_with("audio/") {
        return Err(ApiError::voice_message_needs_sound());
    }
    if file.recording.is_none() {
        return Err(ApiError::voice_message_needs_metadata());
    }
    Ok(())
}
