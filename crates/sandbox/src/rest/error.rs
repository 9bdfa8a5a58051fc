//! Errors in Discord's shape and with its codes:
//! <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// Discord's code, 0 for errors of HTTP itself.
    pub code: u32,
    /// Discord's words.
    pub message: String,
    /// For 50035: what is wrong with which field.
    pub errors: Option<Value>,
}

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $message:literal;)*) => {
        impl ApiError {
            $($(#[$doc])* pub fn $name() -> Self {
                Self { status: StatusCode::$status, code: $code, message: $message.to_owned(), errors: None }
            })*
        }
    };
}

errors! {
    /// No token, or a wrong one.
    unauthorized = UNAUTHORIZED, 0, "401: Unauthorized";
    /// No such route.
    no_route = NOT_FOUND, 0, "404: Not Found";
    /// The route knows other methods.
    wrong_method = METHOD_NOT_ALLOWED, 0, "405: Method Not Allowed";
    /// No such application.
    unknown_application = NOT_FOUND, 10002, "Unknown Application";
    /// No such channel.
    unknown_channel = NOT_FOUND, 10003, "Unknown Channel";
    /// No such guild.
    unknown_guild = NOT_FOUND, 10004, "Unknown Guild";
    /// Not a member.
    unknown_member = NOT_FOUND, 10007, "Unknown Member";
    /// No such message.
    unknown_message = NOT_FOUND, 10008, "Unknown Message";
    /// No such invite.
    unknown_invite = NOT_FOUND, 10006, "Unknown Invite";
    /// None of those named could be banned.
    nobody_banned = BAD_REQUEST, 500_000, "Failed to ban users";
    /// Nobody is banned there.
    unknown_ban = NOT_FOUND, 10026, "Unknown Ban";
    /// Only people may.
    not_for_bots = FORBIDDEN, 20001, "Bots cannot use this endpoint";
    /// Over 250 roles.
    too_many_roles = BAD_REQUEST, 30005, "Maximum number of server roles reached (250)";
    /// Over 1,000 invites.
    too_many_invites = BAD_REQUEST, 30016, "Maximum number of invites reached (1000)";
    /// A bot's own role, or everybody's.
    invalid_role = BAD_REQUEST, 50028, "Invalid Role";
    /// No such role.
    unknown_role = NOT_FOUND, 10011, "Unknown Role";
    /// No such user.
    unknown_user = NOT_FOUND, 10013, "Unknown User";
    /// No such emoji.
    unknown_emoji = BAD_REQUEST, 10014, "Unknown Emoji";
    /// No such emoji of a guild or an application.
    no_such_emoji = NOT_FOUND, 10014, "Unknown Emoji";
    /// No such sticker.
    unknown_sticker = NOT_FOUND, 10060, "Unknown Sticker";
    /// No such pack of stickers.
    unknown_pack = NOT_FOUND, 10061, "Unknown Sticker Pack";
    /// No such template of a guild.
    unknown_template = NOT_FOUND, 10057, "Unknown Guild Template";
    /// No permissions were set for the command.
    unknown_command_permissions = NOT_FOUND, 10066, "Unknown application command permissions";
    /// The guild welcomes nobody.
    unknown_welcome_screen = NOT_FOUND, 10069, "Unknown Guild Welcome Screen";
    /// No such event.
    unknown_event = NOT_FOUND, 10070, "Unknown Guild Scheduled Event";
    /// No such entitlement.
    unknown_entitlement = NOT_FOUND, 10029, "Unknown Entitlement";
    /// The guild shows nothing of itself elsewhere.
    widget_disabled = FORBIDDEN, 50004, "Widget Disabled";
    /// Whoever cannot be heard plays no sounds.
    no_effect_while_silent = FORBIDDEN, 50167, "Cannot send voice effect when user is server muted, deafened, or suppressed";
    /// Over 250 pins.
    too_many_pins = BAD_REQUEST, 30003, "Maximum number of pins reached (250)";
    /// Over 20 emojis under a message.
    too_many_reactions = BAD_REQUEST, 30010, "Maximum number of reactions reached (20)";
    /// Not in direct messages.
    not_in_dm = FORBIDDEN, 50003, "Cannot execute action on a DM channel";
    /// What the system says is nobody's.
    system_message = FORBIDDEN, 50021, "Cannot execute action on a system message";
    /// Neither one message nor more than a hundred.
    wrong_number_to_delete = BAD_REQUEST, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages to delete.";
    /// What is replied to cannot be read.
    no_history_to_reply = FORBIDDEN, 160_002, "Cannot reply without permission to read message history";
    /// What is forwarded cannot be read.
    no_history_to_refer = FORBIDDEN, 160_009, "Cannot reference a message without permission to read message history";
    /// What is forwarded cannot be read without the message content intent.
    unreadable_forward = FORBIDDEN, 160_014, "You cannot forward a message whose content you cannot read.";
    /// Only text can be forwarded, not what the system says, nor polls.
    invalid_message_type = BAD_REQUEST, 50068, "Invalid message type";
    /// A poll is as it was asked.
    poll_not_editable = BAD_REQUEST, 520_003, "Cannot edit a poll message";
    /// There is nothing to end.
    no_poll_to_expire = BAD_REQUEST, 520_006, "Cannot expire a non-poll message";
    /// The poll has ended before.
    poll_expired = BAD_REQUEST, 520_001, "Poll expired";
    /// Forums hold posts.
    no_messages_in_forums = BAD_REQUEST, 40058, "Cannot send a message in a forum channel";
    /// Two tags of a forum have one name.
    tags_not_unique = BAD_REQUEST, 40061, "Tag names must be unique";
    /// The forum wants posts to be marked.
    tag_required = BAD_REQUEST, 40067, "A tag is required to create a forum post in this channel";
    /// No such tag.
    unknown_tag = NOT_FOUND, 10087, "Unknown Tag";
    /// No such sound.
    unknown_sound = NOT_FOUND, 10097, "Unknown sound";
    /// In a forum a webhook writes into a post.
    webhook_needs_thread = BAD_REQUEST, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id";
    /// A post is either new or not.
    webhook_thread_twice = BAD_REQUEST, 220_002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id";
    /// Elsewhere webhooks open none.
    webhook_thread_elsewhere = BAD_REQUEST, 220_003, "Webhooks can only create threads in forum channels";
    /// Messages of more than two weeks are deleted one by one.
    too_old_to_delete = BAD_REQUEST, 50034, "You can only bulk delete messages that are under 14 days old.";
    /// The message has its thread.
    thread_exists = BAD_REQUEST, 160_004, "A thread has already been created for this message";
    /// Only moderators write to it.
    locked_thread = BAD_REQUEST, 160_005, "Thread is locked";
    /// Over 500 channels.
    too_many_channels = BAD_REQUEST, 30013, "Maximum number of server channels reached (500)";
    /// No such overwrite.
    unknown_overwrite = NOT_FOUND, 10009, "Unknown Permission Overwrite";
    /// The thread is archived.
    archived_thread = BAD_REQUEST, 50083, "Thread is archived";
    /// No such webhook, or an interaction that was not acknowledged.
    unknown_webhook = NOT_FOUND, 10015, "Unknown Webhook";
    /// No such interaction, or too late.
    unknown_interaction = NOT_FOUND, 10062, "Unknown interaction";
    /// No such command.
    unknown_command = NOT_FOUND, 10063, "Unknown application command";
    /// The user is in no voice channel.
    unknown_voice_state = NOT_FOUND, 10065, "Unknown Voice State";
    /// No such stage.
    unknown_stage = NOT_FOUND, 10067, "Unknown Stage Instance";
    /// The application is another.
    not_your_application = FORBIDDEN, 20012, "You are not authorized to perform this action on this application";
    /// Over 100 commands.
    too_many_commands = BAD_REQUEST, 30032, "Maximum number of application commands reached (100)";
    /// Over 200 new commands within a day.
    too_many_commands_today = BAD_REQUEST, 30034, "Max number of daily application command creates has been reached (200)";
    /// Over five follow-ups where only the user has installed the application.
    too_many_follow_ups = BAD_REQUEST, 40094, "This interaction has hit the maximum number of follow up messages";
    /// A recording is sent with nothing else.
    voice_message_has_more = BAD_REQUEST, 50159, "Voice messages do not support additional content.";
    /// A recording is one file of sound.
    voice_message_needs_sound = BAD_REQUEST, 50160, "Voice messages must have a single audio attachment.";
    /// A recording says how long it is and how it looks.
    voice_message_needs_metadata = BAD_REQUEST, 50161, "Voice messages must have supporting metadata.";
    /// A recording stays as it is.
    voice_message_not_editable = BAD_REQUEST, 50162, "Voice messages cannot be edited.";
    /// The channel takes no recordings of this sender.
    no_voice_messages = FORBIDDEN, 50173, "You cannot send voice messages in this channel.";
    /// Over 15 webhooks.
    too_many_webhooks = BAD_REQUEST, 30007, "Maximum number of webhooks reached (15)";
    /// The stage is live already.
    stage_exists = BAD_REQUEST, 150_006, "The Stage is already open";
    /// Not allowed to see it.
    missing_access = FORBIDDEN, 50001, "Missing Access";
    /// Not for this kind of channel.
    wrong_channel_type = BAD_REQUEST, 50024, "Cannot execute action on this channel type";
    /// Another's message.
    not_the_author = FORBIDDEN, 50005, "Cannot edit a message authored by another user";
    /// Neither text nor embed nor anything.
    empty_message = BAD_REQUEST, 50006, "Cannot send an empty message";
    /// A bot cannot write to a bot, or to who does not want it.
    cannot_message_user = FORBIDDEN, 50007, "Cannot send messages to this user";
    /// Holds others, and no messages.
    no_text_channel = BAD_REQUEST, 50008, "Cannot send messages in a non-text channel";
    /// No such sticker.
    invalid_sticker = BAD_REQUEST, 50081, "Invalid sticker sent";
    /// The two are in no guild together.
    no_mutual_guild = FORBIDDEN, 50278, "Cannot send messages to this user due to having no mutual guilds";
    /// Seen, but not allowed.
    missing_permissions = FORBIDDEN, 50013, "Missing Permissions";
    /// The token of a webhook is wrong, or an interaction's has expired.
    invalid_webhook_token = UNAUTHORIZED, 50027, "Invalid Webhook Token";
    /// The body is too large.
    too_large = PAYLOAD_TOO_LARGE, 40005, "Request entity too large";
    /// The interaction was acknowledged before.
    already_acknowledged = BAD_REQUEST, 40060, "Interaction has already been acknowledged.";
    /// Published before.
    already_crossposted = BAD_REQUEST, 40033, "This message has already been crossposted.";
    /// Not JSON.
    invalid_json = BAD_REQUEST, 50109, "The request body contains invalid JSON.";
    /// The user of a voice call is not connected to voice.
    not_in_voice = BAD_REQUEST, 40032, "Target user is not connected to voice.";
}

