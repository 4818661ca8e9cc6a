"use strict";
// The chart of the history: axes, gaps, curves, and how many machines there were.

/** @typedef {ReturnType<typeof frameOf>} Frame */

/**
 * What is shown and its places on the screen, in pixels.
 * @param {Shown} shown @param {View} view @param {{ width: number, height: number, em: number }} size
 */
function frameOf(shown, view, { width, height, em }) {
  const { t0, step_s } = shown;
  const [left, right, top, bottom] = [4.2 * em, width - 0.8 * em, 0.8 * em, height - 5.9 * em];
  const strip = { top: height - 3.9 * em, bottom: height - 1.9 * em };
  const time = linearScale(view.from, view.to, left, right);
  const x = (/** @type {number} */ k) => time(t0 + k * step_s);
  const height_ = linearScale(0, Math.max(shown.minimum, ...shown.machines.map(Number)), strip.bottom, strip.top);
  return { shown, view, em, left, right, top, bottom, strip, height, time, x, y: linearScale(0, 100, bottom, top), machines: height_, ...pointsIn(shown, view) };
}

/** @param {Frame} frame */
function axes({ shown, view, em, left, right, top, bottom, strip, height, time, y }) {
  const across = (/** @type {number} */ at, /** @type {string} */ kind) => svg("line", { x1: left, x2: right, y1: at, y2: at, class: kind });
  const parts = [across(strip.bottom, "base")];
  for (const value of [0, 25, 50, 75, 100]) {
    const label = svg("text", { x: left - 0.7 * em, y: y(value) + 0.35 * em, class: "end" }, value === 100 ? "100 %" : `${value}`);
    parts.push(across(y(value), value ? "grid" : "base"), label);
  }
  const { step, times } = timeTicks(view.from, view.to, (right - left) / (6.5 * em));
  for (const second of shown.mean.length ? times : []) {
    const at = time(second);
    if (at < left + 1.5 * em || at > right - 1.5 * em) continue;
    parts.push(svg("line", { x1: at, x2: at, y1: top, y2: bottom, class: "grid" }));
    parts.push(svg("text", { x: at, y: height - 0.4 * em, class: "middle" }, formatTick(second, step)));
  }
  parts.push(svg("text", { x: left - 0.7 * em, y: strip.top + 0.7 * em, class: "end" }, formatNumber(Math.max(shown.minimum, ...shown.machines.map(Number)))));
  parts.push(svg("text", { x: left, y: strip.top - 0.5 * em }, "machines"));
  return parts;
}

/** @param {Frame} frame */
function gaps({ shown, em, x, left, right, top, bottom }) {
  const count = shown.mean.length;
  const missing = [true, false].flatMap((away) => runs(count, (k) => shown.mean[k] === null && (shown.machines[k] === null) === away));
  return missing.flatMap(({ from, to }) => {
    const [start, end] = [x(from - 0.5), x(to + 0.5)].map((at) => clamp(at, left, right));
    const words = ["nothing published:", gapReason(shown, from)];
    const fits = end - start > 0.6 * em * Math.max(...words.map((word) => word.length)) && to - from + 1 < count;
    const middle = { x: (start + end) / 2, y: (top + bottom) / 2 };
    return end <= start ? [] : [
      svg("rect", { x: start, y: top, width: end - start, height: bottom - top, class: "gap" }),
      ...(fits ? words : []).map((word, i) => svg("text", { x: middle.x, y: middle.y + (1.3 * i - 0.3) * em, class: "label" }, word)),
    ];
  });
}

/** Bands and lines, held within the axis. @param {Frame} frame @param {Column[]} others plausible curves */
function curves({ shown: { mean, low, high }, x, y }, others) {
  const inside = (/** @type {number} */ value) => y(clamp(value, 0, 100));
  const found = runs(mean.length, (k) => mean[k] !== null);
  const line = (/** @type {Column} */ values, /** @type {string} */ kind) => found.map((run) => svg("path", { d: linePath(corners(run, values, x, inside)), class: kind }));
  return [
    ...found.map((run) => svg("path", { d: bandPath(corners(run, high, x, inside), corners(run, low, x, inside)), class: "band" })),
    ...others.flatMap((values) => line(values, "plausible")),
    ...line(mean, "mean"),
  ];
}

/** How many machines there were, below the chart. @param {Frame} frame */
function machinesStrip({ shown, strip, x, machines }) {
  if (!shown.machines.length) return [];
  const level = (/** @type {number} */ k) => `V${machines(Number(shown.machines[k])).toFixed(1)}H${x(k + 0.5).toFixed(1)}`;
  const d = shown.machines.map((_, k) => (k ? "" : `M${x(-0.5).toFixed(1)} ${strip.bottom}`) + level(k)).join("");
  return [svg("path", { d: `${d}V${strip.bottom}Z`, class: "machines" })];
}

/** Point k in the chart and in the strip below. @param {Frame} frame @param {number} k */
function cursorAt({ shown, em, x, y, top, strip, machines }, k) {
  const [at, found] = [x(k), estimateAt(shown, k)];
  const inside = (/** @type {number} */ value) => y(clamp(value, 0, 100));
  return [
    svg("line", { x1: at, x2: at, y1: top, y2: strip.bottom, class: "hair" }),
    ...(found ? [
      svg("line", { x1: at, x2: at, y1: inside(found.low), y2: inside(found.high), class: "whisker" }),
      svg("circle", { cx: at, cy: inside(found.mean), r: 0.35 * em, class: "dot" }),
    ] : []),
    svg("circle", { cx: at, cy: machines(Number(shown.machines[k])), r: 0.22 * em, class: "count" }),
  ];
}
