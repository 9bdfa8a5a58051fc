//! Buttons, selects and the new layout.

use serde_json::{Value, json};

use super::{button, long, malformed, refuse, select};

#[tokio::test]
async fn buttons_and_selects_have_limits() {
    let rows: Vec<Value> = (0..6).map(|n| json!({"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": n.to_string()}]})).collect();
    let wide: Vec<Value> = (0..6)
        .map(|n| json!({"type": 2, "style": 1, "label": "l", "custom_id": n.to_string()}))
        .collect();
    refuse(malformed! {POST "/channels/{general}/messages";
        {"content": "x", "components": rows} => "components BASE_TYPE_MAX_LENGTH";
        {"content": "x", "components": [{"type": 1, "components": wide}]} => "components/0/components BASE_TYPE_BAD_LENGTH";
        {"content": "x", "components": [{"type": 1, "components": []}]} => "components/0/components BASE_TYPE_BAD_LENGTH";
        {"content": "x", "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]} => "components/0 UNION_TYPE_CHOICES";
        {"content": "x", "components": [{"type": 10, "content": "text"}]} => "components/0 UNION_TYPE_CHOICES";
        (button(json!({"custom_id": null}))) => "components/0/components/0/custom_id BUTTON_COMPONENT_CUSTOM_ID_REQUIRED";
        (button(json!({"custom_id": long(101)}))) => "components/0/components/0/custom_id BASE_TYPE_BAD_LENGTH";
        (button(json!({"label": long(81)}))) => "components/0/components/0/label BASE_TYPE_MAX_LENGTH";
        (button(json!({"label": null}))) => "components/0/components/0/label BASE_TYPE_REQUIRED";
        (button(json!({"style": 7}))) => "components/0/components/0/style BASE_TYPE_CHOICES";
        (button(json!({"style": null}))) => "components/0/components/0/style BASE_TYPE_REQUIRED";
        (button(json!({"style": 5, "custom_id": null}))) => "components/0/components/0/url BUTTON_COMPONENT_URL_REQUIRED";
        (button(json!({"style": 5, "url": "https://x.y"}))) => "components/0/components/0/custom_id BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE";
        (button(json!({"style": 5, "custom_id": null, "url": "x.y"}))) => "components/0/components/0/url URL_TYPE_INVALID_URL";
        (button(json!({"url": "https://x.y"}))) => "components/0/components/0/url BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE";
        (button(json!({"emoji": {"name": "smile"}}))) => "components/0/components/0/emoji/name BUTTON_COMPONENT_INVALID_EMOJI";
        (select(json!({"options": []}))) => "components/0/components/0/options BASE_TYPE_BAD_LENGTH";
        (select(json!({"options": (0..26).map(|n| json!({"label": "l", "value": n.to_string()})).collect::<Vec<_>>()}))) => "components/0/components/0/options BASE_TYPE_BAD_LENGTH";
        (select(json!({"options": [{"label": "l", "value": "a"}, {"label": "l", "value": "a"}]}))) => "components/0/components/0/options/1/value SELECT_COMPONENT_OPTION_VALUE_DUPLICATED";
        (select(json!({"options": [{"label": long(101), "value": "a"}]}))) => "components/0/components/0/options/0/label BASE_TYPE_BAD_LENGTH";
        (select(json!({"placeholder": long(151)}))) => "components/0/components/0/placeholder BASE_TYPE_MAX_LENGTH";
        (select(json!({"min_values": 26}))) => "components/0/components/0/min_values NUMBER_TYPE_MAX";
        (select(json!({"max_values": 0}))) => "components/0/components/0/max_values NUMBER_TYPE_MIN";
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}, {"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}]} => "components/0/components/1/custom_id COMPONENT_CUSTOM_ID_DUPLICATED";
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}, {"type": 5, "custom_id": "d"}]}]} => "components/0/components/1 COMPONENT_LAYOUT_WIDTH_EXCEEDED";
    })
    .await;
}

