// What the page says: node --test words.test.mjs
process.env.TZ = "Europe/Berlin"; // the reader's clock, in this file

import assert from "node:assert/strict";
import test from "node:test";
import { dashboard, data, NOW, THIN } from "./pure.mjs";
import { promise } from "./sample.mjs";

test("numbers are never written with an exponent", () => {
  const numbers = [[9000, "9_000"], [1234567, "1_234_567"], [999, "999"], [-12, "−12"], [-0.2, "0"], [1e300, "over 999_999_999_999"], [Infinity, "no limit"]];
  for (const [value, words] of numbers) assert.equal(dashboard.formatNumber(value), words.replaceAll("_", THIN));
  const losses = [[0.5, "0.5"], [1, "1"], [2.5, "2.5"], [0.03333, "0.0334"], [0.0003, "0.0003"], [1e-9, "under 0.0001"], [120.4, "121"], [12.34, "12.4"], [100, "100"]];
  for (const [value, words] of losses) assert.equal(dashboard.formatEpsilon(value), words);
});

test("a range is rounded outwards, to what it deserves", () => {
  assert.deepEqual(dashboard.formatEstimate(35.2, 29.6, 40.8), { value: "35", range: "29 to 41 %" });
  assert.deepEqual(dashboard.formatEstimate(35.26, 34.83, 35.69), { value: "35.3", range: "34.8 to 35.7 %" });
  assert.deepEqual(dashboard.formatEstimate(1, 0.9, 1.1), { value: "1.00", range: "0.90 to 1.10 %" });
  assert.deepEqual(dashboard.formatEstimate(1, 0.7, 1.3), { value: "1.0", range: "0.7 to 1.3 %" });
  assert.deepEqual(dashboard.formatEstimate(-4.4, -86, 77.2), { value: "−4", range: "−86 to 78 %" });
});

test("durations and ages", () => {
  const durations = [[0.2, "0.2 s"], [30, "30 s"], [60, "1 min"], [90, "1 min 30 s"], [300, "5 min"], [3600, "1 h"], [7200, "2 h"], [5400, "1 h 30 min"], [86400, "24 h"], [864000, "10 days"]];
  for (const [seconds, words] of durations) assert.equal(dashboard.formatDuration(seconds), words);
  for (const [seconds, words] of [[-3, "0 s ago"], [12.7, "12 s ago"], [119, "1 min 59 s ago"], [200, "3 min ago"], [7300, "2 h 1 min ago"]]) assert.equal(dashboard.formatAge(seconds), words);
});

test("times are the reader's, with the day when it is not today", () => {
  assert.equal(dashboard.formatTime(NOW, NOW), "13:00:00");
  assert.equal(dashboard.formatTime(NOW - 86400, NOW), "23 Nov, 13:00:00");
  assert.equal(dashboard.formatTick(NOW, 600), "13:00");
  assert.equal(dashboard.formatTick(NOW, 30), "13:00:00");
  assert.equal(dashboard.formatTick(NOW - 13 * 3600, 3600), "24 Nov");
});

test("ticks are round times of the reader's clock, and few", () => {
  const { step, times } = dashboard.timeTicks(NOW - 7190, NOW, 12);
  assert.equal(step, 600);
  assert.equal(times.length, 12);
  assert.ok(times.every((time) => time % 600 === 0));
  // A day: six hours apart by the reader's clock, not by UTC.
  assert.deepEqual(dashboard.timeTicks(NOW - 86400, NOW, 5).times.map((time) => dashboard.formatTick(time, 21600)), ["18:00", "24 Nov", "06:00", "12:00"]);
  // On a telephone an hour has room for three.
  assert.deepEqual(dashboard.timeTicks(NOW - 3590, NOW, 3).times.map((time) => NOW - time), [2400, 1200, 0]);
  for (const span of [5, 360, 7200, 86400, 15 * 86400, 400 * 86400]) assert.ok(dashboard.timeTicks(NOW - span, NOW, 8).times.length <= 9);
});

test("the data lie beside the page, however it was opened", () => {
  const cases = {
    "/": "/data.json",
    "/index.html": "/data.json",
    "/datasites/a@b.org/cpu_tracker": "/datasites/a@b.org/cpu_tracker/data.json",
    "/datasites/a@b.org/cpu_tracker/": "/datasites/a@b.org/cpu_tracker/data.json",
    "/datasites/a@b.org/cpu_tracker/index.html": "/datasites/a@b.org/cpu_tracker/data.json",
  };
  for (const [pathname, path] of Object.entries(cases)) assert.equal(dashboard.pathOf(pathname, "data.json"), path);
});

