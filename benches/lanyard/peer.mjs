// Node's own parser and a Map. The WebSocket is read by hand: Node 20 has no client of its own.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { inflateSync } from "node:zlib";

const [host, port] = process.argv[2].split(":");
const LAST = "77";
const users = new Map();

const socket = connect(Number(port), host);
socket.setNoDelay(true);
socket.write(
  `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
);

function send(text) {
  // Masked with zeros: nobody is between us.
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]));
}

// Whole messages out of what arrives.
async function* messages() {
  let chunks = [];
  let have = 0;
  let need = 0;
  let upgraded = false;
  for await (const chunk of socket) {
    chunks.push(chunk);
    have += chunk.length;
    if (have < need) continue;
    let buffer = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    if (!upgraded) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) { chunks = [buffer]; continue; }
      buffer = buffer.subarray(end + 4);
      upgraded = true;
    }
    for (;;) {
      need = 2;
      if (buffer.length < 2) break;
      let length = buffer[1];
      let head = 2;
      if (length === 126) {
        head = 4;
        if (buffer.length < head) break;
        length = buffer.readUInt16BE(2);
      } else if (length === 127) {
        head = 10;
        if (buffer.length < head) break;
        length = Number(buffer.readBigUInt64BE(2));
      }
      need = head + length;
      if (buffer.length < need) break;
      yield buffer.subarray(head, need);
      buffer = buffer.subarray(need);
    }
    chunks = [buffer];
    have = buffer.length;
  }
}

let ready = false;
for await (const payload of messages()) {
  if (payload[0] === 0x7b) {
    send('{"op":2,"d":{"subscribe_to_all":true}}');
    continue;
  }
  if (!ready) {
    let everyone;
    try {
      everyone = JSON.parse(inflateSync(payload, { maxOutputLength: 2 ** 32 }).toString()).d;
    } catch (error) {
      console.log(`${error.code ?? error.name}: ${error.message}`);
      process.exit(1);
    }
    for (const id in everyone) users.set(id, everyone[id]);
    everyone = undefined;
    ready = true;
    console.log("ready");
    continue;
  }
  const { d } = JSON.parse(inflateSync(payload).toString());
  const id = d.user_id ?? d.discord_user.id;
  users.set(id, d);
  if (id === LAST) {
    console.log("done");
    break;
  }
}
// Stays as it is until it is killed.
setInterval(() => {}, 2 ** 30);
