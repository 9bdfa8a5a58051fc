/** One option of a command: its chip, its field, its suggestions, its value. */
import { h, icon } from "./dom.js";
import { avatar } from "./images.js";
import * as store from "./store.js";
import { channelIcon } from "./store.js";

// https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type
const STRING = 3, INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, MENTIONABLE = 9, NUMBER = 10;
const ASK_AFTER_MS = 150;
const KINDS = { [STRING]: "text", [INTEGER]: "a whole number", [BOOLEAN]: "true or false", [USER]: "a member", [CHANNEL]: "a channel", [ROLE]: "a role", [MENTIONABLE]: "a member or role", [NUMBER]: "a number" };

export class Field {
  /** `box` is the command box: `{popup, submit, remove, next, complete}`. */
  constructor(option, box) {
    this.option = option;
    this.box = box;
    /** The suggestion that was picked: `{label, value}`. */
    this.picked = null;
    this.asked = 0;
    const id = `option-${option.name}`;
    this.problem = h("span", { class: "chip-problem", role: "alert", id: `${id}-problem` });
    this.input = h("input", {
      id, type: "text", spellcheck: "false", placeholder: KINDS[option.type] ?? "not in the sandbox", role: "combobox", size: 14, maxlength: option.max_length ?? 6000,
      inputmode: option.type === INTEGER ? "numeric" : option.type === NUMBER ? "decimal" : null, "aria-expanded": "false",
      "aria-autocomplete": "list", "aria-controls": "popup", "aria-describedby": `${id}-problem`, "aria-required": option.required ? "true" : null, data: { key: id },
      on: { input: () => this.changed(), focus: () => this.suggest(), blur: () => box.popup.close(), keydown: (event) => this.key(event) },
    });
    this.node = h("div", { class: "chip" },
      h("label", { for: id, title: option.description }, option.name), this.input, this.problem);
  }

  changed() {
    this.picked = null;
    this.complain("");
    this.grow();
    this.suggest();
  }

  grow() {
    this.input.size = Math.min(40, Math.max(14, [...this.input.value].length + 2));
  }

  complain(text) {
    this.problem.textContent = text;
    this.node.classList.toggle("wrong", Boolean(text));
    this.input.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) this.input.focus();
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.box.popup.isOpen() && !this.input.value && !this.option.required) this.box.popup.close();
    if (this.box.popup.key(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.box.submit();
    } else if (event.key === "Backspace" && !this.input.value) {
      event.preventDefault();
      this.box.remove(this);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.box.remove(this);
    } else if (event.key === "ArrowDown") {
      this.suggest();
    }
  }

  pick(choice) {
    this.picked = choice;
    this.input.value = choice.label;
    this.complain("");
    this.grow();
    this.box.next(this);
  }

  /** Everything this option could be: `{label, value, detail?, picture?}`. */
  choices() {
    const { option } = this;
    if (option.choices?.length) return option.choices.map((c) => ({ label: c.name, value: c.value }));
    const guild = store.guild();
    const members = () => guild.members.map((m) => ({ label: m.name, value: m.id, detail: m.username && m.username !== m.name ? m.username : null, picture: avatar(store.person(m), "avatar small") }));
    const roles = () => (guild.roles ?? []).map((r) => ({ label: `@${r.name.replace(/^@/, "")}`, value: r.id, picture: icon("role") }));
    switch (option.type) {
      case BOOLEAN: return [{ label: "True", value: true }, { label: "False", value: false }];
      case USER: return members();
      case ROLE: return roles();
      case MENTIONABLE: return [...members(), ...roles()];
      case CHANNEL: return guild.channels.filter((c) => !option.channel_types?.length || option.channel_types.includes(c.type))
        .map((c) => ({ label: c.name, value: c.id, picture: icon(channelIcon(c)), detail: guild.channels.find((k) => k.id === c.parent_id)?.name }));
      default: return [];
    }
  }

  /** Choices that fit what was typed: those that begin with it come first. */
  fitting() {
    const typed = this.picked ? "" : plain(this.input.value);
    const all = this.choices();
    const begins = (c) => plain(c.label).startsWith(typed);
    return [...all.filter(begins), ...all.filter((c) => !begins(c) && plain(`${c.label} ${c.detail ?? ""}`).includes(typed))];
  }

  suggest() {
    const { option } = this;
    if (option.autocomplete) {
      this.ask();
      return;
    }
    const all = this.choices();
    const title = `${option.name}: ${option.description ?? ""}`;
    if (all.length) this.list(title, this.fitting());
    else this.box.popup.show(this.input, { title, items: [], empty: KINDS[option.type] ? `Write ${KINDS[option.type]}${range(option)}, then press Enter` : "Attachments are not in the sandbox" });
  }

  list(title, choices) {
    this.box.popup.show(this.input, { title, items: choices.slice(0, 50).map((c) => ({ ...c, pick: () => this.pick(c) })), empty: "Nothing here is called that" });
  }

  /** Suggestions come from the bot itself; only the latest question's answer counts. */
  ask() {
    const question = (this.asked += 1);
    const title = `${this.option.name}: ${this.option.description ?? ""}`;
    setTimeout(async () => {
      if (question !== this.asked || document.activeElement !== this.input) return;
      let choices = null;
      try {
        choices = (await this.box.complete(this.option, this.input.value)).map((c) => ({ label: c.name, value: c.value }));
      } catch { /* the bot did not answer: Discord says the same in the list */ }
      if (question !== this.asked || document.activeElement !== this.input) return;
      if (choices) this.list(title, choices);
      else this.box.popup.show(this.input, { title, items: [], empty: "Loading options failed" });
    }, ASK_AFTER_MS);
  }

  /** `{value}` as the control API wants it, `{}` for an optional one left empty, or `{error}`. */
  read() {
    const { option } = this;
    const text = this.input.value.trim();
    if (this.picked) return { value: this.picked.value };
    if (!text) return option.required ? { error: "This option is required" } : {};
    if (option.type === STRING && !option.choices?.length) return { value: text };
    if ((option.type === INTEGER || option.type === NUMBER) && !option.choices?.length) return number(option, text);
    const fitting = this.fitting();
    const exact = this.choices().find((c) => plain(c.label) === plain(text) || String(c.value) === text);
    if (exact) return { value: exact.value };
    return fitting.length === 1 ? { value: fitting[0].value } : { error: `Choose ${KINDS[option.type] ?? "a value"} from the list` };
  }
}

/** Text to compare by: without a leading @ or #, accents and case. */
const plain = (text) => text.trim().replace(/^[@#]/, "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function number(option, text) {
  const value = Number(text);
  if (!Number.isFinite(value) || (option.type === INTEGER && !Number.isInteger(value))) return { error: `Write ${KINDS[option.type]}` };
  if (option.min_value !== undefined && value < option.min_value) return { error: `At least ${option.min_value}` };
  if (option.max_value !== undefined && value > option.max_value) return { error: `At most ${option.max_value}` };
  return { value };
}

function range(option) {
  const { min_value: low, max_value: high } = option;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  return high !== undefined ? ` of at most ${high}` : "";
}
