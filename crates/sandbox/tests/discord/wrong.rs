//! Wrong requests, each with the status, the code and the field that Discord answers with.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

/// A request, the status and code it earns, and for 50035 the field and its code.
pub(crate) type Case = (Method, &'static str, Value, u16, u32, &'static str);

pub(crate) fn long(length: usize) -> String {
    "x".repeat(length)
}

/// `base` with some of its fields replaced.
pub(crate) fn with(mut base: Value, changes: Value) -> Value {
    if let Value::Object(changes) = changes {
        for (name, value) in changes {
            base[name] = value;
        }
    }
    base
}

pub(crate) fn row(component: &Value) -> Value {
    json!({"content": "x", "components": [{"type": 1, "components": [component]}]})
}

pub(crate) fn button(changes: Value) -> Value {
    let button = json!({"type": 2, "style": 1, "label": "L", "custom_id": "c"});
    row(&with(button, changes))
}

pub(crate) fn select(changes: Value) -> Value {
    let options = json!([{"label": "A", "value": "a"}]);
    let select = json!({"type": 3, "custom_id": "c", "options": options});
    row(&with(select, changes))
}

pub(crate) fn command(changes: Value) -> Value {
    with(json!({"name": "good", "description": "good"}), changes)
}

pub(crate) fn option(changes: Value) -> Value {
    let option = with(json!({"type": 3, "name": "o", "description": "d"}), changes);
    command(json!({"options": [option]}))
}

