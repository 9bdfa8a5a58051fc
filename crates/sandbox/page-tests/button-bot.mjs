// A bot of a few lines, straight on Discord's API: it posts a message with a button and answers
// when that is pressed.
import { once } from "node:events";
import WebSocket from "ws";
import { STEP_MS } from "../clients/harness.mjs";

const HEARTBEAT = 1, IDENTIFY = 2, HELLO = 10;
const COMPONENT = 3, UPDATE_MESSAGE = 7;

/** `{post(channel), stop()}` once the bot is connected. */
export async function startButtonBot({ environment }, control) {
  const { token } = await control.post("/applications", { name: "buttons" });
  const api = `${environment.DISCORD_API_URL.replace(/\/$/, "")}/v10`;
  const rest = async (method, path, body) => {
    const response = await fetch(api + path, { method, body: body && JSON.stringify(body), headers: { authorization: `Bot ${token}`, "content-type": "application/json" } });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  };
  const { url } = await rest("GET", "/gateway/bot");
  const socket = new WebSocket(`${url}/?v=10&encoding=json`);
  const send = (op, d) => socket.send(JSON.stringify({ op, d }));
  let heartbeat;
  let seq = null;
  socket.on("message", (data) => {
    const { op, t, s, d } = JSON.parse(data);
    seq = s ?? seq;
    if (op === HELLO) {
      heartbeat = setInterval(() => send(HEARTBEAT, seq), d.heartbeat_interval);
      send(IDENTIFY, { token, intents: 1, properties: { os: "linux", browser: "test", device: "test" } });
    } else if (t === "READY") {
      socket.emit("ready");
    } else if (t === "INTERACTION_CREATE" && d.type === COMPONENT) {
      rest("POST", `/interactions/${d.id}/${d.token}/callback`, { type: UPDATE_MESSAGE, data: { content: `pressed by <@${d.member.user.id}>`, components: [] } })
        .catch((error) => console.error(error));
    }
  });
  await once(socket, "ready", { signal: AbortSignal.timeout(STEP_MS) });
  return {
    post: (channel) => rest("POST", `/channels/${channel}/messages`, { content: "A button:", components: [{ type: 1, components: [{ type: 2, style: 1, label: "Press me", custom_id: "press" }] }] }),
    stop: () => {
      clearInterval(heartbeat);
      socket.terminate();
    },
  };
}
