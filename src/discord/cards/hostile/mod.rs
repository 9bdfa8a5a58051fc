//! Hostile text and values full of it, and the rules that whatever is made of them must obey.
//!
//! - `values`: the text and the values.
//! - `rules`: what Discord takes, and that nobody is mentioned.

mod rules;
mod values;

pub(in crate::discord) use self::{
    rules::{
        assert_all_valid, assert_fits, assert_inert_markdown, assert_mentions_nobody, assert_valid,
        assert_valid_buttons,
    },
    values::{on_air, presence, text, wording},
};
