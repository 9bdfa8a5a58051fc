/** Who is in the chosen server, and what Lanyard tells of each: the status, and what they do. */
import { byId, fill, h } from "./dom.js";
import { avatar } from "./images.js";
import { toggleMenu } from "./menu.js";
import * as store from "./store.js";

export function initMembers() {
  store.on("world", store.loadPresences);
  store.on("world presences channel", draw);
  draw();
}

const STATUSES = { online: "online", idle: "idle", dnd: "do not disturb", offline: "offline" };
/** https://discord.com/developers/docs/events/gateway-events#activity-object-activity-types */
const DOES = { 0: "Playing", 1: "Streaming", 2: "Listening to", 3: "Watching", 5: "Competing in" };
const CUSTOM = 4, LISTENING = 2;

function draw() {
  const members = store.present().map((m) => ({ ...m, ...seen(m) }));
  const here = members.filter((m) => m.status && m.status !== "offline");
  const away = members.filter((m) => !here.includes(m));
  fill(byId("members"),
    h("h2", { id: "members-h" }, "Members"),
    group(`Online · ${here.length}`, here),
    group(`Offline · ${away.length}`, away));
}

/** What is seen of a member: a bot is online while it has a session, a person as Lanyard says. */
function seen(member) {
  if (member.bot) {
    const app = store.state.applications.find((a) => a.id === member.id);
    return { status: app && Number(app.sessions?.length ?? app.sessions) > 0 ? "online" : "offline", doing: "" };
  }
  const presence = store.state.presences.get(member.id);
  return { status: presence?.discord_status ?? null, doing: presence ? doing(presence) : "not on Lanyard" };
}

function doing({ discord_status: status, spotify, activities = [] }) {
  if (status === "offline") return "";
  const custom = activities.find((a) => a.type === CUSTOM);
  if (custom?.state) return `${custom.emoji && !custom.emoji.id ? `${custom.emoji.name} ` : ""}${custom.state}`;
  if (spotify?.song) return `Listening to ${spotify.song}`;
  const activity = activities.find((a) => DOES[a.type]);
  if (!activity) return "";
  const what = activity.type === LISTENING && activity.details ? activity.details : activity.name;
  return `${DOES[activity.type]} ${what}`;
}

function group(title, members) {
  if (!members.length) return null;
  const sorted = members.toSorted((a, b) => a.name.localeCompare(b.name));
  return [h("h3", {}, title), h("ul", { class: "members" }, sorted.map(row))];
}

function row(member) {
  const who = store.person(member);
  const status = member.status ?? "offline";
  return h("li", { class: status === "offline" ? "away" : "", data: { member: member.id, status: member.status ?? "unknown" } },
    h("button", { type: "button", class: "member", "aria-haspopup": "menu", "aria-expanded": "false", data: { key: `member-${member.id}` }, on: { click: (event) => toggleMenu(member, event.currentTarget) } },
      h("span", { class: "face-with-status" }, avatar(who), member.status ? h("i", { class: `status ${status}`, title: STATUSES[status] ?? status }) : null),
      h("span", { class: "member-text" },
        h("span", { class: "member-name" }, h("span", {}, who.name), who.bot ? h("span", { class: "tag" }, "APP") : null,
          member.status ? h("span", { class: "visually-hidden" }, STATUSES[status] ?? status) : null),
        member.doing ? h("span", { class: "member-doing", title: member.doing }, member.doing) : null)));
}
