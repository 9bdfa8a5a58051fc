//! More wrong requests, by subject: who may reach what, ids and pages, messages, components,
//! commands, webhooks, stages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::wrong::{Case, command, long, option, refuse, select, with};

/// `METHOD "path" (body) => status code "field CODE";`
macro_rules! wrong {
    ($($method:ident $path:literal $body:tt => $status:literal $code:literal $field:literal;)*) => {
        {
            let cases: Vec<Case> = vec![$((Method::$method, $path, json!($body), $status, $code, $field)),*];
            cases
        }
    };
}

#[tokio::test]
async fn who_may_not_reach_it_is_told_so() {
    refuse(wrong! {
        // Not seen: 50001. Seen, but not allowed: 50013. Not there: which thing it is.
        GET "/channels/{staff}/messages/12" null => 403 50001 "";
        POST "/channels/{staff}/messages" {"content": "x"} => 403 50001 "";
        PATCH "/channels/{staff}/messages/12" {"content": "x"} => 403 50001 "";
        DELETE "/channels/{staff}/messages/12" null => 403 50001 "";
        POST "/channels/{staff}/typing" null => 403 50001 "";
        PATCH "/channels/{staff}" {"name": "x"} => 403 50001 "";
        DELETE "/channels/{staff}" null => 403 50001 "";
        GET "/channels/{staff}/webhooks" null => 403 50001 "";
        POST "/channels/{staff}/webhooks" {"name": "x"} => 403 50001 "";
        POST "/channels/{staff}/messages/12/crosspost" null => 403 50001 "";
        POST "/channels/12/messages" {"content": "x"} => 404 10003 "";
        PATCH "/channels/12/messages/12" {"content": "x"} => 404 10003 "";
        DELETE "/channels/12/messages/12" null => 404 10003 "";
        GET "/channels/12/messages" null => 404 10003 "";
        POST "/channels/12/typing" null => 404 10003 "";
        PUT "/channels/12/voice-status" {"status": "x"} => 404 10003 "";
        GET "/channels/12/webhooks" null => 404 10003 "";
        DELETE "/channels/12" null => 404 10003 "";
        GET "/guilds/12/channels" null => 404 10004 "";
        GET "/guilds/12/roles" null => 404 10004 "";
        GET "/guilds/12/members/12" null => 404 10004 "";
        GET "/guilds/12/voice-states/@me" null => 404 10004 "";
        PATCH "/guilds/12/voice-states/@me" {"suppress": false} => 404 10004 "";
        GET "/guilds/12/webhooks" null => 404 10004 "";
        GET "/guilds/12/threads/active" null => 404 10004 "";
        DELETE "/users/@me/guilds/12" null => 404 10004 "";
        GET "/guilds/{guild}/webhooks" null => 403 50013 "";
        GET "/channels/{general}/webhooks" null => 403 50013 "";
        PUT "/channels/{voice}/voice-status" {"status": "x"} => 403 50013 "";
        PATCH "/channels/{voice}" {"user_limit": 5} => 403 50013 "";
        DELETE "/channels/{voice}" null => 403 50013 "";
        PATCH "/channels/{thread}" {"name": "x"} => 403 50013 "";
        DELETE "/channels/{thread}" null => 403 50013 "";
        // The chat of a voice channel is for those who may connect.
        GET "/channels/{office}/messages" null => 403 50001 "";
        POST "/channels/{office}/messages" {"content": "x"} => 403 50001 "";
        // Announcements.
        POST "/channels/{news}/messages/12/crosspost" null => 404 10008 "";
    })
    .await;
}

