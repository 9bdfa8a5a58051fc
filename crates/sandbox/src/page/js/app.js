/** The page's start: draws its parts, reads the state, follows the events. */
import * as api from "./api.js";
import { byId, icon, toast } from "./dom.js";
import { tickRelative } from "./time.js";
import * as store from "./store.js";
import { state } from "./store.js";
import { initSidebar } from "./sidebar.js";
import { initChat } from "./chat.js";
import { initComposer } from "./composer.js";
import { initRadio, tickRadio } from "./radio.js";
import { initVoice } from "./voice.js";
import { initBot } from "./bot.js";
import { initFaults } from "./faults.js";
import { initMembers } from "./members.js";

/** Runs `work` once, shortly after the last of a burst of calls. */
function soon(work, ms = 120) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => Promise.resolve(work()).catch(report), ms);
  };
}

const report = (error) => toast(error.message, "error");
const reload = {
  world: soon(store.loadWorld),
  commands: soon(store.loadCommands),
  stations: soon(store.loadStations, 40),
  faults: soon(store.loadFaults),
  calls: soon(store.loadCalls),
};

function readAll() {
  Promise.all([store.loadWorld(), store.loadCommands(), store.loadStations(), store.loadFaults(), store.loadCalls()]).catch(report);
}

const handlers = {
  message_create: store.putMessage,
  message_update: store.changeMessage,
  message_delete: ({ id }) => store.dropMessage(id),
  typing: store.noteTyping,
  voice_state: () => { reload.world(); reload.calls(); },
  voice_call: reload.calls,
  world: reload.world,
  bot_status: () => { reload.world(); reload.commands(); },
  command_registration: reload.commands,
  track: reload.stations,
  fault: reload.faults,
  presence: store.putPresence,
  lagged: readAll,
};

function initTheme() {
  const button = byId("theme");
  const dark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const shown = () => document.documentElement.dataset.theme ?? (dark() ? "dark" : "light");
  const draw = () => button.replaceChildren(icon(shown() === "dark" ? "sun" : "moon"));
  const saved = localStorage.getItem("theme");
  if (saved) document.documentElement.dataset.theme = saved;
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = shown() === "dark" ? "light" : "dark";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
    draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}

/** On narrow screens the two sides slide in over the messages. */
function initDrawers() {
  const scrim = byId("scrim");
  const drawers = [["open-side", ["rail", "side"], "menu"], ["open-panel", ["panel"], "panel"]];
  const close = () => {
    for (const [button, ids] of drawers) {
      ids.forEach((id) => byId(id).classList.remove("open"));
      byId(button).setAttribute("aria-expanded", "false");
    }
    scrim.hidden = true;
  };
  for (const [button, ids, name] of drawers) {
    byId(button).append(icon(name));
    byId(button).addEventListener("click", () => {
      const open = byId(button).getAttribute("aria-expanded") !== "true";
      close();
      ids.forEach((id) => byId(id).classList.toggle("open", open));
      byId(button).setAttribute("aria-expanded", String(open));
      scrim.hidden = !open;
    });
  }
  scrim.addEventListener("click", close);
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  store.on("channel", close);
}

initTheme();
initDrawers();
initSidebar();
initChat();
initComposer();
initRadio();
initVoice();
initBot();
initFaults();
initMembers();

api.follow(
  handlers,
  (again) => {
    state.online = true;
    store.emit("connection");
    readAll();
    if (again) store.loadMessages();
  },
  () => {
    state.online = false;
    store.emit("connection");
  },
);

setInterval(() => {
  tickRelative();
  tickRadio();
  const now = Date.now();
  for (const [id, until] of state.typing) if (until < now) state.typing.delete(id) && store.emit("typing");
}, 1000);
