// A real server over real documents for the tests of this folder, and a browser that looks at it.
import { execFile, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";

const run = promisify(execFile);
export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.NARU_PROGRAM ?? join(root, "build/release/naru");
export const artifacts = process.env.NARU_ARTIFACTS ?? join(root, "build/test-artifacts");
const browserPath = process.env.NARU_CHROMIUM ?? "/usr/bin/chromium";
export const hasBrowser = existsSync(browserPath);

// The sandbox of the browser does not work for root, and nothing of it may look for the network by itself.
const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// A machine that builds at the same time is ten times slower; who hangs is found all the same.
const kPatienceMs = 90_000;

const configuration = `models:
  embed: {stub: {}}
  chat: {stub: {}}
flows:
  handbook:
    source: {folder: {path: docs}}
    steps: [parse, {chunk: {max_tokens: 256}}, embed]
    target: {knowledge_base: handbook}
  inbox:
    source: {folder: {path: inbox, uploads: true}}
    steps: [parse, {chunk: {max_tokens: 256}}, embed]
    target: {knowledge_base: handbook}
`;

// What a stranger may have put into a document, to run here or to call home.
const hostile = `<html><head><title>Hostile</title></head><body><h1>Hostile page</h1>
<p>The password policy of the harbour office says: change it every spring.
&lt;img src=x onerror="document.title='owned'"&gt; &lt;script&gt;document.title='owned'&lt;/script&gt;</p>
<img src="http://192.0.2.1/beacon.png"></body></html>`;

const environmentOf = (folder) => ({ PATH: process.env.PATH, HOME: folder });

export const runFlows = (folder) => run(program, ["-C", folder, "run"], { env: environmentOf(folder) });

/** `empty`: nothing is there yet, as on the first day. */
export async function startServer({ empty = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "naru-page-"));
  const environment = environmentOf(folder);
  await mkdir(join(folder, "docs"));
  await mkdir(join(folder, "inbox"));
  await writeFile(join(folder, "naru.yaml"), configuration);
  if (!empty) {
    await run("python3", [join(root, "tools/make_demo_pdf.py"), join(folder, "docs/도서관 이용 안내.pdf")]);
    await copyFile(join(root, "docs/guides/search.md"), join(folder, "docs/search.md"));
    await writeFile(join(folder, "docs/hostile.html"), hostile);
    await runFlows(folder);
  }
  const server = spawn(program, ["-C", folder, "serve", "--listen", "127.0.0.1:0", "--json"], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const lines = createInterface({ input: server.stdout });
  const line = await Promise.race([
    new Promise((resolve) => lines.once("line", resolve)),
    ended.then((code) => Promise.reject(new Error(`naru serve ended with ${code}`))),
  ]);
  const { address, login } = JSON.parse(line);
  return {
    folder,
    address,
    login,
    async stop() {
      server.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a program of this folder writes into a file. */
async function written(script, name) {
  const folder = await mkdtemp(join(tmpdir(), "naru-made-"));
  const path = join(folder, name);
  await run("python3", [join(root, script), path]);
  const bytes = await readFile(path);
  await rm(folder, { recursive: true });
  return bytes;
}

export const makeDocx = () => written("web/e2e/make_docx.py", "made.docx");

/** The PDF of the demo, and where its words stand as pdf.js reads them: {text, page, box} in points from the top left. */
export async function demoPdf() {
  const bytes = await written("tools/make_demo_pdf.py", "demo.pdf");
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
  const assets = (name) => `${join(root, "web/node_modules/pdfjs-dist", name)}/`;
  const pdf = await pdfjs.getDocument({
    data: new Uint8Array(bytes),
    cMapUrl: assets("cmaps"),
    standardFontDataUrl: assets("standard_fonts"),
    verbosity: 0,
  }).promise;
  const lines = [];
  for (let page = 1; page <= pdf.numPages; ++page) {
    const shown = await pdf.getPage(page);
    const { height } = shown.getViewport({ scale: 1 });
    for (const item of (await shown.getTextContent()).items) {
      const [, , , size, x, y] = item.transform;
      lines.push({ text: item.str, page, box: [x, height - y - size, x + item.width, height - y] });
    }
  }
  return { bytes, lines };
}

/** A page of a browser; what goes wrong in it, and every address it asks for, is written down. */
export async function openBrowser(locale = "ko-KR") {
  const browser = await chromium.launch({ executablePath: browserPath, args: browserFlags });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale });
  page.setDefaultTimeout(kPatienceMs);
  const faults = [];
  const asked = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  page.on("request", (request) => asked.push(request.url()));
  await mkdir(artifacts, { recursive: true });
  return { browser, page, faults, asked };
}

/** As if files had been dragged from a desktop onto the page: {name, bytes}. */
export async function drop(page, files) {
  const transfer = await page.evaluateHandle((given) => {
    const made = new DataTransfer();
    for (const { name, base64 } of given)
      made.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
    return made;
  }, files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") })));
  await page.dispatchEvent(".drop", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent(".drop", "drop", { dataTransfer: transfer });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What keeps people out who cannot see or point, as axe finds it on what is shown now. */
export async function seriousFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter((each) => each.impact === "serious" || each.impact === "critical");
  return serious.map((each) => `${each.id}: ${each.nodes[0].html}`);
}
