// Reading, zooming and ranges: node --test chart.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./browser.mjs";
import { sample } from "./sample.mjs";
import { axis, FOLDER, now, POINTS, visit, withGap, worded } from "./visit.mjs";

test("hovering reads the point under the pointer, in the reader's time zone", async () => {
  const data = { ...withGap(), t0: Math.floor(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000) };
  await visit(data, async ({ page, text }) => {
    const { left, right, middle } = await axis(page);
    for (const k of [0, 1, 37, 74, 116, 179]) {
      await page.mouse.move(left + ((k + 0.5) / POINTS) * (right - left), middle);
      const time = new Date((data.t0 + k * data.step_s + 5.5 * 3600) * 1000).toISOString().slice(11, 19);
      assert.equal(await text("what"), worded(data.rolling, k));
      assert.match(await text("when"), new RegExp(`^2 Jan, ${time}, 12 machines$`));
    }
    await page.mouse.move(left + (100.5 / POINTS) * (right - left), middle);
    assert.equal(await text("what"), "nothing published: fewer than 3 machines");
    assert.match(await text("zone"), /Kolkata|Calcutta/);
    await page.mouse.move(5, 5);
    assert.equal(await page.locator("#tip").isVisible(), false);
  }, { timezoneId: "Asia/Kolkata" });
});

test("the keyboard reads every point, and says it", async () => {
  const data = withGap();
  await visit(data, async ({ page, text }) => {
    const spoken = (k) => `${worded(data.rolling, k)}. `;
    for (let i = 0; i < 5 && (await page.evaluate(() => document.activeElement?.id)) !== "chart"; i++) await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "chart");
    assert.notEqual(await page.locator("#chart").evaluate((chart) => getComputedStyle(chart).outlineStyle), "none");
    const steps = [["ArrowLeft", 179], ["ArrowLeft", 178], ["Home", 0], ["ArrowLeft", 0], ["ArrowRight", 1], ["End", 179], ["ArrowRight", 179]];
    for (const [key, k] of steps) {
      await page.keyboard.press(key);
      assert.ok((await page.locator("#spoken").textContent()).startsWith(spoken(k)), `${key} reads point ${k}`);
      assert.equal(await page.locator("#tip").isVisible(), true);
    }
    assert.equal(await page.locator("[aria-live] #spoken").count(), 1);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#tip").isVisible(), false);
  });
});

test("reading goes on when the data get shorter, and stops when there are none", async () => {
  await visit(withGap(), async ({ page, shown, text }) => {
    await page.locator("#chart").focus();
    await page.keyboard.press("End");
    shown.data = sample({ now: now(), points: 9 });
    await page.clock.fastForward(21_000);
    await page.locator("#history-title", { hasText: "3 min" }).waitFor();
    assert.equal(await text("state"), "Live");
    await page.keyboard.press("ArrowRight");
    assert.ok((await page.locator("#spoken").textContent()).startsWith(worded(shown.data.rolling, 8)));
    const none = { mean: [], low: [], high: [] };
    const nothing = { machines: 0, mean: null, low: null, high: null, median: null, parted: false, rolling: null };
    shown.data = { ...shown.data, single: none, rolling: { window_s: 900, ...none }, machines: [], newest: null, now: nothing };
    await page.clock.fastForward(21_000);
    await page.locator('html[data-kind="waiting"]').waitFor();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#tip").isVisible(), false);
    assert.equal(await page.locator("#spoken").textContent(), "");
  }, { clock: true });
});

/** First and last time in the title of the chart, in seconds of the day; null while all is shown. */
async function shownTimes(page) {
  const title = await page.locator("#history-title").innerText();
  const times = title.match(/\d\d:\d\d:\d\d/g)?.map((time) => time.split(":").reduce((sum, part) => 60 * sum + Number(part), 0));
  return title.startsWith("Last") ? null : times;
}

