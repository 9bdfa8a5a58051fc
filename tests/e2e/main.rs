//! The real bot against the sandbox, over real sockets: what its users and its operator would see.

#![allow(
    unreachable_pub,
    clippy::match_wild_err_arm,
    clippy::panic,
    clippy::unwrap_used,
    reason = "one binary of tests: nothing is reachable, and what cannot go on has failed"
)]

mod bot;
mod lab;
mod log;
mod text;

mod announcements;
mod audio;
mod calls;
mod captions;
mod changes;
mod chaos;
mod commands;
mod configuration;
mod heard;
mod hostile;
mod icecast;
mod languages;
mod manners;
mod outages;
mod presences;
mod radio;
mod restarts;
mod status;
mod streams;
mod targets;
mod thirty;
mod webhooks;
