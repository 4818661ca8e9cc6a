"use strict";
// What a promise means for whoever reads everything a machine ever shares.

/** The promise that costs the most for each second, if there is any. @param {Promised[]} promises */
function weakest(promises) {
  return [...promises].sort((a, b) => lossOver(b, HOUR) - lossOver(a, HOUR))[0];
}

/**
 * ε for a stretch of a machine's time: by its noise and its window, a second less than the slot, or as it says if that is worse. Memory
 * is read now and then, so its part is a staircase.
 * @param {Promised} promise @param {number} stretch
 */
function lossOver({ slot_s, scale, epsilon, protects_s, memory }, stretch) {
  const window = Math.max(slot_s - 1, 0.001);
  const stairs = memory && (Math.ceil(stretch / memory.every_s) + 1) / (Math.max(1, Math.floor(window / memory.every_s)) * memory.scale);
  return Math.max(100 * (stretch / (window * scale) + (stairs ?? 0)), (epsilon * stretch) / protects_s);
}

/** Someone who thought it 50:50 becomes at most this sure: e^ε / (1 + e^ε). @param {number} epsilon */
function surety(epsilon) {
  return 1 / (1 + Math.exp(-epsilon));
}

const STRETCHES = [1e-3, 1e-2, 0.1, 1, 10, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 10 * DAY, 100 * DAY];
const CORNERS = 120;

/**
 * How sure an observer can become, by the length of the stretch: what the picture shows. Null where there is nothing to show.
 * @param {Promised[]} promises @param {number} members how many of them measure one and the same machine
 */
function privacyCurve(promises, members) {
  const worst = weakest(promises);
  if (!worst || !Number.isFinite(lossOver(worst, HOUR))) return null;
  const [from, to] = [worst.protects_s / 30, Math.max(300 * worst.protects_s, 2.5 * HOUR)];
  const sure = (/** @type {number} */ stretch) => surety(members * Math.max(...promises.map((one) => lossOver(one, stretch))));
  const stretches = Array.from({ length: CORNERS + 1 }, (_, i) => from * (to / from) ** (i / CORNERS));
  const ticks = STRETCHES.filter((stretch) => stretch >= from && stretch <= to);
  const protectedLoss = members * worst.epsilon;
  return { from, to, ticks, points: stretches.map((stretch) => ({ stretch, sure: sure(stretch) })), protects: worst.protects_s, epsilon: protectedLoss };
}
