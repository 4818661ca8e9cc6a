"use strict";
// The smallest steps of putting something on the screen.

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** Sets texts by id; an empty one is hidden, an unchanged one is not read out again. @param {Record<string, string>} texts */
function say(texts) {
  for (const [id, text] of Object.entries(texts)) {
    const element = byId(id);
    if (element.textContent !== text) element.textContent = text;
    element.hidden = text === "";
  }
}

/** Fills a table; an empty one is hidden. @param {string} id @param {string[][]} rows */
function fill(id, rows) {
  byId(id).hidden = rows.length === 0;
  byId(id).querySelector("tbody")?.replaceChildren(...rows.map((texts) => {
    const line = document.createElement("tr");
    line.append(...texts.map((text, i) => Object.assign(document.createElement(i ? "td" : "th"), { textContent: text }, i ? {} : { scope: "row" })));
    return line;
  }));
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, typeof value === "number" ? value.toFixed(1) : value);
  element.textContent = text;
  return element;
}

/** An SVG's size in pixels, after one unit of it was made one pixel; null while it is not shown. @param {HTMLElement} plot */
function measure(plot) {
  const { width, height } = plot.getBoundingClientRect();
  if (width === 0) return null;
  plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return { width, height, em: Number.parseFloat(getComputedStyle(plot).fontSize) };
}
