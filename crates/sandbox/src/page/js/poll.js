/** Polls, and messages that were forwarded. */
import { h } from "./dom.js";
import { drawEmbed } from "./embed.js";
import { attachment } from "./images.js";
import { markdown } from "./markdown.js";
import * as pending from "./pending.js";
import * as store from "./store.js";

/** The question, its answers with their votes, and when it ends; none without a poll. */
export function drawPoll(message) {
  const { poll } = message;
  if (!poll) return null;
  const counts = new Map((poll.results?.answer_counts ?? []).map(({ id, count }) => [id, count]));
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const over = Boolean(poll.results?.is_finalized);
  return h("div", { class: "embed poll" },
    h("b", {}, poll.question.text),
    h("p", { class: "notice" }, over ? "Final result" : poll.allow_multiselect ? "Select one or more answers" : "Select one answer"),
    poll.answers.map(({ answer_id: id, poll_media: media }) => {
      const count = counts.get(id) ?? 0;
      return h("button", {
        class: "button secondary", disabled: over, data: { key: `${message.id}-answer-${id}` },
        on: { click: () => pending.vote(message, id) },
      }, media.emoji ? `${media.emoji.name} ` : null, media.text, " ", h("b", {}, String(count)));
    }),
    h("p", { class: "notice" }, `${total} ${total === 1 ? "vote" : "votes"} · `, over ? "ended" : `until ${new Date(poll.expiry).toLocaleString()}`));
}

/** What was forwarded. */
export function drawForward(message) {
  return (message.message_snapshots ?? []).map(({ message: shown }) => h("blockquote", { class: "forwarded" },
    h("p", { class: "notice" }, "Forwarded"),
    shown.content ? h("div", { class: "content" }, markdown(shown.content, { names: store.names })) : null,
    (shown.embeds ?? []).map((embed) => drawEmbed(embed, store.names)),
    (shown.attachments ?? []).map(attachment)));
}
