//! Addresses of LISTEN.moe's pages and images.

use reqwest::Url;

/// The logo, as the site itself shows it.
pub const LOGO: &str = "https://listen.moe/_nuxt/img/logo-square-64.248c1f3.png";

/// The page of a song.
pub fn song_url(id: u64) -> String {
    format!("https://listen.moe/songs/{id}")
}

/// The page of an artist.
pub fn artist_url(id: u64) -> String {
    format!("https://listen.moe/artists/{id}")
}

/// The page of an album.
pub fn album_url(id: u64) -> String {
    format!("https://listen.moe/albums/{id}")
}

/// The page of a source: an anime, a game, a drama.
pub fn source_url(id: u64) -> String {
    format!("https://listen.moe/sources/{id}")
}

/// The page of a user. The name may hold any characters.
pub fn profile_url(username: &str) -> String {
    under("https://listen.moe/u/", username)
}

/// An album's cover, from the file name that the album carries ([`super::Named::image`]).
pub fn cover_url(image: &str) -> String {
    under("https://cdn.listen.moe/covers/", image)
}

/// Appends one path segment, percent-encoded: a name with a slash, or one that is `..`, cannot
/// lead anywhere else.
fn under(base: &str, segment: &str) -> String {
    let Ok(mut url) = Url::parse(base) else {
        return base.to_owned();
    };
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(segment);
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_segment_whatever_they_hold() {
        assert_eq!(profile_url("kana"), "https://listen.moe/u/kana");
        assert_eq!(
            profile_url("a b/../c?d#e"),
            "https://listen.moe/u/a%20b%2F..%2Fc%3Fd%23e"
        );
        assert_eq!(profile_url(".."), "https://listen.moe/u");
        assert!(cover_url("きゃりー (1).jpg").is_ascii());
        assert_eq!(cover_url("ab.jpg"), "https://cdn.listen.moe/covers/ab.jpg");
    }
}
