//! The rules that bodies must obey, and the form in which Discord stores what passes.

pub(super) mod channel;
pub(super) mod command;
pub(super) mod component;
pub(super) mod embed;
pub(super) mod emoji;
pub(super) mod file_types;
pub(super) mod message;
pub(super) mod modal;
pub(super) mod poll;
pub(super) mod theme;
pub(super) mod voice_message;
