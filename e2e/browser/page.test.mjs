// The dashboard in a real browser, as it is published: node --test page.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, open } from "./browser.mjs";
import { promise, sample } from "./sample.mjs";
import { publishedPage, serve, strictPolicy, SYFTBOX_POLICY } from "./site.mjs";
import { axis, browser, FOLDER, GAP, now, POINTS, readAgain, visit, withGap, worded } from "./visit.mjs";

test("the published page is one small file without any address, inline style or handler", () => {
  const html = publishedPage();
  assert.ok(Buffer.byteLength(html) < 64_000, `${Buffer.byteLength(html)} bytes`);
  const forbidden = [/https?:/, /["'(](data|blob):/, /\bsrc=/, /\bhref="(?!#)/, /@import/, /url\((?!#)/, /\sstyle=/, /\son\w+="/, /innerHTML|insertAdjacentHTML|document\.write|\beval\b/];
  // The name of SVG, and what a reader may copy to show the badge elsewhere.
  const own = ["http://www.w3.org/2000/svg", '<a href="${page}"><img src="${badge}"'].reduce((text, known) => text.replace(known, ""), html);
  for (const pattern of forbidden) assert.equal(pattern.exec(own)?.[0], undefined);
});

for (const [name, policy] of Object.entries({ "SyftBox's policy": () => SYFTBOX_POLICY, "the strict policy": strictPolicy })) {
  test(`under ${name}: value and range in the same breath, and nothing but its own data is asked for`, async () => {
    const data = withGap();
    await visit(data, async ({ page, seen, site, text }) => {
      assert.equal(await page.locator("#current").textContent(), worded(data.rolling, -1));
      assert.match(await text("now-title"), /, last 15 min$/);
      assert.equal(await text("median"), `${Math.round(data.now.median)} %`);
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
  const { origin, stop } = await serve({ file: () => JSON.stringify(withGap()), policy: (html) => strictPolicy(html).replace(/(script-src) \S+/, "$1") });
  const { page, seen, close } = await open(browser, origin);
  assert.equal(await page.locator("html[data-kind]").count(), 0);
  assert.ok(seen.violations.length > 0);
  await close();
  await stop();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [320, 1280]) {
    test(`accessible: ${colorScheme}, ${width} px`, async () => {
      // How each of them is recognised, once it is shown.
      const states = {
        'html[data-kind="failing"]': "{",
        'html[data-kind="live"]': withGap(),
        "#promises:visible": sample({ now: now(), promises: [promise("live", 14), promise("standard", 9), promise("original", 2)] }),
        "#demo:visible": sample({ now: now(), promises: [promise("demo", 12)], step_s: 1, demo: 12 }),
        "#parted:visible": sample({ now: now(), parted: true }),
        'html[data-kind="stale"]': sample({ now: now() - 3 * 3600 }),
        'html[data-kind="waiting"]': sample({ now: now(), promises: [promise("live", 2)] }),
      };
      await visit(null, async ({ page, shown }) => {
        for (const summary of await page.locator("summary").all()) await summary.click();
        await page.locator("fieldset").getByText("24 h", { exact: true }).click();
        await page.locator("#plot path.mean").first().waitFor({ state: "attached" });
        // So close that the table has a dozen rows: axe takes its time over each of hundreds of cells that are all alike.
        await page.locator("#chart").focus();
        for (let i = 0; i < 7; i++) await page.keyboard.press("+");
        await page.keyboard.press("End");
        for (const [state, data] of Object.entries(states)) {
          shown.data = data;
          await readAgain(page);
          await page.locator(state).waitFor();
          await assertNoSidewaysScroll(page);
          await assertAccessible(page);
        }
      }, { colorScheme, viewport: { width, height: 700 }, reducedMotion: "reduce" });
    });
  }
}

test("the figures stand beside the value, and its digits do not move the chart", async () => {
  await visit(sample({ now: now() }), async ({ page, shown }) => {
    for (const width of [1024, 1280, 1440, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      const [value, facts] = await Promise.all(["#current", ".facts"].map((name) => page.locator(name).boundingBox()));
      assert.ok(facts.x > value.x + value.width && facts.y < value.y + value.height, `at ${width} px`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    const top = async () => (await page.locator("#chart").boundingBox()).y;
    const before = await top();
    shown.data = sample({ now: now(), promises: [promise("standard", 5000)] });
    await page.clock.fastForward(21_000);
    await page.locator("#machines", { hasText: "5\u202f000" }).waitFor();
    assert.equal(await top(), before);
  }, { clock: true });
});

test("no sideways scroll at any width, up to a wall", async () => {
  await visit(withGap(), async ({ page }) => {
    for (const width of [320, 360, 480, 640, 800, 1024, 1440, 1920, 2560, 3840]) {
      await page.setViewportSize({ width, height: 900 });
      await assertNoSidewaysScroll(page);
    }
  });
});

test("a gap is drawn as a gap: hatched, labelled, and no line across it", async () => {
  await visit(withGap(), async ({ page }) => {
    assert.equal(await page.locator("rect.gap").count(), 1);
    assert.deepEqual(await page.locator("#plot text.label").allTextContents(), ["nothing published:", "fewer than 3 machines"]);
    const { left, right } = await axis(page);
    const gap = await page.locator("rect.gap").boundingBox();
    assert.ok(Math.abs(gap.x - (left + (GAP.from / POINTS) * (right - left))) < 1.5);
    assert.ok(Math.abs(gap.width - ((GAP.to - GAP.from + 1) / POINTS) * (right - left)) < 1.5);
    for (const curve of [...(await page.locator("#plot path.mean").all()), ...(await page.locator("path.band").all())]) {
      const box = await curve.boundingBox();
      assert.ok(box.x + box.width <= gap.x + 2 || box.x >= gap.x + gap.width - 2);
    }
    assert.equal(await page.locator("#plot path.mean").count(), 2);
  });
});

test("the band stays within the axis while the numbers stay as published", async () => {
  const data = sample({ now: now(), promises: [promise("hour", 12)] });
  data.now.rolling = null;
  await visit(data, async ({ page, text }) => {
    const heights = await page.locator("#plot line.grid, #plot line.base").evaluateAll((lines) => lines.map((line) => Number(line.getAttribute("y1"))));
    const box = await page.locator("path.band").evaluate((path) => ({ y: path.getBBox().y, height: path.getBBox().height }));
    assert.ok(box.y >= Math.min(...heights) - 0.1);
    assert.ok(box.y + box.height <= Math.max(...heights) + 0.1);
    assert.ok(data.single.low.at(-1) < 0);
    assert.match(await text("range"), /^noise range −\d+ to \d+ %$/);
  });
});

test("old data are called old", async () => {
  await visit(sample({ now: now() - 5 * 3600 }), async ({ page, text }) => {
    assert.equal(await text("state"), "Old data");
    assert.match(await text("notice"), /^Old data: the newest report is from /);
    assert.match(await text("age"), /^5 h ago$/);
    assert.equal(await text("now-title"), "Last known mean CPU load of the group, last 15 min");
    assert.match(await text("history-title"), /^1 h until /);
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
    shown.data = '{"schema":2,"machines":[NaN]}';
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

test("a few machines far from the others are said in words", async () => {
  await visit(sample({ now: now(), parted: true }), async ({ page, shown, text }) => {
    assert.match(await text("parted"), /^A few machines are far from the others, or report false values: in this round the mean is \d+ % and the median \d+ %/);
    shown.data = sample({ now: now() });
    await page.clock.fastForward(21_000);
    await page.locator("#parted").waitFor({ state: "hidden" });
  }, { clock: true });
});

test("the memory in use stands beside the rest where enough machines share it, and nowhere else", async () => {
  await visit(sample({ now: now(), promises: [promise("standard", 9), promise("memory", 5)] }), async ({ page, text }) => {
    assert.equal(await text("memory"), "61 %");
    assert.equal(await text("memory-of"), "(52 to 70 %; of 5 machines)");
    assert.match(await text("promises"), /9 \(weakest\)[^]*5, with memory/);
    await assertNoSidewaysScroll(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await assertNoSidewaysScroll(page);
  });
  await visit(sample({ now: now() }), async ({ page }) => {
    assert.equal(await page.locator("#memory-fact").isVisible(), false);
  });
});

test("on paper: light, without controls, and everything that can be opened is open", async () => {
  await visit(withGap(), async ({ page }) => {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.locator("#points tbody tr").nth(POINTS - 1).waitFor();
    assert.equal(await page.locator("html").evaluate((html) => getComputedStyle(html).backgroundColor), "rgb(255, 255, 255)");
    for (const control of await page.locator("button, input").all()) assert.equal(await control.isVisible(), false);
    assert.equal(await page.locator("#points").isVisible(), true);
    await page.emulateMedia({ media: "screen" });
    await page.locator("#points").waitFor({ state: "hidden" });
  });
});

test("with forced colours everything has one of the reader's", async () => {
  await visit(withGap(), async ({ page, text }) => {
    assert.equal(await text("state"), "Live");
    const [line, paper] = await page.evaluate(() => ["path.mean", "body"].map((name) => getComputedStyle(document.querySelector(name))[name === "body" ? "color" : "stroke"]));
    assert.notEqual(line, paper);
    await assertAccessible(page);
  }, { forcedColors: "active" });
});
