"use strict";
// Puts data.json on the screen. What it says and where it is drawn is decided by the functions of chart.js.

/** With fewer points than this the chart fills from the right. */
const LEAST_POINTS = 60;
const TABLE_POINTS = 20;

/** The last good data, why the last attempt to read failed, and the index of the point that is being read. */
const page = {
  data: /** @type {Data | null} */ (null),
  problem: "",
  reading: /** @type {number | null} */ (null),
  frame: /** @type {Frame | null} */ (null),
};

// Reading

async function poll() {
  try {
    const { data, problem } = parseData(await readFile());
    page.problem = problem && `The published file cannot be used: ${problem}.`;
    if (data) showData(page.data = data);
  } catch (error) {
    page.problem = error instanceof Refused ? error.message : "The data cannot be reached.";
  }
  showState();
  setTimeout(poll, 1000 * clamp(page.data?.step_s ?? 5, 5, 60));
}

class Refused extends Error {}

async function readFile() {
  const url = new URL(location.href);
  // Set as a part: a path that starts with // would otherwise name another host.
  url.pathname = dataPath(location.pathname);
  url.search = url.hash = "";
  const response = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(20_000) });
  if (response.status === 404 && !page.data) throw new Refused("");
  if (!response.ok) throw new Refused(`The data cannot be reached: the server answered ${response.status}.`);
  return response.text();
}

// Words

/** What changes with time alone. */
function showState() {
  const { data, problem } = page;
  const now = Date.now() / 1000;
  const { kind, title, notice } = stateOf(data, problem, now);
  const old = kind === "stale" || kind === "failing";
  document.documentElement.dataset.kind = kind;
  say({
    state: title,
    notice,
    age: data?.newest == null ? "–" : formatAge(now - data.newest),
    "now-title": old && data ? "Last known mean CPU load" : "Mean CPU load of the group",
  });
  const count = data?.mean.length;
  if (data && count) {
    const span = formatDuration(count * data.step_s);
    say({ "history-title": old ? `${span} until ${formatTime(data.t0 + (count - 1) * data.step_s, now)}` : `Last ${span}` });
  }
  document.title = `${byId("current").hidden ? title : `${old ? "Old: " : ""}${byId("value").textContent} %`} · Group CPU`;
}

/** What changes with the data alone. @param {Data} data */
function showData(data) {
  const count = data.mean.length;
  const [now, machines] = [estimateAt(data, count - 1), data.machines[count - 1] ?? null];
  const waiting = `Waiting for at least ${formatMachines(data.minimum)}`;
  byId("current").hidden = !now;
  say({
    value: now?.value ?? "",
    range: `noise range ${now?.range}`,
    wanted: now ? "" : waiting,
    present: now ? "" : `${formatMachines(machines ?? 0)} so far. Below ${formatNumber(data.minimum)} nothing is published, so that no machine stands alone.`,
    machines: machines === null ? "–" : formatNumber(machines),
    "gap-key": `nothing published: fewer than ${formatMachines(data.minimum)}`,
    empty: data.mean.every((one) => one === null) ? waiting : "",
    confidence: ` ${formatEpsilon(100 * data.confidence)} % of the time`,
  });
  const shown = data.mean.map((_, k) => k).slice(-TABLE_POINTS).reverse();
  fill("points", shown.map((k) => describePoint(data, k, Date.now() / 1000).cells));
  showPrivacy(data);
  draw();
}

/** @param {Data} data */
function showPrivacy({ promises, curve: one, shared }) {
  const worst = weakest(promises);
  const members = shared ?? 1;
  const curve = one.map(({ stretch_s, epsilon }) => ({ stretch_s, epsilon: members * epsilon }));
  byId("join").hidden = shared !== null;
  byId("join-demo").hidden = shared === null;
  fill("curve", curve.map(({ stretch_s, epsilon }) => [formatDuration(stretch_s), formatEpsilon(epsilon), formatSurety(surety(epsilon))]));
  byId("curve").querySelectorAll("tbody tr").forEach((line, i) => {
    const bar = document.createElement("i");
    bar.style.width = `${(2 * surety(curve[i].epsilon) - 1) * 100}%`;
    line.lastElementChild?.append(bar);
  });
  fill("promises", promises.length < 2 ? [] : promises.map((promise) => [
    formatNumber(promise.machines) + (promise === worst ? " (weakest)" : ""),
    formatDuration(promise.protects_s),
    formatEpsilon(promise.epsilon),
    formatDuration(promise.slot_s),
  ]));
  if (!worst) return say({ unit: "–", odds: "", differ: "", demo: "" });
  const [stretch, loss] = [formatDuration(worst.protects_s), members * worst.epsilon];
  const epsilon = formatEpsilon(loss);
  say({
    unit: `any ${stretch}, ε ${epsilon}`,
    odds: `Whatever a machine did in any ${stretch} stays hidden with ε = ${epsilon}: someone who thought it 50:50 would, after reading everything`
      + ` the machine ever shares, be at most ${formatSurety(surety(loss))} sure.`,
    differ: promises.length < 2 ? "" : `The machines promise different things. The weakest promise counts here: that of ${formatMachines(worst.machines)}.`,
    demo: shared === null ? "" : `Demonstration: these ${members} members all measure this one CPU, so their losses add up. Any ${stretch} of it costs`
      + ` ${members} × ${formatEpsilon(worst.epsilon)}, so ε = ${epsilon}. In a real group each machine runs one member.`,
  });
}

