//! End-to-end encryption of voice: the DAVE protocol, version 1.
//!
//! Source: [the white paper](https://daveprotocol.com).
//!
//! | module | what it is |
//! | --- | --- |
//! | [`authority`] | the gateway as the group's external sender: it proposes who comes and goes |
//! | [`group`] | the delivery service: members, proposals, commits, transitions |
//! | [`member`] | a simulated client in the group |
//! | [`ear`] | hearing what members of a group say to each other |
//! | [`wire`] | the MLS structures that a delivery service looks into |

pub mod authority;
pub mod ear;
pub mod group;
pub mod member;
pub mod wire;
