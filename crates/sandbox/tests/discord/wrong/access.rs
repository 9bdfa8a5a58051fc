//! Who may reach what; routes, ids and pages.

use super::{long, refuse, wrong};

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_told_apart() {
    refuse(wrong! {
        GET "/nowhere" null => 404 0 "";
        PUT "/users/@me" null => 405 0 "";
        GET "/users/abc" null => 400 50035 "user_id NUMBER_TYPE_COERCE";
        GET "/users/12" null => 404 10013 "";
        GET "/channels/12" null => 404 10003 "";
        GET "/channels/x" null => 400 50035 "channel_id NUMBER_TYPE_COERCE";
        GET "/channels/{staff}" null => 403 50001 "";
        GET "/channels/{staff}/messages" null => 403 50001 "";
        GET "/guilds/12" null => 404 10004 "";
        GET "/guilds/{guild}/members/12" null => 404 10013 "";
        GET "/guilds/{guild}/members/{stranger}" null => 404 10007 "";
        GET "/guilds/{guild}/members" null => 403 50001 "";
        GET "/guilds/{guild}/roles/12" null => 404 10011 "";
        GET "/guilds/{guild}/voice-states/@me" null => 404 10065 "";
        GET "/channels/{general}/messages/12" null => 404 10008 "";
        GET "/channels/{general}/messages?limit=0" null => 400 50035 "limit NUMBER_TYPE_MIN";
        GET "/channels/{general}/messages?limit=101" null => 400 50035 "limit NUMBER_TYPE_MAX";
        PATCH "/channels/{general}/messages/{theirs}" {"content": "x"} => 403 50005 "";
        DELETE "/channels/{general}/messages/{theirs}" null => 403 50013 "";
        DELETE "/channels/{general}/messages/12" null => 404 10008 "";
        PATCH "/channels/{general}" {"name": "x"} => 403 50013 "";
        DELETE "/channels/{general}" null => 403 50013 "";
        POST "/channels/{general}/webhooks" {"name": "x"} => 403 50013 "";
        POST "/channels/{general}/webhooks" {} => 400 50035 "name BASE_TYPE_REQUIRED";
        POST "/channels/{general}/webhooks" {"name": "Discord"} => 400 50035 "name USERNAME_INVALID_CONTAINS";
        POST "/channels/{readonly}/messages" {"content": "x"} => 403 50013 "";
        POST "/channels/{readonly}/typing" null => 403 50013 "";
        POST "/channels/{noembeds}/messages" {"embeds": [{"title": "x"}]} => 403 50013 "";
        POST "/channels/{category}/messages" {"content": "x"} => 400 50008 "";
        POST "/channels/{general}/messages/{theirs}/crosspost" null => 400 50024 "";
        PUT "/channels/{general}/voice-status" {"status": "x"} => 400 50024 "";
        PUT "/channels/{voice}/voice-status" {"status": long(501)} => 400 50035 "status BASE_TYPE_MAX_LENGTH";
        POST "/users/@me/channels" {} => 400 50035 "recipient_id BASE_TYPE_REQUIRED";
        POST "/users/@me/channels" {"recipient_id": "12"} => 404 10013 "";
        POST "/users/@me/channels" {"recipient_id": "{app}"} => 403 50007 "";
        GET "/applications/12/commands" null => 403 20012 "";
        GET "/applications/{app}/commands/12" null => 404 10063 "";
        DELETE "/applications/{app}/commands/12" null => 404 10063 "";
        GET "/applications/{app}/guilds/12/commands" null => 403 50001 "";
        POST "/interactions/12/abc/callback" {"type": 5} => 404 10062 "";
        POST "/webhooks/12/abc" {"content": "x"} => 404 10015 "";
        POST "/webhooks/{app}/abc" {"content": "x"} => 401 50027 "";
        GET "/webhooks/{app}/abc/messages/@original" null => 401 50027 "";
        GET "/stage-instances/{stage2}" null => 404 10003 "";
        POST "/stage-instances" {"channel_id": "{stage}", "topic": "x"} => 403 50013 "";
    })
    .await;
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
        // Polls and posts of forums.
        GET "/channels/{general}/polls/12/answers/1" null => 404 10008 "";
        POST "/channels/{general}/polls/12/expire" null => 404 10008 "";
        POST "/channels/{staff}/polls/12/expire" null => 403 50001 "";
        POST "/channels/{general}/polls/{theirs}/expire" null => 403 50005 "";
        POST "/channels/{general}/messages" {"poll": {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}]}} => 403 50013 "";
        POST "/channels/{category}/threads" {"name": "x", "type": 11} => 400 50024 "";
        PATCH "/guilds/{guild}" {"name": "xx"} => 403 50013 "";
        PATCH "/guilds/12" {"name": "xx"} => 404 10004 "";
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
