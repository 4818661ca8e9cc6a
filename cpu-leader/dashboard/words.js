"use strict";
// Numbers, durations and times as people read them.

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
