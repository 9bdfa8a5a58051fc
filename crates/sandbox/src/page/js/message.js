/** One message, drawn as Discord draws it. */
import { h, icon } from "./dom.js";
import { drawComponents } from "./components.js";
import { drawEmbed } from "./embed.js";
import { attachment, avatar } from "./images.js";
import { markdown } from "./markdown.js";
import * as pending from "./pending.js";
import { drawForward, drawPoll } from "./poll.js";
import * as store from "./store.js";
import { fullDate, hour, messageTime } from "./time.js";

// https://discord.com/developers/docs/resources/message#message-object-message-flags
const FLAG_CROSSPOSTED = 1 << 0, FLAG_SUPPRESS_EMBEDS = 1 << 2, FLAG_EPHEMERAL = 1 << 6, FLAG_LOADING = 1 << 7;
// https://discord.com/developers/docs/resources/message#message-object-message-types
const PINNED = 6, JOIN = 7, THREAD_CREATED = 18, REPLY = 19, THREAD_STARTER = 21, MENU = 23, POLL_RESULT = 46;

/** The element of a message; `grouped` leaves out the author, who spoke just before. */
export function drawMessage(message, grouped) {
  const author = store.person(message.author);
  const flags = message.flags ?? 0;
  const ephemeral = Boolean(flags & FLAG_EPHEMERAL || message.ephemeral_to);
  const mentionsMe = mentioned(message);
  const date = new Date(message.timestamp);
  const classes = ["message", grouped && "grouped", ephemeral && "ephemeral", mentionsMe && "mentions-me"].filter(Boolean).join(" ");
  return h("article", { class: classes, "aria-label": `${author.name}, ${messageTime(date)}`, data: { message: message.id } },
    context(message),
    h("div", { class: "gutter" }, grouped ? h("time", { class: "hover-time", datetime: message.timestamp }, hour(date)) : avatar(author)),
    h("div", { class: "body" },
      grouped ? null : h("header", {},
        h("span", { class: "author", style: author.color ? { color: author.color } : {} }, author.name),
        author.bot ? h("span", { class: "tag" }, "APP") : null,
        h("time", { datetime: message.timestamp, title: fullDate(date) }, messageTime(date))),
      content(message, flags),
      flags & FLAG_SUPPRESS_EMBEDS ? null : (message.embeds ?? []).filter((embed) => embed.type !== "poll_result").map((embed) => drawEmbed(embed, store.names)),
      (message.attachments ?? []).map(attachment),
      drawPoll(message),
      drawForward(message),
      drawComponents(message),
      reactions(message),
      flags & FLAG_CROSSPOSTED ? h("p", { class: "notice" }, "Published") : null,
      ephemeral ? h("p", { class: "notice" }, icon("eye"), "Only you can see this · ",
        h("button", { class: "link-button", on: { click: () => pending.dismiss(message.id) } }, "Dismiss message")) : null));
}

/** What people think of it. */
function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("ul", { class: "reactions", "aria-label": "Reactions" },
    message.reactions.map(({ emoji, count }) => h("li", {}, emoji.name, " ", h("b", {}, String(count)))));
}

function content(message, flags) {
  if (message.type === JOIN) return h("div", { class: "content system" }, "joined the server.");
  if (message.type === PINNED) return h("div", { class: "content system" }, "pinned a message to this channel.");
  if (message.type === THREAD_CREATED) return h("div", { class: "content system" }, "started a thread: ", h("b", {}, message.content));
  if (message.type === THREAD_STARTER) return h("div", { class: "content" }, markdown(message.referenced_message?.content ?? "", { names: store.names }));
  if (message.type === POLL_RESULT) return h("div", { class: "content system" }, "The poll has ended.");
  if (flags & FLAG_LOADING && !message.content && !message.embeds?.length) {
    return h("div", { class: "content thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${store.person(message.author).name} is thinking…`);
  }
  if (!message.content) return null;
  return h("div", { class: "content" }, markdown(message.content, { names: store.names }),
    message.edited_timestamp ? h("span", { class: "edited", title: fullDate(new Date(message.edited_timestamp)) }, "(edited)") : null);
}

/** The line above: who used which command, or what is replied to. */
function context(message) {
  const used = message.interaction_metadata ?? message.interaction;
  if (used?.user && message.type !== REPLY) {
    const who = store.person(used.user);
    const name = used.name ?? message.interaction?.name;
    return h("div", { class: "used" }, avatar(who, "avatar tiny"), h("span", { class: "used-name" }, who.name), name ? [" used ", h("span", { class: "mention" }, message.type === MENU ? name : `/${name}`)] : null);
  }
  const quoted = message.referenced_message;
  if (message.type !== REPLY || !quoted) return null;
  const who = store.person(quoted.author);
  return h("div", { class: "used" }, avatar(who, "avatar tiny"), h("span", { class: "used-name" }, who.name), " ", h("span", { class: "quoted" }, quoted.content || "a message with an embed"));
}

/** Whether the message really mentions the chosen person: Discord says so in its lists. */
function mentioned(message) {
  if (message.mention_everyone) return true;
  if (message.mentions?.some((user) => user.id === store.state.me)) return true;
  const roles = store.me()?.roles ?? [];
  return message.mention_roles?.some((role) => roles.includes(role)) ?? false;
}
