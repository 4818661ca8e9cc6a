"use strict";
// What stands below the chart: privacy, joining, the badge, and what can be copied.

/** @param {Data} data */
function showPrivacy({ promises, curve: one, shared }) {
  const worst = weakest(promises);
  const members = shared ?? 1;
  byId("join").hidden = shared !== null;
  byId("join-demo").hidden = shared === null;
  byId("losses").hidden = one.length === 0;
  const costs = one.map(({ stretch_s, epsilon, tight }) => {
    const [loss, less] = [members * epsilon, tight ?? epsilon].map(formatEpsilon);
    return [formatDuration(stretch_s), shared || less === loss ? loss : `${loss} (${less})`, formatSurety(surety(members * epsilon))];
  });
  fill("curve", costs);
  say({ delta: costs.join().includes("(") ? "In brackets: ε at δ = 10⁻⁶; it may fail, roughly, once in a million." : "" });
  fill("promises", promises.length < 2 ? [] : promises.map((promise) => [
    formatNumber(promise.machines) + (promise.memory ? ", with memory" : "") + (promise === worst ? " (weakest)" : ""),
    formatDuration(promise.protects_s),
    formatEpsilon(promise.epsilon),
    formatDuration(promise.slot_s),
  ]));
  if (!worst) return say({ unit: "–", odds: "", differ: "", demo: "" });
  const [stretch, loss] = [formatDuration(worst.protects_s), members * worst.epsilon];
  const epsilon = formatEpsilon(loss);
  say({
    unit: `any ${stretch}, ε ${epsilon}`,
    odds: `Whatever a machine did in any ${stretch} stays hidden with ε = ${epsilon}: someone who thought it 50:50 would, after reading everything`
      + ` the machine ever shares, be at most ${formatSurety(surety(loss))} sure.`,
    differ: promises.length < 2 ? "" : `The machines promise different things. The weakest promise counts here: that of ${formatMachines(worst.machines)}.`,
    demo: shared === null ? "" : `Demonstration: these ${members} members all measure this one CPU, so their losses add up. Any ${stretch} of it costs`
      + ` ${members} × ${formatEpsilon(worst.epsilon)}, so ε = ${epsilon}. In a real group each machine runs one member.`,
  });
}

/** The picture of the privacy curve. @param {Data} data */
function drawSureness({ promises, shared }) {
  const [plot, found] = [byId("sureness"), privacyCurve(promises, shared ?? 1)];
  const size = measure(plot);
  if (!size || !found) return plot.replaceChildren();
  const { width, height, em } = size;
  const [left, right, top, bottom] = [4 * em, width - 0.8 * em, 0.8 * em, height - 2 * em];
  const x = linearScale(Math.log(found.from), Math.log(found.to), left, right);
  const [at, y] = [(/** @type {number} */ stretch) => x(Math.log(stretch)), linearScale(0.5, 1, bottom, top)];
  const parts = [0.5, 0.75, 1].flatMap((sure) => [
    svg("line", { x1: left, x2: right, y1: y(sure), y2: y(sure), class: sure === 0.5 ? "base" : "grid" }),
    svg("text", { x: left - 0.6 * em, y: y(sure) + 0.35 * em, class: "end" }, `${sure * 100} %`),
  ]);
  let free = 0;
  for (const tick of found.ticks) {
    const [place, label] = [at(tick), formatDuration(tick)];
    const half = 0.32 * em * label.length;
    if (place - half < free || place + half > width) continue;
    free = place + half + 0.8 * em;
    parts.push(svg("line", { x1: place, x2: place, y1: top, y2: bottom, class: "grid" }));
    parts.push(svg("text", { x: place, y: height - 0.4 * em, class: "middle" }, label));
  }
  const marked = { x: at(found.protects), y: y(surety(found.epsilon)) };
  const [stretch, sure] = [formatDuration(found.protects), formatSurety(surety(found.epsilon))];
  const words = `any ${stretch}: ${sure}`;
  const after = marked.x + (0.6 * words.length + 1) * em < right;
  plot.setAttribute("aria-label", `Log scale of time: for any ${stretch} at most ${sure} sure, more for longer stretches. The table beside it has the numbers.`);
  plot.replaceChildren(
    ...parts,
    svg("line", { x1: marked.x, x2: marked.x, y1: marked.y, y2: bottom, class: "hair" }),
    svg("path", { d: linePath(found.points.map(({ stretch, sure }) => [at(stretch), y(sure)])), class: "mean" }),
    svg("circle", { cx: marked.x, cy: marked.y, r: 0.35 * em, class: "dot" }),
    svg("text", { x: marked.x + (after ? 0.9 : -0.9) * em, y: clamp(marked.y + 1.3 * em, top, bottom - 0.5 * em), class: after ? "label start" : "label end" }, words),
  );
}

/** What does not change while the page is open. */
function showPlace() {
  const [zone, leader] = [Intl.DateTimeFormat().resolvedOptions().timeZone, leaderAddress(location.pathname)];
  say({ zone: zone && ` (${zone})`, leader: leader && `leader = "${leader}"`, "badge-code": badgeSnippet(location.origin, location.pathname) });
  if (leader) say({ preview: `target/release/cpu-member preview --leader ${leader}` });
  byId("known").hidden = leader === "";
  byId("ask").hidden = leader !== "";
}

function showBadge() {
  const image = /** @type {HTMLImageElement} */ (byId("badge-image"));
  const shown = (/** @type {boolean} */ there) => {
    image.hidden = !there;
    byId("badge-missing").hidden = there;
  };
  image.onload = () => shown(true);
  image.onerror = () => shown(false);
  image.src = pathOf(location.pathname, "badge.svg").replace(/^\/+/, "/");
}

/** Copies what stands in the element that a button names, or shows it selected where the browser does not let a page copy. @param {HTMLElement} button */
async function copy(button) {
  const source = byId(button.dataset.of ?? "");
  const text = source instanceof HTMLTextAreaElement ? source.value : source.textContent ?? "";
  const name = button.dataset.name ??= button.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    source.hidden = false;
    if (source instanceof HTMLTextAreaElement) source.select();
    else getSelection()?.selectAllChildren(source);
    button.textContent = "Selected: copy it with your keyboard";
  }
  byId("spoken").textContent = button.textContent;
  setTimeout(() => (button.textContent = name), 2500);
}

/** Hands the reader a file that never leaves the page. @param {string} name @param {string} text */
function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
