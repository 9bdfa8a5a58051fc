/** Times as Discord writes them, and the clock that keeps the relative ones right. */

const LOCALE = "en-GB";
const format = (options) => new Intl.DateTimeFormat(LOCALE, options);
const STYLES = {
  t: format({ hour: "2-digit", minute: "2-digit" }),
  T: format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  d: format({ day: "2-digit", month: "2-digit", year: "numeric" }),
  D: format({ day: "numeric", month: "long", year: "numeric" }),
  f: format({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }),
  F: format({ weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }),
};
const RELATIVE = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** "in 3 minutes", "12 seconds ago", for a Unix time in seconds. */
export function relative(seconds, now = Date.now() / 1000) {
  const delta = Math.round(seconds - now);
  const [unit, size] = UNITS.find(([, s]) => Math.abs(delta) >= s) ?? UNITS.at(-1);
  return RELATIVE.format(Math.trunc(delta / size), unit);
}

/** The text of `<t:seconds:style>`, or null when the time is out of range. */
export function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  return style === "R" ? relative(seconds) : (STYLES[style] ?? STYLES.f).format(date);
}

/** The full date, for titles. */
export const fullDate = (date) => STYLES.F.format(date);

/** The time beside a message's author: only the hour when it is today. */
export function messageTime(date) {
  const days = (new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000;
  if (days <= 0) return STYLES.t.format(date);
  if (days <= 1) return `Yesterday at ${STYLES.t.format(date)}`;
  return `${STYLES.d.format(date)} ${STYLES.t.format(date)}`;
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
