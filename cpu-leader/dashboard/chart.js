"use strict";
// Everything about the page that needs no browser: checking data.json, geometry, wording of numbers.
// Functions without side effects; page.js puts their results on the screen.

/**
 * What a group of machines promises, each for itself: ε for a stretch of time (infinite: nothing), by noise of this scale in each slot.
 * @typedef {{ machines: number, protects_s: number, epsilon: number, slot_s: number, scale: number }} Promised
 *
 * One value for each point; null where nothing was published.
 * @typedef {(number | null)[]} Column
 *
 * The published file after checking. Point k is the round at second `t0 + k * step_s`; `machines` is null where the leader was not running;
 * `newest` is the end of the newest slot in the last point; `shared` counts members that measure one and the same CPU, in a demonstration.
 * @typedef {{ t0: number, step_s: number, mean: Column, low: Column, high: Column, machines: Column, newest: number | null, minimum: number,
 *   shared: number | null, confidence: number, promises: Promised[], curve: { stretch_s: number, epsilon: number }[] }} Data
 *
 * First and last index of neighbouring points.
 * @typedef {{ from: number, to: number }} Run
 * @typedef {[number, number]} Corner
 */

const MOST_POINTS = 2000;
const [MINUTE, HOUR, DAY] = [60, 3600, 86400];

// Checking

/**
 * Checks a published file, which is not trusted. Never throws; a problem's text holds no byte of the file.
 * @param {string} text
 * @returns {{ data: Data | null, problem: string }}
 */
function parseData(text) {
  try {
    return { data: checkData(JSON.parse(text)), problem: "" };
  } catch (error) {
    return { data: null, problem: error instanceof Malformed ? error.message : "it is not JSON" };
  }
}

class Malformed extends Error {}

/** @param {any} file @returns {Data} */
function checkData(file) {
  need(isObject(file) && isObject(file.privacy), "it is not the leader's file");
  need(file.schema === 1, "it was written by another version of the leader");
  const count = Array.isArray(file.mean) ? file.mean.length : Infinity;
  need(count <= MOST_POINTS, "it has no points or too many");
  const [mean, low, high, machines] = ["mean", "low", "high", "machines"].map((name) => column(file, name, count));
  mean.forEach((value, k) => {
    const [least, most] = [low[k], high[k]];
    const fits = value === null || least === null || most === null ? value === least && value === most : least <= value && value <= most;
    need(fits, "a mean and its range do not fit");
  });
  return {
    mean, low, high, machines,
    t0: count ? number(file, "t0", 0, 1e11) : 0,
    step_s: number(file, "step_s", 0.001, 31 * DAY),
    newest: file.newest == null ? null : number(file, "newest", 0, 1e11),
    minimum: number(file, "minimum_machines", 1, 1e6),
    shared: file.members_on_one_cpu == null ? null : number(file, "members_on_one_cpu", 1, 1e6),
    confidence: number(file.privacy, "confidence", 0.5, 1),
    promises: list(file.privacy, "promises").map((promise) => ({
      machines: number(promise, "machines", 1, 1e6),
      protects_s: number(promise, "protects_s", 1e-9, 1e9),
      epsilon: loss(promise),
      slot_s: number(promise, "slot_s", 0.001, 31 * DAY),
      scale: number(promise, "scale", 1e-9, 1e9),
    })),
    curve: list(file.privacy, "curve").map((cost) => ({ stretch_s: number(cost, "stretch_s", 1e-9, 1e9), epsilon: loss(cost) })),
  };
}

