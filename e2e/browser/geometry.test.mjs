// What is drawn, and where: node --test geometry.test.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { dashboard } from "./pure.mjs";
import { promise, seeded } from "./sample.mjs";

test("runs are the stretches between gaps", () => {
  const values = [null, 1, 2, null, null, 3];
  assert.deepEqual(dashboard.runs(values.length, (k) => values[k] !== null), [{ from: 1, to: 2 }, { from: 5, to: 5 }]);
  assert.deepEqual(dashboard.runs(0, () => true), []);
});

test("a lone point is drawn half a step to both sides, and a band comes back along its lower edge", () => {
  const x = (k) => 10 * k;
  const y = (value) => 100 - value;
  const upper = dashboard.corners({ from: 1, to: 1 }, [null, 40, null], x, y);
  const lower = dashboard.corners({ from: 1, to: 1 }, [null, 20, null], x, y);
  assert.equal(dashboard.linePath(upper), "M5.0 60.0L10.0 60.0L15.0 60.0");
  assert.equal(dashboard.bandPath(upper, lower), "M5.0 60.0L10.0 60.0L15.0 60.0L15.0 80.0L10.0 80.0L5.0 80.0Z");
  assert.equal(dashboard.linearScale(0, 100, 200, 0)(25), 150);
});

const shown = { t0: 1000, step_s: 10, mean: new Array(100).fill(50), low: new Array(100).fill(40), high: new Array(100).fill(60), machines: new Array(100).fill(12), minimum: 3, window_s: 10 };
const WHOLE = { from: 995, to: 1995 };

test("the whole reaches half a step beyond the points; few points fill from the right", () => {
  assert.deepEqual(dashboard.wholeView(shown), WHOLE);
  assert.deepEqual(dashboard.wholeView({ ...shown, mean: [1] }), { from: 405, to: 1005 });
});

test("a view stays within the whole and never gets too close; all of it is no view", () => {
  assert.equal(dashboard.fitView({ from: 0, to: 9000 }, shown), null);
  assert.deepEqual(dashboard.fitView({ from: 900, to: 1100 }, shown), { from: 995, to: 1195 });
  assert.deepEqual(dashboard.fitView({ from: 1900, to: 2100 }, shown), { from: 1795, to: 1995 });
  assert.deepEqual(dashboard.fitView({ from: 1500, to: 1501 }, shown), { from: 1470.5, to: 1530.5 });
});

test("zooming keeps one second in place, panning keeps the width, following moves no more than it must", () => {
  assert.deepEqual(dashboard.zoomView({ from: 0, to: 100 }, 0.5, 20), { from: 10, to: 60 });
  assert.deepEqual(dashboard.zoomView({ from: 0, to: 100 }, 0.5), { from: 25, to: 75 });
  assert.deepEqual(dashboard.panView({ from: 0, to: 100 }, -0.25), { from: -25, to: 75 });
  assert.deepEqual(dashboard.followView({ from: 0, to: 100 }, 50, 5), { from: 0, to: 100 });
  assert.deepEqual(dashboard.followView({ from: 0, to: 100 }, 120, 5), { from: 25, to: 125 });
  assert.deepEqual(dashboard.followView({ from: 0, to: 100 }, -20, 5), { from: -25, to: 75 });
});

test("what is under the fingers stays under them", () => {
  assert.deepEqual(dashboard.pinchView({ from: 0, to: 100 }, [0.5], [0.7]), { from: -20, to: 80 });
  assert.deepEqual(dashboard.pinchView({ from: 0, to: 100 }, [0.375, 0.625], [0.25, 0.75]), { from: 25, to: 75 });
  const { from, to } = dashboard.pinchView({ from: 0, to: 100 }, [0.4, 0.6], [0.5, 0.5]);
  assert.ok(Number.isFinite(from) && to > from);
});

