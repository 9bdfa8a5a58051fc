/** The bots of this sandbox and whether they are connected. */
import { byId, fill, h } from "./dom.js";
import { avatar } from "./images.js";
import * as store from "./store.js";

export function initBot() {
  store.on("world commands connection", draw);
  draw();
}

const count = (sessions) => (Array.isArray(sessions) ? sessions.length : Number(sessions ?? 0));

function draw() {
  const { applications, commands, online } = store.state;
  fill(byId("bot"),
    h("h2", { id: "bot-h" }, applications.length > 1 ? "Bots" : "The bot"),
    online ? null : h("p", { class: "lost", role: "alert" }, "The sandbox does not answer. This page comes back by itself when it does."),
    applications.map((app) => {
      const sessions = count(app.sessions);
      const up = online && sessions > 0;
      const registered = commands.filter((c) => c.application?.id === app.id).length;
      return h("div", { class: "bot-row", data: { bot: app.id, status: up ? "online" : "offline" } },
        avatar(store.person(app)),
        h("div", {}, h("p", { class: "call-name" }, app.name),
          h("p", { class: "call-place" }, h("i", { class: `dot ${up ? "up" : "down"}` }), up ? "online" : "offline",
            up && sessions > 1 ? ` · ${sessions} sessions` : "", registered ? ` · ${registered} ${registered === 1 ? "command" : "commands"}` : "")));
    }));
}
