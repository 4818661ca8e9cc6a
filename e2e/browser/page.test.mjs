// The dashboard in a real browser, as it is published: node --test page.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, launch, open } from "./browser.mjs";
import { promise, sample } from "./sample.mjs";
import { publishedPage, serve, strictPolicy, SYFTBOX_POLICY } from "./site.mjs";

const FOLDER = "/datasites/leader@example.org/cpu_tracker/";
const now = () => Date.now() / 1000;
const GAP = { from: 150, to: 229 };
const withGap = () => sample({ now: now(), machines: (k) => (k >= GAP.from && k <= GAP.to ? 2 : 12) });

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Serves data, opens the page, runs the check, and closes both. `data` is an object, a text, or null for "not found". */
async function visit(data, check, { policy = strictPolicy, path = FOLDER, ...options } = {}) {
  const shown = { data };
  const site = await serve({ data: () => (shown.data === null || typeof shown.data === "string" ? shown.data : JSON.stringify(shown.data)), policy });
  const { page, seen, close } = await open(browser, site.origin + path, options);
  try {
    await page.waitForSelector("html[data-kind]");
    await check({ page, seen, site, shown, text: (id) => page.locator(`#${id}`).innerText() });
  } finally {
    await close();
    await site.stop();
  }
}

test("the published page is one small file without any address, inline style or handler", () => {
  const html = publishedPage();
  assert.ok(Buffer.byteLength(html) < 40_000, `${Buffer.byteLength(html)} bytes`);
  const forbidden = [/https?:/, /["'(](data|blob):/, /\bsrc=/, /\bhref="(?!#)/, /@import/, /url\((?!#)/, /\sstyle=/, /\son\w+="/, /innerHTML|insertAdjacentHTML|document\.write|\beval\b/];
  for (const pattern of forbidden) assert.equal(pattern.exec(html.replace("http://www.w3.org/2000/svg", "")), null);
});

for (const [name, policy] of Object.entries({ "SyftBox's policy": () => SYFTBOX_POLICY, "the strict policy": strictPolicy })) {
  test(`under ${name}: value and range in the same breath, and nothing but its own data is asked for`, async () => {
    const data = withGap();
    await visit(data, async ({ page, seen, site, text }) => {
      const [mean, low, high] = [data.mean.at(-1), data.low.at(-1), data.high.at(-1)];
      assert.equal(await page.locator("#current").textContent(), `${Math.round(mean)} %, noise range ${Math.floor(low)} to ${Math.ceil(high)} %`);
      assert.equal(await text("machines"), "12");
      assert.match(await text("age"), /^\d+ s ago$/);
      assert.equal(await text("state"), "Live");
      assert.equal(await page.locator("#notice").isVisible(), false);
      await page.hover("#chart");
      assert.deepEqual([...new Set(seen.requests)], [`${site.origin}${FOLDER}`, `${site.origin}${FOLDER}data.json`]);
      assertQuiet(seen, site.origin);
    }, { policy });
  });
}

test("the strict policy is one that bites: a changed script does not run", async () => {
  const { origin, stop } = await serve({ data: () => JSON.stringify(withGap()), policy: (html) => strictPolicy(html).replace(/(script-src) \S+/, "$1") });
  const { page, seen, close } = await open(browser, origin);
  assert.equal(await page.locator("html[data-kind]").count(), 0);
  assert.ok(seen.violations.length > 0);
  await close();
  await stop();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [320, 1280]) {
    test(`accessible: ${colorScheme}, ${width} px`, async () => {
      const states = {
        live: withGap(),
        several: sample({ now: now(), promises: [promise("live", 14), promise("standard", 9), promise("original", 2)] }),
        demo: sample({ now: now(), promises: [promise("demo", 12)], step_s: 1, demo: 12 }),
        stale: sample({ now: now() - 3 * 3600 }),
        waiting: sample({ now: now(), promises: [promise("live", 2)] }),
        broken: "{",
      };
      for (const data of Object.values(states)) {
        await visit(data, async ({ page }) => {
          await page.locator("summary").click();
          await page.locator("#chart").focus();
          await page.keyboard.press("End");
          await assertNoSidewaysScroll(page);
          await assertAccessible(page);
        }, { colorScheme, viewport: { width, height: 700 }, reducedMotion: "reduce" });
      }
    });
  }
}

test("no sideways scroll at any width, up to a wall", async () => {
  await visit(withGap(), async ({ page }) => {
    for (const width of [320, 360, 480, 640, 800, 1024, 1440, 1920, 2560, 3840]) {
      await page.setViewportSize({ width, height: 900 });
      await assertNoSidewaysScroll(page);
    }
  });
});

/** Left and right end of the time axis on the screen. */
async function axis(page) {
  const box = await page.locator("line.base").first().boundingBox();
  return { left: box.x, right: box.x + box.width, middle: box.y - 100 };
}

test("hovering reads the point under the pointer, in the reader's time zone", async () => {
  const data = { ...withGap(), t0: Math.floor(Date.UTC(2026, 0, 2, 3, 4, 5) / 1000) };
  await visit(data, async ({ page, text }) => {
    const { left, right, middle } = await axis(page);
    for (const k of [0, 1, 77, 149, 231, 359]) {
      await page.mouse.move(left + ((k + 0.5) / data.mean.length) * (right - left), middle);
      const time = new Date((data.t0 + k * data.step_s + 5.5 * 3600) * 1000).toISOString().slice(11, 19);
      assert.equal(await text("what"), `${Math.round(data.mean[k])} %, noise range ${Math.floor(data.low[k])} to ${Math.ceil(data.high[k])} %`);
      assert.match(await text("when"), new RegExp(`^2 Jan, ${time}, 12 machines$`));
    }
    await page.mouse.move(left + (200.5 / 360) * (right - left), middle);
    assert.equal(await text("what"), "nothing published: fewer than 3 machines");
    assert.match(await text("zone"), /Kolkata|Calcutta/);
    await page.mouse.move(5, 5);
    assert.equal(await page.locator("#tip").isVisible(), false);
  }, { timezoneId: "Asia/Kolkata" });
});

test("the keyboard reads every point, and says it", async () => {
  const data = withGap();
  await visit(data, async ({ page, text }) => {
    const spoken = (k) => `${Math.round(data.mean[k])} %, noise range ${Math.floor(data.low[k])} to ${Math.ceil(data.high[k])} %. `;
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "chart");
    assert.notEqual(await page.locator("#chart").evaluate((chart) => getComputedStyle(chart).outlineStyle), "none");
    const steps = [["ArrowLeft", 359], ["ArrowLeft", 358], ["Home", 0], ["ArrowLeft", 0], ["ArrowRight", 1], ["End", 359], ["ArrowRight", 359]];
    for (const [key, k] of steps) {
      await page.keyboard.press(key);
      assert.ok((await page.locator("#spoken").textContent()).startsWith(spoken(k)), `${key} reads point ${k}`);
      assert.equal(await page.locator("#tip").isVisible(), true);
    }
    assert.equal(await page.locator("[aria-live] #spoken").count(), 1);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#tip").isVisible(), false);
    assert.equal(await page.locator("#points tbody tr").count(), 20);
    await page.locator("summary").click();
    assert.match(await text("points"), new RegExp(`${Math.round(data.mean[359])} %`));
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
    assert.ok((await page.locator("#spoken").textContent()).startsWith(`${Math.round(shown.data.mean[8])} %`));
    shown.data = { ...shown.data, mean: [], low: [], high: [], machines: [], newest: null };
    await page.clock.fastForward(21_000);
    await page.locator('html[data-kind="waiting"]').waitFor();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.locator("#tip").isVisible(), false);
    assert.equal(await page.locator("#spoken").textContent(), "");
  }, { clock: true });
});

test("a gap is drawn as a gap: hatched, labelled, and no line across it", async () => {
  await visit(withGap(), async ({ page }) => {
    assert.equal(await page.locator("rect.gap").count(), 1);
    assert.deepEqual(await page.locator("text.label").allTextContents(), ["nothing published:", "fewer than 3 machines"]);
    const { left, right } = await axis(page);
    const gap = await page.locator("rect.gap").boundingBox();
    assert.ok(Math.abs(gap.x - (left + (GAP.from / 360) * (right - left))) < 1.5);
    assert.ok(Math.abs(gap.width - (80 / 360) * (right - left)) < 1.5);
    for (const curve of [...(await page.locator("path.mean").all()), ...(await page.locator("path.band").all())]) {
      const box = await curve.boundingBox();
      assert.ok(box.x + box.width <= gap.x + 2 || box.x >= gap.x + gap.width - 2);
    }
    assert.equal(await page.locator("path.mean").count(), 2);
  });
});

test("the band stays within the axis while the numbers stay as published", async () => {
  const data = sample({ now: now(), promises: [promise("hour", 12)] });
  await visit(data, async ({ page, text }) => {
    const heights = await page.locator("line.grid, line.base").evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("y1"))));
    const box = await page.locator("path.band").evaluate((path) => ({ y: path.getBBox().y, height: path.getBBox().height }));
    assert.ok(box.y >= Math.min(...heights) - 0.1);
    assert.ok(box.y + box.height <= Math.max(...heights) + 0.1);
    assert.ok(data.low.at(-1) < 0);
    assert.match(await text("range"), /^noise range −\d+ to 1\d\d %$/);
  });
});

