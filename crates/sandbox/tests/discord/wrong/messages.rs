//! Messages and embeds.

use reqwest::Method;
use serde_json::{Value, json};

use super::{long, malformed, refuse, with, wrong};

#[tokio::test]
async fn messages_have_limits() {
    refuse(wrong! {
        POST "/channels/{general}/messages" {} => 400 50006 "";
        POST "/channels/{general}/messages" {"content": ""} => 400 50006 "";
        POST "/channels/{general}/messages" {"content": " \n "} => 400 50006 "";
        POST "/channels/{general}/messages" {"content": null, "embeds": []} => 400 50006 "";
        POST "/channels/{general}/messages" {"content": long(2001)} => 400 50035 "content BASE_TYPE_MAX_LENGTH";
        POST "/channels/{general}/messages" {"content": 5} => 400 50035 "content STRING_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "tts": "yes"} => 400 50035 "tts BOOLEAN_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "tts": true} => 403 50013 "";
        POST "/channels/{general}/messages" {"content": "x", "nonce": long(26)} => 400 50035 "nonce NONCE_TYPE_TOO_LONG";
        POST "/channels/{general}/messages" {"content": "x", "flags": "many"} => 400 50035 "flags NUMBER_TYPE_COERCE";
        POST "/channels/{general}/messages" {"content": "x", "flags": 32768} => 400 50035 "content MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2";
        POST "/channels/{general}/messages" {"content": "x", "message_reference": {"message_id": "12"}} => 400 50035 "message_reference REPLIES_UNKNOWN_MESSAGE";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"parse": ["all"]}} => 400 50035 "allowed_mentions/parse/0 BASE_TYPE_CHOICES";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["12"]}} => 400 50035 "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"users": ["12", "12"]}} => 400 50035 "allowed_mentions/users SET_TYPE_ALREADY_CONTAINS_VALUE";
        POST "/channels/{general}/messages" {"flags": 8192} => 400 50160 "";
        POST "/channels/{general}/messages" {"content": "x", "flags": 8192} => 400 50159 "";
        POST "/channels/{general}/messages" {"shared_client_theme": {}} => 400 50035 "shared_client_theme/colors BASE_TYPE_REQUIRED";
        POST "/channels/{general}/messages" {"shared_client_theme": {"colors": ["red"], "gradient_angle": 0, "base_mix": 0}} => 400 50035 "shared_client_theme/colors/0 BASE_TYPE_BAD_LENGTH";
        POST "/channels/{general}/messages" {"shared_client_theme": {"colors": ["ff0000"], "gradient_angle": 361, "base_mix": 0}} => 400 50035 "shared_client_theme/gradient_angle NUMBER_TYPE_MAX";
        POST "/channels/{general}/messages" [1] => 400 50035 " MODEL_TYPE_CONVERT";
    })
    .await;
}

#[tokio::test]
async fn polls_have_limits() {
    let poll = |changes: Value| {
        let answers = json!([{"poll_media": {"text": "a"}}]);
        json!({"poll": with(json!({"question": {"text": "q"}, "answers": answers}), changes)})
    };
    let answer = |media: Value| poll(json!({"answers": [{"poll_media": media}]}));
    refuse(malformed! {POST "/channels/{general}/messages";
        {"poll": 1} => "poll MODEL_TYPE_CONVERT";
        {"poll": {}} => "poll/question BASE_TYPE_REQUIRED";
        {"poll": {"question": {"text": "q"}}} => "poll/answers BASE_TYPE_REQUIRED";
    })
    .await;
    let bodies = [
        (
            poll(json!({"question": {}})),
            "poll/question/text BASE_TYPE_REQUIRED",
        ),
        (
            poll(json!({"question": {"text": long(301)}})),
            "poll/question/text BASE_TYPE_BAD_LENGTH",
        ),
        (
            poll(json!({"answers": []})),
            "poll/answers BASE_TYPE_BAD_LENGTH",
        ),
        (
            poll(json!({"answers": vec![json!({"poll_media": {"text": "a"}}); 11]})),
            "poll/answers BASE_TYPE_BAD_LENGTH",
        ),
        (
            poll(json!({"answers": [{}]})),
            "poll/answers/0/poll_media BASE_TYPE_REQUIRED",
        ),
        (
            answer(json!({"text": long(56)})),
            "poll/answers/0/poll_media/text BASE_TYPE_BAD_LENGTH",
        ),
        (
            answer(json!({"text": "a", "emoji": {"name": "smile"}})),
            "poll/answers/0/poll_media/emoji/name INVALID_EMOJI",
        ),
        (
            poll(json!({"duration": 0})),
            "poll/duration NUMBER_TYPE_MIN",
        ),
        (
            poll(json!({"duration": 769})),
            "poll/duration NUMBER_TYPE_MAX",
        ),
        (
            poll(json!({"layout_type": 2})),
            "poll/layout_type BASE_TYPE_CHOICES",
        ),
        (
            poll(json!({"allow_multiselect": "yes"})),
            "poll/allow_multiselect BOOLEAN_TYPE_CONVERT",
        ),
    ];
    let post = |(body, field)| {
        (
            Method::POST,
            "/channels/{general}/messages",
            body,
            400,
            50035,
            field,
        )
    };
    refuse(bodies.into_iter().map(post).collect()).await;
}

