//! Messages: <https://discord.com/developers/docs/resources/message#create-message>.

use serde_json::Value;

use super::{component, embed, poll, theme, voice_message};
use crate::cdn;
use crate::rest::form::{Check, Fields};
use crate::rest::multipart::File;
use crate::rest::{ApiError, Payload};
use crate::world::message::kinds;
use crate::world::{Allowed, Attachments, Draft, Edit, Id, Message, Poll, Upload, Which, flags};

/// A message body that was checked.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Discord's object
pub(crate) struct Body {
    pub(crate) content: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Vec<Value>>,
    pub(crate) attachments: Attachments,
    pub(crate) flags: u64,
    pub(crate) has_flags: bool,
    pub(crate) allowed: Option<Allowed>,
    pub(crate) tts: bool,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
    pub(crate) reference: Option<Referred>,
    pub(crate) poll: Option<Poll>,
    pub(crate) theme: Option<Value>,
    pub(crate) username: Option<String>,
    /// The hash of the picture at `avatar_url`, which Discord copies to its own CDN.
    pub(crate) avatar: Option<String>,
    /// Of a webhook's message: the post that it begins.
    pub(crate) thread_name: Option<String>,
    pub(crate) applied_tags: Vec<Id>,
    pub(crate) has_stickers: bool,
}

/// The message that another one is to speak of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Referred {
    pub(crate) message: Id,
    pub(crate) channel: Option<Id>,
    /// It is to be forwarded, not replied to.
    pub(crate) forwards: bool,
    /// Without it there is to be no message.
    pub(crate) must_exist: bool,
}

/// Names that webhooks cannot have:
/// <https://discord.com/developers/docs/resources/user#usernames-and-nicknames>.
pub(crate) fn username(fields: &Fields<'_>, field: &str, name: &str) {
    let lower = name.trim().to_lowercase();
    for part in ["clyde", "discord"] {
        if lower.contains(part) {
            fields.fail(
                field,
                "USERNAME_INVALID_CONTAINS",
                format!("Username cannot contain \"{part}\""),
            );
        }
    }
    for whole in ["everyone", "here"] {
        if lower == whole {
            fields.fail(
                field,
                "USERNAME_INVALID",
                format!("Username cannot be \"{whole}\""),
            );
        }
    }
}

/// Flags that a message of a webhook can be sent with, and that an edit can name.
pub(crate) const PLAIN_FLAGS: u64 =
    flags::SUPPRESS_EMBEDS | flags::SUPPRESS_NOTIFICATIONS | flags::IS_COMPONENTS_V2;
/// Flags that a message of a channel can be sent with.
pub(crate) const CHANNEL_FLAGS: u64 = PLAIN_FLAGS | flags::IS_VOICE_MESSAGE;
/// Flags that an answer to an interaction can be sent with.
pub(crate) const ANSWER_FLAGS: u64 = CHANNEL_FLAGS | flags::EPHEMERAL;

impl Body {
    /// Reads the body of a new message or of an edit; `settable` are the flags that count.
    pub(crate) fn read(payload: &Payload, settable: u64) -> Result<Self, ApiError> {
        Self::of(&payload.json, &payload.files, "", settable, None)
    }

    /// Reads an edit of a message: its layout and its files matter.
    pub(crate) fn read_edit(
        payload: &Payload,
        settable: u64,
        old: &Message,
    ) -> Result<Self, ApiError> {
        Self::of(&payload.json, &payload.files, "", settable, Some(old))
    }

    /// Reads a message at a path of the body: the `data` of an interaction's callback. `old` is
    /// the message that is edited.
    pub(crate) fn of(
        json: &Value,
        files: &[File],
        path: &str,
        settable: u64,
        old: Option<&Message>,
    ) -> Result<Self, ApiError> {
        let check = Check::default();
        let mut body = Self::default();
        if let Some(fields) = check.object(json, path) {
            body.fill(&fields, files, settable, old);
        }
        check.finish()?;
        voice_message::check(&body)?;
        Ok(body)
    }

