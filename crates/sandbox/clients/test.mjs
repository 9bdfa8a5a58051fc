// Runs the bots of this folder in the sandbox, as a person would use them, and listens.
//   node test.mjs SANDBOX_BINARY [name …]
// Exit code 0: every bot answered, and its tune was heard at the right pitch, end-to-end encrypted.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { check, controlOf, end, fail, start, startSandbox, STEP_MS, watch } from "./harness.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const node = ["x64", "arm64"].map((arch) => join(here, `discordjs/node_modules/node-linux-${arch}/bin/node`)).find(existsSync) ?? process.execPath;
const CLIENTS = {
  discordjs: { command: [node, "bot.mjs"], notes: [440, 659.26] },
  discordpy: { command: [join(here, "discordpy/.venv/bin/python"), "bot.py"], notes: [349.23, 523.25] },
};
const PITCH_TOLERANCE = 0.01;
const BYTES_A_SECOND = 48_000 * 4;
/** For an answer that comes after the bot has joined. */
const ANSWER_MS = 50_000;

const [binary, ...only] = process.argv.slice(2);

/**
 * Listens to the guild until every note was heard at its pitch. The sound itself is the clock:
 * after each second of it the report is read.
 */
async function hear(origin, control, guild, bot, notes) {
  const sound = await fetch(`${origin}/control/voice/${guild}/listen`, { signal: AbortSignal.timeout(STEP_MS) });
  check(sound.ok, `nothing to listen to: ${sound.status}`);
  const missing = new Set(notes);
  let bytes = 0;
  let report = null;
  for await (const chunk of sound.body) {
    bytes += chunk.length;
    if (bytes < BYTES_A_SECOND) continue;
    bytes = 0;
    report = (await control.get("/voice")).find((call) => call.guild === guild && call.user === bot);
    if (!report) continue;
    console.log(`  ${report.packets} packets, ${report.dbfs.toFixed(1)} dBFS, ${report.pitch_hz.toFixed(1)} Hz, DAVE ${report.dave}`);
    for (const hertz of missing) if (Math.abs(report.pitch_hz / hertz - 1) < PITCH_TOLERANCE && report.dbfs > -40) missing.delete(hertz);
    if (!missing.size) break;
  }
  check(!missing.size, `not heard: ${[...missing].join(" Hz, ")} Hz; the last report was ${JSON.stringify(report)}`);
  check(report.dave, "the sound was not end-to-end encrypted");
}

/** Waits until a bot is in no voice channel: Discord may hear of that after it has heard the answer. */
async function left(origin, control, bot) {
  const { found } = await watch(origin, "voice_state", (data) => data.user_id === bot && !data.channel_id);
  const state = await control.get("/state");
  if (state.guilds[0].voice_states.some((v) => v.user_id === bot)) await found;
}

async function testClient(name, { command, notes }, { origin, environment, temporary }) {
  const control = controlOf(origin);
  const application = await control.post("/applications", { name: `${name}-test` });
  const { guilds: [guild] } = await control.get("/world");
  const channel = guild.channels.find((c) => c.type === 2) ?? fail("the world has no voice channel");
  const text = guild.channels.find((c) => c.type === 0) ?? fail("the world has no text channel");
  const [user] = guild.members;
  await control.post(`/users/${user.id}/voice`, { channel: channel.id, guild: guild.id });

  const { found: registered } = await watch(origin, "command_registration", (data) => data.application_id === application.id);
  // Commands may be registered before the gateway is connected to, and nobody is asked who is not there.
  const { found: online } = await watch(origin, "bot_status", (data) => data.application_id === application.id && data.status === "up");
  const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS, DISCORD_API_URL } = environment;
  const bot = start(name, command, { cwd: join(here, name), env: { PATH: process.env.PATH, HOME: temporary, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS: NODE_EXTRA_CA_CERTS ?? SSL_CERT_FILE, DISCORD_API_URL, DISCORD_TOKEN: application.token } });
  try {
    const died = once(bot, "exit").then(([code]) => fail(`the bot ended early with code ${code}`));
    died.catch(() => {});
    await Promise.race([Promise.all([registered, online]), died]);
    const [registration] = (await control.get("/commands")).filter((c) => c.application.id === application.id);
    check(registration?.name === "play", "the command is registered");

    const answer = await Promise.race([control.post("/interactions", { command: "play", wait_ms: ANSWER_MS, options: { channel: channel.id }, user: user.id, guild: guild.id, channel: text.id, application: application.id }), died]);
    const message = answer.messages.find((m) => m.embeds.length) ?? fail(`no embed in the answer ${JSON.stringify(answer)}`);
    check(message.embeds[0].title === "A tune" && message.embeds[0].fields.length === 2, "the embed is whole");
    check(message.components[0]?.components[0]?.custom_id === "stop", "the button is there");

    await Promise.race([hear(origin, control, guild.id, application.id, notes), died]);

    await Promise.race([control.post("/components", { message: message.id, custom_id: "stop", user: user.id }), died]);
    const after = (await control.get(`/channels/${text.id}/messages`)).find((m) => m.id === message.id);
    check(after.content === "Stopped." && after.components.length === 0, `the button's answer changed the message: ${JSON.stringify(after)}`);
    await left(origin, control, application.id);
  } finally {
    await end(bot);
  }
}

const sandbox = await startSandbox(resolve(binary));
let [passed, failed] = [0, 0];
for (const [name, client] of Object.entries(CLIENTS).filter(([name]) => !only.length || only.includes(name))) {
  console.log(`${name}:`);
  try {
    await testClient(name, client, sandbox);
    passed += 1;
    console.log(`${name}: ok`);
  } catch (error) {
    failed += 1;
    console.error(`${name}: FAILED: ${error.message}`);
  }
}
const { rate_limited: limited } = await controlOf(sandbox.origin).get("/rest").catch(() => ({}));
if (Object.values(limited ?? {}).some(Boolean)) console.log(`rate limits met: ${JSON.stringify(limited)}`);
await sandbox.stop();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
