// The dashboard as it is published, on a loopback server that sends one of the two policies the page has to live with.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const SOURCES = new URL("../../cpu-leader/dashboard/", import.meta.url);

/** The self-contained page: what publishing makes of the sources. */
export function publishedPage() {
  const source = (name) => readFileSync(new URL(name, SOURCES), "utf8");
  const script = (name) => [`<script src="${name}"></script>`, `<script>${source(name)}</script>`];
  const parts = [['<link rel="stylesheet" href="style.css">', `<style>${source("style.css")}</style>`], script("chart.js"), script("page.js")];
  return parts.reduce((page, [line, content]) => {
    if (page.split(line).length !== 2) throw new Error(`index.html must hold exactly one ${line}`);
    return page.replace(line, () => content);
  }, source("index.html"));
}

/** What a SyftBox server sends on the subdomain of a datasite. */
export const SYFTBOX_POLICY = "default-src 'self' https://*.syftbox.net; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'";

/** What `cpu-leader serve` sends: nothing runs but these very scripts. */
export function strictPolicy(page) {
  const hashes = (tag) => [...page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "g"))]
    .map(([, content]) => `'sha256-${createHash("sha256").update(content).digest("base64")}'`).join(" ");
  return `default-src 'none'; script-src ${hashes("script")}; style-src ${hashes("style")}; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'`;
}

/**
 * Serves the page under every folder, with and without the trailing slash, and `data.json` beside it.
 * @param {{ data: () => (string | null), policy?: (page: string) => string }} options `null` answers 404
 */
export async function serve({ data, policy = strictPolicy }) {
  const page = publishedPage();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const text = path.endsWith("/data.json") ? data() : /favicon|\.\w+$/.test(path) && !path.endsWith(".html") ? null : page;
    response.writeHead(text === null ? 404 : 200, {
      "content-type": path.endsWith(".json") ? "application/json" : "text/html; charset=utf-8",
      "content-security-policy": policy(page),
      "x-content-type-options": "nosniff",
    });
    response.end(text ?? "not found");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const stop = () => new Promise((resolve) => {
    server.close(() => resolve(undefined));
    server.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}