    fn fill(&mut self, fields: &Fields<'_>, files: &[File], settable: u64, old: Option<&Message>) {
        let given = fields.integer("flags", 0..=i64::from(i32::MAX));
        self.has_flags = given.is_some();
        self.flags = given.map_or(0, i64::unsigned_abs) & settable;
        let was_new = old.is_some_and(|old| old.flags & flags::IS_COMPONENTS_V2 != 0);
        let new_layout = was_new || self.flags & flags::IS_COMPONENTS_V2 != 0;
        self.attachments = attachments(fields, files, old);
        if fields.has("content") {
            self.content = Some(
                fields
                    .text("content", 0..=2000)
                    .unwrap_or_default()
                    .to_owned(),
            );
        }
        self.embeds = embed::list(fields);
        self.components = component::list(fields, new_layout, names(&self.attachments, old));
        self.poll = poll::read(fields);
        self.theme = theme::read(fields);
        self.allowed = allowed(fields);
        self.tts = fields.boolean("tts").unwrap_or(false);
        self.enforce_nonce = fields.boolean("enforce_nonce").unwrap_or(false);
        self.nonce = nonce(fields);
        self.username = fields.text("username", 1..=80).map(str::to_owned);
        if let Some(name) = &self.username {
            username(fields, "username", name);
        }
        self.avatar = fields
            .url("avatar_url", 2048, &["http", "https"])
            .map(cdn::hash_of);
        // Guilds have no stickers of their own here.
        let stickers = fields.snowflakes("sticker_ids", 0..=3);
        self.has_stickers = stickers.is_some_and(|list| !list.is_empty());
        if new_layout {
            self.refuse_old_layout(fields, old);
        }
        self.reference = fields
            .object("message_reference")
            .and_then(|reference| referred(&reference));
        self.thread_name = fields.text("thread_name", 1..=100).map(str::to_owned);
        self.applied_tags = fields.snowflakes("applied_tags", 0..=5).unwrap_or_default();
    }

    /// A message of components has nothing else, and keeps nothing else of what it was.
    fn refuse_old_layout(&self, fields: &Fields<'_>, old: Option<&Message>) {
        let content = self.content.as_ref().or(old.map(|old| &old.content));
        let embeds = self.embeds.as_ref().or(old.map(|old| &old.embeds));
        for (name, used) in [
            ("poll", self.poll.is_some()),
            ("content", content.is_some_and(|text| !text.is_empty())),
            ("embeds", embeds.is_some_and(|list| !list.is_empty())),
            ("sticker_ids", self.has_stickers),
            ("shared_client_theme", self.theme.is_some()),
        ] {
            if used {
                fields.fail(
                    name,
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    format!(
                        "The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                    ),
                );
            }
        }
    }

    /// Whether there is anything but files to be seen.
    pub(crate) fn says_something(&self) -> bool {
        let some = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let text = self.content.as_ref();
        text.is_some_and(|text| !text.trim().is_empty())
            || some(&self.embeds)
            || some(&self.components)
            || self.poll.is_some()
            || self.theme.is_some()
    }

    /// Whether there is nothing to be seen.
    pub(crate) fn is_empty(&self) -> bool {
        !self.says_something() && self.attachments.uploads.is_empty()
    }

    /// As answers to interactions and messages of webhooks are taken, which mention only users
    /// unless they say otherwise.
    pub(crate) fn quieter(mut self) -> Self {
        self.allowed.get_or_insert_with(Allowed::users_only);
        self
    }

    /// A new message.
    pub(crate) fn into_draft(self) -> Draft {
        Draft {
            id: None,
            kind: kinds::DEFAULT,
            // Discord takes the space around a message away.
            content: self.content.unwrap_or_default().trim().to_owned(),
            embeds: self.embeds.unwrap_or_default(),
            components: self.components.unwrap_or_default(),
            uploads: self.attachments.uploads,
            flags: self.flags,
            tts: self.tts,
            nonce: self.nonce,
            enforce_nonce: self.enforce_nonce,
            // Who sends it looks for the message referred to.
            reference: None,
            snapshot: None,
            poll: self.poll,
            theme: self.theme,
            allowed: self.allowed.unwrap_or_default(),
            source: None,
            application: None,
        }
    }

    /// An edit: what the body does not name stays.
    pub(crate) fn into_edit(self) -> Edit {
        Edit {
            content: self.content.map(|text| text.trim().to_owned()),
            embeds: self.embeds,
            components: self.components,
            attachments: self.attachments,
            flags: self.has_flags.then_some(self.flags),
            poll: self.poll,
            allowed: self.allowed,
        }
    }
}

fn referred(reference: &Fields<'_>) -> Option<Referred> {
    let forwards = reference.choice("type", &[0, 1]) == Some(1);
    let message = reference.required_snowflake("message_id");
    let channel = if forwards {
        reference.required_snowflake("channel_id")
    } else {
        reference.snowflake("channel_id")
    };
    reference.snowflake("guild_id");
    Some(Referred {
        message: message?,
        channel,
        forwards,
        must_exist: reference.boolean("fail_if_not_exists").unwrap_or(true),
    })
}

fn nonce(fields: &Fields<'_>) -> Option<Value> {
    let nonce = fields.get("nonce")?;
    match nonce {
        Value::String(text) if text.chars().count() <= 25 => Some(nonce.clone()),
        Value::Number(number) if number.is_i64() => Some(nonce.clone()),
        Value::String(_) => {
            fields.fail(
                "nonce",
                "NONCE_TYPE_TOO_LONG",
                "Nonce must be no longer than 25 characters.",
            );
            None
        }
        _ => {
            fields.fail(
                "nonce",
                "NONCE_TYPE_INVALID",
                "Nonce must be an integer or a string.",
            );
            None
        }
    }
}

fn allowed(fields: &Fields<'_>) -> Option<Allowed> {
    let given = fields.object("allowed_mentions")?;
    let kinds: Vec<&str> = given
        .list("parse", 0..=1521)
        .unwrap_or_default()
        .iter()
        .enumerate()
        .filter_map(|(index, kind)| {
            let kind = kind.as_str();
            if !matches!(kind, Some("users" | "roles" | "everyone")) {
                given.fail(
                    &format!("parse/{index}"),
                    "BASE_TYPE_CHOICES",
                    "Value must be one of {'everyone', 'roles', 'users'}.",
                );
            }
            kind
        })
        .collect();
    let which = |name: &str| {
        let ids = given.snowflakes(name, 0..=100);
        if kinds.contains(&name) {
            if ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
                given.check.fail(
                    given.path(),
                    "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                    format!("parse:[\"{name}\"] and {name}: [ids...] are mutually exclusive."),
                );
            }
            return Which::All;
        }
        Which::Only(ids.unwrap_or_default())
    };
    Some(Allowed {
        users: which("users"),
        roles: which("roles"),
        everyone: kinds.contains(&"everyone"),
        replied_user: given.boolean("replied_user").unwrap_or(false),
    })
}

