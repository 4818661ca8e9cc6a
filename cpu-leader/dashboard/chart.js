"use strict";
// What of the history is shown, how close, and the point that is being read.

/** @typedef {"hour" | "day" | "month"} RangeName */

const PLAUSIBLE = 20;

const chart = {
  range: /** @type {RangeName} */ ("hour"),
  /** The last good file of each range. */
  files: /** @type {Partial<Record<RangeName, RangeFile>>} */ ({}),
  minimum: 1,
  promises: /** @type {Promised[]} */ ([]),
  shown: /** @type {Shown | null} */ (null),
  view: /** @type {View | null} */ (null),
  frame: /** @type {Frame | null} */ (null),
  reading: /** @type {number | null} */ (null),
  others: /** @type {Column[]} */ ([]),
};

/** To be called when there are other data, or something else of them is to be shown. */
function showHistory() {
  const file = chart.files[chart.range];
  const rolling = checked("kind") === "rolling";
  const shown = chart.shown = file ? shownOf(file, rolling, chart.minimum) : null;
  const plausible = isChecked("plausible") && !byId("plausible-option").hidden;
  chart.others = shown && plausible ? Array.from({ length: PLAUSIBLE }, () => plausibleCurve(shown, chart.promises, Math.random)) : [];
  byId("key-plausible").hidden = byId("plausible-note").hidden = chart.others.length === 0;
  const [window, step] = file ? [file.rolling.window_s, file.step_s].map(formatDuration) : [];
  say({
    "rolling-name": file ? `mean of ${window}` : "rolling mean",
    "single-name": file ? `each ${step} alone` : "each round alone",
    "key-mean": !file ? "mean" : rolling ? `mean of the ${window} before` : `mean of each ${step}`,
  });
  draw();
}

function draw() {
  const { shown } = chart;
  const plot = byId("plot");
  const size = measure(plot);
  if (!size) return;
  chart.view = shown && chart.view && fitView(chart.view, shown);
  const frame = chart.frame = shown && frameOf(shown, chart.view ?? wholeView(shown), size);
  byId("axes").replaceChildren(...(frame ? axes(frame) : []));
  byId("drawing").replaceChildren(...(frame ? [...gaps(frame), ...curves(frame, chart.others), ...machinesStrip(frame)] : []));
  if (frame) {
    const inside = { x: frame.left, y: 0, width: Math.max(frame.right - frame.left, 0), height: frame.height };
    for (const [name, value] of Object.entries(inside)) byId("frame").setAttribute(name, `${value}`);
  }
  showZoom();
  showReading();
  showTable();
  showRange(Date.now() / 1000);
}

function showZoom() {
  for (const id of ["whole", "earlier", "later", "out"]) {
    // A button that goes away must not take the keyboard's place with it.
    if (chart.view === null && document.activeElement === byId(id)) byId("chart").focus();
    byId(id).hidden = chart.view === null;
  }
  byId("in").hidden = !chart.shown?.mean.length;
}

/** The points shown; only when somebody looks. */
function showTable() {
  const { frame } = chart;
  const csv = /** @type {HTMLTextAreaElement} */ (byId("csv"));
  csv.value = csvNow();
  if (!(/** @type {HTMLDetailsElement} */ (byId("table")).open)) return;
  const rows = [];
  for (let k = (frame?.end ?? 0) - 1; frame && k >= frame.first; k--) rows.push(describePoint(frame.shown, k, Date.now() / 1000).cells);
  fill("points", rows);
}

function csvNow() {
  const { frame } = chart;
  return frame ? csvOf(frame.shown, frame.first, frame.end) : "";
}

/** Shows this part of the time. @param {View | null} view null is all of it */
function look(view) {
  chart.view = view;
  draw();
}

/** The part that is shown now. */
function viewNow() {
  return chart.view ?? (chart.shown && wholeView(chart.shown));
}

/** @param {number} factor below 1 looks closer */
function zoom(factor) {
  const { shown, reading } = chart;
  const view = viewNow();
  if (!shown || !view) return;
  look(zoomView(view, factor, reading === null ? undefined : shown.t0 + reading * shown.step_s));
}

/** @param {number} share of what is shown */
function pan(share) {
  if (chart.view) look(panView(chart.view, share));
}

/** @param {number | null} index */
function read(index) {
  chart.reading = index;
  showReading();
}

function showReading() {
  const { frame } = chart;
  const [tip, cursor, count] = [byId("tip"), byId("cursor"), frame?.shown.mean.length ?? 0];
  const k = chart.reading = chart.reading === null || count === 0 ? null : clamp(chart.reading, 0, count - 1);
  tip.hidden = k === null;
  cursor.replaceChildren();
  if (!frame || k === null) return;
  const { shown, em, x, left, right, bottom } = frame;
  tip.hidden = x(k) < left - 1 || x(k) > right + 1;
  if (tip.hidden) return;
  cursor.append(...cursorAt(frame, k));
  const { what, when } = describePoint(shown, k, Date.now() / 1000);
  say({ what, when });
  const [half, high] = [tip.offsetWidth / 2, shown.high[k] ?? 0];
  tip.style.left = `${clamp(x(k), left + half, Math.max(right - half, left + half)) - half}px`;
  tip.style.top = `${high > 70 ? bottom - tip.offsetHeight - em : 0}px`;
}

/** Lights one of the plausible curves after the other. @param {number} turn */
function lightPlausible(turn) {
  const lines = [...document.querySelectorAll(".plausible")];
  const each = lines.length / PLAUSIBLE;
  lines.forEach((line, i) => line.classList.toggle("lit", Math.floor(i / each) === turn % PLAUSIBLE));
}

/** @param {string} name of radio buttons */
function checked(name) {
  return /** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value;
}

/** @param {string} id */
function isChecked(id) {
  return /** @type {HTMLInputElement} */ (byId(id)).checked;
}