#[tokio::test]
async fn components_are_checked_at_every_depth() {
    let v2 = |components: Value| json!({"flags": 32768, "components": components});
    let texts: Vec<Value> = (0..41)
        .map(|_| json!({"type": 10, "content": "t"}))
        .collect();
    let long_texts = vec![json!({"type": 10, "content": long(2001)}); 2];
    refuse(malformed! {POST "/channels/{general}/messages";
        (select(json!({"custom_id": null}))) => "components/0/components/0/custom_id BASE_TYPE_REQUIRED";
        (select(json!({"custom_id": long(101)}))) => "components/0/components/0/custom_id BASE_TYPE_BAD_LENGTH";
        (select(json!({"custom_id": ""}))) => "components/0/components/0/custom_id BASE_TYPE_REQUIRED";
        (select(json!({"options": null}))) => "components/0/components/0/options BASE_TYPE_REQUIRED";
        (select(json!({"options": [{"value": "a"}]}))) => "components/0/components/0/options/0/label BASE_TYPE_REQUIRED";
        (select(json!({"options": [{"label": "a"}]}))) => "components/0/components/0/options/0/value BASE_TYPE_REQUIRED";
        (select(json!({"options": [{"label": "a", "value": long(101)}]}))) => "components/0/components/0/options/0/value BASE_TYPE_BAD_LENGTH";
        (select(json!({"options": [{"label": "a", "value": "a", "description": long(101)}]}))) => "components/0/components/0/options/0/description BASE_TYPE_MAX_LENGTH";
        (select(json!({"max_values": 26}))) => "components/0/components/0/max_values NUMBER_TYPE_MAX";
        (select(json!({"disabled": "no"}))) => "components/0/components/0/disabled BOOLEAN_TYPE_CONVERT";
        (select(json!({"max_values": 2}))) => "components/0/components/0/options SELECT_COMPONENT_MAX_VALUES_TOO_MANY";
        (select(json!({"max_values": 1, "options": [{"label": "a", "value": "a", "default": true}, {"label": "b", "value": "b", "default": true}]}))) => "components/0/components/0/options SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES";
        (select(json!({"type": 8, "channel_types": [99]}))) => "components/0/components/0/channel_types/0 BASE_TYPE_CHOICES";
        (select(json!({"type": 5, "default_values": [{"type": "role", "id": "12"}]}))) => "components/0/components/0/default_values/0/type BASE_TYPE_CHOICES";
        (select(json!({"type": 5, "default_values": [{"type": "user"}]}))) => "components/0/components/0/default_values/0/id BASE_TYPE_REQUIRED";
        (select(json!({"type": 7, "default_values": [{"type": "user", "id": "12"}, {"type": "role", "id": "13"}]}))) => "components/0/components/0/default_values BASE_TYPE_BAD_LENGTH";
        {"content": "x", "components": [{"type": 1}]} => "components/0/components BASE_TYPE_REQUIRED";
        {"content": "x", "components": [{}]} => "components/0/type BASE_TYPE_REQUIRED";
        {"content": "x", "components": {"type": 1}} => "components LIST_TYPE_CONVERT";
        {"content": "x", "components": [{"type": 1, "components": [{"type": 1, "components": []}]}]} => "components/0/components/0 UNION_TYPE_CHOICES";
        {"content": "x", "components": [{"type": 1, "components": [{"type": 4, "custom_id": "c", "style": 1, "label": "l"}]}]} => "components/0/components/0 UNION_TYPE_CHOICES";
        // The same custom id in two rows, and on a button and a select.
        {"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]}, {"type": 1, "components": [{"type": 5, "custom_id": "c"}]}]} => "components/1/components/0/custom_id COMPONENT_CUSTOM_ID_DUPLICATED";
        {"content": "x", "components": [{"type": 1, "components": [{"type": 5, "custom_id": "a"}, {"type": 6, "custom_id": "b"}]}]} => "components/0/components/1 COMPONENT_LAYOUT_WIDTH_EXCEEDED";
        (v2(json!([{"type": 10}]))) => "components/0/content BASE_TYPE_REQUIRED";
        (v2(json!([{"type": 9, "components": [{"type": 10, "content": "t"}]}]))) => "components/0/accessory BASE_TYPE_REQUIRED";
        (v2(json!([{"type": 12}]))) => "components/0/items BASE_TYPE_REQUIRED";
        (v2(json!([{"type": 17, "components": []}]))) => "components/0/components BASE_TYPE_BAD_LENGTH";
        (v2(json!([{"type": 17, "components": [{"type": 17, "components": []}]}]))) => "components/0/components/0 UNION_TYPE_CHOICES";
        (v2(json!([{"type": 14, "spacing": 3}]))) => "components/0/spacing BASE_TYPE_CHOICES";
        (v2(json!(texts))) => "components BASE_TYPE_MAX_LENGTH";
        (v2(json!(long_texts))) => "components COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED";
    })
    .await;
}
