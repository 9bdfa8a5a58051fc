/**
 * What the page knows. Data flows one way: the sandbox's answers and events change `state`
 * through this module, `emit` tells the parts of the page, and these draw themselves anew.
 */
import * as api from "./api.js";
import { local } from "./images.js";

/** Discord's channel types, as far as this page tells them apart. */
export const TEXT = 0, DIRECT = 1, VOICE = 2, CATEGORY = 4, NEWS = 5, STAGE = 13;
const THREADS = [10, 11, 12];

export const isVoice = (channel) => channel.type === VOICE || channel.type === STAGE;
export const isCategory = (channel) => channel.type === CATEGORY;
export const isThread = (channel) => THREADS.includes(channel.type);
export const channelIcon = (channel) =>
  ({ [DIRECT]: "person", [VOICE]: "speaker", [STAGE]: "stage", [NEWS]: "megaphone", 15: "forum" })[channel.type] ?? (isThread(channel) ? "thread" : "hash");

/** Where the direct messages are, in the place of a server. */
export const HOME = "home";

export const state = {
  ready: false,
  online: false,
  guilds: [],
  /** Direct messages: `{id, users}`. */
  direct: [],
  applications: [],
  commands: [],
  stations: [],
  faults: [],
  calls: [],
  /** What Lanyard says of the members: id -> presence. */
  presences: new Map(),
  /** Chosen by the person at the page. */
  guild: null,
  channel: null,
  me: null,
  /** Messages of the channel that is open, oldest first. */
  messages: [],
  /** Channels with messages not yet looked at. */
  unread: new Set(),
  /** Users typing in the open channel: id -> when it ends (ms). */
  typing: new Map(),
};

/** Messages kept of the open channel. */
const KEPT = 300;
const listeners = new Map();

/** Calls `listener` whenever one of `topics` changes. */
export function on(topics, listener) {
  for (const topic of topics.split(" ")) listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
}

/** Tells everyone who asked for these topics; each is called once. */
export function emit(topics) {
  const called = new Set(topics.split(" ").flatMap((topic) => listeners.get(topic) ?? []));
  for (const listener of called) listener();
}

export const guild = () => (state.guild === HOME ? home() : state.guilds.find((g) => g.id === state.guild) ?? null);
/** The id of the chosen server, nothing among the direct messages. */
export const realGuild = () => (state.guild === HOME ? undefined : state.guild);
export const channelsOf = (g) => g?.channels ?? [];
export const channel = (id = state.channel) => state.guilds.flatMap(channelsOf).find((c) => c.id === id) ?? conversations().find((c) => c.id === id) ?? null;

/** The direct messages of the chosen person, as channels. */
function conversations() {
  return state.direct.filter((d) => d.users.includes(state.me)).map(({ id, users }) => {
    const other = user(users.find((u) => u !== state.me), null);
    return { id, users, type: DIRECT, name: other?.name ?? "somebody", topic: null };
  });
}

/** The direct messages as if they were a server, whose members are everybody there is. */
function home() {
  const everyone = new Map(state.guilds.flatMap((g) => g.members).map((m) => [m.id, { ...m, can: [], roles: [], color: null }]));
  return { id: HOME, name: "Direct messages", owner_id: null, channels: conversations(), members: [...everyone.values()], roles: [], voice_states: [] };
}

/** Who is in the open channel, as far as the list of members is concerned. */
export function present() {
  const users = state.guild === HOME ? channel()?.users : null;
  const members = guild()?.members ?? [];
  return state.guild === HOME ? members.filter((m) => users?.includes(m.id)) : members;
}

/** Whether the chosen person has an application for themselves. */
export const hasInstalled = (application) => state.applications.find((a) => a.id === application)?.installed_by?.includes(state.me) ?? false;
export const guildOf = (channelId) => state.guilds.find((g) => g.channels.some((c) => c.id === channelId)) ?? null;
export const people = (g = guild()) => (g?.members ?? []).filter((m) => !m.bot);
export const me = () => guild()?.members.find((m) => m.id === state.me) ?? null;
export const voiceStates = (g = guild()) => g?.voice_states ?? [];
export const myVoice = () => voiceStates().find((v) => v.user_id === state.me && v.channel_id) ?? null;

