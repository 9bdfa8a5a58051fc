// The page in headless Chromium, with the real bot behind it, as a newcomer would use it.
//   SANDBOX=… BOT=… node --test page.test.mjs      (scripts/test-page sets both)
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { controlOf, startSandbox, STEP_MS } from "../clients/harness.mjs";
import { launch, message as messageOf, open as openPage, type as typeInto } from "./browser.mjs";
import { startButtonBot } from "./button-bot.mjs";
import { BLOCKS, INLINE } from "./markdown-cases.mjs";

/** Where to leave a screenshot of each step, or nothing. */
const SHOTS = process.env.SCREENSHOTS;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SILENCE_DB = -60;

let sandbox, control, browser, page, buttonBot, world;
/** What must not happen: requests to elsewhere, errors in the page, violations of its policy. */
const outside = [];
const errors = [];

function watch(p) {
  p.setDefaultTimeout(STEP_MS);
  p.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== sandbox.origin && url.protocol !== "data:" && url.protocol !== "blob:") outside.push(request.url());
  });
  p.on("pageerror", (error) => errors.push(error.message));
  p.on("console", (message) => {
    if (/content security policy/i.test(message.text())) errors.push(message.text());
  });
}

async function shot(name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** Waits until the bot knows what is on air, which it hears of in its own time: somebody in another server asks. */
async function heard({ id, members: [{ id: user }] }) {
  for (const end = Date.now() + STEP_MS; Date.now() < end;) {
    const { messages: [answer] } = await control.post("/interactions", { command: "nowplaying", guild: id, user });
    if (answer?.embeds?.length) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the bot never heard of a song");
}

const open = (options) => openPage(page, sandbox.origin, options);
/** Types a command into the command box, from the keyboard alone. */
const type = (text) => typeInto(page, text);
const message = (selector) => messageOf(page, selector);

before(async () => {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  const { SANDBOX, BOT } = process.env;
  assert.ok(SANDBOX && BOT, "SANDBOX and BOT name the two programs; scripts/test-page does that");
  sandbox = await startSandbox(SANDBOX, { command: [BOT], variables: { DATABASE_URL: "sqlite://bot.sqlite", HTTP_LISTEN: "127.0.0.1:0" } });
  control = controlOf(sandbox.origin);
  world = await control.get("/world");
  buttonBot = await startButtonBot(sandbox, control);
  browser = await launch();
  page = await browser.newPage({ locale: "en-GB" });
  watch(page);
  await open();
  await heard(world.guilds[1]);
});

after(async () => {
  await browser?.close();
  buttonBot?.stop();
  await sandbox?.stop();
});

test("a newcomer sees servers, channels, members and what to try", async () => {
  assert.equal(await page.locator(".server").count(), world.guilds.length);
  assert.equal(await page.locator("#server-name").innerText(), world.guilds[0].name);
  assert.ok((await page.locator(".try").allInnerTexts()).some((text) => text.startsWith("/nowplaying")));
  assert.ok(await page.locator("#me-select option").count() >= 1);
  await shot("start");
});

test("a channel is picked", async () => {
  const second = world.guilds[0].channels.filter((c) => c.type === 0 || c.type === 5)[1];
  await page.click(`[data-channel="${second.id}"]`);
  await page.locator("#chat-title h1", { hasText: second.name }).waitFor();
  await page.click(`[data-channel="${world.guilds[0].channels.find((c) => c.type === 0).id}"]`);
});

test("typing /now completes the command, and its card has a cover that is drawn", async () => {
  await type("/now");
  const row = page.locator('#popup [role="option"]').first();
  await row.waitFor();
  assert.match(await row.innerText(), /\/nowplaying/);
  assert.equal(await row.getAttribute("aria-selected"), "true");
  await shot("completion");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await message(".embed").waitFor();
  await page.waitForFunction(() => {
    const cover = [...document.querySelectorAll("#messages .message .embed")].at(-1).querySelector("img.embed-thumbnail, img.embed-image");
    return cover?.complete && cover.naturalWidth > 0;
  });
  assert.match(await message(".used").innerText(), /nowplaying/);
  await shot("nowplaying");
});

test("markdown is drawn as Discord draws it, and hostile text stays text", async () => {
  const drawn = await page.evaluate(async ({ lines, texts, long }) => {
    const { inline, markdown } = await import("/page/js/markdown.js");
    const names = { user: (id) => ({ 1: "Mika" })[id] ?? null, channel: (id) => ({ 2: "general" })[id] ?? null, role: () => null };
    const html = (nodes) => {
      const box = document.createElement("div");
      box.append(...nodes);
      return box.innerHTML;
    };
    for (const text of long) markdown(text, { names });
    return [...lines.map((text) => html(inline(text, { names }))), ...texts.map((text) => html(markdown(text, { names })))];
  }, { lines: INLINE.map(([text]) => text), texts: BLOCKS.map(([text]) => text), long: ["*", "_", "[", "||", "`", "\\", "> ", "**a", "[a](https://"].map((part) => part.repeat(2000)) });
  assert.deepEqual(drawn, [...INLINE, ...BLOCKS].map(([, html]) => html));
});

test("a time is in the language of whoever reads it, as their client draws it", async () => {
  const { guilds: [{ members, owner_id: writer, channels }] } = await control.get("/state");
  const channel = channels.find((c) => c.type === 0).id;
  await control.post(`/channels/${channel}/messages`, { user: writer, content: "<t:1500033600:D> <t:1500033600:R>" });
  const [date, ago] = [0, 1].map((n) => page.locator("#messages time.stamp:not(.embed *)").nth(n));
  const years = new Date().getFullYear() - 2017;
  for (const [locale, day, since] of [["ja", "2017年7月14日", /^\d+ 年前$/], ["de", "14. Juli 2017", /^vor \d+ Jahren$/], ["en-US", "July 14, 2017", /^\d+ years ago$/]]) {
    await page.selectOption("#me-select", members.find((member) => member.locale === locale).id);
    await page.locator(`#messages time.stamp[lang="${locale}"]`).first().waitFor();
    assert.equal(await date.innerText(), day);
    assert.match(await ago.innerText(), since);
    assert.ok((await ago.innerText()).includes(String(years)) || (await ago.innerText()).includes(String(years - 1)));
  }
});

test("a button is pressed and its answer seen", async () => {
  const channel = await page.getAttribute(".channel.chosen .channel-main", "data-channel");
  await buttonBot.post(channel);
  await message('[data-custom-id="press"]').click();
  await page.locator("#messages .message .content", { hasText: "pressed by" }).waitFor();
});

/** Holds back the page's next answer from a path of the control API: `{arrived, release()}`. */
async function holdBack(path) {
  let release, arrive;
  const released = new Promise((done) => { release = done; });
  const arrived = new Promise((done) => { arrive = done; });
  await page.route(`**/control${path}`, async (route) => {
    const response = await route.fetch();
    arrive();
    await released;
    await route.fulfill({ response });
  }, { times: 1 });
  return { arrived, release };
}

test("an answer that comes late undoes nothing that happened meanwhile", async () => {
  const [guild] = world.guilds;
  const [first, second] = guild.channels.filter((c) => c.type === 0);
  // A message changes while those of its channel are being read.
  const { id } = await buttonBot.post(second.id);
  const messages = await holdBack(`/channels/${second.id}/messages`);
  await page.click(`[data-channel="${second.id}"]`);
  await messages.arrived;
  await control.post("/components", { message: id, custom_id: "press", user: guild.members[0].id });
  await control.post(`/channels/${first.id}/messages`, { user: guild.members[0].id, content: "and then this" });
  await page.locator(".channel.unread", { has: page.locator(`[data-channel="${first.id}"]`) }).waitFor();
  messages.release();
  await page.locator(`[data-message="${id}"] .content`, { hasText: "pressed by" }).waitFor();

  // The world changes again before the answer to the first change has come.
  const state = await holdBack("/state");
  await control.post(`/guilds/${guild.id}/channels`, { name: "earlier", type: 0 });
  await state.arrived;
  await control.post(`/guilds/${guild.id}/channels`, { name: "later", type: 0 });
  const later = page.locator(".channel-name", { hasText: "later" });
  await later.waitFor();
  const taken = page.waitForResponse("**/control/state");
  state.release();
  await (await taken).finished();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.ok(await later.isVisible(), "what is newer stays");
  await page.click(`[data-channel="${first.id}"]`);
});

test("a command with a user option is filled in from the keyboard", async () => {
  // The option is optional: its field opens with the first letter.
  const name = world.guilds[0].members[1].name;
  await type(`/status ${name.slice(0, 3)}`);
  await page.locator('#popup [role="option"]', { hasText: name }).first().waitFor();
  await shot("user-option");
  await page.keyboard.press("Enter");
  assert.equal(await page.inputValue("#option-user"), name);
  await page.keyboard.press("Enter");
  await page.locator("#messages .message .used", { hasText: "/status" }).last().waitFor();
  await shot("status");
});

test("what cannot be sent says why, and a choice outside the list is refused", async () => {
  await type("/status nobody of that name");
  await page.keyboard.press("Enter");
  await page.locator(".chip-problem", { hasText: "Choose a member" }).waitFor();
  await page.click('[data-key="give-up"]');
});

test("members are listed with the status that Lanyard tells of them", async () => {
  const [guild] = world.guilds;
  const rows = page.locator("#members li");
  await page.locator('#members li[data-status]:not([data-status="unknown"])').first().waitFor();
  // The people of the server, the bot under test and the one with the button.
  assert.equal(await rows.count(), guild.members.length + 2);
  const [person] = guild.members;
  for (const status of ["dnd", "offline", "online"]) {
    // People do things by themselves here: what was drawn counts, also when something else is by now.
    await page.evaluate((id) => {
      window.drawn = [];
      window.watching?.disconnect();
      window.watching = new MutationObserver(() => {
        const row = document.querySelector(`#members [data-member="${id}"]`);
        window.drawn.push(`${row?.dataset.status} ${row?.querySelector(".member-doing")?.textContent ?? ""}`);
      });
      window.watching.observe(document.getElementById("members"), { childList: true });
    }, person.id);
    const activities = [{ id: "custom", name: "Custom Status", type: 4, state: `is ${status}` }];
    await control.post(`/lanyard/users/${person.id}`, { discord_status: status, activities });
    await page.waitForFunction((line) => window.drawn.includes(line), status === "offline" ? "offline " : `${status} is ${status}`);
  }
  await shot("members");
});

test("a song change arrives", async () => {
  const song = page.locator('[data-station="jpop"] .song');
  const before = await song.textContent();
  await page.click('[data-station="jpop"] button');
  await page.waitForFunction((old) => document.querySelector('[data-station="jpop"] .song').textContent !== old, before);
});

test("one joins a voice channel with a click, the bot follows, and its sound is heard", async () => {
  const voice = world.guilds[0].channels.find((c) => c.type === 2);
  await page.click(`[data-channel="${voice.id}"]`);
  await page.locator(".in-voice", { hasText: voice.name }).waitFor();
  await type("/radio join");
  await page.locator('#popup [role="option"]', { hasText: "/radio join" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await page.locator(".call.heard").waitFor();
  await page.click(".call .listen");
  // The level of what the audio element really decodes, in dBFS.
  const level = await page.evaluate(async (floor) => {
    const audio = document.getElementById("listen");
    const context = new AudioContext();
    await context.resume();
    const analyser = context.createAnalyser();
    context.createMediaElementSource(audio).connect(analyser);
    analyser.connect(context.destination);
    const samples = new Float32Array(analyser.fftSize);
    for (let i = 0; i < 100; i += 1) {
      await new Promise((done) => audio.addEventListener("timeupdate", done, { once: true }));
      analyser.getFloatTimeDomainData(samples);
      const db = 10 * Math.log10(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      if (db > floor) return db;
    }
    return -Infinity;
  }, SILENCE_DB);
  assert.ok(level > SILENCE_DB, `the audio element decodes ${level} dBFS`);
  await shot("voice");
  await page.click(".call .listen");
  assert.equal(await page.evaluate(() => document.getElementById("listen").hasAttribute("src")), false, "Stop ends the download");
});

test("a fault shows in the bot's status, and lifting it too", async () => {
  await page.selectOption("#fault-target", "discord-gateway");
  await page.selectOption("#fault-fault", "cut");
  await page.selectOption("#fault-seconds", "60");
  await page.click("#put-fault");
  await page.waitForSelector('.bot-row[data-status="offline"]', { state: "attached" });
  await page.locator(".fault-list li").waitFor();
  await shot("fault");
  await page.click(".fault-list button");
  await page.waitForSelector('.bot-row[data-status="online"]', { state: "attached" });
  await page.locator(".fault-list").waitFor({ state: "detached" });
});

test("light and dark: by the system's wish, and by the button", async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await open({ scheme: "light" });
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  const dark = await background();
  assert.notEqual(light, dark);
  await page.click("#theme");
  assert.equal(await background(), light);
  await page.reload();
  assert.equal(await background(), light, "the choice is kept");
  await page.evaluate(() => localStorage.clear());
});

test("400 px wide: nothing is cut off, and both sides can be reached", async () => {
  await open({ width: 400 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
  await page.click("#open-side");
  const other = world.guilds[0].channels.filter((c) => c.type === 0 || c.type === 5)[1];
  await page.click(`[data-channel="${other.id}"]`);
  await page.locator("#chat-title h1", { hasText: other.name }).waitFor();
  await page.click("#open-panel");
  await page.locator("#put-fault").scrollIntoViewIfNeeded();
  assert.ok(await page.locator("#put-fault").isVisible());
  await shot("narrow-panel");
  await page.keyboard.press("Escape");
  await type("/nowplaying");
  await page.locator('#popup [role="option"]').first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await message(".embed").waitFor();
  assert.ok(await message(".embed").evaluate((node) => node.getBoundingClientRect().right <= innerWidth), "the card fits");
  await shot("narrow");
});

for (const scheme of ["light", "dark"]) {
  test(`accessible by the rules of axe (${scheme})`, async () => {
    await open({ scheme });
    await page.evaluate(AXE);
    await type("/radio");
    await page.locator('#popup [role="option"]').first().waitFor();
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] }));
    assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`), []);
  });
}

test("no request left the machine, and the page had no errors", () => {
  assert.deepEqual(outside, []);
  assert.deepEqual(errors, []);
});
