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
        PATCH "/channels/{voice}" {"rtc_region": "moon"} => 400 50035 "rtc_region BASE_TYPE_CHOICES";
        PATCH "/channels/{voice}" {"video_quality_mode": 3} => 400 50035 "video_quality_mode BASE_TYPE_CHOICES";
        PATCH "/channels/{voice}" {"type": 0} => 400 50035 "type BASE_TYPE_CHOICES";
        PATCH "/channels/{general}" {"default_auto_archive_duration": 61} => 400 50035 "default_auto_archive_duration BASE_TYPE_CHOICES";
        PATCH "/channels/{general}" {"available_tags": 5} => 400 50035 "available_tags LIST_TYPE_CONVERT";
        POST "/channels/{general}/invites" {"target_type": 3} => 400 50035 "target_type BASE_TYPE_CHOICES";
        POST "/channels/{general}/invites" {"target_user_id": "x"} => 400 50035 "target_user_id NUMBER_TYPE_COERCE";
        POST "/guilds/{guild}/roles" {"name": ""} => 400 50035 "name BASE_TYPE_REQUIRED";
        POST "/guilds/{guild}/roles" {"icon": "x"} => 400 50035 "icon IMAGE_INVALID";
        PATCH "/guilds/{guild}/members/@me" {"bio": long(191)} => 400 50035 "bio BASE_TYPE_MAX_LENGTH";
        PATCH "/applications/@me" {"install_params": {"scopes": []}} => 400 50035 "install_params/scopes BASE_TYPE_BAD_LENGTH";
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

#[tokio::test]
async fn what_is_not_simulated_is_guarded_all_the_same() {
    let image = "data:image/png;base64,AAAA";
    let event = json!({"name": "x", "privacy_level": 2, "entity_type": 3, "scheduled_start_time": "2099-01-01T00:00:00Z"});
    let rule = json!({"name": "x", "event_type": 1, "trigger_type": 1, "actions": [{"type": 1}]});
    refuse(wrong! {
        POST "/guilds/{guild}/emojis" {"name": "x", "image": image} => 400 50035 "name BASE_TYPE_BAD_LENGTH";
        POST "/guilds/{guild}/emojis" {"name": "xx"} => 400 50035 "image BASE_TYPE_REQUIRED";
        POST "/guilds/{guild}/emojis" {"name": "xx", "image": "x"} => 400 50035 "image IMAGE_INVALID";
        POST "/guilds/{guild}/emojis" {"name": "xx", "image": image} => 403 50013 "";
        POST "/guilds/12/emojis" {"name": "xx", "image": image} => 404 10004 "";
        POST "/guilds/{guild}/soundboard-sounds" {"name": "xx", "sound": "x", "volume": 1.5} => 400 50035 "volume NUMBER_TYPE_MAX";
        POST "/guilds/{guild}/soundboard-sounds" {"name": "xx", "sound": "x"} => 403 50013 "";
        POST "/guilds/{guild}/scheduled-events" {} => 400 50035 "name BASE_TYPE_REQUIRED";
        POST "/guilds/{guild}/scheduled-events" (with(event.clone(), json!({"privacy_level": 1}))) => 400 50035 "privacy_level BASE_TYPE_CHOICES";
        POST "/guilds/{guild}/scheduled-events" (event) => 403 50013 "";
        POST "/guilds/{guild}/auto-moderation/rules" (with(rule.clone(), json!({"actions": []}))) => 400 50035 "actions BASE_TYPE_BAD_LENGTH";
        POST "/guilds/{guild}/auto-moderation/rules" (rule) => 403 50013 "";
        POST "/guilds/{guild}/templates" {"name": long(101)} => 400 50035 "name BASE_TYPE_BAD_LENGTH";
        POST "/guilds/{guild}/templates" {"name": "x"} => 403 50013 "";
        POST "/guilds/{guild}/bulk-ban" {} => 400 50035 "user_ids BASE_TYPE_REQUIRED";
        POST "/guilds/{guild}/bulk-ban" {"user_ids": []} => 400 50035 "user_ids BASE_TYPE_BAD_LENGTH";
        POST "/guilds/{guild}/bulk-ban" {"user_ids": ["12"]} => 403 50013 "";
        GET "/guilds/{guild}/prune?days=31" null => 400 50035 "days NUMBER_TYPE_MAX";
        GET "/guilds/{guild}/prune" null => 403 50013 "";
        POST "/guilds/{guild}/prune" {"days": 0} => 400 50035 "days NUMBER_TYPE_MIN";
        POST "/guilds/{guild}/prune" {} => 403 50013 "";
    })
    .await;
}
