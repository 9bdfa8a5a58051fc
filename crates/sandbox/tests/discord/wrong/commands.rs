//! Application commands.

use reqwest::Method;
use serde_json::{Value, json};

use super::{command, long, malformed, option, refuse, wrong};

#[tokio::test]
async fn commands_have_limits() {
    let twice = json!([command(json!({})), command(json!({}))]);
    let many: Vec<Value> = (0..101)
        .map(|n| json!({"name": format!("c{n}"), "description": "d"}))
        .collect();
    let mut cases = malformed! {POST "/applications/{app}/commands";
        {} => "name BASE_TYPE_REQUIRED";
        (command(json!({"name": "Upper"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": "two words"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": long(33)}))) => "name BASE_TYPE_BAD_LENGTH";
        (command(json!({"description": ""}))) => "description BASE_TYPE_REQUIRED";
        (command(json!({"description": long(101)}))) => "description BASE_TYPE_BAD_LENGTH";
        (command(json!({"type": 9}))) => "type BASE_TYPE_CHOICES";
        (command(json!({"type": 2}))) => "description APPLICATION_COMMAND_DESCRIPTION_INVALID";
        (command(json!({"default_member_permissions": "x"}))) => "default_member_permissions NUMBER_TYPE_COERCE";
        (command(json!({"default_member_permissions": -1}))) => "default_member_permissions NUMBER_TYPE_MIN";
        (command(json!({"nsfw": "no"}))) => "nsfw BOOLEAN_TYPE_CONVERT";
        (command(json!({"contexts": [7]}))) => "contexts/0 BASE_TYPE_CHOICES";
        (command(json!({"name_localizations": {"xx": "a"}}))) => "name_localizations/xx ENUM_TYPE_COERCE";
        (command(json!({"name_localizations": {"de": "Groß"}}))) => "name_localizations/de APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"description_localizations": {"de": long(101)}}))) => "description_localizations/de BASE_TYPE_BAD_LENGTH";
        (command(json!({"options": vec![json!({"type": 3, "name": "o", "description": "d"}); 26]}))) => "options BASE_TYPE_MAX_LENGTH";
        (command(json!({"options": vec![json!({"type": 3, "name": "o", "description": "d"}); 2]}))) => "options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID";
        (command(json!({"options": [{"type": 3, "name": "a", "description": "d"}, {"type": 3, "name": "b", "description": "d", "required": true}]}))) => "options/1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID";
        (command(json!({"options": [{"type": 1, "name": "a", "description": "d"}, {"type": 3, "name": "b", "description": "d"}]}))) => "options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
        (option(json!({"type": 12}))) => "options/0/type BASE_TYPE_CHOICES";
        (option(json!({"type": null}))) => "options/0/type BASE_TYPE_REQUIRED";
        (option(json!({"name": "O"}))) => "options/0/name APPLICATION_COMMAND_INVALID_NAME";
        (option(json!({"description": null}))) => "options/0/description BASE_TYPE_REQUIRED";
        (option(json!({"min_length": 6001}))) => "options/0/min_length NUMBER_TYPE_MAX";
        (option(json!({"min_length": 5, "max_length": 2}))) => "options/0/min_length APPLICATION_COMMAND_OPTIONS_LENGTH_INVALID";
        (option(json!({"type": 4, "min_value": 1.5}))) => "options/0/min_value NUMBER_TYPE_COERCE";
        (option(json!({"type": 4, "min_value": 5, "max_value": 2}))) => "options/0/min_value APPLICATION_COMMAND_OPTIONS_VALUE_INVALID";
        (option(json!({"type": 7, "channel_types": [99]}))) => "options/0/channel_types/0 BASE_TYPE_CHOICES";
        (option(json!({"type": 11, "file_types": ["png"]}))) => "options/0/file_types/0 BASE_TYPE_CHOICES";
        (option(json!({"type": 11, "file_types": vec![".a"; 11]}))) => "options/0/file_types BASE_TYPE_MAX_LENGTH";
        (option(json!({"type": 6, "autocomplete": true}))) => "options/0/autocomplete APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_TYPE_INVALID";
        (option(json!({"autocomplete": true, "choices": [{"name": "a", "value": "a"}]}))) => "options/0/choices APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES_INVALID";
        (option(json!({"choices": (0..26).map(|n| json!({"name": n.to_string(), "value": n.to_string()})).collect::<Vec<_>>()}))) => "options/0/choices BASE_TYPE_MAX_LENGTH";
        (option(json!({"choices": [{"name": "a"}]}))) => "options/0/choices/0/value BASE_TYPE_REQUIRED";
        (option(json!({"choices": [{"name": "a", "value": 1}]}))) => "options/0/choices/0/value STRING_TYPE_CONVERT";
        (option(json!({"type": 4, "choices": [{"name": "a", "value": "1"}]}))) => "options/0/choices/0/value NUMBER_TYPE_COERCE";
        (option(json!({"choices": [{"name": long(101), "value": "a"}]}))) => "options/0/choices/0/name BASE_TYPE_BAD_LENGTH";
        (option(json!({"choices": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}))) => "options/0/choices/1 APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS";
        (command(json!({"options": (0..25).map(|n| json!({"type": 3, "name": format!("o{n}"), "description": "d", "choices": (0..4).map(|c| json!({"name": format!("{c}{}", long(90)), "value": c.to_string()})).collect::<Vec<_>>()})).collect::<Vec<_>>()}))) => " APPLICATION_COMMAND_TOO_LARGE";
    };
    cases.extend(wrong! {
        PUT "/applications/{app}/commands" {} => 400 50035 " LIST_TYPE_CONVERT";
        PUT "/applications/{app}/commands" (twice) => 400 50035 "1 APPLICATION_COMMANDS_DUPLICATE_NAME";
        PUT "/applications/{app}/commands" (many) => 400 30032 "";
    });
    refuse(cases).await;
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
    let mut cases = malformed! {POST "/applications/{app}/commands";
        (command(json!({"name": "ÉTÉ"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": "Радио"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": "now.playing"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": "😀"}))) => "name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"name": ""}))) => "name BASE_TYPE_REQUIRED";
        (command(json!({"name": 5}))) => "name STRING_TYPE_CONVERT";
        (command(json!({"name": "あ".repeat(33)}))) => "name BASE_TYPE_BAD_LENGTH";
        (command(json!({"description": null}))) => "description BASE_TYPE_REQUIRED";
        (command(json!({"description": "あ".repeat(101)}))) => "description BASE_TYPE_BAD_LENGTH";
        (command(json!({"contexts": []}))) => "contexts BASE_TYPE_BAD_LENGTH";
        (command(json!({"contexts": [3]}))) => "contexts/0 BASE_TYPE_CHOICES";
        (command(json!({"contexts": [0, 0]}))) => "contexts/1 SET_TYPE_ALREADY_CONTAINS_VALUE";
        (command(json!({"integration_types": [2]}))) => "integration_types/0 BASE_TYPE_CHOICES";
        (command(json!({"name_localizations": []}))) => "name_localizations MODEL_TYPE_CONVERT";
        (command(json!({"name_localizations": {"en": "a"}}))) => "name_localizations/en ENUM_TYPE_COERCE";
        (command(json!({"name_localizations": {"ja": long(33)}}))) => "name_localizations/ja BASE_TYPE_BAD_LENGTH";
        (command(json!({"description_localizations": {"JA": "a"}}))) => "description_localizations/JA ENUM_TYPE_COERCE";
        (command(json!({"options": {}}))) => "options LIST_TYPE_CONVERT";
        (command(json!({"options": [5]}))) => "options/0 MODEL_TYPE_CONVERT";
        (command(json!({"type": 2, "name": "U", "description": "", "options": [plain]}))) => "options APPLICATION_COMMAND_OPTIONS_INVALID";
        // Nesting: group, subcommand, options, and no deeper.
        (command(json!({"options": [group(json!([group(json!([]))]))]}))) => "options/0/options/0/type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
        (command(json!({"options": [sub(json!([sub(json!([]))]))]}))) => "options/0/options/0/type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
        (command(json!({"options": [group(json!([plain]))]}))) => "options/0/options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
        (command(json!({"options": [sub(json!([])), sub(json!([]))]}))) => "options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID";
        (command(json!({"options": [sub(json!([{"type": 3, "name": "O", "description": "d"}]))]}))) => "options/0/options/0/name APPLICATION_COMMAND_INVALID_NAME";
        (command(json!({"options": [sub(json!([plain, plain]))]}))) => "options/0/options/1 APPLICATION_COMMAND_OPTIONS_NAME_INVALID";
        (command(json!({"options": [sub(json!(vec![plain.clone(); 26]))]}))) => "options/0/options BASE_TYPE_MAX_LENGTH";
        (option(json!({"name": long(33)}))) => "options/0/name BASE_TYPE_BAD_LENGTH";
        (option(json!({"description": long(101)}))) => "options/0/description BASE_TYPE_BAD_LENGTH";
        (option(json!({"required": "yes"}))) => "options/0/required BOOLEAN_TYPE_CONVERT";
        (option(json!({"name_localizations": {"fr": "Été"}}))) => "options/0/name_localizations/fr APPLICATION_COMMAND_INVALID_NAME";
        (option(json!({"max_length": 0}))) => "options/0/max_length NUMBER_TYPE_MIN";
        (option(json!({"max_length": 6001}))) => "options/0/max_length NUMBER_TYPE_MAX";
        (option(json!({"min_length": -1}))) => "options/0/min_length NUMBER_TYPE_MIN";
        (option(json!({"type": 4, "max_value": "5"}))) => "options/0/max_value NUMBER_TYPE_COERCE";
        (option(json!({"type": 10, "min_value": 1e300}))) => "options/0/min_value NUMBER_TYPE_COERCE";
        (option(json!({"type": 7, "channel_types": "voice"}))) => "options/0/channel_types LIST_TYPE_CONVERT";
        (choices(json!([{"name": "", "value": "a"}]))) => "options/0/choices/0/name BASE_TYPE_REQUIRED";
        (choices(json!([{"name": "a", "value": long(101)}]))) => "options/0/choices/0/value BASE_TYPE_MAX_LENGTH";
        (choices(json!([{"name": "a", "value": "1"}, {"name": "b", "value": "1"}]))) => "options/0/choices/1 APPLICATION_COMMAND_OPTIONS_CHOICE_VALUE_ALREADY_EXISTS";
        (choices(json!([{"name": "a", "value": "a", "name_localizations": {"xx": "a"}}]))) => "options/0/choices/0/name_localizations/xx ENUM_TYPE_COERCE";
        (choices(json!([5]))) => "options/0/choices/0 MODEL_TYPE_CONVERT";
        (option(json!({"type": 10, "choices": [{"name": "a", "value": "1"}]}))) => "options/0/choices/0/value NUMBER_TYPE_COERCE";
    };
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