test("the rolling mean is shown first, single rounds when asked for", async () => {
  const data = withGap();
  await visit(data, async ({ page, text }) => {
    assert.equal(await text("rolling-name"), "mean of 15 min");
    await page.locator("#chart").focus();
    await page.keyboard.press("End");
    assert.equal(await text("what"), worded(data.rolling, -1));
    await page.getByText("each 20 s alone").click();
    await page.locator("#chart").focus();
    await page.keyboard.press("End");
    assert.equal(await text("what"), worded(data.single, -1));
  });
});

test("ranges are chosen with the keyboard, and read only then", async () => {
  await visit(withGap(), async ({ page, seen, site, shown, text }) => {
    const asked = (name) => seen.requests.filter((address) => address.endsWith(name)).length;
    assert.equal(asked("day.json"), 0);
    await page.locator('input[value="hour"]').focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("#history-title", { hasText: "Last 24 h" }).waitFor();
    assert.deepEqual([asked("day.json"), asked("month.json")], [1, 0]);
    await page.keyboard.press("ArrowRight");
    await page.locator("#history-title", { hasText: "Last 30 days" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator("#history-title", { hasText: "Last 24 h" }).waitFor();
    assert.deepEqual([asked("day.json"), asked("month.json")], [1, 1], "it is not read again before it is due");
    const before = await page.locator("#plot path.mean").getAttribute("d");
    shown.day = { ...shown.day, single: shown.day.rolling, rolling: { window_s: 900, ...shown.day.single } };
    await page.clock.fastForward(301_000);
    await page.waitForFunction((d) => document.querySelector("#plot path.mean").getAttribute("d") !== d, before);
    assert.equal(asked("day.json"), 2);
    assert.equal(await text("rolling-name"), "mean of 15 min");
    assertQuiet(seen, site.origin);
  }, { clock: true });
});

test("a range without a file is said gently, and appears when it is there", async () => {
  await visit(withGap(), async ({ page, shown, text }) => {
    await page.getByText("30 d", { exact: true }).click();
    await page.locator("#empty", { hasText: "There is no file of the last 30 days yet." }).waitFor();
    assert.equal(await text("state"), "Live");
    assert.equal(await page.locator("#notice").isVisible(), false);
    // Nothing is said of the range that was shown before, and there is nothing to look closer at.
    assert.deepEqual(await Promise.all(["rolling-name", "single-name", "key-mean"].map(text)), ["rolling mean", "each round alone", "mean"]);
    assert.equal(await page.locator("#in").isVisible(), false);
    shown.month = { ...shown.day, range: "month", step_s: 7200 };
    await page.clock.fastForward(61_000);
    await page.locator("#plot path.mean").waitFor();
    shown.month = null;
    await page.clock.fastForward(3_700_000);
    await page.locator("#late", { hasText: "What you see is from before." }).waitFor();
    assert.equal(await page.locator("#plot path.mean").count(), 1);
  }, { clock: true, month: null });
});

test("a drag of the mouse looks closer; the strip, the table and the CSV show the same part", async () => {
  const data = sample({ now: now() });
  await visit(data, async ({ page }) => {
    const { left, right, middle } = await axis(page);
    assert.equal(await page.locator("#whole").isVisible(), false);
    await page.mouse.move(left + (45.5 / POINTS) * (right - left), middle);
    await page.mouse.down();
    await page.mouse.move(left + (90.5 / POINTS) * (right - left), middle, { steps: 3 });
    assert.equal(await page.locator("rect.selection").count(), 1);
    await page.mouse.up();
    assert.equal(await page.locator("rect.selection").count(), 0);
    const [from, to] = await shownTimes(page);
    assert.ok(Math.abs(to - from - 900) < 10, `${to - from} s are shown`);
    await page.locator("#table summary").click();
    assert.equal(await page.locator("#points tbody tr").count(), 45);
    const lines = (await page.locator("#csv").inputValue()).trimEnd().split("\n");
    assert.equal(lines.length, 46);
    assert.equal(lines[1], [new Date((data.t0 + 45 * 20) * 1000).toISOString().replace(".000", ""), 12, data.rolling.mean[45], data.rolling.low[45], data.rolling.high[45]].join());
    // One cursor through chart and strip, at the same point.
    await page.locator("#chart").scrollIntoViewIfNeeded();
    await page.mouse.move(left + (10.5 / 45) * (right - left), (await axis(page)).middle);
    const [dot, count] = await page.locator("#cursor circle").evaluateAll((circles) => circles.map((circle) => circle.getAttribute("cx")));
    assert.ok(dot);
    assert.equal(dot, count);
    assert.ok(Math.abs(Number(dot) + (await page.locator("#plot").boundingBox()).x - (left + (10.5 / 45) * (right - left))) < (right - left) / 45);
    await page.locator("#whole").click();
    assert.equal(await shownTimes(page), null);
    assert.equal(await page.locator("#points tbody tr").count(), POINTS);
  });
});

test("the keyboard zooms, moves and comes back", async () => {
  await visit(sample({ now: now() }), async ({ page }) => {
    await page.locator("#chart").focus();
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await page.keyboard.press("-");
    const [from, to] = await shownTimes(page);
    assert.ok(Math.abs(to - from - 3600 / 1.6) < 10);
    assert.match(await page.locator("#spoken").textContent(), /^Shown: /);
    await page.keyboard.press("Shift+ArrowLeft");
    const moved = await shownTimes(page);
    assert.ok(moved[0] < from && Math.abs(moved[1] - moved[0] - (to - from)) < 2);
    // Reading goes beyond what is shown, and takes it along.
    await page.keyboard.press("End");
    assert.equal(await page.locator("#tip").isVisible(), true);
    for (const key of ["0", "Escape"]) {
      await page.keyboard.press("+");
      assert.equal(await page.locator("#whole").isVisible(), true);
      await page.keyboard.press(key);
      assert.equal(await page.locator("#whole").isVisible(), false);
    }
  });
});

test("buttons do what gestures do, and the keyboard keeps its place when they go", async () => {
  await visit(sample({ now: now() }), async ({ page }) => {
    for (const name of ["Zoom in", "Zoom in", "Earlier", "Later", "Zoom out"]) await page.getByRole("button", { name, exact: true }).click();
    await page.locator("#whole").focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "chart");
    assert.equal(await shownTimes(page), null);
  });
});

test("two fingers zoom, one moves, a tap reads", async () => {
  await visit(sample({ now: now() }), async ({ page }) => {
    await page.locator("#chart").scrollIntoViewIfNeeded();
    const { left, right, middle } = await axis(page);
    const client = await page.context().newCDPSession(page);
    const touch = (type, shares) => client.send("Input.dispatchTouchEvent", { type, touchPoints: shares.map((share, id) => ({ x: left + share * (right - left), y: middle, id })) });
    await touch("touchStart", [0.5]);
    await touch("touchEnd", []);
    await page.locator("#tip").waitFor();
    await touch("touchStart", [0.4]);
    await touch("touchStart", [0.4, 0.6]);
    for (const spread of [0.15, 0.2, 0.25]) await touch("touchMove", [0.5 - spread, 0.5 + spread]);
    await touch("touchEnd", []);
    await page.locator("#whole").waitFor();
    const [from, to] = await shownTimes(page);
    assert.ok(Math.abs(to - from - 3600 * 0.4) < 60, `${to - from} s are shown`);
    await touch("touchStart", [0.3]);
    await touch("touchMove", [0.4]);
    await touch("touchMove", [0.5]);
    await touch("touchEnd", []);
    const moved = await shownTimes(page);
    assert.ok(Math.abs(from - moved[0] - 0.2 * (to - from)) < 30, `it moved by ${from - moved[0]} s`);
  }, { hasTouch: true, viewport: { width: 390, height: 844 } });
});

test("plausible curves are drawn when asked for, and never where motion is unwelcome", async () => {
  await visit(sample({ now: now() }), async ({ page }) => {
    assert.equal(await page.locator("path.plausible").count(), 0);
    await page.getByText("plausible curves").click();
    assert.equal(await page.locator("path.plausible").count(), 20);
    assert.equal(await page.locator("#plausible-note").isVisible(), true);
    await page.locator("path.plausible.lit").waitFor({ state: "attached" });
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.locator("#plausible-option").waitFor({ state: "hidden" });
    assert.equal(await page.locator("path.plausible").count(), 0);
  });
});