#[tokio::test]
async fn ids_and_pages_are_read_strictly() {
    refuse(wrong! {
        GET "/channels/0/messages" null => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        GET "/channels/-5" null => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        GET "/channels/99999999999999999999999" null => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        GET "/channels/1.5" null => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        GET "/channels/{general}/messages/latest" null => 400 50035 "message_id NUMBER_TYPE_COERCE";
        GET "/guilds/here" null => 400 50035 "guild_id NUMBER_TYPE_COERCE";
        GET "/guilds/{guild}/members/@you" null => 400 50035 "user_id NUMBER_TYPE_COERCE";
        GET "/guilds/{guild}/roles/x" null => 400 50035 "role_id NUMBER_TYPE_COERCE";
        GET "/applications/me/commands" null => 400 50035 "application_id NUMBER_TYPE_COERCE";
        GET "/applications/{app}/commands/x" null => 400 50035 "command_id NUMBER_TYPE_COERCE";
        GET "/applications/{app}/guilds/x/commands" null => 400 50035 "guild_id NUMBER_TYPE_COERCE";
        GET "/webhooks/x" null => 400 50035 "webhook_id NUMBER_TYPE_COERCE";
        POST "/interactions/x/abc/callback" {"type": 5} => 400 50035 "interaction_id NUMBER_TYPE_COERCE";
        GET "/channels/{general}/messages?limit=-1" null => 400 50035 "limit NUMBER_TYPE_MIN";
        GET "/channels/{general}/messages?limit=many" null => 400 50035 "limit NUMBER_TYPE_COERCE";
        GET "/channels/{general}/messages?before=x" null => 400 50035 "before NUMBER_TYPE_COERCE";
        GET "/channels/{general}/messages?after=x" null => 400 50035 "after NUMBER_TYPE_COERCE";
        GET "/channels/{general}/messages?around=x" null => 400 50035 "around NUMBER_TYPE_COERCE";
        GET "/guilds/{guild}/members?limit=1001" null => 400 50035 "limit NUMBER_TYPE_MAX";
        GET "/guilds/{guild}/members?limit=0" null => 400 50035 "limit NUMBER_TYPE_MIN";
        GET "/guilds/{guild}/members?after=x" null => 400 50035 "after NUMBER_TYPE_COERCE";
        GET "/users/@me/guilds?limit=201" null => 400 50035 "limit NUMBER_TYPE_MAX";
        GET "/users/@me/guilds?limit=0" null => 400 50035 "limit NUMBER_TYPE_MIN";
        GET "/users/@me/guilds?before=x" null => 400 50035 "before NUMBER_TYPE_COERCE";
        DELETE "/users/@me" null => 405 0 "";
        POST "/gateway" null => 405 0 "";
        PUT "/channels/{general}/messages" {"content": "x"} => 405 0 "";
        GET "/interactions/12/abc/callback" null => 405 0 "";
        GET "/" null => 404 0 "";
        GET "/guild/{guild}" null => 404 0 "";
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

#[tokio::test]
async fn components_are_checked_at_every_depth() {
    let send = "/channels/{general}/messages";
    let row = "components/0/components/0";
    let v2 = |components: Value| json!({"flags": 32768, "components": components});
    let texts: Vec<Value> = (0..41)
        .map(|_| json!({"type": 10, "content": "t"}))
        .collect();
    let long_texts = vec![json!({"type": 10, "content": long(2001)}); 2];
    let bodies = [
        (
            select(json!({"custom_id": null})),
            format!("{row}/custom_id BASE_TYPE_REQUIRED"),
        ),
        (
            select(json!({"custom_id": long(101)})),
            format!("{row}/custom_id BASE_TYPE_BAD_LENGTH"),
        ),
        (
            select(json!({"custom_id": ""})),
            format!("{row}/custom_id BASE_TYPE_REQUIRED"),
        ),
        (
            select(json!({"options": null})),
            format!("{row}/options BASE_TYPE_REQUIRED"),
        ),
        (
            select(json!({"options": [{"value": "a"}]})),
            format!("{row}/options/0/label BASE_TYPE_REQUIRED"),
        ),
        (
            select(json!({"options": [{"label": "a"}]})),
            format!("{row}/options/0/value BASE_TYPE_REQUIRED"),
        ),
        (
            select(json!({"options": [{"label": "a", "value": long(101)}]})),
            format!("{row}/options/0/value BASE_TYPE_BAD_LENGTH"),
        ),
        (
            select(json!({"options": [{"label": "a", "value": "a", "description": long(101)}]})),
            format!("{row}/options/0/description BASE_TYPE_MAX_LENGTH"),
        ),
        (
            select(json!({"max_values": 26})),
            format!("{row}/max_values NUMBER_TYPE_MAX"),
        ),
        (
            select(json!({"disabled": "no"})),
            format!("{row}/disabled BOOLEAN_TYPE_CONVERT"),
        ),
        (
            select(json!({"max_values": 2})),
            format!("{row}/options SELECT_COMPONENT_MAX_VALUES_TOO_MANY"),
        ),
        (
            json!({"content": "x", "components": [{"type": 1}]}),
            "components/0/components BASE_TYPE_REQUIRED".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{}]}),
            "components/0/type BASE_TYPE_REQUIRED".to_owned(),
        ),
        (
            json!({"content": "x", "components": {"type": 1}}),
            "components LIST_TYPE_CONVERT".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [{"type": 1, "components": []}]}]}),
            format!("{row} UNION_TYPE_CHOICES"),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [{"type": 4, "custom_id": "c", "style": 1, "label": "l"}]}]}),
            format!("{row} UNION_TYPE_CHOICES"),
        ),
        // The same custom id in two rows, and on a button and a select.
        (
            json!({"content": "x", "components": [
                {"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]},
                {"type": 1, "components": [{"type": 5, "custom_id": "c"}]},
            ]}),
            "components/1/components/0/custom_id COMPONENT_CUSTOM_ID_DUPLICATED".to_owned(),
        ),
        (
            json!({"content": "x", "components": [{"type": 1, "components": [{"type": 5, "custom_id": "a"}, {"type": 6, "custom_id": "b"}]}]}),
            "components/0/components/1 COMPONENT_LAYOUT_WIDTH_EXCEEDED".to_owned(),
        ),
        (
            v2(json!([{"type": 10}])),
            "components/0/content BASE_TYPE_REQUIRED".to_owned(),
        ),
        (
            v2(json!([{"type": 9, "components": [{"type": 10, "content": "t"}]}])),
            "components/0/accessory BASE_TYPE_REQUIRED".to_owned(),
        ),
        (
            v2(json!([{"type": 12}])),
            "components/0/items BASE_TYPE_REQUIRED".to_owned(),
        ),
        (
            v2(json!([{"type": 17, "components": []}])),
            "components/0/components BASE_TYPE_BAD_LENGTH".to_owned(),
        ),
        (
            v2(json!([{"type": 17, "components": [{"type": 17, "components": []}]}])),
            "components/0/components/0 UNION_TYPE_CHOICES".to_owned(),
        ),
        (
            v2(json!([{"type": 14, "spacing": 3}])),
            "components/0/spacing BASE_TYPE_CHOICES".to_owned(),
        ),
        (
            v2(json!(texts)),
            "components BASE_TYPE_MAX_LENGTH".to_owned(),
        ),
        (
            v2(json!(long_texts)),
            "components COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED".to_owned(),
        ),
    ];
    let cases = bodies.map(|(body, problem)| {
        let problem: &'static str = Box::leak(problem.into_boxed_str());
        (Method::POST, send, body, 400, 50035, problem)
    });
    refuse(cases.to_vec()).await;
}