/** A colour given as Discord's integer (or as CSS already), as CSS; null stays null. */
export const hex = (value) => (Number.isInteger(value) ? `#${value.toString(16).padStart(6, "0")}` : value ?? null);

/** A user or bot anywhere, by id. */
export function user(id, g = guild()) {
  return g?.members.find((m) => m.id === id) ?? state.guilds.flatMap((x) => x.members).find((m) => m.id === id) ?? null;
}

/** An author of a message or interaction, as the avatar and name helpers want it. */
export function person(raw, g = guild()) {
  const known = user(raw?.id, g);
  return {
    id: raw?.id ?? known?.id ?? "0",
    name: known?.name ?? raw?.global_name ?? raw?.username ?? raw?.name ?? "unknown",
    bot: raw?.bot ?? known?.bot ?? false,
    color: known?.color ?? null,
    face: hex(known?.avatar_color),
    avatar: raw?.avatar ? local(`https://cdn.discordapp.com/avatars/${raw.id}/${raw.avatar}.png`) : null,
  };
}

/** The names that markdown needs. */
export const names = {
  user: (id) => user(id)?.name ?? null,
  role: (id) => guild()?.roles?.find((r) => r.id === id)?.name ?? null,
  channel: (id) => channel(id)?.name ?? null,
  useCommand: null,
};

/** Whether a message is for others only: ephemeral answers are seen by one person. */
export const visible = (message) => !message.ephemeral_to || message.ephemeral_to === state.me;

function colourOf(member, g) {
  const roles = (g.roles ?? []).filter((r) => member.roles?.includes(r.id) && r.color).sort((a, b) => b.position - a.position);
  return roles.length ? hex(roles[0].color) : null;
}

function adopt(answer) {
  state.applications = answer.applications ?? [];
  state.direct = answer.direct_messages ?? [];
  state.guilds = (answer.guilds ?? []).map((g) => ({
    ...g,
    channels: (g.channels ?? []).toSorted((a, b) => (a.position ?? 0) - (b.position ?? 0)),
    members: (g.members ?? []).map((m) => ({ ...m, color: colourOf(m, g) })),
  }));
}

/**
 * Reads with `read` and hands the answer to `take`. Answers may overtake each other: one that was
 * asked for before another that has come is old, and dropped.
 */
function newest(read, take) {
  let asked = 0, taken = 0;
  return async () => {
    const number = (asked += 1);
    const answer = await read();
    if (number < taken) return;
    taken = number;
    await take(answer);
  };
}

/** Reads the world again: servers, channels, members, who is in which voice channel, bots. */
export const loadWorld = newest(() => api.get("/state"), async (answer) => {
  adopt(answer);
  state.ready = true;
  if (!guild()) state.guild = state.guilds[0]?.id ?? null;
  if (!me()) state.me = guild()?.owner_id ?? people()[0]?.id ?? null;
  if (!channel()) await open(firstText(guild())?.id ?? null);
  emit("world");
});

const optional = (path, fallback) => api.get(path).catch(() => fallback);

export const loadCommands = newest(() => optional("/commands", []), (commands) => {
  state.commands = commands;
  emit("commands");
});

export const loadStations = newest(() => optional("/listen-moe", {}), (stations) => {
  state.stations = Object.values(stations);
  emit("stations");
});

export const loadFaults = newest(() => optional("/faults", []), (faults) => {
  state.faults = faults;
  emit("faults");
});

export const loadCalls = newest(() => optional("/voice", []), (calls) => {
  const before = JSON.stringify(state.calls);
  state.calls = calls;
  if (JSON.stringify(calls) !== before) emit("calls");
});

/** Members of a server whose presence is read: more would not be looked at. */
const LOOKED_AT = 50;

