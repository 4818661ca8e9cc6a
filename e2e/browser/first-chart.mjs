// How long a reader waits for the first chart: node first-chart.mjs. To be measured, not tested: machines differ.
import { launch } from "./browser.mjs";
import { sample } from "./sample.mjs";
import { serve, strictPolicy } from "./site.mjs";

const LOADS = 21;
const browser = await launch();
const site = await serve({ file: () => JSON.stringify(sample({ now: Date.now() / 1000 })), policy: strictPolicy });
const times = [];
for (let load = 0; load < LOADS; load++) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } }); // and so with an empty cache
  const page = await context.newPage();
  await page.addInitScript(() => {
    const look = () => (document.querySelector("#drawing path") ? (globalThis.charted = performance.now()) : requestAnimationFrame(look));
    addEventListener("DOMContentLoaded", look);
  });
  await page.goto(`${site.origin}/datasites/leader@example.org/cpu_tracker/`);
  times.push(await page.waitForFunction(() => globalThis.charted).then((handle) => handle.jsonValue()));
  await context.close();
}
await site.stop();
await browser.close();
times.sort((a, b) => a - b);
console.log(`from the request to the first chart, median of ${LOADS} loads: ${Math.round(times[(LOADS - 1) / 2])} ms; the slowest ${Math.round(times.at(-1))} ms`);
