// Debian's Chromium, driven by playwright-core, and what must hold of every page it opens.
import assert from "node:assert/strict";
import axe from "axe-core";
import { chromium } from "playwright-core";

const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Starts the browser; `CHROMIUM` names another binary than Debian's. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });
}

/**
 * Opens an address and keeps account of what the page does.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {import("playwright-core").BrowserContextOptions & { clock?: boolean }} [options] `clock`: the test moves the page's time
 */
export async function open(browser, address, { clock = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  /** @type {{ violations: string[], errors: string[], requests: string[], dialogs: number }} */
  const seen = { violations: [], errors: [], requests: [], dialogs: 0 };
  await page.exposeFunction("reportViolation", (/** @type {string} */ text) => seen.violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  context.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("dialog", (dialog) => {
    seen.dialogs += 1;
    dialog.dismiss();
  });
  if (clock) await page.clock.install();
  await page.goto(address);
  return { page, seen, close: () => context.close() };
}

/** No violation of the policy, no request to another origin, no dialog; no error on the console unless the test provokes some. */
export function assertQuiet(seen, origin, { errors = [] } = {}) {
  assert.deepEqual(seen.violations, []);
  assert.deepEqual(seen.requests.filter((address) => new URL(address).origin !== origin), []);
  assert.equal(seen.dialogs, 0);
  assert.deepEqual(seen.errors.filter((text) => !errors.some((expected) => expected.test(text))), []);
}

/** No violation of any of axe's rules, best practices included. */
export async function assertAccessible(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  // What passes is only counted: to describe it takes longer than to check it.
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { preload: false, resultTypes: ["violations"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]), []);
  assert.ok(passes.length > 20);
}

/** The page is no wider than its window. */
export async function assertNoSidewaysScroll(page) {
  const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
  assert.ok(scroll <= client, `${scroll} px of content in ${client} px`);
}
