"use strict";
// Reads the published files, again and again, and puts them on the screen.

/** The last good data, and why the last attempt to read failed. */
const page = {
  data: /** @type {Data | null} */ (null),
  problem: "",
  /** The text that the data were read from. */
  text: /** @type {string | null} */ (null),
  /** The timer of the next attempt. */
  next: 0,
  reading: false,
};

/** The longer ranges: what to call one, when to read it again, and why it could not be read. */
const LONGER = {
  day: { name: "the last 24 hours", due: 0, problem: "" },
  month: { name: "the last 30 days", due: 0, problem: "" },
};

// Reading

/** Reads the data now, and then again and again. */
async function poll() {
  if (page.reading) return;
  page.reading = true;
  clearTimeout(page.next);
  try {
    await readData();
  } finally {
    page.reading = false;
    page.next = setTimeout(poll, 1000 * clamp(page.data?.step_s ?? 5, 5, 60));
  }
}

async function readData() {
  const { text, problem, status } = await readFile("data.json");
  if (text === null) {
    // Before its first publication a group is not failing.
    page.problem = status === 404 && !page.data ? "" : `The data cannot be reached${problem}.`;
  } else if (page.problem || text !== page.text) {
    // The same data are not drawn again: what a reader has selected in the table stays selected.
    const file = parseFile(text, checkData);
    page.problem = file.problem && `The published file cannot be used: ${file.problem}.`;
    page.text = text;
    if (file.data) showData(page.data = file.data);
  }
  tick();
}

/** The text of a published file, or why there is none. @param {string} name */
async function readFile(name) {
  const url = new URL(location.href);
  // Set as a part: a path that starts with // would otherwise name another host.
  url.pathname = pathOf(location.pathname, name);
  url.search = url.hash = "";
  try {
    const response = await fetch(url, { cache: "no-cache", signal: AbortSignal.timeout(20_000) });
    const { status } = response;
    return response.ok ? { text: await response.text(), problem: "", status } : { text: null, problem: `: the server answered ${status}`, status };
  } catch {
    return { text: null, problem: "", status: 0 };
  }
}

/** Reads the file of the longer range that is shown, when that is due. */
async function pollLonger() {
  const { range } = chart;
  if (range === "hour" || Date.now() < LONGER[range].due) return;
  const longer = LONGER[range];
  // While it is being read, and after a failure, it is not read again for a minute.
  longer.due = Date.now() + 1000 * MINUTE;
  const { text, problem, status } = await readFile(`${range}.json`);
  if (text === null) {
    longer.problem = status === 404 ? `There is no file of ${longer.name} yet.` : `The file of ${longer.name} cannot be reached${problem}.`;
  } else {
    const file = parseFile(text, checkRange(range));
    longer.problem = file.problem && `The file of ${longer.name} cannot be used: ${file.problem}.`;
    if (file.data) {
      chart.files[range] = file.data;
      longer.due = Date.now() + 1000 * clamp(file.data.step_s, MINUTE, HOUR);
    }
  }
  if (chart.range === range) showHistory();
  tick();
}

// Showing

/** What changes with time alone. */
function tick() {
  const { data, problem } = page;
  const now = Date.now() / 1000;
  const { kind, title, notice } = stateOf(data, problem, now);
  const old = kind === "stale" || kind === "failing";
  const value = data && headline(data);
  document.documentElement.dataset.kind = kind;
  say({
    state: title,
    notice,
    age: data?.newest == null ? "–" : formatAge(now - data.newest),
    "now-title": value ? `${old ? "Last known mean" : "Mean"} CPU load of the group, ${value.over}` : "Mean CPU load of the group",
  });
  document.title = `${value ? `${old ? "Old: " : ""}${value.value} %` : title} · Group CPU`;
  showRange(now);
  void pollLonger();
  lightPlausible(Math.floor(now));
}

