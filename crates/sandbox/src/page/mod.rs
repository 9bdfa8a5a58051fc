//! The page at `/`: a simulated Discord client to try a bot in.
//!
//! Plain HTML, CSS and JavaScript modules, compiled into the binary. The page talks to the
//! control API only, and its content security policy keeps every request on this machine.

use axum::{
    Router,
    http::{HeaderValue, header},
    response::IntoResponse,
    routing::get,
};

/// What the browser may load: the page's own files, the sandbox's pictures and sound, the
/// control API. No inline script or style, no frame, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// One file of the page: where it is served, what it is, and its text.
macro_rules! files {
    ($($path:literal: $kind:ident,)*) => {
        &[$((concat!("/page/", $path), $kind, include_str!($path)),)*]
    };
}

const FILES: &[(&str, &str, &str)] = files![
    "icon.svg": SVG,
    "js/api.js": JS,
    "js/app.js": JS,
    "js/bot.js": JS,
    "js/chat.js": JS,
    "js/commands.js": JS,
    "js/components.js": JS,
    "js/composer.js": JS,
    "js/dom.js": JS,
    "js/embed.js": JS,
    "js/faults.js": JS,
    "js/images.js": JS,
    "js/markdown.js": JS,
    "js/members.js": JS,
    "js/menu.js": JS,
    "js/message.js": JS,
    "js/modal.js": JS,
    "js/options.js": JS,
    "js/pending.js": JS,
    "js/poll.js": JS,
    "js/popup.js": JS,
    "js/radio.js": JS,
    "js/sidebar.js": JS,
    "js/store.js": JS,
    "js/time.js": JS,
    "js/voice.js": JS,
    "js/welcome.js": JS,
    "style/composer.css": CSS,
    "style/layout.css": CSS,
    "style/message.css": CSS,
    "style/panel.css": CSS,
    "style/theme.css": CSS,
];

/// The routes of the page: `/` and its files under `/page/`.
pub fn router() -> Router {
    FILES.iter().fold(
        Router::new().route(
            "/",
            get(|| async { file(HTML, include_str!("index.html")) }),
        ),
        |router, &(path, kind, text)| {
            router.route(path, get(move || async move { file(kind, text) }))
        },
    )
}

/// A file with the headers all of them have. The browser asks each time whether there is a newer
/// one: the files are small, near, and change with the binary.
fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (
        headers.map(|(name, value)| (name, HeaderValue::from_static(value))),
        text,
    )
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str) -> axum::response::Response {
        let request = Request::get(path).body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_file_that_is_named_is_served_with_its_type() {
        let mut named: Vec<String> = Vec::new();
        for text in FILES
            .iter()
            .map(|(_, _, text)| *text)
            .chain([include_str!("index.html")])
        {
            for part in text.split('"').filter(|part| !part.contains([' ', '\n'])) {
                if let Some(module) = part.strip_prefix("./") {
                    named.push(format!("/page/js/{module}"));
                } else if part.starts_with("/page/") {
                    named.push(part.to_owned());
                }
            }
        }
        assert!(
            named.len() > FILES.len(),
            "the search finds what the files name"
        );
        for path in named {
            let response = fetch(&path).await;
            assert_eq!(response.status(), 200, "{path}");
            let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
            let expected = match path.rsplit('.').next() {
                Some("js") => JS,
                Some("css") => CSS,
                _ => SVG,
            };
            assert_eq!(kind, expected, "{path}");
        }
    }

    #[tokio::test]
    async fn nothing_outside_is_allowed_or_named_as_a_source() {
        let response = fetch("/").await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"));
        assert!(
            !include_str!("index.html").contains("http"),
            "no address of another host"
        );
        for (path, _, text) in FILES.iter().filter(|(_, kind, _)| *kind == CSS) {
            assert!(!text.contains("url("), "{path} loads nothing");
        }
    }

    #[tokio::test]
    async fn a_file_that_does_not_exist_is_not_found() {
        assert_eq!(fetch("/page/js/missing.js").await.status(), 404);
    }
}
