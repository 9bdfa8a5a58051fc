/**
 * Discord's markdown as DOM nodes.
 * https://support.discord.com/hc/en-us/articles/210298617 and
 * https://discord.com/developers/docs/reference#message-formatting
 */
import { h, spoiler } from "./dom.js";
import { fullDate, reader, timestamp } from "./time.js";

const MAX_DEPTH = 8;

/**
 * Inline rules, tried in order at each position. `make(match, parse, names)` answers a node;
 * null means "not this rule after all".
 */
const INLINE = [
  { at: /\\([^\p{L}\p{N}\s])/uy, make: (m) => m[1] },
  { at: /(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/y, make: (m) => h("code", {}, m[2].trim() || m[2]) },
  { at: /<(https?:\/\/[^\s<>]+)>/y, make: (m) => link(m[1], m[1]) },
  {
    at: /\[((?:\\.|[^\\[\]]|\[(?:\\.|[^\\[\]])*\])+)\]\(\s*<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+["'][^"']*["'])?\s*\)/y,
    make: (m, parse) => link(m[2], parse(m[1])), needs: "links",
  },
  { at: /https?:\/\/[^\s<]+/y, make: bareLink },
  { at: /<t:(-?\d{1,13})(?::([tTdDfFR]))?>/y, make: (m) => time(Number(m[1]), m[2] ?? "f"), needs: "mentions" },
  { at: /<@!?(\d{1,20})>/y, make: (m, _, names) => mention("@", names.user(m[1]) ?? "unknown-user"), needs: "mentions" },
  { at: /<@&(\d{1,20})>/y, make: (m, _, names) => mention("@", names.role(m[1]) ?? "unknown-role"), needs: "mentions" },
  { at: /<#(\d{1,20})>/y, make: (m, _, names) => mention("#", names.channel(m[1]) ?? "unknown"), needs: "mentions" },
  { at: /<\/([-_\p{L}\p{N} ]{1,100}):(\d{1,20})>/uy, make: (m, _, names) => command(m[1], names), needs: "mentions" },
  { at: /<(a?):(\w{2,32}):(\d{1,20})>/y, make: (m) => h("span", { class: "emoji", title: `:${m[2]}:` }, `:${m[2]}:`) },
  { at: /@(everyone|here)/y, make: (m) => mention("@", m[1]), needs: "mentions" },
  { at: /\*\*\*((?:\\[\s\S]|[^\\*])+)\*\*\*/y, make: (m, parse) => h("em", {}, h("strong", {}, parse(m[1]))) },
  { at: /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y, make: (m, parse) => h("strong", {}, parse(m[1])) },
  { at: /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y, make: (m, parse) => h("u", {}, parse(m[1])) },
  { at: /~~((?:\\[\s\S]|[^\\])+?)~~/y, make: (m, parse) => h("s", {}, parse(m[1])) },
  { at: /\|\|((?:\\[\s\S]|[^\\])+?)\|\|/y, make: (m, parse) => spoiler(parse(m[1])) },
  { at: /\*(?![\s*])((?:\\[\s\S]|\*\*|[^\\*])+?)(?<!\s)\*(?!\*)/y, make: (m, parse) => h("em", {}, parse(m[1])) },
  { at: /_((?:\\[\s\S]|__|[^\\_])+)_(?![\p{L}\p{N}_])/uy, make: (m, parse) => h("em", {}, parse(m[1])) },
];
const PLAIN = /[^\\`<[hH@*_~|]+|[\s\S]/y;

function parseInline(text, scope, depth = 0) {
  const out = [];
  let at = 0;
  next: while (at < text.length) {
    if (depth < MAX_DEPTH) {
      for (const rule of INLINE) {
        if (rule.needs && !scope[rule.needs]) continue;
        rule.at.lastIndex = at;
        const match = rule.at.exec(text);
        if (!match) continue;
        const made = rule.make(match, (inner) => parseInline(inner, scope, depth + 1), scope.names);
        if (made === null) continue;
        // A rule that used less than it matched says so: {node, used}.
        out.push(made.used ? made.node : made);
        at += made.used ?? match[0].length;
        continue next;
      }
    }
    PLAIN.lastIndex = at;
    const [run] = PLAIN.exec(text);
    out.push(run);
    at += run.length;
  }
  return mergeText(out);
}

function mergeText(parts) {
  const out = [];
  for (const part of parts) {
    if (typeof part === "string" && typeof out.at(-1) === "string") out[out.length - 1] += part;
    else out.push(part);
  }
  return out;
}

function link(href, text) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }, text);
}

function bareLink(match) {
  let url = match[0].replace(/[.,:;"'!?\]*_~|]+$/, "");
  while (url.endsWith(")") && (url.match(/\)/g)?.length ?? 0) > (url.match(/\(/g)?.length ?? 0)) url = url.slice(0, -1);
  return url.length > 8 ? { node: link(url, url), used: url.length } : null;
}

function time(seconds, style) {
  const text = timestamp(seconds, style);
  if (text === null) return null;
  const date = new Date(seconds * 1000);
  return h("time", { class: "stamp", lang: reader(), datetime: date.toISOString(), title: fullDate(date, reader()), data: style === "R" ? { relative: seconds } : {} }, text);
}

const mention = (sign, name) => h("span", { class: "mention" }, sign + name);

function command(name, names) {
  return h("button", { type: "button", class: "mention command", on: { click: () => names.useCommand?.(name) } }, `/${name}`);
}

const NO_NAMES = { user: () => null, role: () => null, channel: () => null };

/** One line of markdown: bold, code, links, mentions; `links` and `mentions` switch those off. */
export function inline(text, { names = NO_NAMES, links = true, mentions = true } = {}) {
  return parseInline(String(text ?? ""), { names, links, mentions });
}

const FENCE = /```(?:([\w+.-]+)\n)?\n*([\s\S]*?)\n*```/;
const LIST = /^( *)([-*]|\d{1,9}\.) +(.+)$/;

/** A whole text: code blocks, headings, quotes, lists and lines of inline markdown. */
export function markdown(text, options = {}) {
  const out = [];
  let rest = String(text ?? "");
  for (let fence = FENCE.exec(rest); fence && fence[2].trim(); fence = FENCE.exec(rest)) {
    out.push(...blocks(rest.slice(0, fence.index), options), h("pre", {}, h("code", {}, fence[2])));
    rest = rest.slice(fence.index + fence[0].length).replace(/^\n/, "");
  }
  return [...out, ...blocks(rest, options)];
}

function blocks(text, options) {
  if (!text) return [];
  const lines = text.split("\n");
  const out = [];
  let plain = [];
  const flush = () => {
    if (plain.length) out.push(h("div", { class: "text" }, inline(plain.join("\n"), options)));
    plain = [];
  };
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    const heading = /^(#{1,3}) +(.+?)(?: +#+)?$/.exec(line);
    const small = /^-# +(.+)$/.exec(line);
    if (line.startsWith(">>> ")) {
      flush();
      out.push(h("blockquote", {}, markdown([line.slice(4), ...lines.slice(i + 1)].join("\n"), options)));
      return out;
    } else if (/^> /.test(line)) {
      flush();
      const quoted = [];
      for (; i < lines.length && /^> ?/.test(lines[i]); i += 1) quoted.push(lines[i].replace(/^> ?/, ""));
      i -= 1;
      out.push(h("blockquote", {}, blocks(quoted.join("\n"), options)));
    } else if (heading) {
      flush();
      out.push(h("div", { class: `heading h${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 }, inline(heading[2], options)));
    } else if (small) {
      flush();
      out.push(h("div", { class: "subtext" }, inline(small[1], options)));
    } else if (LIST.test(line)) {
      flush();
      const items = [];
      for (; i < lines.length && LIST.test(lines[i]); i += 1) items.push(LIST.exec(lines[i]));
      i -= 1;
      out.push(list(items, options));
    } else {
      plain.push(line);
    }
  }
  flush();
  return out;
}

function list(items, options) {
  const ordered = /\d/.test(items[0][2]);
  const node = h(ordered ? "ol" : "ul", { start: ordered ? Number.parseInt(items[0][2], 10) : null });
  for (const [, indent, , content] of items) {
    node.append(h("li", { style: indent.length > 1 ? { "margin-left": "1.2em" } : {} }, inline(content, options)));
  }
  return node;
}
