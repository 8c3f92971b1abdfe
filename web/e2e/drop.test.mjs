// The first day: nothing is there, a PDF and a web page are dropped, a question is asked in Korean, and its citation
// opens the page with a box over the words that were quoted.
import assert from "node:assert/strict";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { artifacts, demoPdf, drop, hasBrowser, openBrowser, startServer } from "./serving.mjs";

const kPdf = "도서관 이용 안내.pdf";
const kHtml = `<html><head><title>주차 안내</title></head><body><h1>주차 안내</h1>
<p>도서관을 찾은 차는 지하 2층에 세우며, 처음 두 시간은 주차비를 받지 않는다.</p></body></html>`;

describe("from a drop to a box", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults, pdf;

  before(async () => {
    pdf = await demoPdf();
    server = await startServer({ empty: true });
    ({ browser, page, faults } = await openBrowser());
    await page.goto(server.login);
    await page.goto(`${server.address}/#/sources`);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const keep = (name) => page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });

  it("takes what is dropped, and a run reads it", async () => {
    await page.waitForSelector(".drop");
    await keep("drop-1-empty");
    await drop(page, [
      { name: kPdf, bytes: pdf.bytes },
      { name: "주차 안내.html", bytes: kHtml },
      { name: "망가진 문서.pdf", bytes: "%PDF-1.7 nothing" },
    ]);
    await page.locator(".uploads .state.added").nth(2).waitFor();
    await access(join(server.folder, "inbox", kPdf));
    await page.waitForSelector(".history .state.done");
    await page.locator(".documents li", { hasText: kPdf }).waitFor();
    await page.locator(".documents li", { hasText: "주차 안내.html" }).waitFor();
    await keep("drop-2-taken-in");
  });

  it("says why a document could not be read, and tries again when asked", async () => {
    const row = page.locator(".rejects li", { hasText: "망가진 문서.pdf" });
    assert.match(await row.locator("small").first().textContent(), /inbox · 망가진 문서입니다/);
    assert.match(await row.locator(".detail[lang=en]").textContent(), /the PDF is damaged/);
    await row.locator("button").click();
    await page.locator(".history > li").nth(1).waitFor({ state: "attached" }); // another run is over
    assert.equal(await page.locator(".rejects li").count(), 1);
  });

  it("replaces nothing without being told to", async () => {
    await drop(page, [{ name: "주차 안내.html", bytes: kHtml.replace("두 시간", "세 시간") }]);
    const row = page.locator(".uploads li", { has: page.locator(".state.there") });
    await row.waitFor();
    await keep("drop-3-there-already");
    await row.locator("button").click();
    await row.waitFor({ state: "detached" });
  });

  it("takes in what is dropped while a run is going on, as soon as it is over", async () => {
    for (let number = 0; number < 150; ++number)
      await writeFile(join(server.folder, "inbox", `note-${number}.md`), `Note ${number} of the ferry.\n`);
    await page.locator("#runs + button").click();
    await page.locator(".card progress").first().waitFor();
    await drop(page, [{ name: "late.md", bytes: "What comes late is read as well.\n" }]);
    await page.locator(".documents li", { hasText: "late.md" }).waitFor();
    assert.equal(await page.locator(".notice").count(), 0);
  });

  it("boxes the quoted words on the page, where they stand", async () => {
    await page.goto(`${server.address}/#/ask`);
    await page.fill("#question", "책은 몇 권까지 빌릴 수 있나요?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".answer:not(.draft)");
    await page.click(".citation > button >> nth=0");
    const rect = page.locator(".pdf-page rect.cited");
    await rect.first().waitFor();
    await page.waitForTimeout(500); // until the page is drawn
    await keep("drop-4-boxed");
    // The words' place is that of pdf.js, the box that of our own reader: they are compared on the screen.
    const words = pdf.lines.find((line) => line.text.includes("7권까지"));
    assert.match(await page.textContent(".pager"), new RegExp(`${words.page} / 3`));
    const [canvas, box] = [await page.locator(".pdf-page canvas").boundingBox(), await rect.first().boundingBox()];
    const scale = canvas.width / 595;
    const [x0, y0, x1, y1] = words.box.map((value) => value * scale);
    const [left, top] = [box.x - canvas.x, box.y - canvas.y];
    const width = Math.min(left + box.width, x1) - Math.max(left, x0);
    const height = Math.min(top + box.height, y1) - Math.max(top, y0);
    assert.ok(width > 0.9 * (x1 - x0) && height > 0.5 * (y1 - y0), `box ${JSON.stringify(box)} misses ${words.box}`);
    assert.ok(box.height < 3 * (y1 - y0), "the box is no larger than the words");
  });

  it("had nothing go wrong in it but the refusal that was meant", () => {
    assert.deepEqual(faults.filter((fault) => !fault.includes("409")), []);
  });
});
