// The dashboard's functions that need no browser, as a browser makes them: global.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { sample } from "./sample.mjs";

const PURE = ["data", "words", "geometry", "view", "privacy", "state", "shown", "noise", "address"];

for (const name of PURE) {
  runInThisContext(readFileSync(new URL(`../../cpu-leader/dashboard/${name}.js`, import.meta.url), "utf8"), `${name}.js`);
}

export const dashboard = /** @type {any} */ (globalThis);
/** Noon in Greenwich. */
export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;
/** The space within 9 000. */
export const THIN = "\u202f";

/** A small published file of the last hour. */
export const file = (changes = {}) => ({ ...sample({ now: NOW, points: 4 }), ...changes });
export const parse = (value, check = dashboard.checkData) => dashboard.parseFile(typeof value === "string" ? value : JSON.stringify(value), check);
export const data = (changes = {}) => parse(file(changes)).data;
