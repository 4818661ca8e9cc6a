// A served dashboard, opened in one browser that the tests of a file share.
import { after, before } from "node:test";
import { launch, open } from "./browser.mjs";
import { BADGE, rangeSample, sample } from "./sample.mjs";
import { serve, strictPolicy } from "./site.mjs";

export const FOLDER = "/datasites/leader@example.org/cpu_tracker/";
export const now = () => Date.now() / 1000;
export const POINTS = 180;
export const GAP = { from: 75, to: 114 };
export const withGap = () => sample({ now: now(), machines: (k) => (k >= GAP.from && k <= GAP.to ? 2 : 12) });

/** @type {import("playwright-core").Browser} */
export let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * Serves files, opens the page, runs the check, and closes both. `data` is data.json, as `day` and `month` are theirs: an object, a text, or
 * null for "not found". The check may change them in `shown`.
 */
export async function visit(data, check, { policy = strictPolicy, path = FOLDER, day, month, badge = BADGE, ...options } = {}) {
  const shown = { data, day: day ?? rangeSample({ now: now(), range: "day" }), month: month ?? rangeSample({ now: now(), range: "month" }), badge };
  if (day === null) shown.day = null;
  if (month === null) shown.month = null;
  const file = (name) => {
    const content = shown[name.split(".")[0]] ?? null;
    return content === null || typeof content === "string" ? content : JSON.stringify(content);
  };
  const site = await serve({ file, policy });
  const { page, seen, close } = await open(browser, site.origin + path, options);
  try {
    await page.waitForSelector("html[data-kind]");
    await check({ page, seen, site, shown, text: (id) => page.locator(`#${id}`).innerText() });
  } finally {
    await close();
    await site.stop();
  }
}

/** Makes the page read its data now, as when the network is back. */
export const readAgain = (page) => page.evaluate(() => dispatchEvent(new Event("online")));

/** What a series says of point k, as the page words it when the range deserves no decimals or one. */
export function worded({ mean, low, high }, k) {
  const margin = (high.at(k) - low.at(k)) / 2;
  const digits = margin >= 2 ? 0 : margin >= 0.2 ? 1 : 2;
  const [factor, minus] = [10 ** digits, (value) => value.toFixed(digits).replace("-", "−")];
  return `${minus(mean.at(k))} %, noise range ${minus(Math.floor(low.at(k) * factor + 1e-6) / factor)} to ${minus(Math.ceil(high.at(k) * factor - 1e-6) / factor)} %`;
}

/** Left and right end of the time axis on the screen. */
export async function axis(page) {
  const box = await page.locator("#plot line.base").first().boundingBox();
  return { left: box.x, right: box.x + box.width, middle: box.y - 100 };
}