#[tokio::test]
async fn embeds_have_limits() {
    let large = json!({"description": long(3001)});
    refuse(malformed! {POST "/channels/{general}/messages";
        {"embeds": 1} => "embeds LIST_TYPE_CONVERT";
        {"embeds": [1]} => "embeds/0 MODEL_TYPE_CONVERT";
        {"embeds": [{}]} => "embeds/0/description BASE_TYPE_REQUIRED";
        {"embeds": vec![json!({"title": "x"}); 11]} => "embeds BASE_TYPE_MAX_LENGTH";
        {"embeds": [{"title": long(257)}]} => "embeds/0/title BASE_TYPE_MAX_LENGTH";
        {"embeds": [{"description": long(4097)}]} => "embeds/0/description BASE_TYPE_MAX_LENGTH";
        {"embeds": [{"title": "x", "color": 16_777_216}]} => "embeds/0/color NUMBER_TYPE_MAX";
        {"embeds": [{"title": "x", "color": "red"}]} => "embeds/0/color NUMBER_TYPE_COERCE";
        {"embeds": [{"title": "x", "url": "nowhere"}]} => "embeds/0/url URL_TYPE_INVALID_URL";
        {"embeds": [{"title": "x", "url": "javascript://x"}]} => "embeds/0/url URL_TYPE_INVALID_SCHEME";
        {"embeds": [{"title": "x", "timestamp": "yesterday"}]} => "embeds/0/timestamp DATETIME_TYPE_PARSE";
        {"embeds": [{"author": {"name": long(257)}}]} => "embeds/0/author/name BASE_TYPE_BAD_LENGTH";
        {"embeds": [{"author": {"url": "https://x.y"}}]} => "embeds/0/author/name BASE_TYPE_REQUIRED";
        {"embeds": [{"footer": {"text": long(2049)}}]} => "embeds/0/footer/text BASE_TYPE_BAD_LENGTH";
        {"embeds": [{"image": {}}]} => "embeds/0/image/url BASE_TYPE_REQUIRED";
        {"embeds": [{"image": {"url": "ftp://x"}}]} => "embeds/0/image/url URL_TYPE_INVALID_SCHEME";
        {"embeds": [{"thumbnail": {"url": "x"}}]} => "embeds/0/thumbnail/url URL_TYPE_INVALID_URL";
        {"embeds": [{"fields": vec![json!({"name": "n", "value": "v"}); 26]}]} => "embeds/0/fields BASE_TYPE_MAX_LENGTH";
        {"embeds": [{"fields": [{"name": "", "value": "v"}]}]} => "embeds/0/fields/0/name BASE_TYPE_REQUIRED";
        {"embeds": [{"fields": [{"name": "n"}]}]} => "embeds/0/fields/0/value BASE_TYPE_REQUIRED";
        {"embeds": [{"fields": [{"name": long(257), "value": "v"}]}]} => "embeds/0/fields/0/name BASE_TYPE_BAD_LENGTH";
        {"embeds": [{"fields": [{"name": "n", "value": long(1025)}]}]} => "embeds/0/fields/0/value BASE_TYPE_BAD_LENGTH";
        {"embeds": [{"fields": [{"name": "n", "value": "v", "inline": 1}]}]} => "embeds/0/fields/0/inline BOOLEAN_TYPE_CONVERT";
        {"embeds": [large, large]} => "embeds MAX_EMBED_SIZE_EXCEEDED";
    })
    .await;
}

