"use strict";
// The published files, which are not trusted: what a good one holds, and how a bad one is refused.

/**
 * What a group of machines promises, each for itself: ε for a stretch of time (infinite: nothing), by noise of this scale in each slot;
 * `memory` where they share that, too: its noise, and how often it is read.
 * @typedef {{ machines: number, protects_s: number, epsilon: number, slot_s: number, scale: number,
 *   memory: { scale: number, every_s: number } | null }} Promised
 *
 * One value for each point; null where nothing was published.
 * @typedef {(number | null)[]} Column
 * @typedef {{ mean: Column, low: Column, high: Column }} Series
 * @typedef {{ mean: number, low: number, high: number }} Estimate
 *
 * A file of one range. Point k stands for second `t0 + k * step_s`; `machines` is null where the leader was not running;
 * `rolling` is the mean over the `window_s` that end with the point.
 * @typedef {{ t0: number, step_s: number, machines: Column, single: Series, rolling: Series & { window_s: number } }} RangeFile
 *
 * The last round. `parted`: mean and median are further apart than the noise explains.
 * @typedef {{ machines: number, round: Estimate | null, median: number | null, parted: boolean,
 *   rolling: Estimate & { window_s: number } | null, memory: Estimate & { machines: number } | null }} Now
 *
 * The file of the last hour. `newest` is the end of the newest slot; `shared` counts members that measure one and the same CPU, in a
 * demonstration. `tight` is the smaller loss at δ = 10⁻⁶, where it is less.
 * @typedef {RangeFile & { now: Now, newest: number | null, minimum: number, shared: number | null, confidence: number,
 *   promises: Promised[], curve: { stretch_s: number, epsilon: number, tight: number | null }[] }} Data
 */

const MOST_POINTS = 2000;
const MOST_CHARACTERS = 1e6;
const [MINUTE, HOUR, DAY] = [60, 3600, 86400];

/**
 * Checks a published file. Never throws; a problem's text holds no byte of the file.
 * @template T
 * @param {string} text @param {(file: any) => T} check `checkData` or `checkRange(…)`
 * @returns {{ data: T | null, problem: string }}
 */
function parseFile(text, check) {
  try {
    need(text.length <= MOST_CHARACTERS, "it is too long");
    return { data: check(JSON.parse(text)), problem: "" };
  } catch (error) {
    return { data: null, problem: error instanceof Malformed ? error.message : "it is not JSON" };
  }
}

class Malformed extends Error {}

/** @param {any} file @returns {Data} */
function checkData(file) {
  const range = checkRange("hour")(file);
  need(isObject(file.now) && isObject(file.privacy), "it is not the leader's file");
  const { now, privacy } = file;
  need(typeof now.parted === "boolean", "“parted” is neither true nor false");
  return {
    ...range,
    now: {
      machines: number(now, "machines", 0, 1e6),
      round: estimate(now),
      median: now.median === null ? null : number(now, "median", -1e6, 1e6),
      parted: now.parted,
      rolling: now.rolling === null ? null : rollingNow(now.rolling),
      memory: now.memory == null ? null : memoryNow(now.memory),
    },
    newest: file.newest === null ? null : number(file, "newest", 0, 1e11),
    minimum: number(file, "minimum_machines", 1, 1e6),
    shared: file.members_on_one_cpu == null ? null : number(file, "members_on_one_cpu", 1, 1e6),
    confidence: number(privacy, "confidence", 0.5, 1),
    promises: list(privacy, "promises").map((promise) => ({
      machines: number(promise, "machines", 1, 1e6),
      protects_s: number(promise, "protects_s", 1e-9, 1e9),
      epsilon: loss(promise),
      slot_s: number(promise, "slot_s", 0.001, 31 * DAY),
      scale: number(promise, "scale", 1e-9, 1e9),
      memory: promise.memory == null ? null
        : { scale: number(promise.memory, "scale", 1e-9, 1e9), every_s: number(promise.memory, "every_s", 0.001, DAY) },
    })),
    curve: list(privacy, "curve").map((cost) => ({
      stretch_s: number(cost, "stretch_s", 1e-9, 1e9),
      epsilon: loss(cost),
      tight: cost.tight == null ? null : number(cost, "tight", 0, Infinity),
    })),
  };
}

/** @param {"hour" | "day" | "month"} name @returns {(file: any) => RangeFile} */
function checkRange(name) {
  return (file) => {
    need(isObject(file), "it is not the leader's file");
    need(file.schema === 2, "it was written by another version of the leader; load this page anew");
    need(file.range === name, "it is the file of another range");
    const count = Array.isArray(file.machines) ? file.machines.length : Infinity;
    need(count <= MOST_POINTS, "it has no points or too many");
    return {
      t0: count ? number(file, "t0", 0, 1e11) : 0,
      step_s: number(file, "step_s", 0.001, 31 * DAY),
      machines: column(file, "machines", count),
      single: series(file.single, count),
      rolling: { ...series(file.rolling, count), window_s: number(file.rolling, "window_s", 0.001, 366 * DAY) },
    };
  };
}

/** @param {any} holder @param {number} count @returns {Series} */
function series(holder, count) {
  need(isObject(holder), "a series is missing");
  const [mean, low, high] = ["mean", "low", "high"].map((name) => column(holder, name, count));
  mean.forEach((value, k) => {
    const [least, most] = [low[k], high[k]];
    const fits = value === null || least === null || most === null ? value === least && value === most : least <= value && value <= most;
    need(fits, "a mean and its range do not fit");
  });
  return { mean, low, high };
}

/** @param {any} holder */
function rollingNow(holder) {
  need(isObject(holder), "a mean is missing");
  const found = estimate(holder);
  return found && { ...found, window_s: number(holder, "window_s", 0.001, 366 * DAY) };
}

/** @param {any} holder */
function memoryNow(holder) {
  need(isObject(holder), "a mean is missing");
  const found = estimate({ ...holder, mean: holder.value });
  return found && { ...found, machines: number(holder, "machines", 1, 1e6) };
}

/** @param {any} holder @returns {Estimate | null} */
function estimate(holder) {
  const one = series({ mean: [holder.mean], low: [holder.low], high: [holder.high] }, 1);
  return estimateAt(one, 0);
}

/** What a series says of point k, if anything. @param {Series} series @param {number} k @returns {Estimate | null} */
function estimateAt(series, k) {
  const [mean, low, high] = [series.mean[k] ?? null, series.low[k], series.high[k]];
  return mean === null || low === null || high === null ? null : { mean, low, high };
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
