//! Buttons and selects.

use serde_json::{Value, json};

use super::{Ask, AskError, Asked};
use crate::world::interaction::kind;
use crate::world::options::Resolver;
use crate::world::{Id, World};

impl World {
    /// Presses a button of a message or chooses in one of its selects.
    pub fn ask_component(
        &mut self,
        user: Option<Id>,
        message: Id,
        custom_id: &str,
        values: &[Value],
    ) -> Result<Asked, AskError> {
        let channel = self
            .channel_of(message)
            .map(|channel| (channel.id, channel.guild));
        let Some((channel, guild)) = channel else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let Some(found) = self.message(channel, message).cloned() else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let invoker = found.source.as_ref().map(|source| source.user);
        let user = user.or(invoker.filter(|_| found.is_ephemeral()));
        let mut scene = self.scene(&Ask {
            application: None,
            user,
            guild,
            channel: Some(channel),
        })?;
        if found.is_ephemeral() && invoker != Some(scene.user) {
            return Err(AskError::Forbidden(
                "only the invoker sees that message".to_owned(),
            ));
        }
        let Some(application) = found.application else {
            return Err(AskError::Bad(
                "the message was not sent by an application".to_owned(),
            ));
        };
        let component = find_component(&found.components, custom_id).ok_or_else(|| {
            AskError::Missing(format!("the message has no component {custom_id:?}"))
        })?;
        if component["disabled"] == true {
            return Err(AskError::Bad(format!(
                "the component {custom_id:?} is disabled"
            )));
        }
        // As of the interaction that the message answers; one that a bot has just sent is there
        // because the bot is.
        scene.owners = match &found.source {
            Some(source) => source.owners.clone(),
            None => {
                json!({"0": scene.guild.map_or_else(|| "0".to_owned(), |guild| guild.to_string())})
            }
        };
        let component_type = component["type"].as_u64().unwrap_or(2);
        let mut data = json!({
            "component_type": component_type,
            "custom_id": custom_id,
            "id": component.get("id").cloned().unwrap_or_else(|| 1.into()),
        });
        if component_type != 2 {
            let mut resolver =
                Resolver::new(self, application, scene.guild, scene.channel, scene.user);
            choose(component, values, 1, &mut resolver).map_err(AskError::Bad)?;
            data["values"] = values.into();
            if let Some(resolved) = resolver.finish() {
                data["resolved"] = resolved;
            }
        }
        Ok(self.send(
            application,
            &scene,
            kind::COMPONENT,
            custom_id.to_owned(),
            data,
            Some(message),
        ))
    }
}

/// The component of a custom id, wherever it is nested.
fn find_component<'a>(components: &'a [Value], custom_id: &str) -> Option<&'a Value> {
    components.iter().find_map(|component| {
        if component["custom_id"] == custom_id {
            return Some(component);
        }
        let children = component["components"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        find_component(children, custom_id).or_else(|| {
            component
                .get("accessory")
                .filter(|accessory| accessory["custom_id"] == custom_id)
        })
    })
}

/// Checks what somebody chooses in a select; `least` is how many it takes unless it says so.
pub(super) fn choose(
    select: &Value,
    values: &[Value],
    least: usize,
    resolver: &mut Resolver<'_>,
) -> Result<(), String> {
    let count = |name: &str, default: usize| {
        let given = select[name].as_u64();
        given.map_or(default, |given| usize::try_from(given).unwrap_or(default))
    };
    let (least, most) = (count("min_values", least), count("max_values", 1));
    if values.len() < least || values.len() > most {
        return Err(format!(
            "choose {least} to {most} values, not {}",
            values.len()
        ));
    }
    let options = select["options"].as_array();
    for value in values {
        let known = options.is_none_or(|options| options.iter().any(|o| o["value"] == *value));
        if !known {
            return Err(format!("{value} is not an option of the select"));
        }
        if options.is_none() {
            let id = Id::from_json(value).ok_or_else(|| format!("{value} is not an id"))?;
            resolver.select(select, id)?;
        }
    }
    Ok(())
}
