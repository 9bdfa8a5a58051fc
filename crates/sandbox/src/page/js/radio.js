/** What is on air on both stations, and a button for the next song. */
import * as api from "./api.js";
import { byId, fill, h, icon, toast } from "./dom.js";
import { picture } from "./images.js";
import * as store from "./store.js";
import { clock } from "./time.js";

const NAMES = { jpop: "J-POP", kpop: "K-POP" };

export function initRadio() {
  store.on("stations", draw);
  draw();
}

function draw() {
  fill(byId("radio"),
    h("h2", { id: "radio-h" }, "On air"),
    store.state.stations.length ? store.state.stations.map(card) : h("p", { class: "quiet" }, "Nothing is on air."));
  tickRadio();
}

function card(station) {
  const label = NAMES[station.station] ?? station.station;
  const image = station.song?.albums?.[0]?.image;
  const start = Date.parse(station.startTime) / 1000;
  return h("article", { class: "station", "aria-label": `${label}: ${station.title}`, data: { station: station.station } },
    image ? picture(`https://cdn.listen.moe/covers/${image}`, { className: "cover" }) : h("span", { class: "cover placeholder" }, icon("image")),
    h("div", { class: "station-text" },
      h("p", { class: "station-name" }, label, station.event ? h("span", { class: "event", title: station.event.name }, station.event.name) : null),
      h("p", { class: "song", title: station.title }, station.title),
      h("p", { class: "artists", title: `${station.artist}, a tune around ${Math.round(station.pitch_hz)} Hz` }, station.artist || "unknown artist")),
    h("button", { class: "icon-button", "aria-label": `Next song on ${label}`, title: "Next song", data: { key: `next-${station.station}` }, on: { click: () => next(station.station) } }, icon("next")),
    h("div", { class: "progress", data: { start: start || "", duration: station.seconds || 0 } }, h("span", {}), h("div", { class: "bar" }, h("i", {})), h("span", {})));
}

/** Moves the progress bars; called once a second. */
export function tickRadio() {
  for (const node of document.querySelectorAll(".progress")) {
    const [start, duration] = [Number(node.dataset.start), Number(node.dataset.duration)];
    const [passed, bar, total] = node.children;
    node.hidden = !start;
    if (!start) continue;
    const elapsed = Math.max(0, Date.now() / 1000 - start);
    passed.textContent = clock(duration ? Math.min(elapsed, duration) : elapsed);
    total.textContent = duration ? clock(duration) : "–:––";
    bar.firstChild.style.setProperty("width", `${duration ? Math.min(100, (100 * elapsed) / duration) : 0}%`);
  }
}

async function next(station) {
  try {
    await api.post(`/listen-moe/${station}/next`);
    await store.loadStations();
  } catch (error) {
    toast(error.message, "error");
  }
}
