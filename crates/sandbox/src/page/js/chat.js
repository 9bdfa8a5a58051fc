/** The messages of the open channel. */
import { append, byId, fill, h, icon } from "./dom.js";
import { inline } from "./markdown.js";
import { drawMessage } from "./message.js";
import { channelIcon, state } from "./store.js";
import * as store from "./store.js";
import { welcome } from "./welcome.js";
import * as pending from "./pending.js";

const GROUP_MS = 7 * 60 * 1000;
const NEAR_END_PX = 80;
/** What is drawn, by message id: an unchanged message keeps its element (and its open spoilers). */
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
  return before && before.author?.id === message.author?.id && !message.interaction_metadata && !message.message_reference
    && Boolean(before.ephemeral_to) === Boolean(message.ephemeral_to) && before.webhook_id === message.webhook_id
    && new Date(message.timestamp) - new Date(before.timestamp) < GROUP_MS;
}

function drawMessages() {
  const box = byId("messages");
  const stick = nearEnd() || box.dataset.channel !== state.channel;
  const shown = state.messages.filter((m) => store.visible(m) && !pending.isDismissed(m.id));
  const now = new Map();
  const nodes = [];
  let before = null;
  for (const message of shown) {
    const grouped = follows(message, before);
    const version = JSON.stringify([message, grouped, state.me, pending.isBusy(message.id)]);
    const known = drawn.get(message.id);
    const node = known?.version === version ? known.node : drawMessage(message, grouped);
    now.set(message.id, { version, node });
    nodes.push(node);
    before = message;
  }
  const fresh = shown.length && !drawn.has(shown.at(-1).id);
  drawn = now;
  const focused = box.contains(document.activeElement) ? document.activeElement : null;
  const focusKey = focused?.dataset.key;
  box.replaceChildren();
  append(box, [welcome(), nodes, pending.rows()]);
  if (focused && focused !== box) (focused.isConnected ? focused : focusKey && box.querySelector(`[data-key="${CSS.escape(focusKey)}"]`))?.focus?.({ preventScroll: true });
  box.dataset.channel = state.channel ?? "";
  box.dataset.follow = String(stick);
  if (stick) toEnd();
  else if (fresh) byId("to-end").hidden = false;
}

function drawTyping() {
  const who = [...state.typing.keys()].map((id) => store.user(id)?.name).filter(Boolean);
  const text = who.length === 0 ? "" : who.length === 1 ? `${who[0]} is typing…` : `${who.slice(0, 3).join(", ")} are typing…`;
  fill(byId("typing"), text ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), text] : null);
}
