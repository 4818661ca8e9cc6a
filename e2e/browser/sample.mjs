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
  memory: { protects_s: 30, epsilon: 1, slot_s: 300, scale: 20.07, memory: { scale: 20.74, every_s: 1 } },
  live: { protects_s: 1, epsilon: 0.5, slot_s: 20, scale: 10.53 },
  hour: { protects_s: 3600, epsilon: 1, slot_s: 3600, scale: 100.03 },
  demo: { protects_s: 0.2, epsilon: 0.5, slot_s: 5, scale: 10 },
  original: { protects_s: 0.1, epsilon: 0.5, slot_s: 20, scale: 4, original: true },
};

/** What a group of machines promises by a profile. */
export function promise(profile, machines) {
  return { machines, ...PROFILES[profile] };
}

const MONTH = 30 * 86_400;

/** Seconds between points, and how many there are. */
const RANGES = { hour: { step_s: 20, points: 180 }, day: { step_s: 300, points: 288 }, month: { step_s: 7200, points: 360 } };

/**
 * The file of a range of a group of machines whose load drifts through the day.
 * @param {{ now: number, range?: "hour" | "day" | "month", promises?: object[], step_s?: number, points?: number, window_s?: number,
 *   machines?: (k: number) => number | null, seed?: number, minimum?: number }} options
 */
export function rangeSample({ now, range = "hour", promises = [promise("standard", 12)], step_s = RANGES[range].step_s,
  points = RANGES[range].points, window_s = range === "hour" ? 900 : range === "day" ? 1800 : 43_200, machines, seed = 7, minimum = 3 }) {
  const random = seeded(seed);
  const laplace = (scale) => scale * Math.sign(random() - 0.5) * -Math.log(1 - random());
  const [{ slot_s, scale }] = promises;
  const size = promises.reduce((sum, group) => sum + group.machines, 0);
  const count = machines ?? (() => size);
  const steps = (seconds) => Math.max(1, Math.round(seconds / step_s));
  const shown = Math.min(size, 400);
  const held = steps(slot_s);
  const noise = Array.from({ length: shown }, () => laplace(scale));
  const file = { machines: [], single: columns(), rolling: { window_s, ...columns() } };
  const [loads, noises] = [[], []];
  const t0 = Math.floor(now) - (points - 1) * step_s;
  let drift = 0;
  for (let k = 0; k < points; k++) {
    // Each machine keeps its noise for a slot; the slots' phases differ.
    for (let machine = 0; machine < shown; machine++) {
      if ((k + machine) % held === 0) noise[machine] = laplace(scale);
    }
    drift = 0.97 * drift + 2.2 * (random() - 0.5);
    const here = count(k);
    const used = Math.min(here ?? 0, shown);
    loads.push(34 + 11 * Math.sin((2 * Math.PI * (t0 + k * step_s)) / 86_400) + 5 * Math.sin(k / 13 + 2) + drift);
    const slots = Math.max(1, step_s / slot_s);
    noises.push(used ? (noise.slice(0, used).reduce((sum, one) => sum + one, 0) / used) * Math.sqrt(used / here / slots) : 0);
    file.machines.push(here);
    const published = here !== null && here >= minimum;
    for (const [series, window] of [[file.single, 1], [file.rolling, steps(window_s)]]) {
      const mean = (values) => values.slice(-window).reduce((sum, one) => sum + one, 0) / Math.min(window, values.length);
      const releases = (here ?? 0) * Math.max(1, (window * step_s) / slot_s);
      add(series, published ? mean(loads) + mean(noises) : null, releases === 1 ? 3 * scale : 1.96 * scale * Math.sqrt(2 / releases));
    }
  }
  return { schema: 2, range, t0, step_s, ...file };
}

/**
 * The file of the last hour, with what the others do not have.
 * @param {Parameters<typeof rangeSample>[0] & { demo?: number, parted?: boolean }} options
 */
export function sample({ demo, parted = false, ...options }) {
  const { promises = [promise("standard", 12)], minimum = 3, now } = options;
  const file = rangeSample(options);
  const last = ({ mean, low, high }) => ({ mean: mean.at(-1) ?? null, low: low.at(-1) ?? null, high: high.at(-1) ?? null });
  const round = last(file.single);
  const sharing = promises.reduce((sum, group) => sum + (group.memory ? group.machines : 0), 0);
  const rate = Math.max(...promises.map((group) => 100 / ((group.original ? 5 : group.slot_s - 1) * group.scale)));
  const epsilon = (stretch_s) => ({ stretch_s, epsilon: Math.round(1e6 * rate * stretch_s) / 1e6 });
  return {
    ...file,
    now: {
      machines: file.machines.at(-1) ?? 0,
      ...round,
      median: round.mean === null ? null : hundredths(round.mean - (parted ? 21 : 0.6), Math.round),
      parted,
      rolling: round.mean === null ? null : { window_s: file.rolling.window_s, ...last(file.rolling) },
      ...(sharing && round.mean !== null ? { memory: { machines: sharing, value: 61.25, low: 52.5, high: 70 } } : {}),
    },
    newest: round.mean === null ? null : Math.floor(now) - 7,
    minimum_machines: minimum,
    ...(demo ? { members_on_one_cpu: demo } : {}),
    privacy: { confidence: 0.95, promises, curve: [...[1, 60, 3600, 86_400].map(epsilon), { ...epsilon(MONTH), tight: 0.5 * epsilon(MONTH).epsilon }] },
  };
}

/** A badge as the leader publishes one. */
export const BADGE = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20"><rect width="120" height="20" rx="3" fill="#0b6480"/><text x="60" y="14" fill="#fff" font-family="sans-serif" font-size="11" text-anchor="middle">group CPU 37 %</text></svg>';

function columns() {
  return { mean: [], low: [], high: [] };
}

function add(series, mean, margin) {
  series.mean.push(mean === null ? null : hundredths(mean, Math.round));
  series.low.push(mean === null ? null : hundredths(mean - margin, Math.floor));
  series.high.push(mean === null ? null : hundredths(mean + margin, Math.ceil));
}

function hundredths(value, direction) {
  return direction(value * 100) / 100;
}
