//! End-to-end encryption of voice: the DAVE protocol, version 1.
//!
//! Source: [the white paper](https://daveprotocol.com).
//!
//! | module | what it is |
//! | --- | --- |
//! | [`ear`] | hearing what members of a group say to each other |

pub mod ear;
