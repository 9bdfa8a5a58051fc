// Takes the README's picture of the page, with the real bot at work.
//   SANDBOX=target/debug/sandbox BOT=target/debug/uguisu node picture.mjs ../../../docs/page.png
import { resolve } from "node:path";
import { controlOf, startSandbox } from "../clients/harness.mjs";
import { launch, open, type } from "./browser.mjs";

const { SANDBOX, BOT } = process.env;
/** What plays in the picture, and the song before it there: a songbird's, as it should be. */
const STATION = "kpop", BEFORE = 8009;
const sandbox = await startSandbox(resolve(SANDBOX), { command: [resolve(BOT)], variables: { DATABASE_URL: "sqlite://bot.sqlite", HTTP_LISTEN: "127.0.0.1:0" }, options: ["--song-length", "100-140"] });
const browser = await launch();
try {
  const control = controlOf(sandbox.origin);
  const { guilds: [guild] } = await control.get("/world");
  const [text, voice] = [0, 2].map((type) => guild.channels.find((c) => c.type === type));
  for (let station = null; station?.song.id !== BEFORE;) station = await control.post(`/listen-moe/${STATION}/next`);
  const page = await browser.newPage({ locale: "en-GB" });
  await open(page, sandbox.origin);
  const songs = guild.channels.filter((c) => c.type === 0)[1];
  await page.click(`[data-channel="${songs.id}"]`);
  await control.post("/interactions", { command: "announce set", options: { channel: songs.id, station: STATION }, channel: text.id });
  await page.click(`[data-channel="${voice.id}"]`);
  await page.locator(".in-voice").waitFor();
  await control.post("/interactions", { command: "radio join", options: { station: STATION }, channel: songs.id });
  await page.locator(".call.heard").waitFor();
  const embeds = await page.locator("#messages .embed").count();
  await control.post(`/listen-moe/${STATION}/next`);
  await page.waitForFunction((n) => document.querySelectorAll("#messages .embed").length > n, embeds);
  await type(page, "/nowplaying ");
  await page.keyboard.press("Enter");
  await page.locator("#messages .used", { hasText: "nowplaying" }).last().waitFor();
  await page.locator("#messages .pending").waitFor({ state: "detached" });
  await page.click(".call .listen");
  // The level of a whole second of sound, and every picture drawn.
  await page.waitForFunction(() => /\d s/.test(document.querySelector(".figures").textContent) && Number.parseInt(document.querySelector(".figures div:last-child dd").textContent, 10) >= 12);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  // The machine's hiccups, if there were any: better to take it again.
  console.log(`gaps: ${(await control.get("/voice")).map((call) => call.gaps)}`);
  await page.screenshot({ path: process.argv[2] ?? "page.png" });
} finally {
  await browser.close();
  await sandbox.stop();
}