/// The files that a message has afterwards: those that come with the body, and of an edited
/// message those that the body names; all when it names none.
fn attachments(fields: &Fields<'_>, files: &[File], old: Option<&Message>) -> Attachments {
    let listed = fields.objects("attachments", 0..=10);
    if files.len() > 10 {
        fields.fail(
            "attachments",
            "BASE_TYPE_MAX_LENGTH",
            "Must be 10 or fewer in length.",
        );
    }
    let before = old.map_or(&[][..], |old| &old.attachments);
    let mut kept = Vec::new();
    for item in listed.iter().flatten() {
        let id = item.get("id").and_then(number);
        if id.is_some_and(|id| files.iter().any(|file| file.index == id)) {
            continue;
        }
        match id.filter(|id| before.iter().any(|file| file["id"] == Id(*id).json())) {
            Some(id) => kept.push(Id(id)),
            None => item.check.fail(
                item.path(),
                "ATTACHMENT_NOT_FOUND",
                "Attachment data not found",
            ),
        }
    }
    let about = |index: u64| {
        let mut listed = listed.iter().flatten();
        listed.find(|item| item.get("id").and_then(number) == Some(index))
    };
    let uploads = files.iter().map(|file| {
        let about = about(file.index);
        let name = about.and_then(|item| item.text("filename", 1..=1024));
        let description = about.and_then(|item| item.text("description", 0..=1024));
        Upload {
            recording: about.and_then(voice_message::recording),
            name: name.unwrap_or(&file.name).to_owned(),
            description: description.map(str::to_owned),
            content_type: file.content_type.clone(),
            bytes: file.bytes.clone(),
        }
    });
    Attachments {
        uploads: uploads.collect(),
        kept: listed.is_some().then_some(kept),
    }
}

/// The number of an attachment, as clients write it.
fn number(id: &Value) -> Option<u64> {
    id.as_u64().or_else(|| id.as_str()?.parse().ok())
}

/// The names by which components can show the files of a message.
fn names(attachments: &Attachments, old: Option<&Message>) -> Vec<String> {
    let kept = old.into_iter().flat_map(|old| &old.attachments);
    kept.filter_map(|file| file["filename"].as_str().map(str::to_owned))
        .chain(attachments.uploads.iter().map(Upload::stored_name))
        .collect()
}