/** Reads what Lanyard says of the chosen server's members, as far as it is not known yet. */
export async function loadPresences() {
  const unknown = people().slice(0, LOOKED_AT).filter((m) => !state.presences.has(m.id));
  if (!unknown.length) return;
  // Null for somebody who is not on Lanyard, so that it is asked once; an event tells if they join.
  for (const m of unknown) state.presences.set(m.id, null);
  const found = await Promise.all(unknown.map((m) => optional(`/lanyard/users/${m.id}`, null)));
  // What an event brought while the request was under way is newer.
  found.forEach((presence, index) => state.presences.get(unknown[index].id) ?? state.presences.set(unknown[index].id, presence));
  emit("presences");
}

/** A presence that has changed. */
export function putPresence({ user_id, presence }) {
  if (!people().some((m) => m.id === user_id)) return;
  state.presences.set(user_id, presence);
  emit("presences");
}

export const firstText = (g) => channelsOf(g).find((c) => c.type === TEXT || c.type === DIRECT) ?? channelsOf(g).find((c) => !isCategory(c) && !isVoice(c)) ?? null;

/** Opens a server at its last (or first) text channel. */
export async function openGuild(id) {
  state.guild = id;
  if (!me()) state.me = guild()?.owner_id ?? people()[0]?.id ?? null;
  await open(firstText(guild())?.id ?? null);
  emit("world");
}

/** Opens the direct messages, at these or the first. */
export async function openHome(id) {
  state.guild = HOME;
  await open(id ?? firstText(guild())?.id ?? null);
  emit("world");
}

/** Opens a channel and reads its messages. */
export async function open(id) {
  state.channel = id;
  state.messages = [];
  state.typing.clear();
  state.unread.delete(id);
  emit("channel messages typing unread");
  if (id) await loadMessages();
}

/** What events told of messages while those of the open channel were being read: id -> message, or null for one that is gone. */
let told = null;

export async function loadMessages() {
  const id = state.channel;
  if (!id) return;
  const news = (told = new Map());
  const messages = await optional(`/channels/${id}/messages`, []);
  // Read anew meanwhile.
  if (told !== news) return;
  told = null;
  if (id !== state.channel) return;
  // What an event brought while the request was under way is newer.
  const seen = new Set(messages.map((m) => m.id));
  const read = messages.filter((m) => news.get(m.id) !== null).map((m) => ({ ...m, ...news.get(m.id) }));
  state.messages = [...read, ...state.messages.filter((m) => m.channel_id === id && !seen.has(m.id) && m.arrived)];
  emit("messages");
}

/** A message as an answer has it. What is shown already came by an event, and may have changed since. */
export function addMessage(message) {
  if (!state.messages.some((m) => m.id === message.id) && told?.get(message.id) === undefined) putMessage(message);
}

/** A message that came by an event. */
export function putMessage(message) {
  if (message.channel_id !== state.channel) {
    if (visible(message)) {
      state.unread.add(message.channel_id);
      emit("unread");
    }
    return;
  }
  state.typing.delete(message.author?.id);
  if (!changeMessage(message)) state.messages = [...state.messages, { ...message, arrived: true }].slice(-KEPT);
  emit("messages typing");
}

/** The newer version of a message that is shown; false when it is not. */
export function changeMessage(message) {
  told?.set(message.id, { ...told.get(message.id), ...message });
  const at = state.messages.findIndex((m) => m.id === message.id);
  if (at < 0) return false;
  state.messages = state.messages.with(at, { ...state.messages[at], ...message });
  emit("messages");
  return true;
}

export function dropMessage(id) {
  told?.set(id, null);
  state.messages = state.messages.filter((m) => m.id !== id);
  emit("messages");
}

export function choosePerson(id) {
  state.me = id;
  // Direct messages are of those who write them.
  if (state.guild === HOME && !channel()) open(firstText(guild())?.id ?? null);
  emit("world messages");
}

const TYPING_MS = 10_000;

export function noteTyping({ channel_id, user_id }) {
  if (channel_id !== state.channel) return;
  state.typing.set(user_id, Date.now() + TYPING_MS);
  emit("typing");
}
