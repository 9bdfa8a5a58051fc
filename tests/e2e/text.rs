//! Comparing texts of which one was escaped for Discord.

/// Letters and digits only: what is left of a text whatever was escaped in it.
pub fn plain(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_alphanumeric())
        .collect()
}
