//! Modals: what somebody types and chooses in one.

use serde_json::{Map, Value, json};

use super::components::choose;
use super::{AskError, Asked, Scene};
use crate::world::interaction::kind;
use crate::world::message::Source;
use crate::world::options::Resolver;
use crate::world::{Id, World};

/// Types of component: <https://discord.com/developers/docs/components/reference>.
mod component {
    pub(super) const TEXT_INPUT: u64 = 4;
    pub(super) const RADIO_GROUP: u64 = 21;
    pub(super) const CHECKBOX: u64 = 23;
}

impl World {
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
            owners: asked.owners.clone(),
            interacted_message: message,
            original: None,
            trigger: None,
        };
        let scene = Scene {
            user: asked.user,
            guild: asked.guild,
            channel: asked.channel,
            owners: asked.owners.clone(),
            trigger: Some(Box::new(trigger)),
        };
        let mut form = Form {
            fields,
            last: 0,
            resolver: Resolver::new(self, application, scene.guild, scene.channel, scene.user),
        };
        let components = form.all(&modal["components"]).map_err(AskError::Bad)?;
        let custom_id = modal["custom_id"].as_str().unwrap_or_default().to_owned();
        let mut data = json!({"custom_id": custom_id, "components": components});
        if let Some(resolved) = form.resolver.finish() {
            data["resolved"] = resolved;
        }
        Ok(self.send(application, &scene, kind::MODAL, custom_id, data, message))
    }
}

/// A modal that is being filled in: of each component only what a submit carries is left.
struct Form<'a> {
    fields: &'a Map<String, Value>,
    /// The number given to the last component.
    last: u64,
    resolver: Resolver<'a>,
}

impl Form<'_> {
    fn all(&mut self, components: &Value) -> Result<Vec<Value>, String> {
        let list = components.as_array().map_or(&[][..], Vec::as_slice);
        list.iter().map(|component| self.one(component)).collect()
    }

    fn one(&mut self, component: &Value) -> Result<Value, String> {
        self.last += 1;
        let id = component["id"].as_u64().filter(|id| *id > 0);
        let mut out = json!({"type": component["type"], "id": id.unwrap_or(self.last)});
        if let Some(inner) = component.get("component") {
            out["component"] = self.one(inner)?;
        } else if let Some(inner) = component.get("components") {
            out["components"] = self.all(inner)?.into();
        } else if let Some(custom_id) = component["custom_id"].as_str() {
            out["custom_id"] = custom_id.into();
            let (key, value) = self
                .answer(component, custom_id)
                .map_err(|problem| format!("the field {custom_id:?}: {problem}"))?;
            out[key] = value;
        }
        Ok(out)
    }

    /// What somebody entered, and under which key it is sent.
    fn answer(
        &mut self,
        component: &Value,
        custom_id: &str,
    ) -> Result<(&'static str, Value), String> {
        let given = self.fields.get(custom_id).filter(|given| !given.is_null());
        let is_required = component["required"] != false;
        match component["type"].as_u64() {
            Some(component::TEXT_INPUT) => {
                let text = given.or(component.get("value"));
                let text = text.and_then(Value::as_str).unwrap_or_default();
                text_fits(component, text, is_required)?;
                Ok(("value", text.into()))
            }
            Some(component::CHECKBOX) => {
                let on = given.or(component.get("default")).and_then(Value::as_bool);
                Ok(("value", on.unwrap_or(false).into()))
            }
            Some(component::RADIO_GROUP) => {
                let value = given.cloned().or_else(|| default_values(component).pop());
                let chosen: Vec<Value> = value.iter().cloned().collect();
                choose(
                    component,
                    &chosen,
                    usize::from(is_required),
                    &mut self.resolver,
                )?;
                Ok(("value", value.unwrap_or_default()))
            }
            _ => {
                let values = match given {
                    Some(Value::Array(values)) => values.clone(),
                    Some(value) => vec![value.clone()],
                    None => default_values(component),
                };
                // Nothing at all is chosen in what need not be filled in.
                if is_required || !values.is_empty() {
                    choose(
                        component,
                        &values,
                        usize::from(is_required),
                        &mut self.resolver,
                    )?;
                }
                Ok(("values", values.into()))
            }
        }
    }
}

fn text_fits(input: &Value, text: &str, is_required: bool) -> Result<(), String> {
    if text.is_empty() {
        return if is_required {
            Err("it is required".to_owned())
        } else {
            Ok(())
        };
    }
    let length = text.chars().count() as u64;
    let most = input["max_length"].as_u64().unwrap_or(4000);
    let least = input["min_length"].as_u64().unwrap_or(0);
    if length > most || length < least {
        return Err("the text is too long or too short".to_owned());
    }
    Ok(())
}

/// What is chosen already when the modal opens.
fn default_values(component: &Value) -> Vec<Value> {
    let chosen = |list: &str, is_chosen: fn(&Value) -> bool, key: &str| {
        let list = component[list].as_array().map_or(&[][..], Vec::as_slice);
        let chosen = list.iter().filter(|item| is_chosen(item));
        chosen.map(|item| item[key].clone()).collect::<Vec<_>>()
    };
    let mut values = chosen("options", |option| option["default"] == true, "value");
    values.extend(chosen("default_values", |_| true, "id"));
    values
}
