/** Times as Discord writes them, and the clock that keeps the relative ones right. */

import * as store from "./store.js";

/** What the page says by itself is in English. What a bot writes as a time is in the reader's language, as their client draws it. */
const OWN = "en-GB";
export const reader = () => store.me()?.locale ?? OWN;

const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
/** The formats of a locale: Discord's styles by their letters, and `R` for how long until or since. */
const formats = new Map();

function formatsOf(locale) {
  if (!formats.has(locale)) {
    const format = (options) => new Intl.DateTimeFormat(locale, options);
    formats.set(locale, {
      t: format({ timeStyle: "short" }),
      T: format({ timeStyle: "medium" }),
      d: format({ day: "2-digit", month: "2-digit", year: "numeric" }),
      D: format({ dateStyle: "long" }),
      f: format({ dateStyle: "long", timeStyle: "short" }),
      F: format({ dateStyle: "full", timeStyle: "short" }),
      R: new Intl.RelativeTimeFormat(locale, { numeric: "auto" }),
    });
  }
  return formats.get(locale);
}

/** "in 3 minutes", "12 seconds ago", for a Unix time in seconds, as the reader says it. */
function relative(seconds, now = Date.now() / 1000) {
  const delta = Math.round(seconds - now);
  const [unit, size] = UNITS.find(([, s]) => Math.abs(delta) >= s) ?? UNITS.at(-1);
  return formatsOf(reader()).R.format(Math.trunc(delta / size), unit);
}

/** The text of `<t:seconds:style>` for the reader, or null when the time is out of range. */
export function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const styles = formatsOf(reader());
  return style === "R" ? relative(seconds) : (styles[style] ?? styles.f).format(date);
}

/** The full date, for titles. */
export const fullDate = (date, locale = OWN) => formatsOf(locale).F.format(date);
/** The hour and the minute. */
export const hour = (date) => formatsOf(OWN).t.format(date);

/** The time beside a message's author: only the hour when it is today. */
export function messageTime(date) {
  const days = (new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000;
  if (days <= 0) return hour(date);
  if (days <= 1) return `Yesterday at ${hour(date)}`;
  return `${formatsOf(OWN).d.format(date)} ${hour(date)}`;
}

/** "3:07", from seconds. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Rewrites every live `<time data-relative>` in the page; called once a second. */
export function tickRelative() {
  for (const node of document.querySelectorAll("time[data-relative]")) {
    const text = relative(Number(node.dataset.relative));
    if (node.textContent !== text) node.textContent = text;
  }
}
