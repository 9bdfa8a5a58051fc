/** Servers, channels with who is in them, and which simulated person sits at the keyboard. */
import * as api from "./api.js";
import { byId, fill, h, icon, toast } from "./dom.js";
import { avatar, colours } from "./images.js";
import * as store from "./store.js";
import { channelIcon, isCategory, isVoice, state } from "./store.js";

export function initSidebar() {
  store.on("world unread", drawServers);
  store.on("world channel unread calls", drawChannels);
  store.on("world", drawMe);
}

/** A server without a colour of its own. */
const PLAIN = "#5c5e66";
const LATIN = /^[\p{Script=Latin}\p{N}\s\p{P}]*$/u;

/** "Uguisu Tea House" to "UTH"; wide scripts get two signs. */
function initials(name) {
  const letters = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean).map((word) => [...word][0]);
  return letters.slice(0, LATIN.test(letters.join("")) ? 3 : 2).join("");
}

function drawServers() {
  const home = state.guild === store.HOME;
  const news = state.direct.some((d) => state.unread.has(d.id));
  fill(byId("servers"), h("button", {
    class: `home${home ? " chosen" : ""}${news ? " unread" : ""}`, title: "Direct messages", data: { key: store.HOME },
    "aria-label": `Direct messages${news ? ", unread messages" : ""}`, "aria-current": home ? "true" : null, on: { click: () => store.openHome() },
  }, h("span", { class: "face" }, icon("person"))), state.guilds.map((g) => {
    const unread = g.channels.some((c) => state.unread.has(c.id));
    return h("button", {
      class: `server${g.id === state.guild ? " chosen" : ""}${unread ? " unread" : ""}`,
      title: g.name, data: { key: g.id }, "aria-label": `${g.name}${unread ? ", unread messages" : ""}${g.unavailable ? ", unavailable" : ""}`,
      "aria-current": g.id === state.guild ? "true" : null,
      style: colours(store.hex(g.icon_color) ?? PLAIN),
      on: { click: () => store.openGuild(g.id) },
    }, h("span", { class: "face" }, g.unavailable ? "!" : initials(g.name)));
  }));
  byId("server-name").textContent = store.guild()?.name ?? "No server yet";
}

function drawChannels() {
  const g = store.guild();
  if (!g) return fill(byId("channels"));
  const categories = g.channels.filter(isCategory);
  const under = (parent) => g.channels.filter((c) => !isCategory(c) && c.parent_id === parent);
  const loose = g.channels.filter((c) => !isCategory(c) && !g.channels.some((parent) => parent.id === c.parent_id));
  fill(byId("channels"),
    channelList(loose),
    g.id === store.HOME && !loose.length ? h("p", { class: "quiet" }, "Nobody yet: choose Message in the menu of a member.") : null,
    categories.map((k) => [h("h2", { class: "category" }, k.name), channelList(under(k.id))]));
}

function channelList(channels) {
  if (!channels.length) return null;
  // Text before voice, as Discord sorts them.
  const sorted = [...channels.filter((c) => !isVoice(c)), ...channels.filter(isVoice)];
  return h("ul", { class: "channel-list" }, sorted.map((c) => h("li", {}, channelRow(c), isVoice(c) ? occupants(c) : channelList(threads(c)))));
}

const threads = (parent) => store.channelsOf(store.guild()).filter((c) => store.isThread(c) && c.parent_id === parent.id);

function channelRow(c) {
  const here = state.channel === c.id;
  const voice = isVoice(c);
  const inside = store.voiceStates().filter((v) => v.channel_id === c.id);
  const joined = inside.some((v) => v.user_id === state.me);
  const full = voice && c.user_limit > 0;
  return h("div", { class: `channel${here ? " chosen" : ""}${state.unread.has(c.id) ? " unread" : ""}` },
    h("button", {
      class: "channel-main", data: { key: c.id, channel: c.id },
      title: voice ? (joined ? `You are in ${c.name}` : `Join ${c.name}`) : c.topic || c.name,
      "aria-label": voice ? `${joined ? "You are in" : "Join"} ${c.type === store.STAGE ? "stage" : "voice"} channel ${c.name}, ${inside.length} inside`
        : `${c.name}${state.unread.has(c.id) ? ", unread" : ""}`,
      "aria-current": here ? "true" : null,
      on: { click: () => (voice ? moveMe(joined ? undefined : c.id) : store.open(c.id)) },
    }, icon(channelIcon(c)), h("span", { class: "channel-name" }, c.name),
    full ? h("span", { class: "limit" }, two(inside.length), h("span", {}, two(c.user_limit))) : null),
    voice ? h("button", { class: "icon-button channel-chat", "aria-label": `Open the chat of ${c.name}`, title: "Open its chat", data: { key: `chat-${c.id}` }, on: { click: () => store.open(c.id) } }, icon("thread")) : null,
    voice && (c.stage?.topic || c.status) ? h("div", { class: "channel-status" }, c.stage?.topic ?? c.status) : null);
}

const two = (number) => String(number).padStart(2, "0");

function occupants(c) {
  const inside = store.voiceStates().filter((v) => v.channel_id === c.id);
  if (!inside.length) return null;
  return h("ul", { class: "occupants" }, inside.map((v) => {
    const who = store.person({ id: v.user_id });
    const live = who.bot && state.calls.some((call) => call.channel === c.id && (call.user ?? v.user_id) === v.user_id && (call.dbfs ?? -120) > -60);
    return h("li", { class: live ? "speaking" : "" }, avatar(who, "avatar small"), h("span", { class: "occupant-name" }, who.name),
      who.bot ? h("span", { class: "tag" }, "APP") : null,
      v.suppress ? h("span", { class: "note" }, "audience") : null,
      v.self_mute || v.mute ? h("span", { class: "note" }, "muted") : null);
  }));
}

/** Puts the chosen person into a voice channel; null: out of it. */
export async function moveMe(channel) {
  if (channel === undefined || !state.me) return;
  try {
    await api.post(`/users/${state.me}/voice`, { channel, guild: state.guild });
    await store.loadWorld();
  } catch (error) {
    toast(error.message, "error");
  }
}

function drawMe() {
  const mine = store.myVoice();
  const self = store.me();
  fill(byId("me"),
    mine ? h("div", { class: "in-voice" },
      h("div", {}, h("strong", {}, "Voice connected"), h("span", {}, store.channel(mine.channel_id)?.name ?? "a channel")),
      h("button", { class: "icon-button", "aria-label": "Leave the voice channel", title: "Leave the voice channel", data: { key: "leave" }, on: { click: () => moveMe(null) } }, icon("leave"))) : null,
    h("div", { class: "me-row" },
      self ? avatar(store.person(self)) : null,
      h("label", {},
        h("span", { class: "me-label" }, "You are"),
        h("select", { id: "me-select", data: { key: "me" }, on: { change: (e) => store.choosePerson(e.target.value) } },
          store.people().map((m) => h("option", { value: m.id, selected: m.id === state.me }, `${m.name}${rank(m)}`))))));
}

/** What sets this person apart when trying permissions. */
function rank(member) {
  if (member.id === store.guild()?.owner_id) return " · owner";
  return member.can?.includes("manage_guild") ? " · manager" : "";
}
