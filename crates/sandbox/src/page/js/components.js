/** Buttons, select menus and the layout components of a message. */
import { h, icon, spoiler } from "./dom.js";
import { attachment, picture } from "./images.js";
import { markdown } from "./markdown.js";
import * as pending from "./pending.js";
import * as store from "./store.js";

// https://discord.com/developers/docs/components/reference#component-object-component-types
const ROW = 1, BUTTON = 2, STRING_SELECT = 3, USER_SELECT = 5, ROLE_SELECT = 6, MENTIONABLE_SELECT = 7, CHANNEL_SELECT = 8;
const SECTION = 9, TEXT = 10, THUMBNAIL = 11, GALLERY = 12, FILE = 13, SEPARATOR = 14, CONTAINER = 17;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link-style", 6: "premium" };
const LINK = 5;
/** The value of the entry that takes a choice back. */
const NOTHING = "\0";

export function drawComponents(message) {
  return (message.components ?? []).map((component) => draw(component, message));
}

function draw(c, message) {
  const inner = () => (c.components ?? []).map((child) => draw(child, message));
  switch (c.type) {
    case ROW: return h("div", { class: "action-row" }, inner());
    case BUTTON: return button(c, message);
    case STRING_SELECT: return select(c, message, (c.options ?? []).map((o) => ({ value: o.value, label: o.label, detail: o.description, chosen: o.default })));
    case USER_SELECT: return select(c, message, chosen(c, members()));
    case ROLE_SELECT: return select(c, message, chosen(c, roles()));
    case MENTIONABLE_SELECT: return select(c, message, chosen(c, [...members(), ...roles()]));
    case CHANNEL_SELECT: return select(c, message, chosen(c, channels(c.channel_types)));
    case SECTION: return h("div", { class: "section" }, h("div", {}, inner()), c.accessory ? draw(c.accessory, message) : null);
    case TEXT: return h("div", { class: "content" }, markdown(c.content, { names: store.names }));
    case THUMBNAIL: return cover(c, picture(c.media?.url, { className: "embed-thumbnail", alt: c.description ?? "" }));
    case GALLERY: return h("div", { class: "gallery" }, (c.items ?? []).map((item) => cover(item, picture(item.media?.url, { className: "attachment", alt: item.description ?? "" }))));
    case FILE: return cover(c, attachment({ ...c.file, filename: c.name, size: c.size }));
    case SEPARATOR: return h("hr", { class: c.divider === false ? "bare" : "" });
    case CONTAINER: return cover(c, h("div", { class: "embed container", style: c.accent_color ? { "border-left-color": store.hex(c.accent_color) } : {} }, inner()));
    default: return h("p", { class: "quiet" }, `(a component of type ${c.type}, which this page does not draw)`);
  }
}

/** What is marked as a spoiler is covered until it is pressed. */
const cover = (c, node) => (c.spoiler ? spoiler(node, "block") : node);

/** Those of an automatic menu that are chosen. */
const chosen = (c, options) => options.map((o) => ({ ...o, chosen: c.default_values?.some((d) => d.id === o.value) ?? false }));
const members = () => (store.guild()?.members ?? []).map((m) => ({ value: m.id, label: m.name }));
const roles = () => (store.guild()?.roles ?? []).map((r) => ({ value: r.id, label: `@${r.name}` }));
const channels = (types) => (store.guild()?.channels ?? []).filter((c) => !types?.length || types.includes(c.type)).map((c) => ({ value: c.id, label: `#${c.name}` }));

function emoji(e) {
  if (!e) return null;
  return h("span", { class: "button-emoji", "aria-hidden": "true" }, e.id ? `:${e.name}:` : e.name);
}

function button(c, message) {
  const classes = `button ${STYLES[c.style] ?? "secondary"}`;
  const inside = [emoji(c.emoji), c.label ?? (c.emoji ? null : c.custom_id)];
  if (c.style === LINK) {
    return h("a", { class: classes, href: /^https?:/.test(c.url ?? "") ? c.url : null, target: "_blank", rel: "noopener noreferrer", title: c.url }, inside, h("span", { class: "outside", "aria-hidden": "true" }, "↗"));
  }
  return h("button", {
    class: classes, disabled: c.disabled || pending.isBusy(message.id), "aria-label": c.label ? null : c.emoji?.name,
    data: { key: `${message.id}-${c.custom_id}`, customId: c.custom_id }, on: { click: () => pending.press(message, c.custom_id) },
  }, inside);
}

function select(c, message, options) {
  const label = c.placeholder ?? "Make a selection";
  const disabled = c.disabled || pending.isBusy(message.id);
  const choose = (values) => pending.press(message, c.custom_id, values);
  if ((c.max_values ?? 1) > 1) return several(c, message, options, label, disabled, choose);
  const node = h("select", { class: "select", "aria-label": label, disabled, data: { key: `${message.id}-${c.custom_id}`, customId: c.custom_id } },
    h("option", { value: "", disabled: true, selected: !options.some((o) => o.chosen), hidden: true }, label),
    // Where nothing need be chosen, Discord has a cross to take the choice back.
    c.min_values === 0 && options.some((o) => o.chosen) ? h("option", { value: NOTHING }, "✕") : null,
    options.map((o) => h("option", { value: o.value, selected: o.chosen, title: o.detail }, o.detail ? `${o.label}: ${o.detail}` : o.label)));
  node.addEventListener("change", () => choose(node.value === NOTHING ? [] : [node.value]));
  return node;
}

/** A select menu of several values: check boxes that unfold. */
function several(c, message, options, label, disabled, choose) {
  const form = h("form", {}, options.map((o) => h("label", {}, h("input", { type: "checkbox", value: o.value, checked: o.chosen }), h("span", {}, o.label, o.detail ? h("small", {}, o.detail) : null))),
    h("button", { class: "button primary", disabled }, "Choose"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    choose([...form.querySelectorAll("input:checked")].map((box) => box.value));
  });
  return h("details", { class: "several" }, h("summary", { class: "select" }, label, icon("down")), form);
}
