// A page that was really published, with its real data: PAGE_URL=http://127.0.0.1:…/ node --test published.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, launch, open } from "./browser.mjs";

const address = process.env.PAGE_URL;
/** Milliseconds until a first value must be there. */
const PATIENCE = Number(process.env.PAGE_PATIENCE ?? 60_000);

test("the published page shows a current value with its range, and keeps to itself", { skip: !address && "no PAGE_URL" }, async () => {
  const browser = await launch();
  try {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const { page, seen, close } = await open(browser, address, { colorScheme });
      await page.waitForSelector('html[data-kind="live"]', { timeout: PATIENCE });
      assert.match(await page.locator("#value").innerText(), /^−?\d+(\.\d+)?$/);
      assert.match(await page.locator("#range").innerText(), /^noise range −?[\d.]+ to −?[\d.]+ %$/);
      assert.match(await page.locator("#machines").innerText(), /^\d+$/);
      assert.match(await page.locator("#age").innerText(), / ago$/);
      assert.match(await page.locator("#odds").innerText(), /ε\s=\s/);
      assert.ok((await page.locator("path.mean").count()) > 0);
      // Nothing but the page and its data: the errors of a first publication that is still awaited are no violation.
      assertQuiet(seen, new URL(address).origin, { errors: [/404/] });
      assert.equal(new Set(seen.requests.map((request) => new URL(request).pathname)).size, 2);
      const data = seen.requests.find((request) => new URL(request).pathname.endsWith("/data.json"));
      const published = await page.evaluate((file) => fetch(file).then((response) => response.text()), data);
      assert.equal(JSON.parse(published).schema, 2);
      assert.doesNotMatch(published, /@/, "no e-mail address is published");
      for (const width of [320, 1920]) {
        await page.setViewportSize({ width, height: 900 });
        await assertNoSidewaysScroll(page);
        await assertAccessible(page);
      }
      await close();
    }
  } finally {
    await browser.close();
  }
});
