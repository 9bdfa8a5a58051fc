/**
 * The command box. Typing `/` completes the registered commands; a chosen command becomes a chip
 * with one field for each option, all of it usable from the keyboard.
 */
import * as api from "./api.js";
import { byId, fill, h, icon, toast } from "./dom.js";
import { avatar } from "./images.js";
import { flatten, search } from "./commands.js";
import { Field } from "./options.js";
import * as pending from "./pending.js";
import { createPopup } from "./popup.js";
import * as store from "./store.js";
import { state } from "./store.js";

let form, input, popup;
/** The command being filled in, or null while one is being searched. */
let chosen = null;
let fields = [];
/** What was sent before, newest last: the up arrow brings the last one back. */
let last = null;

export function initComposer() {
  form = byId("composer");
  popup = createPopup();
  input = h("input", {
    id: "composer-input", type: "text", maxlength: 2000, spellcheck: "false", role: "combobox", "aria-expanded": "false",
    "aria-controls": "popup", "aria-autocomplete": "list", "aria-label": "Command or message", "aria-haspopup": "listbox",
    on: { input: typed, keydown: keys, focus: typed, blur: () => popup.close() },
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  // As in Discord, `/` typed anywhere begins a command.
  document.addEventListener("keydown", (event) => {
    const busy = event.target.closest?.("input, textarea, select, dialog[open]");
    if (event.key !== "/" || busy || chosen || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.value = "/";
    input.focus();
    typed();
  });
  store.names.useCommand = useCommand;
  store.on("commands", () => { if (!chosen && document.activeElement === input) typed(); });
  store.on("channel", () => { if (!chosen) draw(); });
  draw();
}

const available = () => flatten();

/** Puts a command into the box, as if it had been chosen from the list. */
export function useCommand(name) {
  const command = available().find((c) => c.name === name);
  if (command) choose(command);
  else {
    reset(`/${name}`);
    input.focus();
    typed();
  }
}

function draw() {
  const place = store.channel()?.name;
  if (!chosen) {
    input.placeholder = place ? `Type / for commands, or write in ${place}` : "Type / for commands";
    fill(form, popup.node,
      h("div", { class: "box" },
        h("button", { type: "button", class: "icon-button", "aria-label": "Show the commands", title: "Show the commands", on: { mousedown: (e) => e.preventDefault(), click: () => { if (!input.value) input.value = "/"; input.focus(); typed(); } } }, icon("slash")),
        input,
        h("button", { class: "icon-button send", "aria-label": "Send" }, icon("send"))));
    return;
  }
  const rest = chosen.options.filter((o) => !fields.some((f) => f.option === o));
  fill(form, popup.node,
    h("div", { class: "box command-mode" },
      h("div", { class: "chosen-command" },
        h("span", { class: "chosen-name" }, `/${chosen.name}`), h("span", { class: "chosen-text" }, chosen.description)),
      h("button", { type: "button", class: "icon-button", "aria-label": "Give the command up", title: "Give the command up (Escape)", data: { key: "give-up" }, on: { click: giveUp } }, icon("close")),
      h("div", { class: "chips" },
        fields.map((field) => field.node),
        rest.map((option) => h("button", { type: "button", class: "add-option", title: option.description, data: { key: `add-${option.name}`, option: option.name }, on: { click: () => addOption(option) } }, `+ ${option.name}`))),
      h("button", { class: "button primary send-command", data: { key: "send" }, on: { keydown: (event) => sendKeys(event, rest) } }, "Send", h("kbd", { "aria-hidden": "true" }, "↵"))));
}

/** At the Send button: what is typed goes into the first option left, Backspace goes back. */
function sendKeys(event, rest) {
  if (event.key === "Backspace") fields.length ? fields.at(-1).input.focus() : giveUp();
  else if (event.key === "Escape") giveUp();
  else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey && rest.length) {
    addOption(rest[0]);
    return; // the key itself lands in the field that has the focus now
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function reset(text = "") {
  chosen = null;
  fields = [];
  popup.close();
  input.value = text;
  draw();
}

function giveUp() {
  reset();
  input.focus();
}

function choose(command) {
  chosen = command;
  popup.close();
  fields = command.options.filter((o) => o.required).map(makeField);
  draw();
  const first = fields[0]?.input ?? form.querySelector(".send-command");
  first?.focus();
}

const makeField = (option) => new Field(option, { popup, submit, remove: removeField, next: nextAfter, complete });

function addOption(option) {
  const field = makeField(option);
  fields.push(field);
  draw();
  field.input.focus();
}

function removeField(field) {
  if (field.option.required) return fields[0] === field ? giveUp() : undefined;
  const at = fields.indexOf(field);
  fields.splice(at, 1);
  popup.close();
  draw();
  (fields[at - 1]?.input ?? form.querySelector(`[data-option="${CSS.escape(field.option.name)}"]`) ?? form.querySelector(".send-command"))?.focus();
}

/** After a value was picked: the next empty field, or the send button's place. */
function nextAfter(field) {
  const empty = fields.slice(fields.indexOf(field) + 1).find((f) => !f.input.value);
  (empty?.input ?? form.querySelector(".send-command"))?.focus();
}

/** Asks the bot to complete an option's value. */
function complete(option, typedText) {
  const { me, channel } = state;
  const guild = store.realGuild();
  const options = { ...values().options, [option.name]: typedText };
  return api.post("/autocomplete", { command: chosen.name, options, focused: option.name, user: me, guild, channel, application: chosen.application?.id })
    .then((answer) => answer.choices ?? []);
}

function values() {
  const options = {};
  let wrong = null;
  for (const field of fields) {
    const { value, error } = field.read();
    if (error) wrong ??= { field, error };
    else if (value !== undefined) options[field.option.name] = value;
  }
  return { options, wrong };
}

async function submit() {
  if (!chosen) return submitText();
  const { options, wrong } = values();
  if (wrong) {
    wrong.field.complain(wrong.error);
    return undefined;
  }
  const command = chosen;
  last = command.name;
  reset();
  input.focus();
  popup.close();
  return pending.invoke(command, options, command.application?.id);
}

async function submitText() {
  const text = input.value.trim();
  if (!text) return;
  if (text.startsWith("/")) {
    const exact = available().find((c) => c.name === text.slice(1).replace(/\s+/g, " "));
    if (exact) run(exact);
    else toast("There is no such command. Type / to see what the bots here understand.", "error");
    return;
  }
  reset();
  try {
    store.addMessage(await api.post(`/channels/${state.channel}/messages`, { user: state.me, content: text }));
  } catch (error) {
    input.value = text;
    toast(error.message, "error");
  }
}

/** A command from the list: at once when it takes no options, else its fields. */
function run(command) {
  if (command.options.length) return choose(command);
  last = command.name;
  reset();
  return pending.invoke(command, {}, command.application?.id);
}

function typed() {
  if (chosen) return;
  if (!input.value.startsWith("/")) {
    popup.close();
    return;
  }
  const query = input.value.slice(1);
  const commands = available();
  // "radio join " with its space: the command is meant, show its fields.
  const meant = /\s$/.test(query) && commands.find((c) => c.name === query.trim().replace(/\s+/g, " "));
  if (meant) {
    choose(meant);
    return;
  }
  const bots = new Set(commands.map((c) => c.application?.id));
  popup.show(input, {
    title: commands.length ? "Commands" : "No bot has registered a command yet",
    items: search(commands, query).map((command) => ({
      key: command.name, label: `/${command.name}`, detail: command.description,
      hint: [...command.options.map((o) => (o.required ? o.name : `${o.name}?`))].join("  "),
      right: bots.size > 1 ? command.application?.name : null,
      picture: avatar(store.person(command.application), "avatar small"), pick: () => run(command),
    })),
    empty: commands.length ? "No command is called that" : "Start a bot, and its commands appear here",
  });
}

function keys(event) {
  if (popup.key(event)) return;
  if (event.key === "ArrowUp" && !input.value && last) {
    event.preventDefault();
    useCommand(last);
  }
}
