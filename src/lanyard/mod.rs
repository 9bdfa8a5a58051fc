//! Lanyard: live Discord presences of people who opted in.

mod model;

pub use model::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status};
