/** The messages of the open channel. */
import { byId, fill, h, icon } from "./dom.js";
import { inline } from "./markdown.js";
import { drawMessage } from "./message.js";
import { channelIcon, state } from "./store.js";
import * as store from "./store.js";
import { welcome } from "./welcome.js";
import * as pending from "./pending.js";

const GROUP_MS = 7 * 60 * 1000;
const NEAR_END_PX = 80;
/** What is drawn, by key: `{version, node}`. */
let drawn = new Map();

export function initChat() {
  store.on("channel world", drawTitle);
  store.on("channel", () => { drawn = new Map(); });
  store.on("messages world commands", drawMessages);
  store.on("typing", drawTyping);
  pending.onChange(drawMessages);
  const box = byId("messages");
  byId("to-end").addEventListener("click", () => toEnd());
  box.addEventListener("scroll", () => { if (nearEnd()) byId("to-end").hidden = true; });
  // Pictures that load later must not push the newest message out of sight.
  box.addEventListener("load", () => { if (box.dataset.follow === "true") toEnd(); }, true);
}

const nearEnd = () => {
  const box = byId("messages");
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
};
const toEnd = () => {
  const box = byId("messages");
  box.scrollTop = box.scrollHeight;
  byId("to-end").hidden = true;
};

function drawTitle() {
  const c = store.channel();
  fill(byId("chat-title"), c ? [icon(channelIcon(c)), h("h1", {}, c.name), c.topic ? h("p", { class: "topic", title: c.topic }, inline(c.topic, { names: store.names })) : null] : h("h1", {}, "No channel"));
}

/** Whether the message goes under the one before it without a name of its own. */
function follows(message, before) {
  return before && before.author?.id === message.author?.id && before.author?.username === message.author?.username && !message.interaction_metadata && !message.message_reference
    && Boolean(before.ephemeral_to) === Boolean(message.ephemeral_to) && before.webhook_id === message.webhook_id
    && new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

/** Everything in the list, in order: `{key, version, draw}`; the same version is drawn once. */
function entries() {
  const shown = state.messages.filter((m) => store.visible(m) && !pending.isDismissed(m.id));
  const list = shown.map((message, i) => {
    const grouped = Boolean(follows(message, shown[i - 1]));
    return { key: message.id, version: JSON.stringify([message, grouped, state.me, pending.isBusy(message.id)]), draw: () => drawMessage(message, grouped) };
  });
  return [welcome(), ...list, ...pending.rows()].filter(Boolean);
}

function drawMessages() {
  const box = byId("messages");
  const stick = nearEnd() || box.dataset.channel !== state.channel;
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const now = new Map();
  let fresh = false;
  for (const { key, version, draw } of entries()) {
    const known = drawn.get(key);
    fresh ||= !known;
    now.set(key, known?.version === version ? known : { version, node: draw() });
  }
  drawn = now;
  put(box, [...now.values()].map((entry) => entry.node));
  if (focused && !focused.isConnected) box.querySelector(`[data-key="${CSS.escape(focused.dataset.key ?? "")}"]`)?.focus({ preventScroll: true });
  box.dataset.channel = state.channel ?? "";
  box.dataset.follow = String(stick);
  if (stick) toEnd();
  else if (fresh) byId("to-end").hidden = false;
}

/**
 * Makes `nodes` the children of `box` and leaves alone what is there already: a screen reader
 * reads out what is new, and focus, open spoilers and loaded pictures stay.
 */
function put(box, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...box.children]) if (!wanted.has(child)) child.remove();
  let at = box.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else box.insertBefore(node, at);
  }
}

function drawTyping() {
  const who = [...state.typing.keys()].map((id) => store.user(id)?.name).filter(Boolean);
  const text = who.length === 0 ? "" : who.length === 1 ? `${who[0]} is typing…` : `${who.slice(0, 3).join(", ")} are typing…`;
  fill(byId("typing"), text ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), text] : null);
}