/** Fills a table; an empty one is hidden. @param {string} id @param {string[][]} rows */
function fill(id, rows) {
  const body = byId(id).querySelector("tbody");
  byId(id).hidden = rows.length === 0;
  body?.replaceChildren();
  for (const texts of rows) {
    const line = document.createElement("tr");
    line.append(...texts.map((text, i) => Object.assign(document.createElement(i ? "td" : "th"), { textContent: text }, i ? {} : { scope: "row" })));
    body?.append(line);
  }
}

/** Sets texts by id; an empty one is hidden, an unchanged one is not read out again. @param {Record<string, string>} texts */
function say(texts) {
  for (const [id, text] of Object.entries(texts)) {
    const element = byId(id);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }
}

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

// Chart

/** @typedef {ReturnType<typeof frameOf>} Frame */

/** The data and their places on the screen, in pixels. @param {Data} data @param {number} width @param {number} height @param {number} em */
function frameOf(data, width, height, em) {
  const count = Math.max(data.mean.length, LEAST_POINTS);
  const first = data.mean.length - count - 0.5;
  const [left, right, top, bottom] = [4.2 * em, width - 0.8 * em, 0.8 * em, height - 5.9 * em];
  const strip = { top: height - 3.9 * em, bottom: height - 1.9 * em };
  return { data, em, left, right, top, bottom, strip, height, first, x: linearScale(first, first + count, left, right), y: linearScale(0, 100, bottom, top) };
}

function draw() {
  const { data } = page;
  const plot = byId("plot");
  const { width, height } = plot.getBoundingClientRect();
  if (!data || width === 0) return;
  const frame = page.frame = frameOf(data, width, height, Number.parseFloat(getComputedStyle(plot).fontSize));
  plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
  byId("drawing").replaceChildren(...axes(frame), ...gaps(frame), ...curves(frame), ...machinesStrip(frame));
  showReading();
}

/** @param {Frame} frame */
function axes({ data: { t0, step_s, mean }, em, left, right, top, bottom, strip, height, first, x, y }) {
  const across = (/** @type {number} */ at, /** @type {string} */ kind) => svg("line", { x1: left, x2: right, y1: at, y2: at, class: kind });
  const parts = [across(strip.bottom, "base")];
  for (const value of [0, 25, 50, 75, 100]) {
    const label = svg("text", { x: left - 0.7 * em, y: y(value) + 0.35 * em, class: "end" }, value === 100 ? "100 %" : `${value}`);
    parts.push(across(y(value), value ? "grid" : "base"), label);
  }
  const [from, to] = [t0 + first * step_s, t0 + (mean.length - 0.5) * step_s];
  const { step, times } = timeTicks(from, to, (right - left) / (6.5 * em));
  for (const time of mean.length ? times : []) {
    const at = x((time - t0) / step_s);
    if (at < left + 1.5 * em || at > right - 1.5 * em) continue;
    parts.push(svg("line", { x1: at, x2: at, y1: top, y2: bottom, class: "grid" }));
    parts.push(svg("text", { x: at, y: height - 0.4 * em, class: "middle" }, formatTick(time, step)));
  }
  return parts;
}

/** @param {Frame} frame */
function gaps({ data, em, x, top, bottom }) {
  const count = data.mean.length;
  const missing = [true, false].flatMap((away) => runs(count, (k) => data.mean[k] === null && (data.machines[k] === null) === away));
  return missing.flatMap(({ from, to }) => {
    const [start, end, line] = [x(from - 0.5), x(to + 0.5), (top + bottom) / 2];
    const words = ["nothing published:", gapReason(data, from)];
    const fits = end - start > 0.6 * em * Math.max(...words.map((word) => word.length)) && to - from + 1 < count;
    return [
      svg("rect", { x: start, y: top, width: end - start, height: bottom - top, class: "gap" }),
      ...(fits ? words : []).map((word, i) => svg("text", { x: (start + end) / 2, y: line + (1.3 * i - 0.3) * em, class: "label" }, word)),
    ];
  });
}

