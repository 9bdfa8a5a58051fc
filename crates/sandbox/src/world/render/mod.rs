//! Discord's JSON of everything, complete by its OpenAPI description.
//!
//! | module | subject |
//! | --- | --- |
//! | `people` | users, applications, members |
//! | `guild` | guilds, channels, roles, voice states, stages, webhooks |
//! | `message` | messages |

mod guild;
mod message;
mod people;

use time::OffsetDateTime;

pub(super) use guild::stage_json;
pub use guild::{role_json, webhook_json};

/// A point in time as Discord writes it: `2026-11-21T20:00:00.000000+00:00`.
pub fn iso(unix_ms: u64) -> String {
    let nanos = i128::from(unix_ms) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    )
}
