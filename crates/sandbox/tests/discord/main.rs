//! Discord as a client sees it, over real sockets.

// The helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod channels;
mod chat;
mod client;
mod compression;
mod control;
mod deferred;
mod forums;
mod forwards;
mod gateway;
mod installs;
mod limits;
mod members;
mod menus;
mod modals;
mod people;
mod polls;
mod removals;
mod rest;
mod sessions;
mod settings;
mod stages;
mod uploads;
mod wrong;