test("old data are called old", async () => {
  await visit(sample({ now: now() - 5 * 3600 }), async ({ page, text }) => {
    assert.equal(await text("state"), "Old data");
    assert.match(await text("notice"), /^Old data: the newest report is from /);
    assert.match(await text("age"), /^5 h ago$/);
    assert.equal(await text("now-title"), "Last known mean CPU load");
    assert.match(await text("history-title"), /^2 h until /);
    assert.match(await page.title(), /^Old: /);
  });
});

test("data grow old on the screen when nothing new arrives", async () => {
  await visit(sample({ now: now() }), async ({ page, text }) => {
    assert.equal(await text("state"), "Live");
    const age = Number.parseInt(await text("age"), 10);
    await page.clock.fastForward(4000);
    assert.ok(Number.parseInt(await text("age"), 10) >= age + 4);
    await page.clock.fastForward(13 * 60 * 1000);
    assert.equal(await text("state"), "Old data");
  }, { clock: true });
});

test("new data appear by themselves", async () => {
  await visit(sample({ now: now(), promises: [promise("live", 12)] }), async ({ page, shown, text }) => {
    shown.data = sample({ now: now(), promises: [promise("live", 17)] });
    await page.clock.fastForward(21_000);
    await page.locator("#machines", { hasText: "17" }).waitFor();
    assert.equal(await text("state"), "Live");
  }, { clock: true });
});

