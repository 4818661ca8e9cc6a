// Sample data in the form of the leader's data.json, for tests and pictures only. The same seed gives the same data.

/** A small seeded generator (mulberry32): uniform in [0, 1). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const PROFILES = {
  standard: { protects_s: 30, epsilon: 1, slot_s: 300, scale: 10.03 },
  live: { protects_s: 1, epsilon: 0.5, slot_s: 20, scale: 10.53 },
  hour: { protects_s: 3600, epsilon: 1, slot_s: 3600, scale: 100.03 },
  demo: { protects_s: 0.2, epsilon: 0.5, slot_s: 5, scale: 10 },
  original: { protects_s: 0.1, epsilon: 0.5, slot_s: 20, scale: 4, original: true },
};

/** What a group of machines promises by a profile. */
export function promise(profile, machines) {
  return { machines, ...PROFILES[profile] };
}

/**
 * A group of machines whose load drifts through the day.
 * @param {{ now: number, promises?: object[], step_s?: number, points?: number, machines?: (k: number) => number | null, seed?: number,
 *   minimum?: number, demo?: number }} options
 */
export function sample({ now, promises = [promise("standard", 12)], step_s = 20, points = 360, machines, seed = 7, minimum = 3, demo }) {
  const random = seeded(seed);
  const laplace = (scale) => scale * Math.sign(random() - 0.5) * -Math.log(1 - random());
  const [{ slot_s, scale }] = promises;
  const size = promises.reduce((sum, group) => sum + group.machines, 0);
  const count = machines ?? (() => size);
  const rounds = Math.max(1, Math.round(slot_s / step_s));
  const columns = { mean: [], low: [], high: [], machines: [] };
  // Each machine keeps its noise for a slot; the slots' phases differ.
  const shown = Math.min(size, 400);
  const noise = Array.from({ length: shown }, () => laplace(scale));
  let drift = 0;
  for (let k = 0; k < points; k++) {
    for (let machine = 0; machine < shown; machine++) {
      if ((k + machine) % rounds === 0) noise[machine] = laplace(scale);
    }
    drift = 0.97 * drift + 2.2 * (random() - 0.5);
    const here = count(k);
    columns.machines.push(here);
    if (here === null || here < minimum) {
      for (const name of ["mean", "low", "high"]) columns[name].push(null);
      continue;
    }
    const load = 34 + 11 * Math.sin(k / 47) + 6 * Math.sin(k / 13 + 2) + drift;
    const used = Math.min(here, shown);
    const mean = load + (noise.slice(0, used).reduce((sum, one) => sum + one, 0) / used) * Math.sqrt(used / here);
    const margin = here === 1 ? 3 * scale : 1.96 * scale * Math.sqrt(2 / here);
    columns.mean.push(round(mean, Math.round));
    columns.low.push(round(mean - margin, Math.floor));
    columns.high.push(round(mean + margin, Math.ceil));
  }
  const last = columns.mean.at(-1) ?? null;
  const rate = Math.max(...promises.map((group) => 100 / ((group.original ? 5 : group.slot_s - 1) * group.scale)));
  const epsilon = (stretch_s) => ({ stretch_s, epsilon: Math.round(1e6 * rate * stretch_s) / 1e6 });
  return {
    schema: 1,
    t0: Math.floor(now) - (points - 1) * step_s,
    step_s,
    ...columns,
    newest: last === null ? null : Math.floor(now) - 7,
    minimum_machines: minimum,
    ...(demo ? { members_on_one_cpu: demo } : {}),
    privacy: { confidence: 0.95, promises, curve: [1, 60, 3600].map(epsilon) },
  };
}

function round(value, direction) {
  return direction(value * 100) / 100;
}
