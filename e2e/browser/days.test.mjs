// A page that stays open for days, on a wall or in a laptop that sleeps: node --test days.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "./sample.mjs";
import { now, readAgain, visit } from "./visit.mjs";

const asked = (seen, name = "data.json") => seen.requests.filter((address) => address.endsWith(name)).length;

/** New data, once a round. */
async function live(page, shown, rounds) {
  for (let round = 0; round < rounds; round++) {
    const time = (await page.evaluate(() => Date.now())) / 1000 + 20;
    shown.data = sample({ now: time, seed: round });
    const answered = page.waitForResponse((response) => response.url().endsWith("data.json"));
    await page.clock.fastForward(20_000);
    await (await answered).finished();
    await page.waitForFunction(`page.data.t0 === ${shown.data.t0}`);
  }
}

test("round after round it reads once, shows the new value in its title, and does not grow", async () => {
  await visit(sample({ now: now() }), async ({ page, seen, shown }) => {
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.getByText("plausible curves").click();
    await live(page, shown, 3);
    const client = await page.context().newCDPSession(page);
    const size = async () => {
      await client.send("HeapProfiler.collectGarbage");
      const counters = await client.send("Memory.getDOMCounters");
      return { ...counters, elements: await page.locator("*").count() };
    };
    const [before, reads] = [await size(), asked(seen)];
    await live(page, shown, 40);
    const after = await size();
    assert.equal(asked(seen) - reads, 40);
    assert.match(await page.title(), new RegExp(`^${Math.round(shown.data.now.rolling.mean)} % · `));
    assert.equal(after.jsEventListeners, before.jsEventListeners);
    // There may be a label of time more or less; what a round leaves behind would be there forty times.
    for (const count of ["elements", "nodes"]) assert.ok(after[count] < before[count] + 30, `${count}: ${before[count]}, then ${after[count]}`);
  }, { clock: true });
});

test("after a night's sleep one reading brings everything up to date", async () => {
  await visit(sample({ now: now() }), async ({ page, seen, shown, text }) => {
    await page.locator("fieldset").getByText("24 h", { exact: true }).click();
    await page.locator("#history-title", { hasText: "Last 24 h" }).waitFor();
    const reads = [asked(seen), asked(seen, "day.json")];
    shown.data = sample({ now: now() + 8 * 3600 });
    await page.clock.fastForward(8 * 3600 * 1000);
    await page.locator('html[data-kind="live"]').waitFor();
    await page.locator("#age", { hasText: /^\d+ s ago$/ }).waitFor();
    assert.equal(await text("notice"), "");
    assert.deepEqual([asked(seen), asked(seen, "day.json")], [reads[0] + 1, reads[1] + 1]);
  }, { clock: true });
});

test("when the network is back, or somebody looks again, the data are read at once, and still once a round", async () => {
  await visit(sample({ now: now() }), async ({ page, seen, shown }) => {
    const good = shown.data;
    shown.data = null;
    await page.clock.fastForward(20_000);
    await page.locator('html[data-kind="failing"]').waitFor();
    shown.data = good;
    await readAgain(page);
    await page.locator('html[data-kind="live"]').waitFor();
    const reads = asked(seen);
    // In the middle of a round, so that a second row of readings would not coincide with the first.
    await page.clock.fastForward(10_000);
    const looked = page.waitForResponse((response) => response.url().endsWith("data.json"));
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await (await looked).finished();
    await page.clock.runFor(100);
    assert.equal(asked(seen), reads + 1);
    await page.clock.fastForward(15_000);
    await page.clock.runFor(100);
    assert.equal(asked(seen), reads + 1);
    for (let round = 1; round <= 3; round++) {
      const answered = page.waitForResponse((response) => response.url().endsWith("data.json"));
      await page.clock.fastForward(20_000);
      await (await answered).finished();
      await page.clock.runFor(100);
    }
    assert.equal(asked(seen), reads + 4);
  }, { clock: true });
});

test("what goes wrong while drawing does not end the reading", async () => {
  await visit(sample({ now: now() }), async ({ page, seen, shown }) => {
    await page.evaluate(() => {
      const fails = () => { throw new Error("drawing failed"); };
      Object.defineProperty(Element.prototype, "replaceChildren", { value: fails, configurable: true });
    });
    shown.data = sample({ now: now(), seed: 2 });
    const reads = asked(seen);
    for (let round = 1; round <= 2; round++) {
      const answered = page.waitForResponse((response) => response.url().endsWith("data.json"));
      await page.clock.fastForward(20_000);
      await (await answered).finished();
      await page.clock.runFor(100);
    }
    assert.equal(asked(seen), reads + 2);
    assert.ok(seen.errors.some((text) => text.includes("drawing failed")));
  }, { clock: true });
});

test("the same data are not drawn again: what is selected in the table stays selected", async () => {
  await visit(sample({ now: now() }), async ({ page }) => {
    await page.locator("#table summary").click();
    await page.locator("#points tbody tr").first().waitFor();
    await page.evaluate(() => getSelection().selectAllChildren(document.querySelector("#points tbody tr")));
    const selected = () => page.evaluate(() => getSelection().toString());
    const before = await selected();
    assert.match(before, /%/);
    const answered = page.waitForResponse((response) => response.url().endsWith("data.json"));
    await page.clock.fastForward(20_000);
    await (await answered).finished();
    await page.clock.runFor(1000);
    assert.equal(await selected(), before);
  }, { clock: true });
});
