/** The first thing a newcomer reads: what this is and what to try. */
import { h, icon } from "./dom.js";
import { useCommand } from "./composer.js";
import * as store from "./store.js";
import { flatten } from "./commands.js";
import { channelIcon } from "./store.js";

const SHOWN = 5;

/** What anybody can run as it is comes first. */
const effort = (command) => (command.permissions ? 2 : 0) + (command.options.some((o) => o.required) ? 1 : 0);

/** The entry of the channel's beginning, as the list of messages wants it. */
export function welcome() {
  const c = store.channel();
  if (!c) return null;
  const commands = flatten().toSorted((a, b) => effort(a) - effort(b)).slice(0, SHOWN);
  return { key: "welcome", version: JSON.stringify([c.id, c.name, commands.map((x) => x.name)]), draw: () => draw(c, commands) };
}

function draw(c, commands) {
  return h("section", { class: "welcome" },
    h("div", { class: "welcome-icon" }, icon(channelIcon(c))),
    h("h2", {}, c.users ? c.name : `Welcome to ${c.type === store.TEXT || c.type === store.NEWS ? "#" : ""}${c.name}`),
    h("p", {}, c.users ? `Your messages with ${c.name}. Commands that come along with you are here as well.` : "This is a simulated Discord on your own machine: nobody else is here and nothing leaves it."),
    commands.length
      ? h("div", { class: "tries" }, h("span", {}, "Try"), commands.map((command) =>
        h("button", { class: "try", title: command.description, data: { key: `try-${command.name}` }, on: { click: () => useCommand(command.name) } }, `/${command.name}`)))
      : c.users ? h("p", { class: "quiet" }, "No bot offers a command here. One that you add to your account, in the menu of its name in the list of members, brings its own along.")
      : h("p", { class: "quiet" }, "No bot has registered a command yet. Start one with ", h("code", {}, "sandbox run -- your-bot"), "."));
}
