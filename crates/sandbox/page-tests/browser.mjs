// Headless Chromium that asks nobody for anything, and what it takes to use the page in it.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { STEP_MS } from "../clients/harness.mjs";

const CHROMIUM = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

export function launch() {
  if (!CHROMIUM) throw new Error("Chromium is not installed; CHROMIUM may name it");
  return chromium.launch({
    executablePath: CHROMIUM, timeout: STEP_MS,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** Opens the page anew and waits until it knows the bot and its commands. */
export async function open(page, origin, { width = 1280, height = 800, scheme = "dark" } = {}) {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
  await page.goto(origin);
  await page.waitForSelector('.bot-row[data-status="online"]', { state: "attached" });
  await page.waitForSelector(".try", { state: "attached" });
}

/** Types into the command box. */
export async function type(page, text) {
  await page.focus("#composer-input");
  await page.keyboard.type(text);
}

/**
 * The element of a message, in view, once all its pictures are drawn. The page draws a message anew
 * when it changes, so what was found before may be there no more.
 */
export async function drawn(page, { id }) {
  await page.waitForFunction((one) => {
    const node = document.querySelector(`[data-message="${one}"]`);
    node?.scrollIntoView({ block: "nearest" });
    return node && [...node.querySelectorAll("img")].every((image) => image.complete && image.naturalWidth > 0);
  }, id);
  return page.locator(`[data-message="${id}"]`);
}

/** A picture of an element; again when it was drawn anew meanwhile. */
export async function photograph(node, path) {
  for (;;) {
    try {
      return await node.screenshot({ path });
    } catch (error) {
      if (!error.message.includes("not attached")) throw error;
    }
  }
}

/** The newest message's part that fits the selector. */
export const message = (page, selector) => page.locator(`#messages .message ${selector}`).last();
