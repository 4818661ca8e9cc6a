// Published files that somebody made to harm: node --test hostile.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertQuiet } from "./browser.mjs";
import { promise, rangeSample } from "./sample.mjs";
import { SYFTBOX_POLICY } from "./site.mjs";
import { FOLDER, now, POINTS, visit, withGap } from "./visit.mjs";

const EVIL = '<img src="//evil.example/x" onerror="alert(1)"><script>alert(2)</script>';
const HOSTILE = {
  "markup in columns": { ...withGap(), single: { mean: new Array(POINTS).fill(EVIL), low: [], high: [] } },
  "markup in a promise": { ...withGap(), privacy: { confidence: 0.95, curve: [], promises: [{ ...promise("live", 3), protects_s: EVIL }] } },
  "markup in the curve": { ...withGap(), privacy: { confidence: 0.95, promises: [], curve: [{ stretch_s: EVIL, epsilon: 1 }] } },
  "a page instead of data": `<!doctype html>${EVIL}`,
  "NaN": '{"schema":2,"machines":[NaN]}',
  "null": "null",
  "text": '"text"',
  "a median of markup": { ...withGap(), now: { ...withGap().now, median: EVIL } },
  "schema 1": { ...withGap(), schema: 1 },
  "objects for numbers": { ...withGap(), step_s: { valueOf: 20 } },
  "an enormous list": JSON.stringify({ ...withGap(), machines: new Array(1_000_000).fill(1) }),
  "very deep nesting": "[".repeat(200_000),
  "nothing": "",
};
for (const [name, data] of Object.entries(HOSTILE)) {
  test(`hostile data, ${name}: a message, and nothing runs`, async () => {
    await visit(data, async ({ page, seen, site, text }) => {
      assert.match(await text("notice"), /^The published file cannot be used: .+\. Trying again\.$/);
      assert.equal(await page.locator("img:not(#badge-image)").count(), 0);
      assertQuiet(seen, site.origin);
    }, { policy: () => SYFTBOX_POLICY });
  });
}

const DAY = rangeSample({ now: now(), range: "day" });
const HOSTILE_DAYS = {
  "markup": { ...DAY, machines: new Array(288).fill(EVIL) },
  "wrong lengths": { ...DAY, single: { mean: [1], low: [1], high: [1] } },
  "a text": '"text"',
  "an enormous list": { ...DAY, machines: new Array(1_000_000).fill(1) },
  "a prototype": JSON.stringify({ ...DAY, machines: undefined }).replace("{", '{"__proto__":{"machines":[1]},"constructor":1,'),
  "another range": { ...DAY, range: "month" },
  "the last hour": withGap(),
};
for (const [name, day] of Object.entries(HOSTILE_DAYS)) {
  test(`a hostile file of the day, ${name}: a message in its place, and the rest goes on`, async () => {
    await visit(withGap(), async ({ page, seen, site, text }) => {
      await page.locator("fieldset").getByText("24 h", { exact: true }).click();
      await page.locator("#empty", { hasText: /^The file of the last 24 hours cannot be used: .+\.$/ }).waitFor();
      assert.equal(await page.locator("#plot path.mean").count(), 0);
      assert.equal(await text("state"), "Live");
      assert.equal(await page.locator("img:not(#badge-image)").count(), 0);
      await page.locator("fieldset").getByText("1 h", { exact: true }).click();
      assert.equal(await page.locator("#plot path.mean").count(), 2);
      assertQuiet(seen, site.origin);
    }, { day, policy: () => SYFTBOX_POLICY });
  });
}

test("unknown keys with markup are left alone", async () => {
  await visit({ ...withGap(), note: EVIL, __proto__: { x: EVIL } }, async ({ page, seen, site, text }) => {
    assert.equal(await text("state"), "Live");
    assert.equal(await page.locator("img:not(#badge-image)").count(), 0);
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
      assert.equal(await page.locator("#known").isVisible(), false);
      assert.match(await text("ask"), /ask whoever runs this page/);
      assertQuiet(seen, site.origin);
    }, { path });
  });
}

