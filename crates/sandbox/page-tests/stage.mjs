// A sandbox with the bot and the page in a browser, for tests that look at what the bot says.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { controlOf, startSandbox, STEP_MS } from "../clients/harness.mjs";
import { drawn, launch, open, photograph } from "./browser.mjs";

const TEXT = 0, VOICE = 2, NEWS = 5;
const MANAGE_WEBHOOKS = 1n << 29n, SEND_MESSAGES = 1n << 11n;

/** The bot lets a song wait for its sound, up to 45 s. */
const PATIENCE_MS = 2 * STEP_MS;

/** Asks again until `look` gives something. */
async function until(what, look) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`it never came: ${what}`);
}

/** Everybody and every server have this locale; the browser's shows in times. Pictures go to `shots`. */
export async function setUp({ locale, browser: [language, width], shots }) {
  const { SANDBOX, BOT } = process.env;
  assert.ok(SANDBOX && BOT, "SANDBOX and BOT name the two programs; scripts/test-page does that");
  if (shots) mkdirSync(shots, { recursive: true });
  const variables = { DATABASE_URL: "sqlite://bot.sqlite", HTTP_LISTEN: "127.0.0.1:0", LISTEN_MOE_TOKEN: "an-account" };
  const sandbox = await startSandbox(SANDBOX, { command: [BOT], variables, options: ["--still", "--locale", locale] });
  const control = controlOf(sandbox.origin);
  const { guilds: [guild] } = await control.get("/state");
  const chromium = await launch();
  const page = await chromium.newPage({ locale: language, deviceScaleFactor: 2 });
  page.setDefaultTimeout(STEP_MS);
  await open(page, sandbox.origin, { width, height: 1200 });
  const of = (type) => guild.channels.filter((channel) => channel.type === type).map((channel) => channel.id);
  const [[general, songs], [news], [voice]] = [of(TEXT), of(NEWS), of(VOICE)];
  const people = guild.members.filter((member) => !member.bot);
  const owner = people[0].id;
  let number = 0, asked = 0;

  const stage = {
    until, control, page, guild, people, general, songs, news, voice, owner,
    role: guild.roles.find(({ name }) => name === "Regular").id,

    /** The answer to a command: its first message. */
    ask: async (command, options = {}, { user = owner, channel = general } = {}) => (await control.post("/interactions", { command, options, channel, user })).messages[0],
    /** Presses a button, or chooses in a menu: the message as it is then. */
    press: async ({ id }, custom_id, values = []) => (await control.post("/components", { message: id, custom_id, values, user: owner })).messages[0],
    /** Plays the station's songs until this one is on. */
    async play(station, song) {
      for (let last = null; last?.song.id !== song;) last = await control.post(`/listen-moe/${station}/next`);
    },
    /** The newest message in a channel that fits. */
    posted: (channel, what, fits) => until(what, async () => (await control.get(`/channels/${channel}/messages`)).findLast(fits)),
    /**
     * The answer to a command once it fits: the bot hears of things, and writes them down, in its own
     * time. Until then the others ask, in turn, for nobody may ask too often.
     */
    async known(what, fits, command, options = {}, more = {}) {
      await until(what, async () => {
        const asker = people[1 + ((asked += 1) % (people.length - 1))].id;
        return fits(await stage.ask(command, options, { user: asker }));
      });
      return stage.ask(command, { ...options, ...more });
    },
    /** The song on air, once it is this one. */
    onAir: (station, song, more) => stage.known(`${song} on ${station}`, (answer) => answer.embeds?.[0]?.url?.endsWith(`/${song}`), "nowplaying", { station }, more),
    /** Whether the bot may manage webhooks in the server. */
    async mayManageWebhooks(may) {
      const { applications: [{ id }], guilds } = await control.get("/state");
      const { members, roles } = guilds.find((one) => one.id === guild.id);
      const own = roles.find((role) => role.id === members.find((member) => member.id === id).roles[0]);
      const permissions = BigInt(own.permissions);
      await control.patch(`/guilds/${guild.id}/roles/${own.id}`, { permissions: (may ? permissions | MANAGE_WEBHOOKS : permissions & ~MANAGE_WEBHOOKS).toString() });
    },
    /** Nobody, and no bot, may write in a channel. */
    forbid: (channel) => control.patch(`/channels/${channel}`, { permission_overwrites: [{ id: guild.id, type: 0, allow: "0", deny: SEND_MESSAGES.toString() }] }),

    /** The element of a message in the page, whatever channel it is in, once its pictures are drawn. */
    async drawn(message) {
      const { channel_id } = message;
      if (await page.locator(`[data-channel="${channel_id}"][aria-current]`).count() === 0) await page.click(`[data-channel="${channel_id}"]`);
      return drawn(page, message);
    },
    async picture(node, name) {
      number += 1;
      if (shots) await photograph(node, join(shots, `${String(number).padStart(2, "0")}-${name}.png`));
    },
    async strike() {
      await chromium.close();
      await sandbox.stop();
    },
  };
  return stage;
}

/** What sticks out of its place in a message, by more than a pixel. */
export const overflowing = (node) => node.evaluate((root) => [...root.querySelectorAll(".body, .body *")]
  .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === "visible")
  .map((one) => `${one.tagName}.${one.className}: ${one.innerText.slice(0, 80)}`));
