//! Somebody who listens: decodes a call's audio and measures what is heard.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`arrival`] | gaps and jitter of the packets |
//! | [`hearing`] | the decoder, level and pitch of the last second |
//! | [`pitch`] | the fundamental frequency of a sound |
//! | [`tap`] | decoded audio for the Listen button |
//! | [`workers`] | the threads that decode |

pub mod arrival;
pub mod hearing;
pub mod pitch;
pub mod tap;
pub mod workers;
