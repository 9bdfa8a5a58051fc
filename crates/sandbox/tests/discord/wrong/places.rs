//! Channels, webhooks, stages, voice states.

use reqwest::Method;
use serde_json::json;

use super::{long, refuse, with, wrong};

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
        POST "/channels/{general}/webhooks" {"name": "a Clyde fan"} => 400 50035 "name USERNAME_INVALID_CONTAINS";
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