/** @param {boolean} condition @param {string} problem */
function need(condition, problem) {
  if (!condition) throw new Malformed(problem);
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {any} holder @param {string} name @param {number} least @param {number} most @returns {number} */
function number(holder, name, least, most) {
  const value = holder[name];
  need(typeof value === "number" && value >= least && value <= most, `“${name}” is not a number in its range`);
  return value;
}

/** JSON has no infinity: null stands for it. @param {any} holder */
function loss(holder) {
  return holder.epsilon === null ? Infinity : number(holder, "epsilon", 0, Infinity);
}

/** @param {any} file @param {string} name @param {number} count @returns {Column} */
function column(file, name, count) {
  const values = file[name];
  need(Array.isArray(values) && values.length === count, `“${name}” is not a list as long as the others`);
  return values.map((/** @type {any} */ value) => (value === null ? null : number({ [name]: value }, name, -1e6, 1e6)));
}

/** @param {any} holder @param {string} name @returns {any[]} */
function list(holder, name) {
  const values = holder[name];
  need(Array.isArray(values) && values.length <= 32 && values.every(isObject), `“${name}” is not a short list`);
  return values;
}

// What the data mean

/** The promise that costs the most for each second, if there is any. @param {Promised[]} promises */
function weakest(promises) {
  return [...promises].sort((a, b) => lossRate(b) - lossRate(a))[0];
}

/** ε for each second of a machine's time: by its noise and its window, a second less than the slot, or as it says if that is worse. @param {Promised} promise */
function lossRate({ slot_s, scale, epsilon, protects_s }) {
  return Math.max(100 / (Math.max(slot_s - 1, 0.001) * scale), epsilon / protects_s);
}

/** Someone who thought it 50:50 becomes at most this sure: e^ε / (1 + e^ε). @param {number} epsilon */
function surety(epsilon) {
  return 1 / (1 + Math.exp(-epsilon));
}

/** Data are old after two of the longest slots and two minutes. @param {Data} data */
function staleAfter({ promises, step_s }) {
  return 2 * Math.max(step_s, ...promises.map((promise) => promise.slot_s)) + 2 * MINUTE;
}

/**
 * What the reader has to know before reading the data.
 * @param {Data | null} data the last good data
 * @param {string} problem why the last attempt to read them failed, "" when it did not
 * @param {number} now unix seconds
 */
function stateOf(data, problem, now) {
  if (problem) {
    const kept = data?.newest ? `What you see is from ${formatTime(data.newest, now)}. ` : "";
    return { kind: "failing", title: data ? "No fresh data" : "No data", notice: `${problem} ${kept}Trying again.` };
  }
  const age = now - (data?.newest ?? now);
  if (data && age > staleAfter(data)) {
    return { kind: "stale", title: "Old data", notice: `Old data: the newest report is from ${formatTime(now - age, now)}. Nothing newer has arrived.` };
  }
  if (age < -2 * MINUTE) return { kind: "stale", title: "Clocks differ", notice: "The data come from the future: this device's clock or the leader's is wrong." };
  return (data?.mean.at(-1) ?? null) === null ? { kind: "waiting", title: "Waiting", notice: "" } : { kind: "live", title: "Live", notice: "" };
}

/** Where data.json lies: beside the page, also when a folder is opened without its trailing slash. @param {string} pathname */
function dataPath(pathname) {
  return pathname.replace(/[^/]*\.html$/, "").replace(/\/?$/, "/data.json");
}

/** The leader's address when the page is read from its datasite, else "". @param {string} pathname */
function leaderAddress(pathname) {
  try {
    const address = decodeURIComponent(/^\/datasites\/([^/]{1,254})\//.exec(pathname)?.[1] ?? "");
    return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(address) ? address : "";
  } catch {
    return "";
  }
}

// Geometry

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

const TICK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200];

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

// Wording

/** 9000 → "9 000", never an exponent. @param {number} value @param {number} [decimals] @returns {string} */
function formatNumber(value, decimals = 0) {
  if (Math.abs(value) === Infinity) return "no limit";
  if (Math.abs(value) >= 1e12) return `over ${formatNumber(1e12 - 1)}`;
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (fraction ? `.${fraction}` : "");
  return (value < 0 && /[1-9]/.test(digits) ? "−" : "") + digits;
}

/** As many decimals as a loss or a short time deserves. @param {number} epsilon */
function formatEpsilon(epsilon) {
  if (epsilon > 0 && epsilon < 0.0001) return "under 0.0001";
  const decimals = epsilon >= 100 ? 0 : epsilon >= 10 ? 1 : epsilon >= 0.1 ? 2 : 4;
  const text = formatNumber(roundUp(epsilon, decimals), decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** @param {number} share a probability of at least a half */
function formatSurety(share) {
  const decimals = share >= 0.985 ? 1 : 0;
  return share > 0.999 ? "over 99.9 %" : `${formatNumber(roundUp(share * 100, decimals), decimals)} %`;
}

/** The millionth absorbs binary fractions. @param {number} value @param {number} decimals */
function roundUp(value, decimals) {
  return Math.ceil(value * 10 ** decimals - 1e-6) / 10 ** decimals;
}

/** A mean and its range with as many decimals as the range deserves, the range rounded outwards. @param {number} mean @param {number} low @param {number} high */
function formatEstimate(mean, low, high) {
  const margin = (high - low) / 2;
  const decimals = margin >= 2 ? 0 : margin >= 0.2 ? 1 : 2;
  const ends = [-roundUp(-low, decimals), roundUp(high, decimals)].map((end) => formatNumber(end, decimals));
  return { value: formatNumber(mean, decimals), range: `${ends.join(" to ")} %` };
}

/** 90 → "1 min 30 s"; at most two units. @param {number} seconds */
function formatDuration(seconds) {
  if (seconds < MINUTE) return `${formatEpsilon(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole >= 2 * DAY) return `${formatNumber(Math.floor(whole / DAY))} days`;
  const [big, bigName, small, smallName] = whole < HOUR ? [MINUTE, "min", 1, "s"] : [HOUR, "h", MINUTE, "min"];
  const rest = Math.floor((whole % big) / small);
  return `${Math.floor(whole / big)} ${bigName}${rest ? ` ${rest} ${smallName}` : ""}`;
}

/** An age that does not flicker: seconds only within the first two minutes. @param {number} seconds */
function formatAge(seconds) {
  const age = Math.max(0, Math.floor(seconds));
  return `${formatDuration(age < 2 * MINUTE ? age : age - (age % MINUTE))} ago`;
}

/** @param {number} count */
function formatMachines(count) {
  return `${formatNumber(count)} ${count === 1 ? "machine" : "machines"}`;
}

/** Time of day on the reader's clock, with the day when it is not today. @param {number} second @param {number} now */
function formatTime(second, now) {
  const [date, today] = [second, now].map((time) => new Date(time * 1000).toDateString());
  return `${date === today ? "" : `${formatDay(second)}, `}${formatClock(second)}`;
}

/** @param {number} second */
function formatDay(second) {
  const [, month, day] = new Date(second * 1000).toDateString().split(" ");
  return `${Number(day)} ${month}`;
}

/** @param {number} second */
function formatClock(second) {
  return new Date(second * 1000).toTimeString().slice(0, 8);
}

/** A tick's label: the day at midnight, else the time. @param {number} second @param {number} step */
function formatTick(second, step) {
  const clock = formatClock(second);
  return clock === "00:00:00" ? formatDay(second) : clock.slice(0, step < MINUTE ? 8 : 5);
}

/** Why nothing was published at point k. @param {Data} data @param {number} k */
function gapReason(data, k) {
  return data.machines[k] === null ? "the leader was not running" : `fewer than ${formatMachines(data.minimum)}`;
}

/** What was published at point k, if anything. @param {Data} data @param {number} k */
function estimateAt(data, k) {
  const [mean, low, high] = [data.mean[k] ?? null, data.low[k], data.high[k]];
  return mean === null || low === null || high === null ? null : { mean, low, high, ...formatEstimate(mean, low, high) };
}

/** Point k in words. @param {Data} data @param {number} k @param {number} now unix seconds */
function describePoint(data, k, now) {
  const [words, machines] = [estimateAt(data, k), data.machines[k]];
  const [time, count] = [formatTime(data.t0 + k * data.step_s, now), machines === null ? "–" : formatNumber(machines)];
  return {
    what: words ? `${words.value} %, noise range ${words.range}` : `nothing published: ${gapReason(data, k)}`,
    when: machines === null ? time : `${time}, ${formatMachines(machines)}`,
    cells: [time, words ? `${words.value} %` : "–", words ? words.range : "not published", count],
  };
}
