"use strict";
// Where things are drawn: scales, curves, ticks.

/**
 * First and last index of neighbouring points.
 * @typedef {{ from: number, to: number }} Run
 * @typedef {[number, number]} Corner
 */

/** The straight line through (from, start) and (to, end). @param {number} from @param {number} to @param {number} start @param {number} end */
function linearScale(from, to, start, end) {
  return (/** @type {number} */ value) => start + ((value - from) / (to - from)) * (end - start);
}

/** The stretches of neighbouring indices below `count` for which `keep` holds. @param {number} count @param {(k: number) => boolean} keep */
function runs(count, keep) {
  /** @type {Run[]} */
  const found = [];
  for (let k = 0; k < count; k++) {
    if (!keep(k)) continue;
    if (k > 0 && keep(k - 1)) found[found.length - 1].to = k;
    else found.push({ from: k, to: k });
  }
  return found;
}

/**
 * The corners of a curve over a run without null. It is held for half a step at both ends: a lone point is seen, and gaps have sharp edges.
 * @param {Run} run @param {Column} values @param {(k: number) => number} x @param {(value: number) => number} y
 */
function corners({ from, to }, values, x, y) {
  const inner = values.slice(from, to + 1).map((value, i) => /** @type {Corner} */ ([x(from + i), y(Number(value))]));
  return /** @type {Corner[]} */ ([[x(from - 0.5), inner[0][1]], ...inner, [x(to + 0.5), inner[inner.length - 1][1]]]);
}

/** @param {Corner[]} points */
function linePath(points) {
  return `M${points.map((point) => point.map((place) => place.toFixed(1)).join(" ")).join("L")}`;
}

/** The area between two curves. @param {Corner[]} upper @param {Corner[]} lower */
function bandPath(upper, lower) {
  return `${linePath([...upper, ...lower.slice().reverse()])}Z`;
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200];

/** Round times of the reader's clock, about `most` of them at most. @param {number} from unix seconds @param {number} to @param {number} most */
function timeTicks(from, to, most) {
  const offset = (/** @type {number} */ second) => -MINUTE * new Date(second * 1000).getTimezoneOffset();
  const wanted = (to - from) / Math.max(most, 1);
  const step = TICK_STEPS.find((size) => size >= wanted) ?? Math.ceil(wanted / DAY) * DAY;
  const times = [];
  for (let local = Math.ceil((from + offset(from)) / step) * step; local - offset(to) <= to; local += step) {
    times.push(local - offset(local - offset(from)));
  }
  return { step, times };
}