test("when the server is gone the last data stay, and the page says so", async () => {
  await visit(sample({ now: now() }), async ({ page, seen, site, text }) => {
    const value = await text("value");
    await site.stop();
    await page.clock.fastForward(21_000);
    await page.locator('html[data-kind="failing"]').waitFor();
    assert.equal(await text("value"), value);
    assert.equal(await text("state"), "No fresh data");
    assert.match(await text("notice"), /^The data cannot be reached\. What you see is from \d\d:\d\d:\d\d\. Trying again\.$/);
    assertQuiet(seen, site.origin, { errors: [/ERR_CONNECTION_REFUSED/] });
  }, { clock: true });
});

test("a file that breaks later keeps the last data, and mends by itself", async () => {
  await visit(sample({ now: now() }), async ({ page, shown, text }) => {
    const [value, good] = [await text("value"), shown.data];
    shown.data = '{"schema":1,"mean":[NaN]}';
    await page.clock.fastForward(21_000);
    await page.locator('html[data-kind="failing"]').waitFor();
    assert.equal(await text("value"), value);
    assert.match(await text("notice"), /^The published file cannot be used: it is not JSON\. What you see is from /);
    shown.data = good;
    await page.clock.fastForward(21_000);
    await page.locator('html[data-kind="live"]').waitFor();
    assert.equal(await page.locator("#notice").isVisible(), false);
  }, { clock: true });
});

test("below the minimum the page waits calmly", async () => {
  await visit(sample({ now: now(), promises: [promise("live", 2)] }), async ({ page, text }) => {
    assert.equal(await text("state"), "Waiting");
    assert.equal(await text("wanted"), "Waiting for at least 3 machines");
    assert.match(await text("present"), /^2 machines so far\./);
    assert.equal(await page.locator("#current").isVisible(), false);
    assert.equal(await page.locator("#notice").isVisible(), false);
  });
});

test("before the first publication the page waits as well", async () => {
  await visit(null, async ({ page, seen, site, text }) => {
    assert.equal(await text("wanted"), "No data yet");
    assert.equal(await page.locator("#notice").isVisible(), false);
    assertQuiet(seen, site.origin, { errors: [/404/] });
  });
});

