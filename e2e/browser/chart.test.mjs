// The page's functions that need no browser: node --test chart.test.mjs
process.env.TZ = "Europe/Berlin"; // the reader's clock, in this file

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { runInThisContext } from "node:vm";
import { promise, sample } from "./sample.mjs";

// As a browser does it: the script's functions become global.
runInThisContext(readFileSync(new URL("../../cpu-leader/dashboard/chart.js", import.meta.url), "utf8"), "chart.js");
const chart = /** @type {any} */ (globalThis);
const NOW = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;
const file = (changes = {}) => ({ ...sample({ now: NOW, points: 4 }), ...changes });
const parse = (value) => chart.parseData(typeof value === "string" ? value : JSON.stringify(value));
const data = (changes = {}) => parse(file(changes)).data;
const THIN = "\u202f"; // the space within 9 000

test("a published file is read as it was written", () => {
  const written = file({ members_on_one_cpu: 12 });
  const { data: read, problem } = parse(written);
  assert.equal(problem, "");
  assert.deepEqual(read.mean, written.mean);
  assert.deepEqual(read.high, written.high);
  assert.equal(read.newest, written.newest);
  assert.equal(read.minimum, 3);
  assert.equal(read.shared, 12);
  assert.deepEqual(read.curve, written.privacy.curve);
  assert.deepEqual(read.promises, written.privacy.promises);
});

test("a file without points, promises and newest is a group that has not begun", () => {
  const { problem } = parse(file({ t0: null, mean: [], low: [], high: [], machines: [], newest: null, privacy: { confidence: 0.95, promises: [], curve: [] } }));
  assert.equal(problem, "");
});

