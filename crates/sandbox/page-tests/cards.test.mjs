// The card of `/status` for a dozen presences, drawn by the page: what is on it, and a picture of each.
//   SANDBOX=… BOT=… SCREENSHOTS=… node --test cards.test.mjs      (scripts/test-page sets all three)
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { controlOf, startSandbox, STEP_MS } from "../clients/harness.mjs";
import { drawn, launch, open, photograph } from "./browser.mjs";
import { NOTHING, PRESENCES } from "./presences.mjs";

const SHOTS = process.env.SCREENSHOTS && join(process.env.SCREENSHOTS, "cards");
let sandbox, control, browser, page, guild, channel, number = 0, asked = 0;

before(async () => {
  if (SHOTS) mkdirSync(SHOTS, { recursive: true });
  const { SANDBOX, BOT } = process.env;
  assert.ok(SANDBOX && BOT, "SANDBOX and BOT name the two programs; scripts/test-page does that");
  sandbox = await startSandbox(SANDBOX, { command: [BOT], variables: { DATABASE_URL: "sqlite://bot.sqlite", HTTP_LISTEN: "127.0.0.1:0" }, options: ["--still"] });
  control = controlOf(sandbox.origin);
  ({ guilds: [guild] } = await control.get("/world"));
  channel = guild.channels.find((c) => c.type === 0).id;
  browser = await launch();
  page = await browser.newPage({ locale: "en-GB", deviceScaleFactor: 2 });
  page.setDefaultTimeout(STEP_MS);
  await open(page, sandbox.origin, { width: 1280, height: 1000 });
});

after(async () => {
  await browser?.close();
  await sandbox?.stop();
});

/**
 * Asks for somebody's status until the answer fits: presences reach the bot in their own time. Others
 * than the person at the page ask, in turn: who asks often has to wait.
 */
