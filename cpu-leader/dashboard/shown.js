"use strict";
// One series of one range as it is read: in words, as a table, as CSV.

/**
 * What is drawn: one of a file's two series.
 * @typedef {Series & { t0: number, step_s: number, machines: Column, minimum: number, window_s: number }} Shown
 */

/** @param {RangeFile} file @param {boolean} rolling @param {number} minimum @returns {Shown} */
function shownOf(file, rolling, minimum) {
  const { t0, step_s, machines } = file;
  return { t0, step_s, machines, minimum, ...(rolling ? file.rolling : { ...file.single, window_s: step_s }) };
}

/** @param {Shown} shown @param {number} k */
function wordsAt(shown, k) {
  const found = estimateAt(shown, k);
  return found && { ...found, ...formatEstimate(found.mean, found.low, found.high) };
}

/** Why nothing was published at point k. @param {Shown} shown @param {number} k */
function gapReason(shown, k) {
  return shown.machines[k] === null ? "the leader was not running" : `fewer than ${formatMachines(shown.minimum)}`;
}

/** Point k in words. @param {Shown} shown @param {number} k @param {number} now unix seconds */
function describePoint(shown, k, now) {
  const [words, machines] = [wordsAt(shown, k), shown.machines[k]];
  const [time, count] = [formatTime(shown.t0 + k * shown.step_s, now), machines === null ? "–" : formatNumber(machines)];
  return {
    what: words ? `${words.value} %, noise range ${words.range}` : `nothing published: ${gapReason(shown, k)}`,
    when: machines === null ? time : `${time}, ${formatMachines(machines)}`,
    cells: [time, words ? `${words.value} %` : "–", words ? words.range : "not published", count],
  };
}

/** The points from `first` to before `end`, numbers as they were published. @param {Shown} shown @param {number} first @param {number} end */
function csvOf({ t0, step_s, machines, mean, low, high }, first, end) {
  const lines = ["time_utc,machines,mean_percent,low_percent,high_percent"];
  for (let k = first; k < end; k++) {
    const time = new Date((t0 + k * step_s) * 1000).toISOString().replace(".000", "");
    lines.push([time, machines[k], mean[k], low[k], high[k]].map((value) => value ?? "").join());
  }
  return lines.join("\r\n") + "\r\n";
}