fn cases() -> Vec<Case> {
    let (get, post, put, patch, delete) = (
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    );
    let send = "/channels/{general}/messages";
    let register = "/applications/{app}/commands";
    let none = Value::Null;
    let mut cases: Vec<Case> = vec![
        // Routes, ids, access.
        (get.clone(), "/nowhere", none.clone(), 404, 0, ""),
        (put.clone(), "/users/@me", none.clone(), 405, 0, ""),
        (
            get.clone(),
            "/users/abc",
            none.clone(),
            400,
            50035,
            "user_id NUMBER_TYPE_COERCE",
        ),
        (get.clone(), "/users/12", none.clone(), 404, 10013, ""),
        (get.clone(), "/channels/12", none.clone(), 404, 10003, ""),
        (
            get.clone(),
            "/channels/x",
            none.clone(),
            400,
            50035,
            "channel_id NUMBER_TYPE_COERCE",
        ),
        (
            get.clone(),
            "/channels/{staff}",
            none.clone(),
            403,
            50001,
            "",
        ),
        (
            get.clone(),
            "/channels/{staff}/messages",
            none.clone(),
            403,
            50001,
            "",
        ),
        (get.clone(), "/guilds/12", none.clone(), 404, 10004, ""),
        (
            get.clone(),
            "/guilds/{guild}/members/12",
            none.clone(),
            404,
            10013,
            "",
        ),
        (
            get.clone(),
            "/guilds/{guild}/members/{stranger}",
            none.clone(),
            404,
            10007,
            "",
        ),
        (
            get.clone(),
            "/guilds/{guild}/members",
            none.clone(),
            403,
            50001,
            "",
        ),
        (
            get.clone(),
            "/guilds/{guild}/roles/12",
            none.clone(),
            404,
            10011,
            "",
        ),
        (
            get.clone(),
            "/guilds/{guild}/voice-states/@me",
            none.clone(),
            404,
            10065,
            "",
        ),
        (
            get.clone(),
            "/channels/{general}/messages/12",
            none.clone(),
            404,
            10008,
            "",
        ),
        (
            get.clone(),
            "/channels/{general}/messages?limit=0",
            none.clone(),
            400,
            50035,
            "limit NUMBER_TYPE_MIN",
        ),
        (
            get.clone(),
            "/channels/{general}/messages?limit=101",
            none.clone(),
            400,
            50035,
            "limit NUMBER_TYPE_MAX",
        ),
        (
            patch.clone(),
            "/channels/{general}/messages/{theirs}",
            json!({"content": "x"}),
            403,
            50005,
            "",
        ),
        (
            delete.clone(),
            "/channels/{general}/messages/{theirs}",
            none.clone(),
            403,
            50013,
            "",
        ),
        (
            delete.clone(),
            "/channels/{general}/messages/12",
            none.clone(),
            404,
            10008,
            "",
        ),
        (
            patch.clone(),
            "/channels/{general}",
            json!({"name": "x"}),
            403,
            50013,
            "",
        ),
        (
            delete.clone(),
            "/channels/{general}",
            none.clone(),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            "/channels/{general}/webhooks",
            json!({"name": "x"}),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            "/channels/{general}/webhooks",
            json!({}),
            400,
            50035,
            "name BASE_TYPE_REQUIRED",
        ),
        (
            post.clone(),
            "/channels/{general}/webhooks",
            json!({"name": "Discord"}),
            400,
            50035,
            "name WEBHOOK_NAME_INVALID",
        ),
        (
            post.clone(),
            "/channels/{readonly}/messages",
            json!({"content": "x"}),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            "/channels/{readonly}/typing",
            none.clone(),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            "/channels/{noembeds}/messages",
            json!({"embeds": [{"title": "x"}]}),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            "/channels/{category}/messages",
            json!({"content": "x"}),
            400,
            50024,
            "",
        ),
        (
            post.clone(),
            "/channels/{general}/messages/{theirs}/crosspost",
            none.clone(),
            400,
            50024,
            "",
        ),
        (
            put.clone(),
            "/channels/{general}/voice-status",
            json!({"status": "x"}),
            400,
            50024,
            "",
        ),
        (
            put.clone(),
            "/channels/{voice}/voice-status",
            json!({"status": long(501)}),
            400,
            50035,
            "status BASE_TYPE_MAX_LENGTH",
        ),
        (
            post.clone(),
            "/users/@me/channels",
            json!({}),
            400,
            50035,
            "recipient_id BASE_TYPE_REQUIRED",
        ),
        (
            post.clone(),
            "/users/@me/channels",
            json!({"recipient_id": "12"}),
            404,
            10013,
            "",
        ),
        (
            post.clone(),
            "/users/@me/channels",
            json!({"recipient_id": "{app}"}),
            403,
            50007,
            "",
        ),
        (
            get.clone(),
            "/applications/12/commands",
            none.clone(),
            403,
            20012,
            "",
        ),
        (
            get.clone(),
            "/applications/{app}/commands/12",
            none.clone(),
            404,
            10063,
            "",
        ),
        (
            delete.clone(),
            "/applications/{app}/commands/12",
            none.clone(),
            404,
            10063,
            "",
        ),
        (
            get.clone(),
            "/applications/{app}/guilds/12/commands",
            none.clone(),
            403,
            50001,
            "",
        ),
        (
            post.clone(),
            "/interactions/12/abc/callback",
            json!({"type": 5}),
            404,
            10062,
            "",
        ),
        (
            post.clone(),
            "/webhooks/12/abc",
            json!({"content": "x"}),
            404,
            10015,
            "",
        ),
        (
            post.clone(),
            "/webhooks/{app}/abc",
            json!({"content": "x"}),
            401,
            50027,
            "",
        ),
        (
            get.clone(),
            "/webhooks/{app}/abc/messages/@original",
            none.clone(),
            401,
            50027,
            "",
        ),
        (
            get.clone(),
            "/stage-instances/{stage2}",
            none.clone(),
            404,
            10003,
            "",
        ),
        (
            post.clone(),
            "/stage-instances",
            json!({"channel_id": "{stage}", "topic": "x"}),
            403,
            50013,
            "",
        ),
        // Messages.
        (post.clone(), send, json!({}), 400, 50006, ""),
        (post.clone(), send, json!({"content": ""}), 400, 50006, ""),
        (
            post.clone(),
            send,
            json!({"content": " \n "}),
            400,
            50006,
            "",
        ),
        (
            post.clone(),
            send,
            json!({"content": null, "embeds": []}),
            400,
            50006,
            "",
        ),
        (
            post.clone(),
            send,
            json!({"content": long(2001)}),
            400,
            50035,
            "content BASE_TYPE_MAX_LENGTH",
        ),
        (
            post.clone(),
            send,
            json!({"content": 5}),
            400,
            50035,
            "content STRING_TYPE_CONVERT",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "tts": "yes"}),
            400,
            50035,
            "tts BOOLEAN_TYPE_CONVERT",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "tts": true}),
            403,
            50013,
            "",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "nonce": long(26)}),
            400,
            50035,
            "nonce NONCE_TYPE_TOO_LONG",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "flags": "many"}),
            400,
            50035,
            "flags NUMBER_TYPE_COERCE",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "flags": 32768}),
            400,
            50035,
            "content MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "message_reference": {"message_id": "12"}}),
            400,
            50035,
            "message_reference REPLIES_UNKNOWN_MESSAGE",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "allowed_mentions": {"parse": ["all"]}}),
            400,
            50035,
            "allowed_mentions/parse/0 BASE_TYPE_CHOICES",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["12"]}}),
            400,
            50035,
            "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        (
            post.clone(),
            send,
            json!({"content": "x", "allowed_mentions": {"users": ["12", "12"]}}),
            400,
            50035,
            "allowed_mentions/users SET_TYPE_ALREADY_CONTAINS_VALUE",
        ),
        (
            post.clone(),
            send,
            json!([1]),
            400,
            50035,
            " MODEL_TYPE_CONVERT",
        ),
        // Embeds.
        (
            post.clone(),
            send,
            json!({"embeds": 1}),
            400,
            50035,
            "embeds LIST_TYPE_CONVERT",
        ),
        (
            post.clone(),
            send,
            json!({"embeds": [1]}),
            400,
            50035,
            "embeds/0 MODEL_TYPE_CONVERT",
        ),
        (
            post.clone(),
            send,
            json!({"embeds": [{}]}),
            400,
            50035,
            "embeds/0/description BASE_TYPE_REQUIRED",
        ),
        (
            post.clone(),
            send,
            json!({"embeds": vec![json!({"title": "x"}); 11]}),
            400,
            50035,
            "embeds BASE_TYPE_MAX_LENGTH",
        ),
    ];
    let embeds = [
        (json!({"title": long(257)}), "title BASE_TYPE_MAX_LENGTH"),
        (
            json!({"description": long(4097)}),
            "description BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({"title": "x", "color": 16_777_216}),
            "color NUMBER_TYPE_MAX",
        ),
        (
            json!({"title": "x", "color": "red"}),
            "color NUMBER_TYPE_COERCE",
        ),
        (
            json!({"title": "x", "url": "nowhere"}),
            "url URL_TYPE_INVALID_URL",
        ),
        (
            json!({"title": "x", "url": "javascript://x"}),
            "url URL_TYPE_INVALID_SCHEME",
        ),
        (
            json!({"title": "x", "timestamp": "yesterday"}),
            "timestamp DATETIME_TYPE_PARSE",
        ),
        (
            json!({"author": {"name": long(257)}}),
            "author/name BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({"author": {"url": "https://x.y"}}),
            "author/name BASE_TYPE_REQUIRED",
        ),
        (
            json!({"footer": {"text": long(2049)}}),
            "footer/text BASE_TYPE_BAD_LENGTH",
        ),
        (json!({"image": {}}), "image/url BASE_TYPE_REQUIRED"),
        (
            json!({"image": {"url": "ftp://x"}}),
            "image/url URL_TYPE_INVALID_SCHEME",
        ),
        (
            json!({"thumbnail": {"url": "x"}}),
            "thumbnail/url URL_TYPE_INVALID_URL",
        ),
        (
            json!({"fields": vec![json!({"name": "n", "value": "v"}); 26]}),
            "fields BASE_TYPE_MAX_LENGTH",
        ),
        (
            json!({"fields": [{"name": "", "value": "v"}]}),
            "fields/0/name BASE_TYPE_REQUIRED",
        ),
        (
            json!({"fields": [{"name": "n"}]}),
            "fields/0/value BASE_TYPE_REQUIRED",
        ),
        (
            json!({"fields": [{"name": long(257), "value": "v"}]}),
            "fields/0/name BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({"fields": [{"name": "n", "value": long(1025)}]}),
            "fields/0/value BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!({"fields": [{"name": "n", "value": "v", "inline": 1}]}),
            "fields/0/inline BOOLEAN_TYPE_CONVERT",
        ),
    ];
    for (embed, problem) in embeds {
        let problem = Box::leak(format!("embeds/0/{problem}").into_boxed_str());
        cases.push((
            post.clone(),
            send,
            json!({"embeds": [embed]}),
            400,
            50035,
            problem,
        ));
    }
    let large = json!({"description": long(3001)});
    cases.push((
        post.clone(),
        send,
        json!({"embeds": [large, large]}),
        400,
        50035,
        "embeds MAX_EMBED_SIZE_EXCEEDED",
    ));
    // Components.
    let row = "components/0/components/0";
    let rows: Vec<Value> = (0..6).map(|n| json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": n.to_string()}]})).collect();
    let wide: Vec<Value> = (0..6)
        .map(|n| json!({"type": 2, "style": 1, "label": "l", "custom_id": n.to_string()}))
        .collect();
    let components = [
        (
            json!({"content": "x", "components": rows}),
            "components BASE_TYPE_MAX_LENGTH".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": wide}]}),
            "components/0/components BASE_TYPE_BAD_LENGTH".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": []}]}),
            "components/0/components BASE_TYPE_BAD_LENGTH".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}),
            "components/0 UNION_TYPE_CHOICES".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 10, "content": "text"}]}),
            "components/0 UNION_TYPE_CHOICES".to_owned(),
        ),
        (
            button(json!({"custom_id": null})),
            format!("{row}/custom_id BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"),
        ),
        (
            button(json!({"custom_id": long(101)})),
            format!("{row}/custom_id BASE_TYPE_BAD_LENGTH"),
        ),
        (
            button(json!({"label": long(81)})),
            format!("{row}/label BASE_TYPE_MAX_LENGTH"),
        ),
        (
            button(json!({"label": null})),
            format!("{row}/label BASE_TYPE_REQUIRED"),
        ),
        (
            button(json!({"style": 7})),
            format!("{row}/style BASE_TYPE_CHOICES"),
        ),
        (
            button(json!({"style": null})),
            format!("{row}/style BASE_TYPE_REQUIRED"),
        ),
        (
            button(json!({"style": 5, "custom_id": null})),
            format!("{row}/url BUTTON_COMPONENT_URL_REQUIRED"),
        ),
        (
            button(json!({"style": 5, "url": "https://x.y"})),
            format!("{row}/custom_id BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
        ),
        (
            button(json!({"style": 5, "custom_id": null, "url": "x.y"})),
            format!("{row}/url URL_TYPE_INVALID_URL"),
        ),
        (
            button(json!({"url": "https://x.y"})),
            format!("{row}/url BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"),
        ),
        (
            button(json!({"emoji": {"name": "smile"}})),
            format!("{row}/emoji/name BUTTON_COMPONENT_INVALID_EMOJI"),
        ),
        (
            select(json!({"options": []})),
            format!("{row}/options BASE_TYPE_BAD_LENGTH"),
        ),
        (
            select(
                json!({"options": (0..26).map(|n| json!({"label": "l", "value": n.to_string()})).collect::<Vec<_>>()}),
            ),
            format!("{row}/options BASE_TYPE_BAD_LENGTH"),
        ),
        (
            select(
                json!({"options": [{"label": "l", "value": "a"}, {"label": "l", "value": "a"}]}),
            ),
            format!("{row}/options/1/value SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
        ),
        (
            select(json!({"options": [{"label": long(101), "value": "a"}]})),
            format!("{row}/options/0/label BASE_TYPE_BAD_LENGTH"),
        ),
        (
            select(json!({"placeholder": long(151)})),
            format!("{row}/placeholder BASE_TYPE_MAX_LENGTH"),
        ),
        (
            select(json!({"min_values": 26})),
            format!("{row}/min_values NUMBER_TYPE_MAX"),
        ),
        (
            select(json!({"max_values": 0})),
            format!("{row}/max_values NUMBER_TYPE_MIN"),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [
                {"type": 2, "style": 1, "label": "l", "custom_id": "c"},
                {"type": 2, "style": 1, "label": "l", "custom_id": "c"},
            ]}]}),
            "components/0/components/1/custom_id COMPONENT_CUSTOM_ID_DUPLICATED".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [
                {"type": 2, "style": 1, "label": "l", "custom_id": "c"},
                {"type": 5, "custom_id": "d"},
            ]}]}),
            "components/0/components/1 COMPONENT_LAYOUT_WIDTH_EXCEEDED".to_owned(),
        ),
    ];
    for (body, problem) in components {
        cases.push((
            post.clone(),
            send,
            body,
            400,
            50035,
            Box::leak(problem.into_boxed_str()),
        ));
    }
    // Commands.
    let commands = [
        (json!({}), "name BASE_TYPE_REQUIRED"),
        (
            command(json!({"name": "Upper"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"name": "two words"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"name": long(33)})),
            "name BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(json!({"description": ""})),
            "description BASE_TYPE_REQUIRED",
        ),
        (
            command(json!({"description": long(101)})),
            "description BASE_TYPE_BAD_LENGTH",
        ),
        (command(json!({"type": 9})), "type BASE_TYPE_CHOICES"),
        (
            command(json!({"type": 2})),
            "description APPLICATION_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            command(json!({"default_member_permissions": "x"})),
            "default_member_permissions NUMBER_TYPE_COERCE",
        ),
        (
            command(json!({"default_member_permissions": -1})),
            "default_member_permissions NUMBER_TYPE_MIN",
        ),
        (command(json!({"nsfw": "no"})), "nsfw BOOLEAN_TYPE_CONVERT"),
        (
            command(json!({"contexts": [7]})),
            "contexts/0 BASE_TYPE_CHOICES",
        ),
        (
            command(json!({"name_localizations": {"xx": "a"}})),
            "name_localizations/xx ENUM_TYPE_COERCE",
        ),
        (
            command(json!({"name_localizations": {"de": "Groß"}})),
            "name_localizations/de APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"description_localizations": {"de": long(101)}})),
            "description_localizations/de BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(
                json!({"options": vec![json!({"type": 3, "name": "o", "description": "d"}); 26]}),
            ),
            "options BASE_TYPE_MAX_LENGTH",
        ),
        (
            command(
                json!({"options": vec![json!({"type": 3, "name": "o", "description": "d"}); 2]}),
            ),
            "options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (
            command(json!({"options": [
                {"type": 3, "name": "a", "description": "d"},
                {"type": 3, "name": "b", "description": "d", "required": true},
            ]})),
            "options/1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            command(json!({"options": [
                {"type": 1, "name": "a", "description": "d"},
                {"type": 3, "name": "b", "description": "d"},
            ]})),
            "options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            option(json!({"type": 12})),
            "options/0/type BASE_TYPE_CHOICES",
        ),
        (
            option(json!({"type": null})),
            "options/0/type BASE_TYPE_REQUIRED",
        ),
        (
            option(json!({"name": "O"})),
            "options/0/name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            option(json!({"description": null})),
            "options/0/description BASE_TYPE_REQUIRED",
        ),
        (
            option(json!({"min_length": 6001})),
            "options/0/min_length NUMBER_TYPE_MAX",
        ),
        (
            option(json!({"min_length": 5, "max_length": 2})),
            "options/0/min_length APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID",
        ),
        (
            option(json!({"type": 4, "min_value": 1.5})),
            "options/0/min_value NUMBER_TYPE_COERCE",
        ),
        (
            option(json!({"type": 4, "min_value": 5, "max_value": 2})),
            "options/0/min_value APPLICATION_COMMAND_OPTIONS_VALUE_INVALID",
        ),
        (
            option(json!({"type": 7, "channel_types": [99]})),
            "options/0/channel_types/0 BASE_TYPE_CHOICES",
        ),
        (
            option(json!({"type": 6, "autocomplete": true})),
            "options/0/autocomplete APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE_INVALID",
        ),
        (
            option(json!({"autocomplete": true, "choices": [{"name": "a", "value": "a"}]})),
            "options/0/choices APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID",
        ),
        (
            option(
                json!({"choices": (0..26).map(|n| json!({"name": n.to_string(), "value": n.to_string()})).collect::<Vec<_>>()}),
            ),
            "options/0/choices BASE_TYPE_MAX_LENGTH",
        ),
        (
            option(json!({"choices": [{"name": "a"}]})),
            "options/0/choices/0/value BASE_TYPE_REQUIRED",
        ),
        (
            option(json!({"choices": [{"name": "a", "value": 1}]})),
            "options/0/choices/0/value STRING_TYPE_CONVERT",
        ),
        (
            option(json!({"type": 4, "choices": [{"name": "a", "value": "1"}]})),
            "options/0/choices/0/value NUMBER_TYPE_COERCE",
        ),
        (
            option(json!({"choices": [{"name": long(101), "value": "a"}]})),
            "options/0/choices/0/name BASE_TYPE_BAD_LENGTH",
        ),
        (
            option(json!({"choices": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]})),
            "options/0/choices/1 APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
        ),
        (
            command(json!({"options": (0..25).map(|n| json!({
            "type": 3, "name": format!("o{n}"), "description": "d",
            "choices": (0..4).map(|c| json!({"name": format!("{c}{}", long(90)), "value": c.to_string()})).collect::<Vec<_>>(),
        })).collect::<Vec<_>>()})),
            " APPLICATION_COMMAND_TOO_LARGE",
        ),
    ];
    for (body, problem) in commands {
        cases.push((post.clone(), register, body, 400, 50035, problem));
    }
    cases.push((
        put.clone(),
        register,
        json!({}),
        400,
        50035,
        " LIST_TYPE_CONVERT",
    ));
    let twice = json!([command(json!({})), command(json!({}))]);
    cases.push((
        put.clone(),
        register,
        twice,
        400,
        50035,
        "1 APPLICATION_COMMANDS_DUPLICATE_NAME",
    ));
    let many: Vec<Value> = (0..101)
        .map(|n| json!({"name": format!("c{n}"), "description": "d"}))
        .collect();
    cases.push((put, register, many.into(), 400, 30032, ""));
    cases
}

