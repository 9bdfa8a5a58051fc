/**
 * What is on its way: commands sent and not answered yet, buttons being pressed, answers that
 * failed, and ephemeral messages the reader dismissed. Lives in the page only.
 */
import * as api from "./api.js";
import { h, icon } from "./dom.js";
import { avatar } from "./images.js";
import { openModal } from "./modal.js";
import * as store from "./store.js";

const listeners = [];
const sent = [];
const busy = new Set();
const dismissed = new Set();
let count = 0;

const changed = () => listeners.forEach((listener) => listener());
export const onChange = (listener) => listeners.push(listener);
export const isBusy = (id) => busy.has(id);
export const isDismissed = (id) => dismissed.has(id);
export const dismiss = (id) => {
  dismissed.add(id);
  changed();
};

/** Takes the messages of an answer over; they come by the events too. */
function take(answer) {
  for (const message of answer?.messages ?? []) store.addMessage(message);
  if (answer?.modal) openModal(answer, (fields) => run("", () => api.post("/modals", { interaction: answer.interaction?.id ?? answer.interaction, fields })));
}

async function run(label, call) {
  const entry = { key: (count += 1), label, me: store.person({ id: store.state.me }), channel: store.state.channel, error: null };
  if (label) sent.push(entry);
  changed();
  try {
    const answer = await call();
    drop(entry);
    take(answer);
    if (answer?.deferred) fail(entry, "The bot said it would answer, and has not so far.");
    return answer;
  } catch (error) {
    fail(entry, error.status === 504 ? "The application did not respond" : error.message);
    return null;
  }
}

function drop(entry) {
  const at = sent.indexOf(entry);
  if (at >= 0) sent.splice(at, 1);
  changed();
}

function fail(entry, text) {
  entry.error = text;
  if (!sent.includes(entry)) sent.push(entry);
  changed();
}

/** Invokes a slash command as the chosen person in the open channel. */
export function invoke(command, options, application) {
  return send(`/${command.name}`, { command: command.name, options, application });
}

/** Chooses a command in the menu of a user. */
export function invokeMenu(command, target) {
  return send(command.name, { command: command.name, target, application: command.application?.id });
}

function send(label, body) {
  const { me, channel } = store.state;
  return run(label, () => api.post("/interactions", { ...body, user: me, guild: store.realGuild(), channel }));
}

/** Presses a button (no values) or chooses in a select menu. */
export async function press(message, custom_id, values) {
  busy.add(message.id);
  changed();
  const body = { message: message.id, custom_id, user: store.state.me };
  if (values) body.values = values;
  await run("", () => api.post("/components", body));
  busy.delete(message.id);
  changed();
}

/** Votes in a poll. */
export function vote(message, answer) {
  const path = `/channels/${message.channel_id}/messages/${message.id}/votes`;
  return run("", () => api.post(path, { user: store.state.me, answer }));
}

/** Commands under way and failed ones, as the list of messages wants them. */
export function rows() {
  return sent.filter((entry) => entry.channel === store.state.channel)
    .map((entry) => ({ key: `pending-${entry.key}`, version: entry.error ?? "", draw: () => row(entry) }));
}

/** Under the messages, as Discord draws it. */
function row(entry) {
  return h("div", { class: `pending${entry.error ? " failed" : ""}`, role: entry.error ? "alert" : null },
    h("div", { class: "used" }, avatar(entry.me, "avatar tiny"), h("span", { class: "used-name" }, entry.me.name), entry.label ? [" used ", h("span", { class: "mention" }, entry.label)] : " used a button"),
    entry.error
      ? h("div", { class: "pending-text" }, h("span", { class: "bad" }, entry.error), h("button", { class: "link-button", on: { click: () => drop(entry) } }, "Dismiss"))
      : h("div", { class: "pending-text" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), "Waiting for the bot…"),
    entry.error ? icon("close") : null);
}
