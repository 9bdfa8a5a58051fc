/** Breaking things on purpose: put a fault on a service, lift it again. */
import * as api from "./api.js";
import { byId, fill, h, icon, toast } from "./dom.js";
import * as store from "./store.js";

const TARGETS = {
  "discord-gateway": "Discord: gateway", "discord-rest": "Discord: REST API", "voice-gateway": "Discord: voice gateway", "voice-udp": "Discord: voice packets (UDP)",
  "listen-moe-jpop": "LISTEN.moe: J-POP metadata", "listen-moe-kpop": "LISTEN.moe: K-POP metadata",
  "stream-jpop": "Audio: J-POP", "stream-kpop": "Audio: K-POP", lanyard: "Lanyard",
};
const ALL = Object.keys(TARGETS);
const SOCKETS = ["discord-gateway", "voice-gateway", "listen-moe-jpop", "listen-moe-kpop", "lanyard"];
const TCP = ALL.filter((t) => t !== "voice-udp");
const HTTP = TCP.filter((t) => t !== "voice-gateway");
/** Each fault: what to call it, where it makes sense, and its settings. */
const FAULTS = {
  refuse: { label: "refuses connections", on: TCP },
  cut: { label: "cuts every connection", on: TCP },
  silent: { label: "accepts and says nothing", on: ALL },
  "half-open": { label: "swallows everything both ways", on: ALL },
  delay: { label: "answers late", on: ALL, extra: { ms: 800 } },
  throttle: { label: "sends slowly (2 kB/s)", on: TCP, extra: { bytes_per_second: 2000 } },
  drop: { label: "loses 20% of the packets", on: ["voice-udp"], extra: { share: 0.2 } },
  garbage: { label: "sends garbage in between", on: TCP },
  truncate: { label: "breaks off mid-message", on: TCP },
  close: { label: "closes the socket (1011)", on: SOCKETS, extra: { code: 1011 } },
  status: { label: "answers 503", on: HTTP, extra: { status: 503 } },
};
const DURATIONS = [["10", "for 10 seconds"], ["60", "for a minute"], ["", "until lifted"]];
const chosen = { target: "discord-gateway", fault: "refuse", seconds: "10" };

export function initFaults() {
  store.on("faults", draw);
  draw();
  setInterval(() => {
    if (!document.hidden && store.state.faults.length) store.loadFaults();
  }, 1000);
}

function draw() {
  const fitting = Object.entries(FAULTS).filter(([, f]) => f.on.includes(chosen.target));
  if (!fitting.some(([name]) => name === chosen.fault)) chosen.fault = fitting[0][0];
  const pick = (key, label, options) => h("label", {}, h("span", { class: "visually-hidden" }, label),
    h("select", { id: `fault-${key}`, data: { key: `fault-${key}` }, on: { change: (e) => { chosen[key] = e.target.value; draw(); } } },
      options.map(([value, text]) => h("option", { value, selected: chosen[key] === value }, text))));
  fill(byId("faults"),
    h("h2", { id: "faults-h" }, "Break something"),
    h("form", { class: "fault-form", on: { submit: put } },
      pick("target", "Service", Object.entries(TARGETS)),
      pick("fault", "Fault", fitting.map(([name, f]) => [name, f.label])),
      h("div", { class: "fault-last" }, pick("seconds", "How long", DURATIONS),
        h("button", { class: "button danger", id: "put-fault", data: { key: "put-fault" } }, icon("bolt"), "Break"))),
    store.state.faults.length ? h("ul", { class: "fault-list" }, store.state.faults.map(row)) : null);
}

function row(fault) {
  return h("li", { data: { fault: fault.id } },
    h("div", {}, h("strong", {}, TARGETS[fault.target] ?? fault.target), h("span", {}, FAULTS[fault.fault]?.label ?? fault.fault,
      fault.seconds_left !== undefined ? ` · ${Math.ceil(fault.seconds_left)} s left` : "")),
    h("button", { class: "button secondary", data: { key: `lift-${fault.id}` }, "aria-label": `Lift the fault on ${TARGETS[fault.target] ?? fault.target}`, on: { click: () => act(() => api.remove(`/faults/${fault.id}`)) } }, "Lift"));
}

async function act(call) {
  try {
    await call();
    await store.loadFaults();
  } catch (error) {
    toast(error.message, "error");
  }
}

function put(event) {
  event.preventDefault();
  const { target, fault, seconds } = chosen;
  const body = { target, fault, ...FAULTS[fault].extra };
  if (seconds) body.seconds = Number(seconds);
  act(() => api.post("/faults", body));
}
