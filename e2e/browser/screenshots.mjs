// Pictures of the dashboard in its states, to be looked at: node screenshots.mjs OUT_DIR [STATE…]
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";
import { BADGE, promise, rangeSample, sample } from "./sample.mjs";
import { serve } from "./site.mjs";

const now = Date.now() / 1000;
const [out, ...wanted] = process.argv.slice(2);
if (!out) throw new Error("usage: node screenshots.mjs OUT_DIR [STATE…]");

const gap = (k) => (k > 95 && k < 131 ? 2 : k > 45 && k < 52 ? null : 12 + Math.floor(k / 45));
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
  memory: { data: sample({ now, promises: [promise("standard", 9), promise("memory", 5)] }) },
  gap: { data: sample({ now, machines: gap }) },
  "ends-in-gap": { data: sample({ now, machines: (k) => (k > 165 ? 2 : 8) }) },
  stale: { data: sample({ now: now - 5 * 3600 }) },
  failing: { data: "null" },
  demo: { data: sample({ now, step_s: 1, promises: [promise("demo", 12)], demo: 12 }) },
  dark: { data: sample({ now, machines: gap }), colorScheme: "dark" },
  "dark-stale": { data: sample({ now: now - 5 * 3600 }), colorScheme: "dark" },
  phone: { data: sample({ now, machines: gap }), width: 390, height: 844 },
  "phone-small": { data: usual, width: 320, height: 640 },
  "phone-dark": { data: usual, width: 390, height: 844, colorScheme: "dark" },
  wall: { data: usual, width: 3840, height: 2160, screen: true },
  "wall-dark": { data: usual, width: 1920, height: 1080, screen: true, colorScheme: "dark" },
  hover: { data: usual, hover: 0.4 },
  "phone-table": { data: sample({ now, machines: (k) => (k > 172 && k < 176 ? 2 : 9) }), width: 320, height: 640, hover: 0.9, table: true },
  table: { data: usual, table: true },
  "hover-high": { data: sample({ now, promises: [promise("hour", 40)] }), hover: 0.97 },
  parted: { data: sample({ now, parted: true }) },
  single: { data: usual, act: (page) => page.getByText("alone").click() },
  day: { data: usual, act: (page) => page.locator("fieldset").getByText("24 h", { exact: true }).click() },
  month: { data: usual, act: (page) => page.getByText("30 d", { exact: true }).click() },
  "no-month": { data: usual, longer: false, act: (page) => page.getByText("30 d", { exact: true }).click() },
  zoomed: { data: sample({ now, machines: gap }), act: zoomed },
  plausible: { data: usual, act: (page) => page.getByText("plausible curves").click() },
  print: { data: sample({ now, machines: gap }), act: (page) => page.emulateMedia({ media: "print", colorScheme: "dark" }) },
  contrast: { data: sample({ now, machines: gap }), act: (page) => page.emulateMedia({ forcedColors: "active", colorScheme: "dark" }) },
  badge: { data: usual, act: (page) => page.locator("#badge summary").click() },
  readme: { data: sample({ now, seed: 3 }), screen: true, height: 770 },
};

async function zoomed(page) {
  const box = await page.locator("#chart").boundingBox();
  await page.mouse.move(box.x + 0.2 * box.width, box.y + 90);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 90, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 90);
}

mkdirSync(out, { recursive: true });
const browser = await launch();
for (const [name, { data, width = 1280, height = 800, colorScheme = "light", screen = false, hover, table, longer = true, act }] of Object.entries(STATES)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const ranges = { "day.json": rangeSample({ now, range: "day" }), "month.json": rangeSample({ now, range: "month" }) };
  const file = (name) => (name === "data.json" ? data : name === "badge.svg" ? BADGE : longer ? (ranges[name] ?? null) : null);
  const site = await serve({ file: (name) => (typeof file(name) === "object" && file(name) ? JSON.stringify(file(name)) : file(name)) });
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, timezoneId: "Europe/Berlin" });
  await page.goto(`${site.origin}/datasites/leader@example.org/cpu_tracker/`);
  await page.waitForSelector('html[data-kind]');
  if (table) await page.locator("#table summary").click();
  if (hover) {
    const box = await page.locator("#chart").boundingBox();
    await page.mouse.move(box.x + hover * box.width, box.y + 100);
  }
  await act?.(page);
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(out, `${name}.png`), fullPage: !screen });
  await page.close();
  await site.stop();
}
await browser.close();
