//! uguisu: LISTEN.moe radio and Lanyard presences on Discord.
//!
//! Two streams come in, two kinds of output go out; the modules follow the data:
//!
//! - [`station`]: the two stations, the vocabulary everything shares.
//! - [`config`]: what the operator decides; [`telemetry`]: what the operator sees.
//! - [`link`]: one reconnecting WebSocket for both upstreams.
//! - [`listen_moe`]: frames of the gateway become what is on air.
//! - [`lanyard`]: frames of the socket become the presences of people who opted in.
//! - [`store`]: all SQL: what servers have chosen.
//! - [`discord`]: what people see and say.
//! - [`radio`]: one audio stream per station becomes the sound of every voice channel.

pub mod config;
pub mod discord;
pub mod lanyard;
pub mod link;
pub mod listen_moe;
pub mod radio;
pub mod station;
pub mod store;
pub mod telemetry;
