//! Answers to interactions that keep to Discord's description in what serenity writes otherwise.

use serde_json::Value;
use serenity::all::{CreateInteractionResponse, Http, InteractionId};

/// Answers an interaction. As serenity does it, except that the ids of a select's default values
/// are texts: serenity writes numbers, where the description has snowflakes as everywhere else.
/// No files can be sent along.
/// <https://docs.discord.com/developers/components/reference#user-select-select-default-value-structure>
///
/// # Errors
/// As of [`Http::create_interaction_response`].
pub(super) async fn respond(
    http: &Http,
    id: InteractionId,
    token: &str,
    response: &CreateInteractionResponse,
) -> serenity::Result<()> {
    let mut body = serde_json::to_value(response)?;
    if let (Some(data), Some(mentions)) = (
        body.get_mut("data").and_then(Value::as_object_mut),
        &http.default_allowed_mentions,
    ) {
        data.entry("allowed_mentions")
            .or_insert(serde_json::to_value(mentions)?);
    }
    write_ids_as_texts(&mut body);
    http.create_interaction_response(id, token, &body, Vec::new())
        .await
}

fn write_ids_as_texts(within: &mut Value) {
    match within {
        Value::Array(values) => values.iter_mut().for_each(write_ids_as_texts),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name != "default_values" {
                    write_ids_as_texts(value);
                    continue;
                }
                for default in value.as_array_mut().into_iter().flatten() {
                    if let Some(id) = default.get_mut("id")
                        && let Some(number) = id.as_u64()
                    {
                        *id = number.to_string().into();
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serenity::all::{
        CreateActionRow, CreateInteractionResponseMessage, CreateSelectMenu, CreateSelectMenuKind,
        RoleId,
    };

    use super::*;

    #[test]
    fn default_values_are_written_as_texts() {
        let role = RoleId::new(293_539_789_980_827_648);
        let kind = CreateSelectMenuKind::Role {
            default_roles: Some(vec![role]),
        };
        let rows = vec![CreateActionRow::SelectMenu(CreateSelectMenu::new(
            "a", kind,
        ))];
        let message = CreateInteractionResponseMessage::new().components(rows);
        let mut body =
            serde_json::to_value(CreateInteractionResponse::UpdateMessage(message)).unwrap();
        write_ids_as_texts(&mut body);
        assert_eq!(
            body["data"]["components"][0]["components"][0]["default_values"],
            json!([{ "id": role.to_string(), "type": "role" }])
        );
    }
}