const BROKEN = {
  "nothing": "",
  "no JSON": '{"mean":[NaN]}',
  "null": "null",
  "a list": "[]",
  "a number": "1",
  "another schema": file({ schema: 2 }),
  "columns that are text": file({ mean: "<b>1</b>", low: [], high: [], machines: [] }),
  "a number that is text": file({ mean: ["1", 2, 3, 4] }),
  "a number beyond all numbers": JSON.stringify(file()).replace(/"mean":\[[\d.]+/, '"mean":[1e999'),
  "columns of different lengths": file({ low: [1] }),
  "a range with another gap": file({ low: [null, 1, 1, 1] }),
  "a mean outside its range": file({ mean: [500, 1, 1, 1] }),
  "a column that is missing": file({ machines: undefined }),
  "a nested list": file({ machines: [[1], 2, 3, 4] }),
  "too many points": file({ mean: new Array(100_000).fill(1) }),
  "no time": file({ t0: null }),
  "a step of nothing": file({ step_s: 0 }),
  "no privacy": file({ privacy: null }),
  "a promise that is none": file({ privacy: { confidence: 0.95, promises: [null], curve: [] } }),
  "a promise without noise": file({ privacy: { confidence: 0.95, promises: [{ ...promise("live", 1), scale: 0 }], curve: [] } }),
  "too many promises": file({ privacy: { confidence: 0.95, promises: new Array(33).fill(promise("live", 1)), curve: [] } }),
  "a curve that is text": file({ privacy: { confidence: 0.95, promises: [], curve: "x" } }),
};
for (const [name, content] of Object.entries(BROKEN)) {
  test(`${name}: a problem, not an exception`, () => {
    const { data: read, problem } = parse(content);
    assert.equal(read, null);
    assert.notEqual(problem, "");
    assert.doesNotMatch(problem, /<b>/);
  });
}

test("JSON has no infinity: a loss of null is one without limit", () => {
  const { data: read } = parse(file({ privacy: { confidence: 0.95, promises: [], curve: [{ stretch_s: 1, epsilon: null }] } }));
  assert.equal(read.curve[0].epsilon, Infinity);
});

test("the weakest promise is the one whose noise hides the least for each second", () => {
  const weak = promise("original", 2);
  assert.equal(chart.weakest([promise("live", 14), promise("standard", 9), weak]), weak);
  assert.equal(chart.weakest([weak, promise("live", 14)]), weak);
  assert.equal(chart.weakest([]), undefined);
  // 100 / (window × scale), and 0.5 for each 0.1 s of the original, whose window is shorter than its slot tells.
  assert.equal(chart.lossRate(weak), 5);
  assert.ok(Math.abs(chart.lossRate(promise("demo", 1)) - 2.5) < 1e-12);
  // A stated ε cannot make noise look better than it is, only worse.
  assert.ok(chart.lossRate({ ...promise("demo", 1), epsilon: 1e-9 }) >= 2.5);
});

test("odds: what someone at 50:50 can become", () => {
  for (const [epsilon, words] of [[0, "50 %"], [0.5, "63 %"], [1, "74 %"], [5, "99.4 %"], [7.5, "over 99.9 %"], [9000, "over 99.9 %"], [Infinity, "over 99.9 %"]]) {
    assert.equal(chart.formatSurety(chart.surety(epsilon)), words);
  }
});

test("numbers are never written with an exponent", () => {
  const numbers = [[9000, "9_000"], [1234567, "1_234_567"], [999, "999"], [-12, "−12"], [-0.2, "0"], [1e300, "over 999_999_999_999"], [Infinity, "no limit"]];
  for (const [value, words] of numbers) assert.equal(chart.formatNumber(value), words.replaceAll("_", THIN));
  const losses = [[0.5, "0.5"], [1, "1"], [2.5, "2.5"], [0.03333, "0.0334"], [0.0003, "0.0003"], [1e-9, "under 0.0001"], [120.4, "121"], [12.34, "12.4"], [100, "100"]];
  for (const [value, words] of losses) assert.equal(chart.formatEpsilon(value), words);
});

test("a range is rounded outwards, to what it deserves", () => {
  assert.deepEqual(chart.formatEstimate(35.2, 29.6, 40.8), { value: "35", range: "29 to 41 %" });
  assert.deepEqual(chart.formatEstimate(35.26, 34.83, 35.69), { value: "35.3", range: "34.8 to 35.7 %" });
  assert.deepEqual(chart.formatEstimate(1, 0.9, 1.1), { value: "1.00", range: "0.90 to 1.10 %" });
  assert.deepEqual(chart.formatEstimate(1, 0.7, 1.3), { value: "1.0", range: "0.7 to 1.3 %" });
  assert.deepEqual(chart.formatEstimate(-4.4, -86, 77.2), { value: "−4", range: "−86 to 78 %" });
});

test("durations and ages", () => {
  const durations = [[0.2, "0.2 s"], [30, "30 s"], [60, "1 min"], [90, "1 min 30 s"], [300, "5 min"], [3600, "1 h"], [7200, "2 h"], [5400, "1 h 30 min"], [86400, "24 h"], [864000, "10 days"]];
  for (const [seconds, words] of durations) assert.equal(chart.formatDuration(seconds), words);
  for (const [seconds, words] of [[-3, "0 s ago"], [12.7, "12 s ago"], [119, "1 min 59 s ago"], [200, "3 min ago"], [7300, "2 h 1 min ago"]]) assert.equal(chart.formatAge(seconds), words);
});

test("times are the reader's, with the day when it is not today", () => {
  assert.equal(chart.formatTime(NOW, NOW), "13:00:00");
  assert.equal(chart.formatTime(NOW - 86400, NOW), "23 Nov, 13:00:00");
  assert.equal(chart.formatTick(NOW, 600), "13:00");
  assert.equal(chart.formatTick(NOW, 30), "13:00:00");
  assert.equal(chart.formatTick(NOW - 13 * 3600, 3600), "24 Nov");
});

test("ticks are round times of the reader's clock, and few", () => {
  const { step, times } = chart.timeTicks(NOW - 7190, NOW, 12, 0);
  assert.equal(step, 600);
  assert.equal(times.length, 12);
  assert.ok(times.every((time) => time % 600 === 0));
  // A day: six hours apart by the reader's clock, not by UTC.
  assert.deepEqual(chart.timeTicks(NOW - 86400, NOW, 5).times.map((time) => chart.formatTick(time, 21600)), ["18:00", "24 Nov", "06:00", "12:00"]);
  for (const span of [5, 360, 7200, 86400, 15 * 86400, 400 * 86400]) assert.ok(chart.timeTicks(NOW - span, NOW, 8).times.length <= 9);
});

test("the data lie beside the page, however it was opened", () => {
  const cases = {
    "/": "/data.json",
    "/index.html": "/data.json",
    "/datasites/a@b.org/cpu_tracker": "/datasites/a@b.org/cpu_tracker/data.json",
    "/datasites/a@b.org/cpu_tracker/": "/datasites/a@b.org/cpu_tracker/data.json",
    "/datasites/a@b.org/cpu_tracker/index.html": "/datasites/a@b.org/cpu_tracker/data.json",
  };
  for (const [pathname, path] of Object.entries(cases)) assert.equal(chart.dataPath(pathname), path);
});

test("the leader's address comes from the path or not at all", () => {
  assert.equal(chart.leaderAddress("/datasites/leader@example.org/cpu_tracker/"), "leader@example.org");
  assert.equal(chart.leaderAddress("/datasites/leader%40example.org/public/cpu_tracker/"), "leader@example.org");
  for (const path of ["/", "/datasites/", "/datasites/nobody/x/", "/datasites/%E0%A4/x/", "/datasites/a%22%0A@b.org/x/", "/x/datasites/a@b.org/x/"]) {
    assert.equal(chart.leaderAddress(path), "");
  }
});

test("data are old after two slots and two minutes, the slowest machine's", () => {
  const mixed = data({ privacy: { confidence: 0.95, promises: [promise("live", 3), promise("standard", 3)], curve: [] }, newest: NOW });
  assert.equal(chart.staleAfter(mixed), 720);
  assert.equal(chart.stateOf(mixed, "", NOW + 720).kind, "live");
  assert.equal(chart.stateOf(mixed, "", NOW + 721).kind, "stale");
  assert.equal(chart.stateOf(mixed, "", NOW - 121).title, "Clocks differ");
});

test("a failed reading is said, with the time of what is still shown", () => {
  assert.match(chart.stateOf(data({ newest: NOW }), "The data cannot be reached.", NOW + 9).notice, /^The data cannot be reached\. What you see is from 13:00:00\./);
  assert.equal(chart.stateOf(null, "The data cannot be reached.", NOW).title, "No data");
});

test("below the minimum the page waits", () => {
  const empty = { mean: [1, null], low: [1, null], high: [1, null], machines: [3, 2], newest: null };
  assert.equal(chart.stateOf(data(empty), "", NOW).kind, "waiting");
  assert.equal(chart.describePoint(data(empty), 1, NOW).what, "nothing published: fewer than 3 machines");
  assert.equal(chart.describePoint(data({ ...empty, machines: [3, null] }), 1, NOW).what, "nothing published: the leader was not running");
});

test("a point is read with its range", () => {
  const one = data({ t0: NOW, mean: [35], low: [29.2], high: [40.8], machines: [12] });
  assert.deepEqual(chart.describePoint(one, 0, NOW), {
    what: "35 %, noise range 29 to 41 %",
    when: "13:00:00, 12 machines",
    cells: ["13:00:00", "35 %", "29 to 41 %", "12"],
  });
});

test("runs are the stretches between gaps", () => {
  const values = [null, 1, 2, null, null, 3];
  assert.deepEqual(chart.runs(values.length, (k) => values[k] !== null), [{ from: 1, to: 2 }, { from: 5, to: 5 }]);
  assert.deepEqual(chart.runs(0, () => true), []);
});

test("a lone point is drawn half a step to both sides, and a band comes back along its lower edge", () => {
  const x = (k) => 10 * k;
  const y = (value) => 100 - value;
  const upper = chart.corners({ from: 1, to: 1 }, [null, 40, null], x, y);
  const lower = chart.corners({ from: 1, to: 1 }, [null, 20, null], x, y);
  assert.equal(chart.linePath(upper), "M5.0 60.0L10.0 60.0L15.0 60.0");
  assert.equal(chart.bandPath(upper, lower), "M5.0 60.0L10.0 60.0L15.0 60.0L15.0 80.0L10.0 80.0L5.0 80.0Z");
  assert.equal(chart.linearScale(0, 100, 200, 0)(25), 150);
});