async function ask(user, fits) {
  const others = guild.members.slice(1);
  for (const end = Date.now() + STEP_MS; Date.now() < end;) {
    const asker = others[(asked += 1) % others.length].id;
    const answer = await control.post("/interactions", { command: "status", options: { user }, user: asker, channel });
    const [message] = answer.messages;
    if (fits(JSON.stringify(message))) return message;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the answer never came to fit");
}

/** The answer to the person at the page. */
async function status(user, options = {}) {
  const { messages: [message] } = await control.post("/interactions", { command: "status", options: { user, ...options }, channel });
  return message;
}

async function picture(node, name) {
  number += 1;
  if (SHOTS) await photograph(node, join(SHOTS, `${String(number).padStart(2, "0")}-${name}.png`));
}

for (const [index, { name, presence, embeds, says, lacks, pictures, times, radio }] of PRESENCES.entries()) {
  test(`the card of ${name}`, async () => {
    const person = guild.members[index % guild.members.length];
    // Something that only this presence has, to know that it has arrived.
    const mark = `mark${index}`;
    await control.post(`/lanyard/users/${person.id}`, { ...NOTHING, ...presence(Date.now()), discord_user: { avatar: mark } });
    let title = "";
    if (radio) {
      // A song that has just begun: the bot may hear of it after the presence.
      await control.post("/listen-moe/jpop/next");
      ({ title } = (await control.get("/listen-moe")).jpop);
    }
    const message = await ask(person.id, (text) => text.includes(mark) && text.replaceAll("\\", "").includes(title));
    const node = await drawn(page, message);
    const text = await node.innerText();
    for (const part of says) assert.ok(typeof part === "string" ? text.includes(part) : part.test(text), `${part} is not in:\n${text}`);
    for (const part of lacks) assert.ok(!text.includes(part), `${part} is in:\n${text}`);
    assert.ok(text.includes(title), `${title} is not in:\n${text}`);
    const borders = await node.locator(".embed").evaluateAll((list) => list.map((one) => getComputedStyle(one).borderLeftColor));
    assert.deepEqual(borders, embeds);
    assert.equal(await node.locator(".embed img").count(), pictures);
    assert.equal(await node.locator(".embed .placeholder").count(), 0, "the sandbox draws every picture");
    assert.equal(await node.locator(".embed time.stamp").count(), times);
    assert.equal(await node.locator(".embed .spoiler, .embed h1, .embed .heading, .embed .mention").count(), 0, "what people say formats nothing");
    await picture(node, name);
  });
}

test("a live card changes by itself, and stops by its button", async () => {
  const [person] = guild.members;
  await control.post(`/lanyard/users/${person.id}`, { ...NOTHING, discord_user: { avatar: "live" } });
  await ask(person.id, (text) => text.includes("/live."));
  const message = await status(person.id, { live: true });
  const node = await drawn(page, message);
  await node.getByText("🔴 Live").waitFor();
  await control.post(`/lanyard/users/${person.id}`, { discord_status: "idle" });
  await node.getByText("Idle").waitFor();
  await picture(node, "live");
  await node.getByRole("button", { name: "Stop" }).click();
  await node.getByRole("button", { name: "Keep live" }).waitFor();
  assert.equal(await node.getByText("🔴 Live ·").count(), 0);
});

test("the menu of a member has Live status, and a way to write to them", async () => {
  const [me, other] = guild.members;
  await control.post(`/lanyard/users/${other.id}`, { ...NOTHING, discord_status: "dnd" });
  await page.locator(`#members [data-member="${other.id}"][data-status="dnd"]`).waitFor();
  await ask(other.id, (text) => text.includes("Do Not Disturb"));
  await page.click(`#members [data-member="${other.id}"] .member`);
  const menu = page.getByRole("menu");
  await menu.getByRole("menuitem", { name: "Live status" }).waitFor();
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "menu.png") });
  await page.keyboard.press("Enter");
  const used = page.locator("#messages .message", { has: page.locator(".used", { hasText: "Live status" }) }).last();
  await used.getByText("Do Not Disturb").waitFor();

  await page.click(`#members [data-member="${other.id}"] .member`);
  await menu.getByRole("menuitem", { name: "Message" }).click();
  await page.locator("#chat-title h1", { hasText: other.name }).waitFor();
  // Nothing comes along until it is added to one's account.
  assert.equal(await page.locator(".try").count(), 0);
  const { applications: [app] } = await control.get("/state");
  await page.click(`.server[data-key="${guild.id}"]`);
  await page.click(`#members [data-member="${app.id}"] .member`);
  await menu.getByRole("menuitem", { name: "Add to your account" }).click();
  await page.click(".home");
  await page.locator(".try", { hasText: "/status" }).waitFor();
  await page.focus("#composer-input");
  await page.keyboard.type("/status");
  await page.locator('#popup [role="option"]').first().waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  const answer = page.locator("#messages .message", { has: page.locator(".used", { hasText: me.name }) }).last();
  await answer.locator(".embed").first().waitFor();
  if (SHOTS) await page.screenshot({ path: join(SHOTS, "direct-messages.png") });
});

test("the card of somebody who is not on Lanyard, and one that is old", async () => {
  const [person, another] = guild.members;
  await control.post(`/lanyard/users/${person.id}`, NOTHING);
  await page.click(`.server[data-key="${guild.id}"]`);
  for (const fault of ["refuse", "cut"]) await control.post("/faults", { target: "lanyard", fault });
  const old = await drawn(page, await ask(person.id, (text) => text.includes("cannot be reached")));
  assert.match(await old.innerText(), /this was true .*(now|second|minute)/);
  await picture(old, "stale");
  await control.remove(`/lanyard/users/${another.id}`);
  await control.remove("/faults");
  await ask(another.id, (text) => text.includes("discord.gg/lanyard"));
  // Only who asks sees that.
  const gone = await drawn(page, await status(another.id));
  assert.equal(await gone.locator(".embed-footer").count(), 0, "it does not age");
  await picture(gone, "not-on-lanyard");
});
