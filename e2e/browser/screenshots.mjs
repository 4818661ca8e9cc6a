// Pictures of the dashboard in its states, to be looked at: node screenshots.mjs OUT_DIR [STATE…]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { promise, sample } from "./sample.mjs";
import { serve } from "./site.mjs";

const now = Date.now() / 1000;
const [out, ...wanted] = process.argv.slice(2);
if (!out) throw new Error("usage: node screenshots.mjs OUT_DIR [STATE…]");

const gap = (k) => (k > 190 && k < 262 ? 2 : k > 90 && k < 104 ? null : 12 + Math.floor(k / 90));
const empty = { ...sample({ now, points: 0, promises: [promise("standard", 1)] }), privacy: { confidence: 0.95, promises: [], curve: [] } };
const usual = sample({ now });

const STATES = {
  "no-data": { data: null },
  "no-machines": { data: empty },
  "first-points": { data: sample({ now, points: 9, promises: [promise("live", 5)] }) },
  "two-machines": { data: sample({ now, points: 100, promises: [promise("live", 2)] }) },
  "three-machines": { data: sample({ now, promises: [promise("live", 3)] }) },
  twelve: { data: usual },
  "five-thousand": { data: sample({ now, promises: [promise("standard", 5000)] }) },
  hour: { data: sample({ now, promises: [promise("hour", 12)] }) },
  mixed: { data: sample({ now, promises: [promise("live", 14), promise("standard", 9), promise("original", 2)] }) },
  gap: { data: sample({ now, machines: gap }) },
  "ends-in-gap": { data: sample({ now, machines: (k) => (k > 330 ? 2 : 8) }) },
  stale: { data: sample({ now: now - 5 * 3600 }) },
  failing: { data: "null" },
  demo: { data: sample({ now, step_s: 1, promises: [promise("demo", 12)], demo: 12 }) },
  dark: { data: sample({ now, machines: gap }), colorScheme: "dark" },
  "dark-stale": { data: sample({ now: now - 5 * 3600 }), colorScheme: "dark" },
  phone: { data: sample({ now, machines: gap }), width: 320, height: 640 },
  "phone-dark": { data: usual, width: 390, height: 844, colorScheme: "dark" },
  wall: { data: usual, width: 3840, height: 2160, screen: true },
  "wall-dark": { data: usual, width: 1920, height: 1080, screen: true, colorScheme: "dark" },
  hover: { data: usual, hover: 0.4 },
  "phone-table": { data: sample({ now, machines: (k) => (k > 350 && k < 355 ? 2 : 9) }), width: 320, height: 640, hover: 0.9, table: true },
  table: { data: usual, table: true },
  "hover-high": { data: sample({ now, promises: [promise("hour", 40)] }), hover: 0.97 },
  readme: { data: sample({ now, seed: 3 }), screen: true, height: 770 },
};

mkdirSync(out, { recursive: true });
const browser = await launch();
for (const [name, { data, width = 1280, height = 800, colorScheme = "light", screen = false, hover, table }] of Object.entries(STATES)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const site = await serve({ data: () => (data === null || typeof data === "string" ? data : JSON.stringify(data)) });
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, timezoneId: "Europe/Berlin" });
  await page.goto(`${site.origin}/datasites/leader@example.org/cpu_tracker/`);
  await page.waitForSelector('html[data-kind]');
  if (table) await page.locator("summary").click();
  if (hover) {
    const box = await page.locator("#chart").boundingBox();
    await page.mouse.move(box.x + hover * box.width, box.y + 100);
  }
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: !screen });
  await page.close();
  await site.stop();
}
await browser.close();
