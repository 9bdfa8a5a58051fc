//! Buttons, selects and modals.

use serde_json::{Map, Value, json};

use super::{Ask, AskError, Asked, Scene};
use crate::world::interaction::kind;
use crate::world::message::Source;
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
            .channels
            .values()
            .find(|channel| channel.messages.contains_key(&message))
            .map(|channel| (channel.id, channel.guild));
        let Some((channel, guild)) = channel else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let Some(found) = self.message(channel, message).cloned() else {
            return Err(AskError::Missing(format!("there is no message {message}")));
        };
        let invoker = found.source.as_ref().map(|source| source.user);
        let user = user.or(invoker.filter(|_| found.is_ephemeral()));
        let scene = self.scene(&Ask {
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
        let component_type = component["type"].as_u64().unwrap_or(2);
        let mut data = json!({
            "component_type": component_type,
            "custom_id": custom_id,
            "id": component.get("id").cloned().unwrap_or_else(|| 1.into()),
        });
        if component_type != 2 {
            let values = check_values(component, values).map_err(AskError::Bad)?;
            let mut resolver = Resolver::new(self, scene.guild, scene.channel, scene.user);
            for value in &values {
                if let Some(id) = Id::from_json(value) {
                    resolver.select(component_type, id).map_err(AskError::Bad)?;
                }
            }
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

    /// Submits the modal that an interaction was answered with.
    pub fn ask_modal(
        &mut self,
        interaction: Id,
        fields: &Map<String, Value>,
    ) -> Result<Asked, AskError> {
        let missing = || {
            AskError::Missing(format!(
                "interaction {interaction} was not answered with a modal"
            ))
        };
        let asked = self.interactions.get(&interaction).ok_or_else(missing)?;
        let modal = asked.progress.borrow().modal.clone().ok_or_else(missing)?;
        let (application, message) = (asked.application, asked.message);
        let trigger = Source {
            interaction,
            kind: asked.kind,
            user: asked.user,
            name: asked.name.clone(),
            interacted_message: message,
            original: None,
            trigger: None,
        };
        let scene = Scene {
            user: asked.user,
            guild: asked.guild,
            channel: asked.channel,
            trigger: Some(Box::new(trigger)),
        };
        let mut components = modal["components"].clone();
        fill(&mut components, fields).map_err(AskError::Bad)?;
        let custom_id = modal["custom_id"].as_str().unwrap_or_default().to_owned();
        let data = json!({"custom_id": custom_id, "components": components});
        Ok(self.send(application, &scene, kind::MODAL, custom_id, data, message))
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

fn check_values(component: &Value, values: &[Value]) -> Result<Vec<Value>, String> {
    let at_least = usize::try_from(component["min_values"].as_u64().unwrap_or(1)).unwrap_or(1);
    let at_most = usize::try_from(component["max_values"].as_u64().unwrap_or(1)).unwrap_or(1);
    if values.len() < at_least || values.len() > at_most {
        return Err(format!(
            "choose {at_least} to {at_most} values, not {}",
            values.len()
        ));
    }
    if component["type"] == 3 {
        let options = component["options"].as_array();
        for value in values {
            let known = options
                .into_iter()
                .flatten()
                .any(|option| option["value"] == *value);
            if !known {
                return Err(format!("{value} is not an option of the select"));
            }
        }
    }
    Ok(values.to_vec())
}

/// Puts what was typed into the text inputs of a modal, and leaves only what a submit carries.
fn fill(components: &mut Value, fields: &Map<String, Value>) -> Result<(), String> {
    for component in components.as_array_mut().into_iter().flatten() {
        if component.get("custom_id").is_some() {
            let id = component["custom_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let typed = fields
                .get(&id)
                .and_then(Value::as_str)
                .or(component["value"].as_str())
                .unwrap_or("")
                .to_owned();
            if typed.is_empty() && component["required"] != false {
                return Err(format!("the field {id:?} is required"));
            }
            let length = typed.chars().count() as u64;
            if length > component["max_length"].as_u64().unwrap_or(4000)
                || length < component["min_length"].as_u64().unwrap_or(0)
            {
                return Err(format!("the text of {id:?} is too long or too short"));
            }
            *component = json!({"type": component["type"], "custom_id": id, "value": typed, "id": component.get("id")});
        } else if component.get("component").is_some() {
            let mut inner = json!([component["component"].take()]);
            fill(&mut inner, fields)?;
            *component = json!({"type": component["type"], "component": inner[0]});
        } else if component.get("components").is_some() {
            let mut inner = component["components"].take();
            fill(&mut inner, fields)?;
            *component = json!({"type": component["type"], "components": inner});
        }
    }
    Ok(())
}
