"use strict";
// How the group stands now.

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
  return data?.now.round ? { kind: "live", title: "Live", notice: "" } : { kind: "waiting", title: "Waiting", notice: "" };
}

/** The value to show first, the rolling mean where there is one, and over which time it is a mean. @param {Data} data */
function headline({ now, step_s }) {
  const value = now.rolling ?? now.round;
  return value && { ...formatEstimate(value.mean, value.low, value.high), over: `last ${formatDuration(now.rolling?.window_s ?? step_s)}` };
}

/** The last round's median, with as many decimals as its mean deserves. @param {Now} now */
function formatMedian({ round, median }) {
  if (!round || median === null) return "–";
  const decimals = formatEstimate(round.mean, round.low, round.high).value.split(".")[1]?.length ?? 0;
  return `${formatNumber(median, decimals)} %`;
}

/** The mean memory in use, and of how many machines: those that share it. @param {Now} now */
function formatMemory({ memory }) {
  if (!memory) return { memory: "", "memory-of": "" };
  const { value, range } = formatEstimate(memory.mean, memory.low, memory.high);
  return { memory: `${value} %`, "memory-of": `(${range}; of ${formatMachines(memory.machines)})` };
}

/** A warning where a few machines pull the mean away from the others. @param {Now} now */
function partedWarning(now) {
  if (!now.parted || !now.round) return "";
  const { value } = formatEstimate(now.round.mean, now.round.low, now.round.high);
  return `A few machines are far from the others, or report false values: in this round the mean is ${value} % and the median ${formatMedian(now)}, further apart`
    + " than the noise explains.";
}
