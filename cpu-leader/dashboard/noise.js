"use strict";
// What else the noise could have done: curves that differ from the one shown only by other draws of the same law.

/** So many machines are simulated at most: the mean of more is as good as normal. */
const SIMULATED = 40;

/**
 * One more outcome: every machine holds a Laplace value for its slot, slots begin at different times, and the mean is taken over the
 * window. It is as wide as the published noise range says.
 * @param {Shown} shown @param {Promised[]} promises @param {() => number} random uniform in [0, 1)
 * @returns {Column}
 */
function plausibleCurve(shown, promises, random) {
  const steps = (/** @type {number} */ seconds) => Math.max(1, Math.round(seconds / shown.step_s));
  const slot = steps([...promises].sort((a, b) => b.machines - a.machines)[0]?.slot_s ?? 0);
  const window = steps(shown.window_s);
  const machines = clamp(Math.max(1, ...shown.machines.map(Number)), 1, SIMULATED);
  const sums = new Array(shown.mean.length + window).fill(0);
  for (let machine = 0; machine < machines; machine++) {
    let value = laplace(random);
    let left = Math.ceil(random() * slot);
    for (let k = 0; k < sums.length; k++, left--) {
      if (left === 0) [value, left] = [laplace(random), slot];
      sums[k] += value;
    }
  }
  const unit = deviation(slot, window, machines);
  let sum = sums.slice(0, window - 1).reduce((all, one) => all + one, 0);
  return shown.mean.map((mean, k) => {
    sum += sums[k + window - 1] - (k ? sums[k - 1] : 0);
    const found = estimateAt(shown, k);
    return found && found.mean + (sum / window) * ((found.high - found.low) / 2 / unit);
  });
}

/** Laplace noise of scale 1. @param {() => number} random */
function laplace(random) {
  return (random() < 0.5 ? -1 : 1) * -Math.log(1 - random());
}

/** Half the width of a 95 % range of the simulated sums: neighbouring steps share a machine's value until its slot ends. @param {number} slot @param {number} window @param {number} machines */
function deviation(slot, window, machines) {
  let shared = window;
  for (let apart = 1; apart < Math.min(slot, window); apart++) shared += 2 * (window - apart) * (1 - apart / slot);
  return 1.96 * Math.sqrt((2 * machines * shared) / window ** 2);
}