/** Bands and lines, held within the axis. @param {Frame} frame */
function curves({ data: { mean, low, high }, x, y }) {
  const inside = (/** @type {number} */ value) => y(clamp(value, 0, 100));
  const shown = runs(mean.length, (k) => mean[k] !== null);
  return [
    ...shown.map((run) => svg("path", { d: bandPath(corners(run, high, x, inside), corners(run, low, x, inside)), class: "band" })),
    ...shown.map((run) => svg("path", { d: linePath(corners(run, mean, x, inside)), class: "mean" })),
  ];
}

/** How many machines there were, below the chart. @param {Frame} frame */
function machinesStrip({ data: { machines, minimum }, em, left, strip, x }) {
  const most = Math.max(minimum, ...machines.map(Number));
  const height = linearScale(0, most, strip.bottom, strip.top);
  const level = (/** @type {number} */ k) => `V${height(Number(machines[k])).toFixed(1)}H${x(k + 0.5).toFixed(1)}`;
  const d = machines.map((_, k) => (k ? "" : `M${x(-0.5)} ${strip.bottom}`) + level(k)).join("");
  return [
    ...(machines.length ? [svg("path", { d: `${d}V${strip.bottom}Z`, class: "machines" })] : []),
    svg("text", { x: left - 0.7 * em, y: strip.top + 0.7 * em, class: "end" }, formatNumber(most)),
    svg("text", { x: left, y: strip.top - 0.5 * em }, "machines"),
  ];
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, typeof value === "number" ? value.toFixed(1) : value);
  element.textContent = text;
  return element;
}

// Reading single points

/** @param {number | null} index */
function read(index) {
  page.reading = index;
  showReading();
}

function showReading() {
  const { frame } = page;
  const [tip, cursor, count] = [byId("tip"), byId("cursor"), frame?.data.mean.length ?? 0];
  const k = page.reading = page.reading === null || count === 0 ? null : clamp(page.reading, 0, count - 1);
  tip.hidden = k === null;
  cursor.replaceChildren();
  if (!frame || k === null) return;
  const { data, em, x, y, top, bottom, strip, left, right } = frame;
  const [at, shown] = [x(k), estimateAt(data, k)];
  cursor.append(svg("line", { x1: at, x2: at, y1: top, y2: strip.bottom, class: "hair" }));
  if (shown) {
    const [middle, lower, upper] = [shown.mean, shown.low, shown.high].map((value) => y(clamp(value, 0, 100)));
    cursor.append(svg("line", { x1: at, x2: at, y1: lower, y2: upper, class: "whisker" }), svg("circle", { cx: at, cy: middle, r: 0.35 * em, class: "dot" }));
  }
  const { what, when } = describePoint(data, k, Date.now() / 1000);
  say({ what, when });
  const half = tip.offsetWidth / 2;
  tip.style.left = `${clamp(at, left + half, Math.max(right - half, left + half)) - half}px`;
  tip.style.top = `${shown && shown.high > 70 ? bottom - tip.offsetHeight - em : 0}px`;
}

function listen() {
  const chart = byId("chart");
  const point = (/** @type {PointerEvent} */ event) => {
    const { frame } = page;
    if (!frame) return;
    const { x } = frame;
    read(Math.round((event.clientX - chart.getBoundingClientRect().left - x(0)) / (x(1) - x(0))));
  };
  chart.addEventListener("pointermove", point);
  chart.addEventListener("pointerdown", point);
  chart.addEventListener("pointerleave", () => read(null));
  chart.addEventListener("blur", () => read(null));
  chart.addEventListener("keydown", (event) => {
    const [k, last] = [page.reading, (page.data?.mean.length ?? 0) - 1];
    /** @type {Record<string, number | null>} */
    const moves = { ArrowLeft: (k ?? last + 1) - 1, ArrowRight: (k ?? last) + 1, Home: 0, End: last, Escape: null };
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in moves)) return;
    event.preventDefault();
    read(moves[event.key]);
    say({ spoken: page.reading === null ? "" : `${byId("what").textContent}. ${byId("when").textContent}.` });
  });
  new ResizeObserver(draw).observe(chart);
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const leader = leaderAddress(location.pathname);
say({ zone: zone && ` (${zone})`, leader: leader && `leader = "${leader}"` });
byId("ask").hidden = leader !== "";
listen();
setInterval(showState, 1000);
poll();