impl ApiError {
    /// What Discord does and the sandbox does not: as a route that is not there, and why.
    pub fn not_simulated(what: &str) -> Self {
        Self {
            message: format!("404: Not Found (the sandbox does not simulate {what})"),
            ..Self::no_route()
        }
    }

    /// 50035: fields that are wrong, by path (`embeds/0/title`), with Discord's code and words.
    pub fn invalid_form(problems: Vec<(String, &'static str, String)>) -> Self {
        let mut tree = json!({});
        for (path, code, message) in problems {
            let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
            place(&mut tree, &parts, json!({"code": code, "message": message}));
        }
        Self {
            status: StatusCode::BAD_REQUEST,
            code: 50035,
            message: "Invalid Form Body".to_owned(),
            errors: Some(tree),
        }
    }

    /// 50035 for one field.
    pub fn field(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::invalid_form(vec![(path.to_owned(), code, message.into())])
    }

    /// A path segment that should be a snowflake and is not.
    pub fn not_a_snowflake(name: &str, value: &str) -> Self {
        Self::field(
            name,
            "NUMBER_TYPE_COERCE",
            format!("Value {value:?} is not snowflake."),
        )
    }
}

/// Puts an error into the tree. A node is either a branch or a list of errors: the first to come
/// decides.
fn place(node: &mut Value, path: &[&str], error: Value) {
    let Some(fields) = node.as_object_mut() else {
        return;
    };
    match path.split_first() {
        Some((part, rest)) if !fields.contains_key("_errors") => {
            let child = fields.entry(*part).or_insert_with(|| json!({}));
            place(child, rest, error);
        }
        None if fields.is_empty() || fields.contains_key("_errors") => {
            let list = fields.entry("_errors").or_insert_with(|| json!([]));
            if let Some(list) = list.as_array_mut() {
                list.push(error);
            }
        }
        _ => {}
    }
}

/// The code of an error, beside its response, for the counters.
#[derive(Debug, Clone, Copy)]
pub struct Code(pub u32);

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({"message": self.message, "code": self.code});
        if let Some(errors) = self.errors {
            body["errors"] = errors;
        }
        let mut response = (self.status, Json(body)).into_response();
        response.extensions_mut().insert(Code(self.code));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_fields_make_a_tree() {
        let error = ApiError::invalid_form(vec![
            ("embeds/0/title".to_owned(), "A", "a".to_owned()),
            ("embeds/1/fields/2/name".to_owned(), "B", "b".to_owned()),
            ("embeds/0/title".to_owned(), "C", "c".to_owned()),
        ]);
        let expected = json!({"embeds": {
            "0": {"title": {"_errors": [{"code": "A", "message": "a"}, {"code": "C", "message": "c"}]}},
            "1": {"fields": {"2": {"name": {"_errors": [{"code": "B", "message": "b"}]}}}},
        }});
        assert_eq!(error.errors, Some(expected));
    }
}