#[tokio::test]
async fn messages_are_checked_wherever_they_are_sent() {
    let names: Vec<String> = (0..101).map(|n| (1_000 + n).to_string()).collect();
    let mut cases = wrong! {
        POST "/channels/{general}/messages" {"content": ["x"]} => 400 50035 "content STRING_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "nonce": {"a": 1}} => 400 50035 "nonce NONCE_TYPE_INVALID";
        POST "/channels/{general}/messages" {"content": "x", "flags": (-1)} => 400 50035 "flags NUMBER_TYPE_MIN";
        POST "/channels/{general}/messages" {"content": "x", "enforce_nonce": "yes"} => 400 50035 "enforce_nonce BOOLEAN_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "message_reference": {}} => 400 50035 "message_reference/message_id BASE_TYPE_REQUIRED";
        POST "/channels/{general}/messages" {"content": "x", "message_reference": 5} => 400 50035 "message_reference MODEL_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "message_reference": {"message_id": "x"}} => 400 50035 "message_reference/message_id NUMBER_TYPE_COERCE";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": []} => 400 50035 "allowed_mentions MODEL_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"parse": "users"}} => 400 50035 "allowed_mentions/parse LIST_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"parse": ["roles"], "roles": ["12"]}} => 400 50035 "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"roles": ["x"]}} => 400 50035 "allowed_mentions/roles/0 NUMBER_TYPE_COERCE";
        POST "/channels/{general}/messages" {"content": "x", "allowed_mentions": {"replied_user": 1}} => 400 50035 "allowed_mentions/replied_user BOOLEAN_TYPE_CONVERT";
        POST "/channels/{general}/messages" {"components": [], "embeds": [], "content": ""} => 400 50006 "";
        POST "/channels/{general}/messages" {"nonce": "1"} => 400 50006 "";
        POST "/channels/{general}/messages" {"tts": false} => 400 50006 "";
        POST "/channels/{general}/messages" "text" => 400 50035 " MODEL_TYPE_CONVERT";
        POST "/channels/{thread}/messages" {} => 400 50006 "";
        POST "/channels/{news}/messages" {} => 400 50006 "";
        POST "/channels/{voice}/messages" {} => 400 50006 "";
        PATCH "/channels/{general}/messages/12" {"content": "x"} => 404 10008 "";
        POST "/users/@me/channels" {"recipient_id": "x"} => 400 50035 "recipient_id NUMBER_TYPE_COERCE";
        POST "/users/@me/channels" {"recipient_id": null} => 400 50035 "recipient_id BASE_TYPE_REQUIRED";
        PATCH "/channels/{general}" {"name": ""} => 400 50035 "name BASE_TYPE_REQUIRED";
        PATCH "/channels/{general}" {"topic": 5} => 400 50035 "topic STRING_TYPE_CONVERT";
        PATCH "/channels/{voice}" {"user_limit": 100} => 400 50035 "user_limit NUMBER_TYPE_MAX";
        PATCH "/channels/{voice}" {"bitrate": 7999} => 400 50035 "bitrate NUMBER_TYPE_MIN";
    };
    let send = "/channels/{general}/messages";
    let mut bad = |body: Value, problem: &'static str| {
        cases.push((Method::POST, send, body, 400, 50035, problem));
    };
    bad(
        json!({"content": "あ".repeat(2001)}),
        "content BASE_TYPE_MAX_LENGTH",
    );
    bad(
        json!({"content": "x", "allowed_mentions": {"users": names}}),
        "allowed_mentions/users BASE_TYPE_MAX_LENGTH",
    );
    // Each of the ten embeds is fine, and all together too long.
    bad(
        json!({"embeds": vec![json!({"title": long(256), "footer": {"text": long(400)}}); 10]}),
        "embeds MAX_EMBED_SIZE_EXCEEDED",
    );
    let fields = vec![json!({"name": long(200), "value": long(200)}); 16];
    bad(
        json!({"embeds": [{"fields": fields}]}),
        "embeds MAX_EMBED_SIZE_EXCEEDED",
    );
    // All problems are told, not only the first.
    bad(
        json!({"content": long(2001), "embeds": [{"title": long(257)}]}),
        "embeds/0/title BASE_TYPE_MAX_LENGTH",
    );
    bad(
        json!({"content": long(2001), "embeds": [{"title": long(257)}]}),
        "content BASE_TYPE_MAX_LENGTH",
    );
    refuse(cases).await;
}
