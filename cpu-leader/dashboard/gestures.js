"use strict";
// Mouse, fingers and keys on the chart.

/** Closer together a press and its release are a click, in pixels. */
const CLICK = 5;
const CLOSER = 1 / 1.6;

function listenToPointers() {
  const area = byId("chart");
  /** Where the pointers are that are down, by their number. @type {Map<number, number>} */
  const down = new Map();
  /** What was shown, and where the pointers were, when the last of them came down or left. */
  let start = { view: /** @type {View | null} */ (null), places: /** @type {number[]} */ ([]) };
  const place = (/** @type {PointerEvent} */ event) => event.clientX - area.getBoundingClientRect().left;
  const restart = () => (start = { view: viewNow(), places: [...down.values()] });

  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || down.size > 1) return;
    down.set(event.pointerId, place(event));
    area.setPointerCapture(event.pointerId);
    restart();
    readAt(place(event));
  });
  area.addEventListener("pointermove", (event) => {
    const held = down.has(event.pointerId);
    if (held) down.set(event.pointerId, place(event));
    if (held && event.pointerType === "mouse") select(start.places[0], place(event));
    else if (held && (down.size > 1 || chart.view)) dragTo(start, [...down.values()]);
    else readAt(place(event));
  });
  const end = (/** @type {PointerEvent} */ event) => {
    const held = down.delete(event.pointerId);
    if (held && event.pointerType === "mouse" && event.type === "pointerup") lookBetween(start.places[0], place(event));
    restart();
  };
  area.addEventListener("pointerup", end);
  area.addEventListener("pointercancel", end);
  area.addEventListener("pointerleave", (event) => {
    // A finger that is lifted leaves, too; what it pointed at is still to be read.
    if (event.pointerType === "mouse" && down.size === 0) read(null);
  });
  area.addEventListener("dblclick", () => look(null));
}

/** @param {number} at pixels */
function readAt(at) {
  const { frame } = chart;
  if (frame) read(Math.round((at - frame.x(0)) / (frame.x(1) - frame.x(0))));
}

/** Shows what a release of the mouse would choose. @param {number} from @param {number} to pixels */
function select(from, to) {
  const { frame } = chart;
  if (!frame) return;
  const [start, end] = [Math.min(from, to), Math.max(from, to)].map((at) => clamp(at, frame.left, frame.right));
  read(null);
  byId("cursor").replaceChildren(svg("rect", { x: start, y: frame.top, width: end - start, height: frame.bottom - frame.top, class: "selection" }));
}

/** @param {number} from @param {number} to pixels */
function lookBetween(from, to) {
  const { frame } = chart;
  byId("cursor").replaceChildren();
  if (!frame || Math.abs(to - from) < CLICK) return;
  const second = linearScale(frame.left, frame.right, frame.view.from, frame.view.to);
  const [start, end] = [Math.min(from, to), Math.max(from, to)].map((at) => second(clamp(at, frame.left, frame.right)));
  look({ from: start, to: end });
}

/** @param {{ view: View | null, places: number[] }} start @param {number[]} places pixels */
function dragTo({ view, places: before }, places) {
  const { frame } = chart;
  if (!frame || !view || before.length !== places.length) return;
  const share = linearScale(frame.left, frame.right, 0, 1);
  chart.reading = null;
  look(pinchView(view, before.map(share), places.map(share)));
}

function listenToKeys() {
  byId("chart").addEventListener("blur", () => read(null));
  byId("chart").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { reading, frame } = chart;
    const last = (frame?.shown.mean.length ?? 0) - 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => readOn((reading ?? frame?.end ?? last + 1) - 1),
      ArrowRight: () => readOn((reading ?? (frame?.first ?? 0) - 1) + 1),
      "shift ArrowLeft": () => pan(-0.25),
      "shift ArrowRight": () => pan(0.25),
      Home: () => readOn(0),
      End: () => readOn(last),
      "+": () => zoom(CLOSER),
      "=": () => zoom(CLOSER),
      "-": () => zoom(1 / CLOSER),
      "−": () => zoom(1 / CLOSER),
      0: () => look(null),
      Escape: () => (read(null), look(null)),
    };
    const act = keys[event.shiftKey && event.key.startsWith("Arrow") ? `shift ${event.key}` : event.key];
    if (!act) return;
    event.preventDefault();
    const before = byId("spoken").textContent;
    act();
    byId("spoken").textContent = spokenNow(before ?? "", event.key);
  });
}

/** What a screen reader says after a key. @param {string} before @param {string} key */
function spokenNow(before, key) {
  const { frame, reading } = chart;
  if (!frame || !frame.shown.mean.length) return "";
  if (/Arrow|Home|End/.test(key) && reading !== null) return `${byId("what").textContent}. ${byId("when").textContent}.`;
  if (key === "Escape" && !chart.view) return "";
  const now = Date.now() / 1000;
  const words = `Shown: ${formatTime(frame.view.from, now)} to ${formatTime(frame.view.to, now)}.`;
  return words === before ? "" : words;
}

/** Reads a point and follows it out of sight. @param {number} index */
function readOn(index) {
  const { shown } = chart;
  if (!shown?.mean.length) return;
  const k = chart.reading = clamp(index, 0, shown.mean.length - 1);
  if (chart.view) look(followView(chart.view, shown.t0 + k * shown.step_s, shown.step_s / 2));
  else showReading();
}
