/** Embeds. https://discord.com/developers/docs/resources/message#embed-object */
import { h } from "./dom.js";
import { picture } from "./images.js";
import { inline, markdown } from "./markdown.js";
import { hex } from "./store.js";
import { messageTime } from "./time.js";

const PER_ROW = 3, COLUMNS = 12;

export function drawEmbed(embed, names) {
  const colour = hex(embed.color);
  const wide = embed.image?.url;
  return h("article", { class: `embed${wide ? " with-image" : ""}`, style: colour ? { "border-left-color": colour } : {} },
    h("div", { class: "embed-main" },
      author(embed.author),
      title(embed, names),
      embed.description ? h("div", { class: "embed-description" }, markdown(embed.description, { names })) : null,
      fields(embed.fields ?? [], names)),
    embed.thumbnail?.url ? picture(embed.thumbnail.url, { className: "embed-thumbnail", alt: "thumbnail of the embed" }) : null,
    wide ? picture(wide, { className: "embed-image", alt: "picture of the embed" }) : null,
    footer(embed));
}

const anchor = (href, ...children) => h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, ...children);
const linked = (url, node) => (/^https?:\/\//.test(url ?? "") ? anchor(url, node) : node);

function author(who) {
  if (!who?.name) return null;
  return h("div", { class: "embed-author" },
    who.icon_url ? picture(who.icon_url, { className: "embed-icon" }) : null,
    linked(who.url, h("span", {}, who.name)));
}

function title(embed, names) {
  if (!embed.title) return null;
  return h("div", { class: "embed-title" }, linked(embed.url, h("span", {}, inline(embed.title, { names, links: false, mentions: false }))));
}

/** Inline fields stand side by side, up to three in a row. */
function fields(list, names) {
  if (!list.length) return null;
  const rows = [];
  for (const field of list) {
    const row = rows.at(-1);
    if (field.inline && row?.[0].inline && row.length < PER_ROW) row.push(field);
    else rows.push([field]);
  }
  return h("div", { class: "embed-fields" }, rows.flatMap((row) => row.map((field) =>
    h("div", { class: "embed-field", style: { "--span": COLUMNS / row.length } },
      h("div", { class: "embed-name" }, inline(field.name, { names, links: false })),
      h("div", { class: "embed-value" }, markdown(field.value, { names }))))));
}

function footer(embed) {
  const time = embed.timestamp ? messageTime(new Date(embed.timestamp)) : null;
  if (!embed.footer?.text && !time) return null;
  return h("footer", { class: "embed-footer" },
    embed.footer?.icon_url ? picture(embed.footer.icon_url, { className: "embed-icon" }) : null,
    h("span", {}, [embed.footer?.text, time].filter(Boolean).join(" • ")));
}
