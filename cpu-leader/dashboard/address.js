"use strict";
// Where the page and its files are, and what can be said from that.

/** A published file beside the page, also when a folder is opened without its trailing slash. @param {string} pathname @param {string} name */
function pathOf(pathname, name) {
  return pathname.replace(/[^/]*\.html$/, "").replace(/\/?$/, `/${name}`);
}

/** The leader's address when the page is read from its datasite, else "". @param {string} pathname */
function leaderAddress(pathname) {
  try {
    const address = decodeURIComponent(/^\/datasites\/([^/]{1,254})\//.exec(pathname)?.[1] ?? "");
    return /^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(address) ? address : "";
  } catch {
    return "";
  }
}

/** What shows the badge on another page: HTML, which Markdown takes, too. @param {string} origin @param {string} pathname */
function badgeSnippet(origin, pathname) {
  const [page, badge] = ["", "badge.svg"].map((name) => origin + pathOf(pathname, name).replace(/["'<>&\s]/g, encodeURIComponent));
  return `<a href="${page}"><img src="${badge}" alt="Group CPU"></a>`;
}