test("the leader's address comes from the path or not at all", () => {
  assert.equal(dashboard.leaderAddress("/datasites/leader@example.org/cpu_tracker/"), "leader@example.org");
  assert.equal(dashboard.leaderAddress("/datasites/leader%40example.org/public/cpu_tracker/"), "leader@example.org");
  for (const path of ["/", "/datasites/", "/datasites/nobody/x/", "/datasites/%E0%A4/x/", "/datasites/a%22%0A@b.org/x/", "/x/datasites/a@b.org/x/"]) {
    assert.equal(dashboard.leaderAddress(path), "");
  }
});

test("a badge is shown elsewhere by its full address, whatever the path holds", () => {
  const shown = dashboard.badgeSnippet("https://box.example", "/datasites/a@b.org/cpu_tracker");
  assert.equal(shown, '<a href="https://box.example/datasites/a@b.org/cpu_tracker/"><img src="https://box.example/datasites/a@b.org/cpu_tracker/badge.svg" alt="Group CPU"></a>');
  assert.doesNotMatch(dashboard.badgeSnippet("http://x", '/"><script>/').slice(10, -40), /"><script|<script/);
});

test("data are old after two slots and two minutes, the slowest machine's", () => {
  const mixed = data({ privacy: { confidence: 0.95, promises: [promise("live", 3), promise("standard", 3)], curve: [] }, newest: NOW });
  assert.equal(dashboard.staleAfter(mixed), 720);
  assert.equal(dashboard.stateOf(mixed, "", NOW + 720).kind, "live");
  assert.equal(dashboard.stateOf(mixed, "", NOW + 721).kind, "stale");
  assert.equal(dashboard.stateOf(mixed, "", NOW - 121).title, "Clocks differ");
});

test("a failed reading is said, with the time of what is still shown", () => {
  assert.match(dashboard.stateOf(data({ newest: NOW }), "The data cannot be reached.", NOW + 9).notice, /^The data cannot be reached\. What you see is from 13:00:00\./);
  assert.equal(dashboard.stateOf(null, "The data cannot be reached.", NOW).title, "No data");
});

const gap = (machines) => dashboard.shownOf(
  { t0: NOW, step_s: 20, machines, single: { mean: [1, null], low: [1, null], high: [1, null] }, rolling: { window_s: 900 } }, false, 3);

test("below the minimum the page waits", () => {
  const now = { machines: 2, mean: null, low: null, high: null, median: null, parted: false, rolling: null };
  assert.equal(dashboard.stateOf(data({ now, newest: null }), "", NOW).kind, "waiting");
  assert.equal(dashboard.headline(data({ now })), null);
  assert.equal(dashboard.describePoint(gap([3, 2]), 1, NOW).what, "nothing published: fewer than 3 machines");
  assert.equal(dashboard.describePoint(gap([3, null]), 1, NOW).what, "nothing published: the leader was not running");
});

test("the headline is the rolling mean and names its window; without one it is the round", () => {
  const now = { machines: 12, mean: 50.4, low: 40, high: 60, median: 49.2, parted: false, rolling: { window_s: 900, mean: 35.2, low: 29.6, high: 40.8 } };
  assert.deepEqual(dashboard.headline(data({ now })), { value: "35", range: "29 to 41 %", over: "last 15 min" });
  assert.deepEqual(dashboard.headline(data({ now: { ...now, rolling: null } })), { value: "50", range: "40 to 60 %", over: "last 20 s" });
});

test("the median has as many decimals as its mean, and a warning where they part", () => {
  const now = { machines: 12, round: { mean: 50.42, low: 49.9, high: 51 }, median: 30.26, parted: false, rolling: null };
  assert.equal(dashboard.formatMedian(now), "30.3 %");
  assert.equal(dashboard.partedWarning(now), "");
  assert.match(dashboard.partedWarning({ ...now, parted: true }), /^A few machines are far from the others, or report false values: .* mean is 50\.4 % and the median 30\.3 %/);
  assert.equal(dashboard.formatMedian({ ...now, round: null, median: null }), "–");
});

test("a point is read with its range", () => {
  const file = { t0: NOW, step_s: 20, machines: [12], single: { mean: [35], low: [29.2], high: [40.8] } };
  assert.deepEqual(dashboard.describePoint(dashboard.shownOf(file, false, 3), 0, NOW), {
    what: "35 %, noise range 29 to 41 %",
    when: "13:00:00, 12 machines",
    cells: ["13:00:00", "35 %", "29 to 41 %", "12"],
  });
});

test("a table for programs: times in UTC, numbers as published, gaps empty", () => {
  assert.equal(dashboard.csvOf(gap([3, null]), 0, 2),
    "time_utc,machines,mean_percent,low_percent,high_percent\r\n2026-11-24T12:00:00Z,3,1,1,1\r\n2026-11-24T12:00:20Z,,,,\r\n");
  assert.equal(dashboard.csvOf(gap([3, 2]), 1, 2).split("\r\n")[1], "2026-11-24T12:00:20Z,2,,,");
});
