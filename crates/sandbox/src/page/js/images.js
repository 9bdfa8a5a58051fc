/**
 * Pictures. The sandbox serves what the services' CDNs would; a picture from anywhere else is
 * shown as a placeholder, because no request of this page leaves the machine.
 */
import { h, icon } from "./dom.js";

/** Whose pictures the sandbox draws: under `/cdn/`, by the same path as there. */
const DRAWN = ["cdn.listen.moe", "cdn.discordapp.com", "media.discordapp.net", "i.scdn.co", "i.ytimg.com", "static-cdn.jtvnw.net"];

/** The address on this machine for a picture's address, or null when it has none here. */
export function local(url) {
  if (typeof url !== "string") return null;
  try {
    const parsed = new URL(url, location.href);
    if (DRAWN.includes(parsed.host)) return `/cdn${parsed.pathname}`;
    return parsed.origin === location.origin ? parsed.pathname + parsed.search : null;
  } catch {
    return null;
  }
}

/** An `<img>`, or the placeholder for one that is not on this machine (or does not load). */
export function picture(url, { className = "", alt = "" } = {}) {
  const src = local(url);
  if (!src) return placeholder(url, className);
  const image = h("img", { class: className, src, alt, loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(placeholder(url, className)), { once: true });
  return image;
}

/** A file of a message: a picture, something to listen to, or its name. */
export function attachment(file) {
  const alt = file.description ?? file.filename;
  if (file.content_type?.startsWith("image/")) return picture(file.url, { className: "attachment", alt });
  const src = local(file.url);
  const name = src ? h("a", { href: src, download: file.filename }, file.filename) : file.filename;
  const sound = src && file.content_type?.startsWith("audio/") ? h("audio", { controls: true, preload: "none", src, "aria-label": alt }) : null;
  return h("div", { class: "file" }, sound, h("p", {}, name, h("small", {}, ` ${Math.ceil((file.size ?? 0) / 1024)} kB`)));
}

function placeholder(url, className) {
  let host = "outside";
  try {
    host = new URL(url).host;
  } catch { /* not an address at all: the word says enough */ }
  return h("span", { class: `${className} placeholder`, role: "img", "aria-label": `picture from ${host}, not loaded`, title: url },
    icon("image"), h("span", {}, host));
}

const FACES = ["#5865f2", "#757e8a", "#2f9e5f", "#c27c0e", "#d13c4b", "#b8479a", "#3a7ca5", "#6f8530"];

/** The properties of a surface of this colour (`#rrggbb`) and of text that stands out on it. */
export function colours(face) {
  const [r, g, b] = [1, 3, 5].map((at) => (Number.parseInt(face.slice(at, at + 2), 16) / 255) ** 2.2);
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18;
  return { "--face": face, "--ink": light ? "#000" : "#fff" };
}

/** A round avatar: the user's picture when the sandbox has one, else a colour and an initial. */
export function avatar(user, className = "avatar") {
  const name = user?.name || "?";
  const face = user?.face ?? FACES[Number((BigInt(/^\d+$/.test(user?.id) ? user.id : 0) >> 22n) % BigInt(FACES.length))];
  const initial = h("span", { class: `${className} initial`, "aria-hidden": "true", style: colours(face) }, [...name][0].toUpperCase());
  if (!user?.avatar) return initial;
  const image = h("img", { class: className, src: user.avatar, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(initial), { once: true });
  return image;
}
