"use strict";
// Which part of the time is shown. A view is a stretch of unix seconds, so that it stays in place when new points arrive.

/** @typedef {{ from: number, to: number }} View */

/** With fewer points than this a chart fills from the right. */
const LEAST_POINTS = 60;
/** As close as one can look, in points. */
const CLOSEST = 6;

/** All that there is. @param {Shown} shown @returns {View} */
function wholeView({ t0, step_s, mean }) {
  const to = t0 + (mean.length - 0.5) * step_s;
  return { from: to - Math.max(mean.length, LEAST_POINTS) * step_s, to };
}

/** The view moved and sized so that it is within the whole; null is the whole itself. @param {View} view @param {Shown} shown */
function fitView({ from, to }, shown) {
  const whole = wholeView(shown);
  const span = Math.max(to - from, CLOSEST * shown.step_s);
  if (span > 0.995 * (whole.to - whole.from)) return null;
  const start = clamp((from + to - span) / 2, whole.from, whole.to - span);
  return { from: start, to: start + span };
}

/** The second `at` stays where it is. @param {View} view @param {number} factor below 1 looks closer @param {number} [at] */
function zoomView({ from, to }, factor, at = (from + to) / 2) {
  return { from: at - factor * (at - from), to: at + factor * (to - at) };
}

/** @param {View} view @param {number} share of what is shown; positive is later */
function panView({ from, to }, share) {
  return { from: from + share * (to - from), to: to + share * (to - from) };
}

/** Moved as little as possible so that second `at` is in it. @param {View} view @param {number} at @param {number} margin seconds */
function followView({ from, to }, at, margin) {
  const move = Math.max(0, at + margin - to) - Math.max(0, from + margin - at);
  return { from: from + move, to: to + move };
}

/**
 * What was under the fingers stays under them. One finger moves the view, two also change its size.
 * @param {View} view as it was when the fingers were put down
 * @param {number[]} before where, as shares of the width @param {number[]} after where they are now
 */
function pinchView({ from, to }, before, after) {
  const middle = (/** @type {number[]} */ places) => places.reduce((sum, place) => sum + place, 0) / places.length;
  // Fingers that meet would ask for an endless closeness.
  const spread = (/** @type {number[]} */ places) => (places.length < 2 ? 1 : Math.max(Math.abs(places[1] - places[0]), 0.02));
  const span = ((to - from) * spread(before)) / spread(after);
  const start = from + middle(before) * (to - from) - middle(after) * span;
  return { from: start, to: start + span };
}

/** The points that are at least partly in sight: first index, and the one after the last. @param {Shown} shown @param {View} view */
function pointsIn({ t0, step_s, mean }, { from, to }) {
  const index = (/** @type {number} */ second) => clamp(Math.round((second - t0) / step_s), 0, mean.length);
  return { first: index(from), end: index(to) };
}
