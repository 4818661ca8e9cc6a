// The dashboard as it is published, on a loopback server that sends one of the two policies the page has to live with.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const SOURCES = new URL("../../cpu-leader/dashboard/", import.meta.url);

const source = (name) => readFileSync(new URL(name, SOURCES), "utf8");

/** The names of the page's scripts, in order. */
export const SCRIPTS = [...source("index.html").matchAll(/<script src="(\w+\.js)">/g)].map(([, name]) => name);

/** What publishing leaves of a source: no indentation, no lines that are only comments. */
export function inlined(name) {
  const lines = source(name).split("\n").map((line) => line.trim()).filter((line) => line && !/^(\/\/|\/\*|\* |\*\/|\*$)/.test(line));
  return `\n${lines.join("\n")}\n`;
}

/** The self-contained page: what publishing makes of the sources. */
export function publishedPage() {
  const script = (name) => [`<script src="${name}"></script>`, `<script>${inlined(name)}</script>`];
  const parts = [['<link rel="stylesheet" href="style.css">', `<style>${inlined("style.css")}</style>`], ...SCRIPTS.map(script)];
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
 * Serves the page under every folder, with and without the trailing slash, and the published files beside it.
 * @param {{ file: (name: string) => (string | null), policy?: (page: string) => string }} options `null` answers 404
 */
export async function serve({ file, policy = strictPolicy }) {
  const page = publishedPage();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const name = /[^/]*\.\w+$/.exec(path.replace(/@[^/]*$/, ""))?.[0];
    const text = !name || name.endsWith(".html") ? page : file(name);
    const kind = name?.endsWith(".json") ? "application/json" : name?.endsWith(".svg") ? "image/svg+xml" : "text/html; charset=utf-8";
    response.writeHead(text === null ? 404 : 200, {
      "content-type": kind,
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
