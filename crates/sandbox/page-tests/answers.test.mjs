// Everything that the bot says, drawn by the page in two languages: what is on it, that nothing shows
// its markup or sticks out, and a picture of each.
//   SANDBOX=… BOT=… SCREENSHOTS=… node --test answers.test.mjs      (scripts/test-page sets all three)
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ANSWERS } from "./answers.mjs";
import { overflowing, setUp } from "./stage.mjs";

const SHOTS = process.env.SCREENSHOTS;
const WIDE = 1280, PHONE = 390;
/** What only shows when something was not rendered, or not put in. */
const RAW = [/<[@#:t/]/, /\]\(http/, /\{ ?\$/, /\bundefined\b|\bnull\b|\bNaN\b/, /@unknown|#unknown/, /^-# /m, /[\u2068\u2069]/];
const contains = (text, part) => (part instanceof RegExp ? part.test(text) : text.includes(part));

for (const [key, locale, language] of [["en", "en-US", "en-GB"], ["ja", "ja", "ja-JP"]]) {
  describe(`what the bot says, ${locale}`, () => {
    let stage;
    before(async () => {
      stage = await setUp({ locale, browser: [language, WIDE], shots: SHOTS && join(SHOTS, "answers", key) });
    });
    after(() => stage?.strike());

    for (const { name, act, also, as = 0, ...says } of ANSWERS) {
      test(name, async () => {
        const message = await act(stage);
        await stage.page.selectOption("#me-select", stage.people[as].id);
        const node = await stage.drawn(message);
        // The page hears of it in its own time.
        const lacks = (shown) => says[key].filter((part) => !contains(shown.replace(/\s+/g, " "), part));
        const text = await stage.until("its text", async () => {
          const shown = await node.innerText();
          return lacks(shown).length === 0 && shown;
        }).catch(() => node.innerText());
        assert.deepEqual(lacks(text), [], `is not in:\n${text}`);
        for (const raw of RAW) assert.doesNotMatch(text, raw);
        assert.deepEqual(await overflowing(node), [], "nothing sticks out");
        await also?.(node);
        await stage.picture(node, name);
      });
    }

    test("nothing sticks out on a phone", async () => {
      await stage.page.setViewportSize({ width: PHONE, height: 800 });
      for (const node of await stage.page.locator("#messages .message").all()) assert.deepEqual(await overflowing(node), []);
      if (SHOTS) await stage.page.screenshot({ path: join(SHOTS, "answers", key, "phone.png") });
    });
  });
}