#[tokio::test]
async fn each_wrong_request_is_refused_as_discord_does() {
    let cases = cases();
    assert!(cases.len() >= 140, "{}", cases.len());
    refuse(cases).await;
}

/// Sends each request, as a bot of its own with fresh buckets, and compares the answer.
pub(crate) async fn refuse(cases: Vec<Case>) {
    let bench = Bench::start().await;
    let world = bench.world().await;
    let general = bench.channel("general").await;
    let owner = world["guilds"][0]["members"][0]["id"].clone();
    let (_, theirs) = bench
        .control(
            Method::POST,
            &format!("/channels/{general}/messages"),
            json!({"user": owner, "content": "mine"}),
        )
        .await;
    let mut names = vec![
        (
            "{guild}",
            world["guilds"][0]["id"].as_str().unwrap().to_owned(),
        ),
        (
            "{stranger}",
            world["guilds"][2]["members"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
        ("{theirs}", theirs["id"].as_str().unwrap().to_owned()),
        ("{stage2}", "12".to_owned()),
        ("{general}", general),
    ];
    for (placeholder, name) in [
        ("{staff}", "staff"),
        ("{voice}", "Listening Room"),
        ("{readonly}", "read-only"),
        ("{noembeds}", "no-embeds"),
        ("{category}", "Lobby"),
        ("{news}", "news"),
        ("{office}", "Office (no bots)"),
        ("{thread}", "favourite openings"),
        ("{stage}", "Main Stage"),
    ] {
        names.push((placeholder, bench.channel(name).await));
    }
    let mut problems = Vec::new();
    for (method, path, body, status, code, field) in cases {
        let (app, token) = bench.another().await;
        let fill = |text: &str| {
            let filled = names.iter().fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
            filled.replace("{app}", &app)
        };
        let body: Value = serde_json::from_str(&fill(&body.to_string())).unwrap();
        let sent = Some(&body).filter(|body| !body.is_null());
        let (got, answer) = bench
            .send_as(&token, method.clone(), &fill(path), sent)
            .await;
        let mut fine =
            got.as_u16() == status && answer["code"] == code && answer["message"].is_string();
        if let Some((at, expected)) = field.split_once(' ') {
            let node = at
                .split('/')
                .filter(|part| !part.is_empty())
                .fold(&answer["errors"], |node, part| &node[part]);
            fine &= node["_errors"][0]["code"] == expected;
        }
        if !fine {
            problems.push(format!(
                "{method} {path} {body}: expected {status} {code} {field}, got {got} {answer}"
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{} wrong:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[tokio::test]
async fn bodies_and_tokens_are_looked_at() {
    let bench = Bench::start().await;
    let http = reqwest::Client::new();
    let url = format!(
        "{}/api/v10/channels/{}/messages",
        bench.base,
        bench.channel("general").await
    );
    let post = |token: String, kind: &'static str, body: &'static str| {
        let request = http
            .post(&url)
            .header("authorization", token)
            .header("content-type", kind)
            .body(body);
        async move {
            let response = request.send().await.unwrap();
            (
                response.status().as_u16(),
                response.json::<Value>().await.unwrap(),
            )
        }
    };
    let token = format!("Bot {}", bench.token);
    let (status, body) = post(token.clone(), "application/json", "{\"content\":").await;
    assert_eq!((status, &body["code"]), (400, &json!(50109)));
    let (status, body) = post(token.clone(), "text/plain", "{\"content\":\"x\"}").await;
    assert_eq!(
        (status, &body["errors"]["_errors"][0]["code"]),
        (400, &json!("CONTENT_TYPE_INVALID"))
    );
    for wrong in ["Bot nonsense", "nonsense", &bench.token, "Bearer x"] {
        let (status, body) = post(wrong.to_owned(), "application/json", "{}").await;
        assert_eq!((status, &body["code"]), (401, &json!(0)), "{wrong}");
    }
}
