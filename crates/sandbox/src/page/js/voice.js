/** The calls: who is in them, what a listener there hears, and a way to listen. */
import { byId, fill, h, icon, toast } from "./dom.js";
import { avatar } from "./images.js";
import { channelIcon } from "./store.js";
import * as store from "./store.js";

const POLL_MS = 1000;
const FLOOR_DB = -60;
const NOTES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
let audio;
/** The guild that is being listened to, or null. */
let listening = null;
/** By call: packets at the last look, to show that they flow. */
const flow = new Map();

export function initVoice() {
  audio = byId("listen");
  store.on("calls world connection", draw);
  audio.addEventListener("error", () => {
    if (!listening) return;
    toast("The sound stopped: nobody is streaming there any more.", "error");
    stop();
  });
  audio.addEventListener("playing", draw);
  draw();
  setInterval(() => {
    if (!document.hidden) store.loadCalls();
  }, POLL_MS);
}

/** The note nearest to a frequency in hertz: "A4". */
export function note(hertz) {
  if (!(hertz > 20)) return null;
  const midi = 69 + 12 * Math.log2(hertz / 440);
  const nearest = Math.round(midi);
  return `${NOTES[((nearest % 12) + 12) % 12]}${Math.floor(nearest / 12) - 1}`;
}

function listen(guild) {
  listening = guild;
  audio.src = `/control/voice/${guild}/listen`;
  audio.play().catch((error) => {
    if (listening === guild && error.name !== "AbortError") {
      toast(`The browser would not play it: ${error.message}`, "error");
      stop();
    }
  });
  draw();
}

function stop() {
  listening = null;
  audio.pause();
  // Without this the browser would go on fetching an endless file.
  audio.removeAttribute("src");
  audio.load();
  draw();
}

function draw() {
  const { calls } = store.state;
  const here = calls.filter((call) => call.guild === store.state.guild);
  const elsewhere = calls.filter((call) => call.guild !== store.state.guild);
  if (listening && !calls.some((call) => call.guild === listening)) return stop();
  return fill(byId("voice"),
    h("h2", { id: "voice-h" }, "Voice"),
    here.map(card),
    here.length ? null : h("p", { class: "quiet" }, store.myVoice()
      ? "No bot is in a voice channel here, but you are: ask one to join you with its command."
      : "Click a voice channel at the left to go in, then ask a bot to join you there."),
    elsewhere.length ? [h("h3", {}, "In other servers"), elsewhere.map(card)] : null);
}

function card(call) {
  const channel = store.channel(call.channel);
  const bot = store.person({ id: call.user });
  const g = store.state.guilds.find((x) => x.id === call.guild);
  const others = store.voiceStates(g).filter((v) => v.channel_id === call.channel && v.user_id !== call.user);
  const heard = call.dbfs > FLOOR_DB;
  const level = Math.max(0, Math.min(100, (100 * (call.dbfs - FLOOR_DB)) / -FLOOR_DB));
  const key = `${call.guild}-${call.user}`;
  const moving = (flow.get(key) ?? 0) !== call.packets;
  flow.set(key, call.packets);
  const on = listening === call.guild;
  return h("article", { class: `call${heard ? " heard" : ""}`, data: { guild: call.guild } },
    h("header", {},
      avatar(bot, `avatar${heard ? " speaking" : ""}`),
      h("div", {}, h("p", { class: "call-name" }, bot.name, h("span", { class: "tag" }, "APP")),
        h("p", { class: "call-place" }, icon(channel ? channelIcon(channel) : "speaker"), channel?.name ?? "a channel", g && g.id !== store.state.guild ? ` · ${g.name}` : "")),
      h("button", { class: `button listen ${on ? "on" : ""}`, "aria-pressed": String(on), data: { key: `listen-${key}` }, on: { click: () => (on ? stop() : listen(call.guild)) } }, icon(on ? "stop" : "headphones"), on ? "Stop" : "Listen")),
    h("div", { class: "meter", role: "meter", "aria-label": "Level", "aria-valuemin": FLOOR_DB, "aria-valuemax": 0, "aria-valuenow": Math.round(Math.max(FLOOR_DB, call.dbfs)), "aria-valuetext": heard ? `${call.dbfs.toFixed(1)} dBFS` : "silence" },
      h("i", { style: { width: `${heard ? level : 0}%` } })),
    h("dl", { class: "figures" },
      figure("Level", call.hushed ? "nobody may hear it" : heard ? `${call.dbfs.toFixed(1)} dBFS` : "silence", call.hushed ? "warn" : ""),
      figure("Pitch", heard && call.pitch_hz ? `${call.pitch_hz.toFixed(0)} Hz · ${note(call.pitch_hz) ?? ""}` : "–"),
      figure("Packets", call.packets.toLocaleString("en-GB"), moving ? "live" : ""),
      figure("Gaps > 100 ms", String(call.gaps), call.gaps ? "warn" : ""),
      figure("Jitter p50 · p99", `${ms(call.p50_ms)} · ${ms(call.p99_ms)} ms`),
      figure("Decoded", `${Math.floor(call.seconds)} s`)),
    h("p", { class: "call-foot" },
      call.connected ? h("span", { class: call.dave ? "lock" : "lock open", title: call.dave ? "DAVE: the listeners' clients hold the keys" : others.length ? "Not end-to-end encrypted" : "DAVE begins with the first listener" }, icon("lock"), call.dave ? "End-to-end encrypted" : "Transport encrypted") : h("span", { class: "lock open" }, "connecting…"),
      h("span", { class: "heard-by" }, others.length ? [others.slice(0, 4).map((v) => avatar(store.person({ id: v.user_id }, g), "avatar tiny")), others.length === 1 ? "1 listener" : `${others.length} listeners`] : "nobody is listening")));
}

const figure = (label, value, kind = "") => h("div", { class: kind }, h("dt", {}, label), h("dd", {}, value));
const ms = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