#[tokio::test]
async fn commands_are_checked_to_the_last_option() {
    let register = "/applications/{app}/commands";
    let sub =
        |options: Value| json!({"type": 1, "name": "s", "description": "d", "options": options});
    let group =
        |options: Value| json!({"type": 2, "name": "g", "description": "d", "options": options});
    let plain = json!({"type": 3, "name": "o", "description": "d"});
    let choices = |choices: Value| option(json!({"choices": choices}));
    let bodies = [
        (
            command(json!({"name": "ÉTÉ"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"name": "Радио"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"name": "now.playing"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"name": "😀"})),
            "name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (command(json!({"name": ""})), "name BASE_TYPE_REQUIRED"),
        (command(json!({"name": 5})), "name STRING_TYPE_CONVERT"),
        (
            command(json!({"name": "あ".repeat(33)})),
            "name BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(json!({"description": null})),
            "description BASE_TYPE_REQUIRED",
        ),
        (
            command(json!({"description": "あ".repeat(101)})),
            "description BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(json!({"contexts": []})),
            "contexts BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(json!({"integration_types": [2]})),
            "integration_types/0 BASE_TYPE_CHOICES",
        ),
        (
            command(json!({"name_localizations": []})),
            "name_localizations MODEL_TYPE_CONVERT",
        ),
        (
            command(json!({"name_localizations": {"en": "a"}})),
            "name_localizations/en ENUM_TYPE_COERCE",
        ),
        (
            command(json!({"name_localizations": {"ja": long(33)}})),
            "name_localizations/ja BASE_TYPE_BAD_LENGTH",
        ),
        (
            command(json!({"description_localizations": {"JA": "a"}})),
            "description_localizations/JA ENUM_TYPE_COERCE",
        ),
        (command(json!({"options": {}})), "options LIST_TYPE_CONVERT"),
        (
            command(json!({"options": [5]})),
            "options/0 MODEL_TYPE_CONVERT",
        ),
        (
            command(json!({"type": 2, "name": "U", "description": "", "options": [plain]})),
            "options APPLICATION_COMMAND_OPTIONS_INVALID",
        ),
        // Nesting: group, subcommand, options, and no deeper.
        (
            command(json!({"options": [group(json!([group(json!([]))]))]})),
            "options/0/options/0/type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            command(json!({"options": [sub(json!([sub(json!([]))]))]})),
            "options/0/options/0/type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            command(json!({"options": [group(json!([plain]))]})),
            "options/0/options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        (
            command(json!({"options": [sub(json!([])), sub(json!([]))]})),
            "options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (
            command(
                json!({"options": [sub(json!([{"type": 3, "name": "O", "description": "d"}]))]}),
            ),
            "options/0/options/0/name APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            command(json!({"options": [sub(json!([plain, plain]))]})),
            "options/0/options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
        ),
        (
            command(json!({"options": [sub(json!(vec![plain.clone(); 26]))]})),
            "options/0/options BASE_TYPE_MAX_LENGTH",
        ),
        (
            option(json!({"name": long(33)})),
            "options/0/name BASE_TYPE_BAD_LENGTH",
        ),
        (
            option(json!({"description": long(101)})),
            "options/0/description BASE_TYPE_BAD_LENGTH",
        ),
        (
            option(json!({"required": "yes"})),
            "options/0/required BOOLEAN_TYPE_CONVERT",
        ),
        (
            option(json!({"name_localizations": {"fr": "Été"}})),
            "options/0/name_localizations/fr APPLICATION_COMMAND_INVALID_NAME",
        ),
        (
            option(json!({"max_length": 0})),
            "options/0/max_length NUMBER_TYPE_MIN",
        ),
        (
            option(json!({"max_length": 6001})),
            "options/0/max_length NUMBER_TYPE_MAX",
        ),
        (
            option(json!({"min_length": -1})),
            "options/0/min_length NUMBER_TYPE_MIN",
        ),
        (
            option(json!({"type": 4, "max_value": "5"})),
            "options/0/max_value NUMBER_TYPE_COERCE",
        ),
        (
            option(json!({"type": 10, "min_value": 1e300})),
            "options/0/min_value NUMBER_TYPE_COERCE",
        ),
        (
            option(json!({"type": 7, "channel_types": "voice"})),
            "options/0/channel_types LIST_TYPE_CONVERT",
        ),
        (
            choices(json!([{"name": "", "value": "a"}])),
            "options/0/choices/0/name BASE_TYPE_REQUIRED",
        ),
        (
            choices(json!([{"name": "a", "value": long(101)}])),
            "options/0/choices/0/value BASE_TYPE_MAX_LENGTH",
        ),
        (
            choices(json!([{"name": "a", "value": "1"}, {"name": "b", "value": "1"}])),
            "options/0/choices/1 APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_ALREADY_EXISTS",
        ),
        (
            choices(json!([{"name": "a", "value": "a", "name_localizations": {"xx": "a"}}])),
            "options/0/choices/0/name_localizations/xx ENUM_TYPE_COERCE",
        ),
        (
            choices(json!([5])),
            "options/0/choices/0 MODEL_TYPE_CONVERT",
        ),
        (
            option(json!({"type": 10, "choices": [{"name": "a", "value": "1"}]})),
            "options/0/choices/0/value NUMBER_TYPE_COERCE",
        ),
    ];
    let mut cases: Vec<Case> = bodies
        .into_iter()
        .map(|(body, problem)| (Method::POST, register, body, 400, 50035, problem))
        .collect();
    // The same rules hold in a guild, in a bulk overwrite and in an edit.
    let guild = "/applications/{app}/guilds/{guild}/commands";
    let upper = command(json!({"name": "Upper"}));
    let problem = "name APPLICATION_COMMAND_INVALID_NAME";
    cases.push((Method::POST, guild, upper.clone(), 400, 50035, problem));
    let bulk = json!([command(json!({})), upper]);
    let problem = "1/name APPLICATION_COMMAND_INVALID_NAME";
    cases.push((Method::PUT, guild, bulk.clone(), 400, 50035, problem));
    cases.push((Method::PUT, register, bulk, 400, 50035, problem));
    let menus: Vec<Value> = (0..16)
        .map(|n| json!({"type": 2, "name": format!("Menu {n}")}))
        .collect();
    cases.push((Method::PUT, register, menus.into(), 400, 30032, ""));
    cases.extend(wrong! {
        PATCH "/applications/{app}/commands/12" {"name": "x"} => 404 10063 "";
        GET "/applications/{app}/guilds/{guild}/commands/12" null => 404 10063 "";
        DELETE "/applications/{app}/guilds/{guild}/commands/12" null => 404 10063 "";
        POST "/applications/12/commands" {"name": "x", "description": "x"} => 403 20012 "";
        PUT "/applications/12/commands" [] => 403 20012 "";
        POST "/applications/{app}/guilds/12/commands" {"name": "x", "description": "x"} => 403 50001 "";
        PUT "/applications/{app}/guilds/12/commands" [] => 403 50001 "";
        PUT "/applications/{app}/commands" [5] => 400 50035 "0 MODEL_TYPE_CONVERT";
        POST "/applications/{app}/commands" [] => 400 50035 " MODEL_TYPE_CONVERT";
    });
    refuse(cases).await;
}

#[tokio::test]
async fn webhooks_stages_and_voice_states_are_guarded() {
    let cases = wrong! {
        GET "/webhooks/12" null => 404 10015 "";
        DELETE "/webhooks/12" null => 404 10015 "";
        GET "/webhooks/12/abc" null => 404 10015 "";
        DELETE "/webhooks/12/abc" null => 404 10015 "";
        GET "/webhooks/12/abc/messages/12" null => 404 10015 "";
        PATCH "/webhooks/12/abc/messages/12" {"content": "x"} => 404 10015 "";
        DELETE "/webhooks/12/abc/messages/12" null => 404 10015 "";
        PATCH "/webhooks/{app}/abc/messages/@original" {"content": "x"} => 401 50027 "";
        DELETE "/webhooks/{app}/abc/messages/@original" null => 401 50027 "";
        POST "/channels/{general}/webhooks" {"name": ""} => 400 50035 "name BASE_TYPE_REQUIRED";
        POST "/channels/{general}/webhooks" {"name": "a Clyde fan"} => 400 50035 "name WEBHOOK_NAME_INVALID";
        POST "/stage-instances" {"channel_id": "{stage}"} => 400 50035 "topic BASE_TYPE_REQUIRED";
        POST "/stage-instances" {"topic": "x"} => 400 50035 "channel_id BASE_TYPE_REQUIRED";
        POST "/stage-instances" {"channel_id": "x", "topic": "x"} => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        POST "/stage-instances" {"channel_id": "{stage}", "topic": "x", "privacy_level": 3} => 400 50035 "privacy_level BASE_TYPE_CHOICES";
        POST "/stage-instances" {"channel_id": "12", "topic": "x"} => 404 10003 "";
        PATCH "/stage-instances/{stage}" {"topic": "x"} => 403 50013 "";
        PATCH "/stage-instances/{stage}" {"topic": ""} => 400 50035 "topic BASE_TYPE_REQUIRED";
        DELETE "/stage-instances/{stage}" null => 403 50013 "";
        GET "/stage-instances/{general}" null => 404 10067 "";
        GET "/guilds/{guild}/voice-states/12" null => 404 10065 "";
        PATCH "/guilds/{guild}/voice-states/@me" {"suppress": true} => 404 10065 "";
        PATCH "/guilds/{guild}/voice-states/@me" {"suppress": "no"} => 400 50035 "suppress BOOLEAN_TYPE_CONVERT";
        PATCH "/guilds/{guild}/voice-states/@me" {"request_to_speak_timestamp": "now"} => 400 50035 "request_to_speak_timestamp DATETIME_TYPE_PARSE";
        PATCH "/guilds/{guild}/voice-states/12" {"suppress": true} => 400 50035 "channel_id BASE_TYPE_REQUIRED";
        PUT "/channels/{stage}/voice-status" {"status": "x"} => 400 50024 "";
        PUT "/channels/{voice}/voice-status" {"status": 5} => 400 50035 "status STRING_TYPE_CONVERT";
    };
    let mut cases = cases;
    let long_name = with(json!({}), json!({"name": long(81)}));
    cases.push((
        Method::POST,
        "/channels/{general}/webhooks",
        long_name,
        400,
        50035,
        "name BASE_TYPE_BAD_LENGTH",
    ));
    refuse(cases).await;
}
