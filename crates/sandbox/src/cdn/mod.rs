//! The pictures that the services' CDNs would serve, drawn in code: `/cdn/…`.
//!
//! The path after `/cdn/` is that of the real CDN (`covers/<file>` of cdn.listen.moe,
//! `avatars/<user>/<hash>.png` of cdn.discordapp.com, ...); it alone decides what the picture shows,
//! so that the same song always has the same cover. Files that somebody uploaded are served as they
//! are, under `/cdn/attachments/`.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`art`] | the drawing |
//! | [`png`] | the file format |

pub mod art;
pub mod png;

use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{context::Context, discord::Discord};

/// The longest path that is drawn, in bytes.
const LONGEST: usize = 300;

/// The routes of this module.
pub fn router(context: &Context) -> Router {
    Router::new()
        .route("/cdn/{*path}", get(picture))
        .with_state(context.clone())
}

/// The files that bots and people uploaded.
pub fn files(discord: &Discord) -> Router {
    Router::new()
        .route("/cdn/attachments/{channel}/{id}/{name}", get(file))
        .with_state(discord.clone())
}

async fn file(
    State(discord): State<Discord>,
    Path((_, id, _)): Path<(String, String, String)>,
) -> Response {
    let id = id.parse().ok();
    let found = discord.with(|world| id.and_then(|id| world.files.get(id).cloned()));
    match found {
        Some(file) => {
            let headers = [
                (header::CONTENT_TYPE, file.content_type.as_str()),
                // Nothing that somebody uploads is shown as a page of this origin.
                (
                    header::CONTENT_SECURITY_POLICY,
                    "sandbox; default-src 'none'",
                ),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            ];
            (headers, file.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn picture(State(context): State<Context>, Path(path): Path<String>) -> Response {
    if path.len() > LONGEST {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    // Drawing takes some milliseconds: not on the threads that serve everything else.
    let drawn = context.tasks.spawn_blocking(move || draw(&path)).await;
    match drawn {
        Ok(png) => {
            let headers = [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, "public, max-age=86400, immutable"),
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            ];
            (headers, png).into_response()
        }
        // Cancelled: the runtime is going down.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// The picture of a path, as a PNG file.
fn draw(path: &str) -> Vec<u8> {
    let stem = path
        .rsplit_once('.')
        .filter(|(_, extension)| extension.len() <= 4)
        .map_or(path, |(stem, _)| stem);
    // What an avatar shows is said by its hash, whoever has it.
    let avatar = stem
        .strip_prefix("avatars/")
        .and_then(|rest| rest.split_once('/'));
    let seed = fnv(avatar.map_or(stem, |(_, hash)| hash).as_bytes());
    let (size, kind) = match stem.split('/').next() {
        Some("avatars" | "artists" | "embed" | "guilds") => (128, art::Kind::Face),
        Some("emojis" | "app-icons" | "icons") => (96, art::Kind::Badge),
        _ => (256, art::Kind::Cover),
    };
    png::encode(size, size, &art::draw(kind, seed, size))
}

/// The hash under which Discord keeps a picture from this address: the same picture has the same.
pub fn hash_of(address: &str) -> String {
    let bytes = address.as_bytes();
    let backwards: Vec<u8> = bytes.iter().rev().copied().collect();
    format!("{:016x}{:016x}", fnv(bytes), fnv(&backwards))
}

/// FNV-1a: a small hash that is the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{start, still, within};

    #[test]
    fn a_path_has_one_picture_whatever_the_format_asked_for() {
        assert_eq!(draw("covers/a.png"), draw("covers/a.jpg"));
        assert_ne!(draw("covers/a.png"), draw("covers/b.png"));
        assert_ne!(draw("avatars/1/a.png"), draw("covers/a.png"));
        // Two webhooks with one picture, and one with two.
        let logo = hash_of("https://listen.moe/logo.png");
        let other = hash_of("https://listen.moe/ogol.png");
        assert_eq!(logo.len(), 32);
        let avatar = |id: u64, hash: &str| draw(&format!("avatars/{id}/{hash}.png"));
        assert_eq!(avatar(1, &logo), avatar(2, &logo));
        assert_ne!(avatar(1, &logo), avatar(1, &other));
    }

    #[tokio::test]
    async fn pictures_are_served() {
        let sandbox = start(still()).await;
        for path in [
            "covers/hoshikuzu-drive.png",
            "avatars/1/a_0123.gif",
            "spotify/image/ab",
        ] {
            let url = format!("{}/cdn/{path}", sandbox.context().http());
            let answer = within(reqwest::get(&url)).await.unwrap();
            assert_eq!(answer.headers()["content-type"], "image/png");
            let bytes = within(answer.bytes()).await.unwrap();
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{path}");
        }
        sandbox.shutdown().await;
    }
}
