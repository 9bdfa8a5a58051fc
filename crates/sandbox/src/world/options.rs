//! The options a person gives a command: checked against the definition, as Discord's client
//! does, and put into the form that applications receive.

use serde_json::{Map, Value, json};

use super::{Id, World, files};

/// Numbers of the option types:
/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type>.
mod kind {
    pub(super) const SUB_COMMAND: u64 = 1;
    pub(super) const SUB_COMMAND_GROUP: u64 = 2;
    pub(super) const STRING: u64 = 3;
    pub(super) const INTEGER: u64 = 4;
    pub(super) const BOOLEAN: u64 = 5;
    pub(super) const USER: u64 = 6;
    pub(super) const CHANNEL: u64 = 7;
    pub(super) const ROLE: u64 = 8;
    pub(super) const MENTIONABLE: u64 = 9;
    pub(super) const NUMBER: u64 = 10;
    pub(super) const ATTACHMENT: u64 = 11;
}

/// Gathers the objects behind the ids that were given.
pub(super) struct Resolver<'a> {
    world: &'a World,
    application: Id,
    guild: Option<Id>,
    channel: Id,
    invoker: Id,
    found: Map<String, Value>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        world: &'a World,
        application: Id,
        guild: Option<Id>,
        channel: Id,
        invoker: Id,
    ) -> Self {
        Self {
            world,
            application,
            guild,
            channel,
            invoker,
            found: Map::new(),
        }
    }

    /// The `resolved` of the interaction's data, when there is anything in it.
    pub(super) fn finish(self) -> Option<Value> {
        (!self.found.is_empty()).then_some(Value::Object(self.found))
    }

    fn put(&mut self, list: &str, id: Id, value: Value) {
        let list = self.found.entry(list).or_insert_with(|| json!({}));
        list[id.to_string()] = value;
    }

    pub(super) fn user(&mut self, id: Id) -> Result<(), String> {
        if !self.world.users.contains_key(&id) {
            return Err(format!("there is no user {id}"));
        }
        self.put("users", id, self.world.user_json(id));
        let guild = self.guild.and_then(|guild| self.world.guilds.get(&guild));
        if let Some(guild) = guild
            && let Some(mut member) = self.world.member_json(guild, id)
        {
            if let Some(fields) = member.as_object_mut() {
                for absent in ["user", "deaf", "mute"] {
                    fields.remove(absent);
                }
            }
            member["permissions"] = self.world.permissions(self.channel, id).json();
            self.put("members", id, member);
        }
        Ok(())
    }

    fn role(&mut self, id: Id) -> Result<(), String> {
        let guild = self.guild.and_then(|guild| self.world.guilds.get(&guild));
        let role = guild.and_then(|guild| guild.roles.get(&id));
        let role = role.ok_or_else(|| format!("there is no role {id}"))?;
        self.put("roles", id, super::render::role_json(role));
        Ok(())
    }

    fn channel(&mut self, id: Id, types: &Value) -> Result<(), String> {
        let channel = self
            .world
            .channels
            .get(&id)
            .filter(|channel| channel.guild == self.guild);
        let channel = channel.ok_or_else(|| format!("there is no channel {id} here"))?;
        if let Some(types) = types.as_array()
            && !types.is_empty()
            && !types.contains(&json!(channel.kind as u8))
        {
            return Err(format!(
                "the channel {id} is of a type that the option does not take"
            ));
        }
        let mut value = self.world.channel_json(channel);
        if let Some(fields) = value.as_object_mut() {
            fields.remove("permission_overwrites");
        }
        let permissions = self.world.permissions(id, self.invoker);
        value["permissions"] = permissions.json();
        value["app_permissions"] = self.world.permissions(id, self.application).json();
        self.put("channels", id, value);
        Ok(())
    }

    /// A message that the invoker sees.
    pub(super) fn message(&mut self, id: Id) -> Result<(), String> {
        let message = self.world.message(self.channel, id);
        let seen = message.filter(|message| {
            let reader = message.source.as_ref().map(|source| source.user);
            !message.is_ephemeral() || reader == Some(self.invoker)
        });
        let message = seen.ok_or_else(|| format!("there is no message {id}"))?;
        self.put("messages", id, self.world.message_json(message));
        Ok(())
    }

    fn attachment(&mut self, id: Id, types: &Value) -> Result<(), String> {
        let file = self.world.files.get(id);
        let file = file.ok_or_else(|| format!("there is no uploaded file {id}"))?;
        let name = file.json["filename"].as_str().unwrap_or_default();
        if let Some(types) = types.as_array()
            && !types.is_empty()
            && !types.iter().any(|kind| files::is_of(name, kind))
        {
            return Err(format!("{name:?} is not of a type that is taken here"));
        }
        let mut value = file.json.clone();
        value["ephemeral"] = true.into();
        self.put("attachments", id, value);
        Ok(())
    }

    /// Something chosen in a select of users, roles, channels, or a file of a file upload.
    pub(super) fn select(&mut self, select: &Value, id: Id) -> Result<(), String> {
        match select["type"].as_u64() {
            Some(5) => self.user(id),
            Some(6) => self.role(id),
            Some(7) => self.user(id).or_else(|_| self.role(id)),
            Some(8) => self.channel(id, &select["channel_types"]),
            Some(19) => self.attachment(id, &select["file_types"]),
            _ => Ok(()),
        }
    }
}

