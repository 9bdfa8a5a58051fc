//! Discord as a client sees it, over real sockets.

// The helpers here are tests too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod answers;
mod channels;
mod chat;
mod client;
mod control;
mod gateway;
mod limits;
mod members;
mod menus;
mod modals;
mod rest;
mod sessions;
mod stages;
mod uploads;
mod wrong;
