// What stands below the chart: node --test panels.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFile } from "node:fs/promises";
import { assertQuiet } from "./browser.mjs";
import { promise, sample } from "./sample.mjs";
import { SYFTBOX_POLICY, strictPolicy } from "./site.mjs";
import { FOLDER, now, POINTS, visit, withGap } from "./visit.mjs";

test("the privacy panel names the weakest promise, its unit, its ε and its odds", async () => {
  await visit(sample({ now: now(), promises: [promise("live", 14), promise("standard", 9), promise("original", 2)] }), async ({ text }) => {
    assert.match(await text("odds"), /any 0\.1 s stays hidden with ε\s=\s0\.5: someone who thought it 50:50 would, .* be at most 63 % sure\./);
    assert.match(await text("differ"), /weakest promise counts here: that of 2 machines/);
    assert.match(await text("promises"), /2 \(weakest\)\s+0\.1 s\s+0\.5/);
    assert.equal(await text("unit"), "any 0.1 s, ε 0.5");
    assert.match(await text("curve"), /1 h\s+18\u202f000\s+over 99\.9 %/);
    assert.match(await text("curve"), /30 days\s+12\u202f960\u202f000 \(6\u202f480\u202f000\)\s+over 99\.9 %/);
    assert.match(await text("delta"), /^In brackets: ε at δ = 10⁻⁶; it may fail, roughly, once in a million\.$/);
  });
});

test("the demonstration says that its members share one CPU, and what that costs", async () => {
  await visit(sample({ now: now(), promises: [promise("demo", 12)], step_s: 1, demo: 12 }), async ({ page, text }) => {
    assert.match(await text("demo"), /^Demonstration: these 12 members all measure this one CPU.*0\.2 s of it costs 12 × 0\.5, so ε = 6\./);
    assert.match(await text("odds"), /ε\s=\s6: .* at most 99\.8 % sure/);
    assert.equal(await page.locator("#join").isVisible(), false);
    assert.match(await text("join-demo"), /nothing leaves this machine/);
    assert.match(await text("curve"), /1 h\s+108\u202f000/);
    assert.doesNotMatch(await text("curve"), /\(/);
    assert.equal(await page.locator("#delta").isVisible(), false);
  });
});

test("a loss at δ that looks like the one beside it is not shown, nor a word on δ", async () => {
  const file = sample({ now: now() });
  file.privacy.curve = [{ stretch_s: 86_400, epsilon: 24, tight: 23.95 }];
  await visit(file, async ({ page, text }) => {
    assert.match(await text("curve"), /24 h\s+24\s+over/);
    assert.equal(await page.locator("#delta").isVisible(), false);
  });
});

test("the privacy curve is a picture with its sentence, and a table beside it", async () => {
  await visit(withGap(), async ({ page }) => {
    const picture = page.getByRole("img", { name: /for any 30 s at most 74 % sure/ });
    assert.equal(await picture.locator("path").count(), 1);
    assert.deepEqual(await picture.locator("text.label").allTextContents(), ["any 30 s: 74 %"]);
    assert.equal(await page.locator("#curve tbody tr").count(), 5);
  });
});

for (const [profile, width] of [["hour", 320], ["hour", 1280], ["demo", 320], ["demo", 1280]]) {
  test(`the picture of ${profile} at ${width} px: a label for each line of time, inside it, and none over another`, async () => {
    await visit(sample({ now: now(), promises: [promise(profile, 12)] }), async ({ page }) => {
      const picture = await page.locator("#sureness").boundingBox();
      const labels = await page.locator("#sureness text.middle").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));
      assert.equal(await page.locator("#sureness line.grid").count(), labels.length + 2);
      assert.ok(labels.length >= 2);
      labels.forEach(({ left, right }, i) => {
        assert.ok(left >= (i ? labels[i - 1].right : picture.x) && right <= picture.x + picture.width + 1);
      });
    }, { viewport: { width, height: 800 } });
  });
}

for (const [name, policy] of Object.entries({ "SyftBox's policy": () => SYFTBOX_POLICY, "the strict policy": strictPolicy })) {
  test(`under ${name}: the CSV is downloaded and copied, and so are the commands`, async () => {
    await visit(withGap(), async ({ page, seen, site }) => {
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.origin });
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await page.locator("#table summary").click();
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download CSV" }).click()]);
      assert.equal(file.suggestedFilename(), "group-cpu-hour.csv");
      const text = await readFile(await file.path(), "utf8");
      assert.equal(text.split("\r\n").length, POINTS + 2);
      await page.getByRole("button", { name: "Copy CSV" }).click();
      await page.getByRole("button", { name: "Copied" }).waitFor();
      assert.equal((await copied()).replaceAll("\r", ""), text.replaceAll("\r", ""));
      for (const id of ["build", "preview", "leader", "install", "link"]) {
        await page.locator(`[data-of="${id}"]`).click();
        await page.locator(`[data-of="${id}"]`, { hasText: "Copied" }).waitFor();
        assert.equal(await copied(), await page.locator(`#${id}`).textContent());
      }
      assert.match(await page.locator("#preview").textContent(), /--leader leader@example\.org$/);
      // A blob is the page's own: nothing leaves it.
      seen.requests = seen.requests.filter((address) => !address.startsWith("blob:"));
      assertQuiet(seen, site.origin);
    }, { policy });
  });
}

test("where a page may not copy, what is to be copied is selected", async () => {
  await visit(withGap(), async ({ page }) => {
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.locator("#table summary").click();
    await page.getByRole("button", { name: "Copy CSV" }).click();
    await page.locator("#csv").waitFor();
    assert.match(await page.evaluate(() => getSelection()?.toString() ?? ""), /^time_utc,/);
    await page.locator('[data-of="install"]').click();
    assert.equal(await page.evaluate(() => getSelection()?.toString()), 'syftbox app install "$PWD/cpu-member"');
  });
});

test("the badge is asked for when somebody wants it, with what shows it elsewhere", async () => {
  await visit(withGap(), async ({ page, seen, site, text }) => {
    assert.ok(!seen.requests.some((address) => address.endsWith("badge.svg")));
    await page.locator("#badge summary").click();
    await page.locator("#badge-image").waitFor();
    assert.ok((await text("badge-code")).includes(`${site.origin}${FOLDER}badge.svg`));
    assertQuiet(seen, site.origin);
  });
  await visit(withGap(), async ({ page, text }) => {
    await page.locator("#badge summary").click();
    assert.equal(await text("badge-missing"), "The badge is not published yet.");
    assert.equal(await page.locator("#badge-image").isVisible(), false);
  }, { badge: null });
});