/// The `options` of the interaction's data for the subcommand at `path`.
pub(super) fn build(
    definitions: &Value,
    path: &[&str],
    given: &Map<String, Value>,
    focused: Option<&str>,
    resolver: &mut Resolver<'_>,
) -> Result<Vec<Value>, String> {
    let definitions = definitions.as_array().map_or(&[][..], Vec::as_slice);
    let nested = |definition: &&Value| {
        matches!(
            definition["type"].as_u64(),
            Some(kind::SUB_COMMAND | kind::SUB_COMMAND_GROUP)
        )
    };
    if let Some((name, rest)) = path.split_first() {
        let found = definitions
            .iter()
            .filter(nested)
            .find(|definition| definition["name"] == *name)
            .ok_or_else(|| format!("the command has no subcommand {name:?}"))?;
        let options = build(&found["options"], rest, given, focused, resolver)?;
        return Ok(vec![
            json!({"name": name, "type": found["type"], "options": options}),
        ]);
    }
    if let Some(first) = definitions.iter().find(nested) {
        return Err(format!("name a subcommand, for example {}", first["name"]));
    }
    let known = |name: &str| {
        definitions
            .iter()
            .any(|definition| definition["name"] == name)
    };
    if let Some(unknown) = given.keys().find(|name| !known(name)) {
        return Err(format!("the command has no option {unknown:?}"));
    }
    if let Some(unknown) = focused.filter(|name| !known(name)) {
        return Err(format!("the command has no option {unknown:?}"));
    }
    let mut options = Vec::new();
    for definition in definitions {
        let name = definition["name"].as_str().unwrap_or_default();
        let is_focused = focused == Some(name);
        match given.get(name).filter(|value| !value.is_null()) {
            Some(value) if is_focused => options.push(
                json!({"name": name, "type": definition["type"], "value": value, "focused": true}),
            ),
            None if is_focused => options.push(
                json!({"name": name, "type": definition["type"], "value": "", "focused": true}),
            ),
            Some(value) => {
                let value = check(definition, value, resolver)
                    .map_err(|problem| format!("option {name:?}: {problem}"))?;
                options.push(json!({"name": name, "type": definition["type"], "value": value}));
            }
            None if definition["required"] == true && focused.is_none() => {
                return Err(format!("the option {name:?} is required"));
            }
            None => {}
        }
    }
    Ok(options)
}

fn check(definition: &Value, value: &Value, resolver: &mut Resolver<'_>) -> Result<Value, String> {
    let id = || Id::from_json(value).ok_or_else(|| format!("{value} is not an id"));
    let value = match definition["type"].as_u64().unwrap_or(0) {
        kind::STRING => {
            let text = value
                .as_str()
                .ok_or_else(|| format!("{value} is not a string"))?;
            let length = text.chars().count() as u64;
            if length < definition["min_length"].as_u64().unwrap_or(0) {
                return Err("the text is too short".to_owned());
            }
            if length > definition["max_length"].as_u64().unwrap_or(6000) {
                return Err("the text is too long".to_owned());
            }
            value.clone()
        }
        kind::INTEGER => {
            let number = value
                .as_i64()
                .ok_or_else(|| format!("{value} is not an integer"))?;
            #[allow(clippy::cast_precision_loss)] // the bounds are 53-bit
            in_range(definition, number as f64)?;
            value.clone()
        }
        kind::NUMBER => {
            let number = value
                .as_f64()
                .ok_or_else(|| format!("{value} is not a number"))?;
            in_range(definition, number)?;
            value.clone()
        }
        kind::BOOLEAN if value.is_boolean() => value.clone(),
        kind::BOOLEAN => return Err(format!("{value} is neither true nor false")),
        kind::USER => {
            resolver.user(id()?)?;
            id()?.json()
        }
        kind::CHANNEL => {
            resolver.channel(id()?, &definition["channel_types"])?;
            id()?.json()
        }
        kind::ROLE => {
            resolver.role(id()?)?;
            id()?.json()
        }
        kind::MENTIONABLE => {
            let id = id()?;
            resolver.user(id).or_else(|_| resolver.role(id))?;
            id.json()
        }
        kind::ATTACHMENT => {
            resolver.attachment(id()?, &definition["file_types"])?;
            id()?.json()
        }
        other => return Err(format!("options of type {other} cannot be given here")),
    };
    let choices = definition["choices"]
        .as_array()
        .filter(|choices| !choices.is_empty());
    if let Some(choices) = choices
        && !choices.iter().any(|choice| choice["value"] == value)
    {
        let names: Vec<String> = choices
            .iter()
            .map(|choice| choice["value"].to_string())
            .collect();
        return Err(format!(
            "{value} is none of the choices {}",
            names.join(", ")
        ));
    }
    Ok(value)
}

fn in_range(definition: &Value, number: f64) -> Result<(), String> {
    if definition["min_value"]
        .as_f64()
        .is_some_and(|least| number < least)
    {
        return Err(format!("{number} is less than {}", definition["min_value"]));
    }
    if definition["max_value"]
        .as_f64()
        .is_some_and(|most| number > most)
    {
        return Err(format!("{number} is more than {}", definition["max_value"]));
    }
    Ok(())
}