const EVIL = '<img src="//evil.example/x" onerror="alert(1)"><script>alert(2)</script>';
const HOSTILE = {
  "markup in columns": { ...withGap(), mean: new Array(360).fill(EVIL) },
  "markup in a promise": { ...withGap(), privacy: { confidence: 0.95, curve: [], promises: [{ ...promise("live", 3), protects_s: EVIL }] } },
  "markup in the curve": { ...withGap(), privacy: { confidence: 0.95, promises: [], curve: [{ stretch_s: EVIL, epsilon: 1 }] } },
  "a page instead of data": `<!doctype html>${EVIL}`,
  "NaN": '{"schema":1,"mean":[NaN]}',
  "null": "null",
  "text": '"text"',
  "objects for numbers": { ...withGap(), step_s: { valueOf: 20 } },
  "an enormous list": JSON.stringify({ ...withGap(), mean: new Array(1_000_000).fill(1) }),
  "very deep nesting": "[".repeat(200_000),
  "nothing": "",
};
for (const [name, data] of Object.entries(HOSTILE)) {
  test(`hostile data, ${name}: a message, and nothing runs`, async () => {
    await visit(data, async ({ page, seen, site, text }) => {
      assert.match(await text("notice"), /^The published file cannot be used: .+\. Trying again\.$/);
      assert.equal(await page.locator("img").count(), 0);
      assertQuiet(seen, site.origin);
    }, { policy: () => SYFTBOX_POLICY });
  });
}

test("unknown keys with markup are left alone", async () => {
  await visit({ ...withGap(), note: EVIL, __proto__: { x: EVIL } }, async ({ page, seen, site, text }) => {
    assert.equal(await text("state"), "Live");
    assert.equal(await page.locator("img").count(), 0);
    assertQuiet(seen, site.origin);
  });
});

test("without its trailing slash the page finds its data, and how to join", async () => {
  await visit(withGap(), async ({ seen, site, text }) => {
    assert.equal(await text("state"), "Live");
    assert.equal(await text("leader"), 'leader = "leader@example.org"');
    assertQuiet(seen, site.origin);
  }, { path: FOLDER.slice(0, -1) });
});

for (const path of ["/", "/datasites/%3Cimg%20src=x%20onerror=alert(1)%3E@example.org/cpu_tracker/", "//evil.example/cpu_tracker/"]) {
  test(`at ${path} no address is made up, and none but this origin is asked`, async () => {
    await visit(withGap(), async ({ page, seen, site, text }) => {
      assert.equal(await text("state"), "Live");
      assert.equal(await page.locator("#leader").isVisible(), false);
      assert.match(await text("ask"), /ask whoever runs this page/);
      assertQuiet(seen, site.origin);
    }, { path });
  });
}

test("the privacy panel names the weakest promise, its unit, its ε and its odds", async () => {
  await visit(sample({ now: now(), promises: [promise("live", 14), promise("standard", 9), promise("original", 2)] }), async ({ text }) => {
    assert.match(await text("odds"), /any 0\.1 s stays hidden with ε\s=\s0\.5: someone who thought it 50:50 would, .* be at most 63 % sure\./);
    assert.match(await text("differ"), /weakest promise counts here: that of 2 machines/);
    assert.match(await text("promises"), /2 \(weakest\)\s+0\.1 s\s+0\.5/);
    assert.equal(await text("unit"), "any 0.1 s, ε 0.5");
    assert.match(await text("curve"), /1 h\s+18\u202f000\s+over 99\.9 %/);
  });
});

test("the demonstration says that its members share one CPU, and what that costs", async () => {
  await visit(sample({ now: now(), promises: [promise("demo", 12)], step_s: 1, demo: 12 }), async ({ page, text }) => {
    assert.match(await text("demo"), /^Demonstration: these 12 members all measure this one CPU.*0\.2 s of it costs 12 × 0\.5, so ε = 6\./);
    assert.match(await text("odds"), /ε\s=\s6: .* at most 99\.8 % sure/);
    assert.equal(await page.locator("#join").isVisible(), false);
    assert.match(await text("join-demo"), /nothing leaves this machine/);
    assert.match(await text("curve"), /1 h\s+108\u202f000/);
  });
});