/** Which time the chart shows, or why it shows none. @param {number} now */
function showRange(now) {
  const { shown, view, range } = chart;
  const problem = range === "hour" ? "" : LONGER[range].problem;
  const waiting = page.data ? `Waiting for at least ${formatMachines(page.data.minimum)}` : "No data yet";
  const reading = range === "hour" || problem ? waiting : `Reading ${LONGER[range].name} …`;
  const nothing = !shown || shown.mean.every((one) => one === null);
  say({ empty: shown ? (nothing ? waiting : "") : problem || reading, late: shown && problem ? `${problem} What you see is from before.` : "" });
  if (!shown?.mean.length) return say({ "history-title": "History" });
  const { t0, step_s, mean } = shown;
  const [newest, span] = [t0 + (mean.length - 1) * step_s, formatDuration(mean.length * step_s)];
  const late = now - newest > 3 * step_s + 2 * MINUTE;
  const part = view && [view.from, view.to].map((second) => formatTime(second, now)).join(" to ");
  say({ "history-title": part ?? (late ? `${span} until ${formatTime(newest, now)}` : `Last ${span}`) });
}

/** What changes with the data alone. @param {Data} data */
function showData(data) {
  const { now, minimum, confidence, promises } = data;
  const value = headline(data);
  const round = now.round && formatEstimate(now.round.mean, now.round.low, now.round.high);
  const few = `${formatMachines(now.machines)} so far. Below ${formatNumber(minimum)} nothing is published, so that no machine stands alone.`;
  byId("current").hidden = !value;
  byId("memory-fact").hidden = !now.memory;
  Object.assign(chart, { minimum, promises });
  chart.files.hour = data;
  // Curves can only be drawn from a range whose meaning is known.
  byId("plausible-option").hidden = confidence !== 0.95 || matchMedia("(prefers-reduced-motion: reduce)").matches;
  say({
    value: value?.value ?? "",
    range: value ? `noise range ${value.range}` : "",
    wanted: value ? "" : `Waiting for at least ${formatMachines(minimum)}`,
    present: now.round ? "" : few,
    machines: formatNumber(now.machines),
    round: round ? `${round.value} %` : "–",
    median: formatMedian(now),
    ...formatMemory(now),
    parted: partedWarning(now),
    confidence: ` ${formatEpsilon(100 * confidence)} % of the time`,
  });
  showPrivacy(data);
  drawSureness(data);
  showHistory();
}

/** For print, everything that can be opened is open. @param {boolean} printing */
function openAll(printing) {
  for (const details of document.querySelectorAll("details")) {
    if (printing) details.dataset.was = `${details.open}`;
    details.open = printing || details.dataset.was === "true";
  }
  showTable();
}

function listen() {
  listenToPointers();
  listenToKeys();
  for (const input of document.querySelectorAll("input")) {
    input.addEventListener("change", () => {
      const range = /** @type {RangeName} */ (checked("range"));
      if (range !== chart.range) Object.assign(chart, { range, view: null, reading: null });
      showHistory();
      tick();
    });
  }
  const actions = { whole: () => look(null), earlier: () => pan(-0.5), later: () => pan(0.5), in: () => zoom(CLOSER), out: () => zoom(1 / CLOSER) };
  for (const [id, act] of Object.entries({ ...actions, download: () => download(`group-cpu-${chart.range}.csv`, csvNow()) })) {
    byId(id).addEventListener("click", act);
  }
  for (const button of document.querySelectorAll(".copy")) button.addEventListener("click", () => copy(/** @type {HTMLElement} */ (button)));
  byId("table").addEventListener("toggle", showTable);
  byId("badge").addEventListener("toggle", showBadge, { once: true });
  // After the network was gone, or the device slept, nobody should look at old data until the next turn.
  addEventListener("online", poll);
  document.addEventListener("visibilitychange", () => document.hidden || poll());
  matchMedia("print").addEventListener("change", ({ matches }) => openAll(matches));
  matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", () => page.data && showData(page.data));
  new ResizeObserver(draw).observe(byId("chart"));
  new ResizeObserver(() => page.data && drawSureness(page.data)).observe(byId("sureness"));
}

showPlace();
listen();
setInterval(tick, 1000);
poll();
