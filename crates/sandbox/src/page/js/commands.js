/** The registered commands that can be used here, slash commands as a flat list, and the search in them. */
import * as store from "./store.js";

const SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2, CHAT_INPUT = 1;
/** https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-types */
export const USER_COMMAND = 2;
// https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-context-types
const GUILD = 0, BOT_DM = 1, PRIVATE = 2;
// https://discord.com/developers/docs/resources/application#application-object-application-integration-types
const FOR_GUILD = 0, FOR_USER = 1;

/** The commands of a type that the chosen person is offered in the open channel. */
export function usable(type = CHAT_INPUT) {
  return store.state.commands.filter((c) => (c.type ?? CHAT_INPUT) === type && (!c.guild || c.guild === store.state.guild) && fits(c));
}

/** Whether it is meant for this place, and somebody has installed its application for that. */
function fits({ application, contexts, dm_permission, integration_types }) {
  const direct = store.channel()?.users;
  const place = !direct ? GUILD : direct.includes(application?.id) ? BOT_DM : PRIVATE;
  if (contexts ? !contexts.includes(place) : place !== GUILD && dm_permission === false) return false;
  const takes = (kind) => integration_types?.includes(kind) ?? true;
  const isThere = place === BOT_DM || (place === GUILD && store.guild()?.members.some((m) => m.id === application?.id));
  return (isThere && takes(FOR_GUILD)) || (takes(FOR_USER) && store.hasInstalled(application?.id));
}

/**
 * Each command or subcommand that a person can run: `{name: "radio join", description, options,
 * application}`. They keep the order of registration.
 */
export function flatten() {
  return usable().flatMap((c) => walk(c.name, c, c.options ?? [])
    .map((leaf) => ({ ...leaf, application: c.application, permissions: c.default_member_permissions })));
}

function walk(name, node, options) {
  const children = options.filter((o) => o.type === SUB_COMMAND || o.type === SUB_COMMAND_GROUP);
  if (!children.length) return [{ name, description: node.description, options }];
  return children.flatMap((child) => walk(`${name} ${child.name}`, child, child.options ?? []));
}

/** Commands that match what was typed after the slash: those that begin with it come first. */
export function search(commands, typed) {
  const query = typed.trim().toLowerCase().replace(/\s+/g, " ");
  const score = (c) => (c.name.startsWith(query) ? 0 : c.name.split(" ").some((word) => word.startsWith(query)) ? 1 : c.name.includes(query) ? 2 : 3);
  return commands.map((c) => [score(c), c]).filter(([s]) => s < 3).sort(([a], [b]) => a - b).map(([, c]) => c);
}
