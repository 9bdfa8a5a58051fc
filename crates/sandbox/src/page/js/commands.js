/** The registered slash commands as a flat list, and the search in them. */

const SUB_COMMAND = 1, SUB_COMMAND_GROUP = 2, CHAT_INPUT = 1;

/**
 * Each command or subcommand that a person can run: `{name: "radio join", description, options,
 * application}`. They keep the order of registration.
 */
export function flatten(commands, guild) {
  const usable = commands.filter((c) => (c.type ?? CHAT_INPUT) === CHAT_INPUT && (!c.guild || c.guild === guild));
  return usable.flatMap((c) => walk(c.name, c, c.options ?? [])
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
