//! One reconnecting WebSocket, used for LISTEN.moe and for Lanyard.
//!
//! - `status`: what others may know of a link.

mod status;

pub use status::{LinkReporter, LinkState, LinkStatus};
