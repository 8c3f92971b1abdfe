// A document in which a stranger tries all he knows: nothing of it runs, loads, leads anywhere or turns the text around.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { artifacts, hasBrowser, openBrowser, runFlows, startServer } from "./serving.mjs";

const away = "http://192.0.2.1"; // an address of documentation: nobody is there
const kWords = "The tide gate of the old harbour opens at six.";

// As HTML, where a browser would obey it, and as escaped text, where a careless page would.
const tricks = `<script>document.title="owned"</script><img src="${away}/a.png" onerror="document.title='owned'">
<a href="javascript:document.title='owned'">click</a> <a href="${away}/b">away</a>
<iframe src="${away}/c"></iframe><object data="${away}/d"></object><embed src="${away}/e">
<svg onload="document.title='owned'"><image href="${away}/f"/></svg><video src="${away}/g" autoplay></video>
<form action="${away}/h"><input name="q" autofocus onfocus="document.title='owned'"></form>
<link rel="stylesheet" href="${away}/i.css"><style>@import url(${away}/j.css); body{background:url(${away}/k.png)}</style>
<meta http-equiv="refresh" content="0;url=${away}/l"><base href="${away}/">`;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const html = `<html><head><title>Tide gate ${escaped("<img src=x onerror=alert(1)>")}</title>${tricks}</head><body>
<h1>Tide gate</h1><p>${kWords} \u202egnp.exe\u202c ${escaped(tricks)}</p>${tricks}</body></html>`;
const markdown = `# Tide gate notes\n\n${kWords} [click](javascript:document.title='owned') ![x](${away}/m.png)\n
<script>document.title="owned"</script>\n\n[ref]: ${away}/n "x"\n\n<img src="${away}/o.png" onerror="document.title='owned'">\n`;

describe("documents of strangers", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults, asked;

  before(async () => {
    server = await startServer({ empty: true });
    await writeFile(join(server.folder, "docs/tide.html"), html);
    await writeFile(join(server.folder, "docs/tide.md"), markdown);
    await runFlows(server.folder);
    ({ browser, page, faults, asked } = await openBrowser("en-GB"));
    await page.addInitScript(() => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(event.blockedURI));
    });
    await page.goto(server.login);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function isInert(where) {
    await page.waitForTimeout(300); // what loads by itself has begun by then
    assert.notEqual(await page.title(), "owned", where);
    assert.deepEqual(await page.evaluate(() => globalThis.violations), [], where); // nothing was even tried
    const made = "script:not([src]), iframe, object, embed, video, form[action], base, #root meta, #root img, #root style, " +
      "a[href^='javascript:'], a[href^='http'], [onerror], [onload], [onfocus]";
    assert.equal(await page.locator(made).count(), 0, where);
    const elsewhere = asked.filter((url) => !url.startsWith(server.address) && !url.startsWith("blob:"));
    assert.deepEqual(elsewhere, [], where);
  }

  for (const doc of ["tide.html", "tide.md"])
    it(`are read as text: ${doc}`, async () => {
      await page.goto(`${server.address}/#/search?q=tide%20gate&kb=handbook&doc=${doc}&chunk=0`);
      await page.waitForSelector(".hit");
      await page.waitForSelector(".blocks");
      assert.match(await page.textContent(".blocks"), /tide gate of the old harbour/);
      await page.screenshot({ path: join(artifacts, `inert-${doc}.png`) });
      await isInert(doc);
    });

  it("are quoted as text in an answer and its citations", async () => {
    await page.goto(`${server.address}/#/ask`);
    await page.fill("#question", "When does the tide gate of the old harbour open?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".answer:not(.draft), .refusal");
    await isInert("answer");
  });

  it("are listed as text, and their bytes are given only to be kept", async () => {
    await page.goto(`${server.address}/#/sources`);
    await page.locator(".documents li").nth(1).waitFor();
    await isInert("list");
    const headers = await page.evaluate(async () => {
      const response = await fetch("/api/originals/tide.html?in=handbook");
      return [response.status, response.headers.get("content-type"), response.headers.get("content-disposition")];
    });
    assert.deepEqual(headers, [200, "application/octet-stream", "attachment"]);
    assert.deepEqual(faults, []);
  });
});