test("the points in sight are those whose step is at least half in it", () => {
  assert.deepEqual(dashboard.pointsIn(shown, WHOLE), { first: 0, end: 100 });
  assert.deepEqual(dashboard.pointsIn(shown, { from: 1046, to: 1094 }), { first: 5, end: 9 });
});

test("plausible curves are as wide as the noise range says: about one value in twenty lies outside", () => {
  for (const window_s of [10, 150]) {
    for (const machines of [3, 12, 5000]) {
      const random = seeded(5);
      const group = { ...shown, window_s, machines: shown.machines.map(() => machines) };
      let outside = 0;
      for (let i = 0; i < 2000; i++) {
        outside += Number(Math.abs(dashboard.plausibleCurve(group, [promise("live", machines)], random)[50] - 50) > 10);
      }
      // 2000 draws at 5 %: 55 to 145 is five standard deviations, and Laplace noise of three machines is a little off normal.
      assert.ok(outside > 55 && outside < 145, `${outside} of 2000 with ${machines} machines over ${window_s} s`);
    }
  }
});

test("plausible curves have gaps where nothing was published", () => {
  const gap = { ...shown, mean: shown.mean.with(7, null), low: shown.low.with(7, null), high: shown.high.with(7, null) };
  const curve = dashboard.plausibleCurve(gap, [promise("live", 12)], seeded(1));
  assert.deepEqual([curve.length, curve[7], typeof curve[8]], [100, null, "number"]);
});

test("the weakest promise is the one whose noise hides the least for each second", () => {
  const weak = promise("original", 2);
  assert.equal(dashboard.weakest([promise("live", 14), promise("standard", 9), weak]), weak);
  assert.equal(dashboard.weakest([weak, promise("live", 14)]), weak);
  assert.equal(dashboard.weakest([]), undefined);
  // 100 / (window × scale), and 0.5 for each 0.1 s of the original, whose window is shorter than its slot tells.
  assert.equal(dashboard.lossOver(weak, 1), 5);
  assert.ok(Math.abs(dashboard.lossOver(promise("demo", 1), 1) - 2.5) < 1e-12);
  // A stated ε cannot make noise look better than it is, only worse.
  assert.ok(dashboard.lossOver({ ...promise("demo", 1), epsilon: 1e-9 }, 1) >= 2.5);
});

test("memory that is read now and then costs a staircase beside what the CPU costs", () => {
  const both = promise("memory", 1);
  // Half of ε = 1 each for 30 s, which touch 31 readings of a second apart.
  for (const [stretch, readings] of [[1e-6, 2], [1, 2], [1.001, 3], [30, 31]]) {
    const expected = 0.5 * (stretch / 30 + readings / 31);
    assert.ok(Math.abs(dashboard.lossOver(both, stretch) / expected - 1) < 1e-3, `${stretch} s: ${dashboard.lossOver(both, stretch)}`);
  }
});

test("odds: what someone at 50:50 can become", () => {
  for (const [epsilon, words] of [[0, "50 %"], [0.5, "63 %"], [1, "74 %"], [5, "99.4 %"], [7.5, "over 99.9 %"], [9000, "over 99.9 %"], [Infinity, "over 99.9 %"]]) {
    assert.equal(dashboard.formatSurety(dashboard.surety(epsilon)), words);
  }
});


test("the picture of the promise rises with the stretch, passes through what is protected, and ends in certainty", () => {
  const found = dashboard.privacyCurve([promise("standard", 12)], 1);
  const sure = found.points.map((point) => point.sure);
  assert.ok(sure.every((one, i) => i === 0 || one >= sure[i - 1]) && sure[0] >= 0.5 && sure.at(-1) > 0.999);
  assert.ok(found.from < found.protects && found.to >= 3600);
  assert.equal(dashboard.privacyCurve([promise("demo", 12)], 12).epsilon, 6);
  assert.equal(dashboard.privacyCurve([], 1), null);
  assert.equal(dashboard.privacyCurve([{ ...promise("live", 3), epsilon: Infinity }], 1), null);
});
