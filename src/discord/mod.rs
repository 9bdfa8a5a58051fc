//! Discord: what people see and say.
//!
//! - [`cards`]: values of the model become embeds.
//! - [`escape`]: text from outside, made safe to show.

pub mod cards;
pub mod escape;
