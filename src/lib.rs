//! uguisu: LISTEN.moe radio and Lanyard presences on Discord.
//!
//! Two streams come in, two kinds of output go out; the modules follow the data:
//!
//! - [`station`]: the two stations, the vocabulary everything shares.
//! - [`app`]: the composition root: build, supervise, drain.
//! - [`config`]: what the operator decides; [`telemetry`]: what the operator sees.
//! - [`supervisor`]: every long-lived task, by name.
//! - [`link`]: one reconnecting WebSocket for both upstreams.
//! - [`listen_moe`]: frames of the gateway become what is on air.
//! - [`heard`]: songs in time with the sound: what everything that shows them follows.
//! - [`lanyard`]: frames of the socket become the presences of people who opted in.
//! - [`language`]: everything that people read, in each language that the bot speaks.
//! - [`store`]: all SQL: what servers have chosen.
//! - [`discord`]: what people see and say.
//! - [`announcer`]: each new song, once, in each channel that asked for it.
//! - [`radio`]: one audio stream per station becomes the sound of every voice channel.

pub mod announcer;
pub mod app;
pub mod config;
pub mod discord;
#[doc(hidden)]
pub mod fuzzing;
mod hash;
pub mod heard;
mod json;
pub mod language;
pub mod lanyard;
pub mod link;
pub mod listen_moe;
mod marked;
pub mod radio;
pub mod station;
pub mod store;
pub mod supervisor;
pub mod telemetry;

/// How the bot introduces itself to every server it talks to.
pub const USER_AGENT: &str = concat!("uguisu/", env!("CARGO_PKG_VERSION"), " (Discord bot)");
