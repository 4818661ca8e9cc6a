// Published files are not trusted: node --test data.test.mjs
process.env.TZ = "Europe/Berlin"; // the reader's clock, in this file

import assert from "node:assert/strict";
import test from "node:test";
import { dashboard, data, file, NOW, parse } from "./pure.mjs";
import { promise, rangeSample, sample } from "./sample.mjs";

test("a published file is read as it was written", () => {
  const written = file({ members_on_one_cpu: 12 });
  const { data: read, problem } = parse(written);
  assert.equal(problem, "");
  assert.deepEqual(read.single, written.single);
  assert.deepEqual(read.rolling, { window_s: 900, ...written.rolling });
  assert.equal(read.newest, written.newest);
  assert.equal(read.minimum, 3);
  assert.equal(read.shared, 12);
  assert.equal(read.now.median, written.now.median);
  assert.deepEqual(read.now.rolling, written.now.rolling);
  assert.deepEqual(read.privacy, undefined);
  assert.deepEqual(read.curve, written.privacy.curve.map((cost) => ({ tight: null, ...cost })));
  assert.deepEqual(read.promises, written.privacy.promises.map((promise) => ({ ...promise, memory: null })));
  assert.equal(read.now.memory, null);
});

test("the memory in use is read where machines share it", () => {
  const written = sample({ now: NOW, promises: [promise("memory", 3)] });
  const { data: read, problem } = parse(written);
  assert.equal(problem, "");
  assert.deepEqual(read.now.memory, { machines: 3, mean: 61.25, low: 52.5, high: 70 });
  assert.deepEqual(read.promises[0].memory, { scale: 20.74, every_s: 1 });
});

test("the files of a day and of a month are read as they were written", () => {
  for (const range of ["day", "month"]) {
    const written = rangeSample({ now: NOW, range });
    const { data: read, problem } = parse(written, dashboard.checkRange(range));
    assert.equal(problem, "");
    assert.deepEqual(read.rolling, written.rolling);
    assert.deepEqual(read.machines, written.machines);
  }
});

const NONE = { mean: [], low: [], high: [] };
const NOTHING = { machines: 0, mean: null, low: null, high: null, median: null, parted: false, rolling: null };

test("a file without points, promises and newest is a group that has not begun", () => {
  const begun = file({
    t0: null, machines: [], single: NONE, rolling: { window_s: 900, ...NONE }, newest: null, now: NOTHING,
    privacy: { confidence: 0.95, promises: [], curve: [] },
  });
  assert.equal(parse(begun).problem, "");
});

const single = (changes) => ({ single: { ...file().single, ...changes } });
const now = (changes) => ({ now: { ...file().now, ...changes } });
const privacy = (changes) => ({ privacy: { confidence: 0.95, promises: [], curve: [], ...changes } });
const BROKEN = {
  "memory that is text": file(now({ memory: "61" })),
  "memory without its range": file(now({ memory: { machines: 3, value: 61 } })),
  "memory of nobody": file(now({ memory: { machines: 0, value: 61, low: 50, high: 70 } })),
  "memory that is never read": file(privacy({ promises: [{ ...promise("memory", 1), memory: { scale: 1, every_s: 0 } }] })),
  "nothing": "",
  "no JSON": '{"machines":[NaN]}',
  "null": "null",
  "a list": "[]",
  "a number": "1",
  "the schema of before": file({ schema: 1 }),
  "the file of another range": file({ range: "day" }),
  "no series": file({ single: null }),
  "columns that are text": file({ ...single({ mean: "<b>1</b>" }) }),
  "a number that is text": file(single({ mean: ["1", 2, 3, 4] })),
  "a number beyond all numbers": JSON.stringify(file()).replace(/"mean":\[[\d.]+/, '"mean":[1e999'),
  "columns of different lengths": file(single({ low: [1] })),
  "a rolling mean of another length": file({ rolling: { window_s: 900, mean: [1], low: [1], high: [1] } }),
  "a rolling mean without a window": file({ rolling: { ...file().rolling, window_s: null } }),
  "a range with another gap": file(single({ low: [null, 1, 1, 1] })),
  "a mean outside its range": file(single({ mean: [500, 1, 1, 1] })),
  "a column that is missing": file({ machines: undefined }),
  "a nested list": file({ machines: [[1], 2, 3, 4] }),
  "too many points": file({ machines: new Array(100_000).fill(1) }),
  "too many bytes": JSON.stringify(file({ note: "x".repeat(1_000_001) })),
  "no time": file({ t0: null }),
  "a step of nothing": file({ step_s: 0 }),
  "columns that hide in a prototype": JSON.stringify(file({ machines: undefined })).replace("{", '{"__proto__":{"machines":[1,1,1,1]},'),
  "no round": file({ now: null }),
  "a round with half a range": file(now({ low: null })),
  "a round's mean outside its range": file(now({ mean: 1e5 })),
  "a median that is text": file(now({ median: "<b>1</b>" })),
  "parted by a word": file(now({ parted: "yes" })),
  "a rolling mean now that is a number": file(now({ rolling: 3 })),
  "no privacy": file({ privacy: null }),
  "a promise that is none": file(privacy({ promises: [null] })),
  "a promise without noise": file(privacy({ promises: [{ ...promise("live", 1), scale: 0 }] })),
  "too many promises": file(privacy({ promises: new Array(33).fill(promise("live", 1)) })),
  "a curve that is text": file(privacy({ curve: "x" })),
  "a tight loss that is text": file(privacy({ curve: [{ stretch_s: 1, epsilon: 2, tight: "<b>1</b>" }] })),
};
for (const [name, content] of Object.entries(BROKEN)) {
  test(`${name}: a problem, not an exception`, () => {
    const { data: read, problem } = parse(content);
    assert.equal(read, null);
    assert.notEqual(problem, "");
    assert.doesNotMatch(problem, /<b>|yes/);
  });
}

test("what a stretch costs at δ is read where it is told", () => {
  const curve = [{ stretch_s: 60, epsilon: 30 }, { stretch_s: 86_400, epsilon: 43_200, tight: 39_190 }];
  assert.deepEqual(data(privacy({ curve })).curve.map(({ tight }) => tight), [null, 39_190]);
});

test("JSON has no infinity: a loss of null is one without limit", () => {
  assert.equal(data(privacy({ curve: [{ stretch_s: 1, epsilon: null }] })).curve[0].epsilon, Infinity);
});
