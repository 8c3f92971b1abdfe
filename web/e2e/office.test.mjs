// Documents of an office: dropped, asked about in Korean, and the citation opens the passage as it was read, its words
// marked. The documents are made by our own programs: e2e/make_docx.py, and those of the parsers' tests.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { artifacts, drop, hasBrowser, makeDocx, openBrowser, root, seriousFaults, startServer } from "./serving.mjs";

const kDocx = "휴가 규정.docx";
const names = ["ferry.hwpx", "fares.xlsx", "talk.pptx", "letter.eml", "ferries.zip", "trips.jsonl"];

describe("documents of an office", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults;

  before(async () => {
    server = await startServer({ empty: true });
    ({ browser, page, faults } = await openBrowser());
    await page.goto(server.login);
    await page.goto(`${server.address}/#/sources`);
    await page.waitForSelector(".drop");
    const files = names.map(async (name) => ({ name, bytes: await readFile(join(root, "tests/golden/parse", name)) }));
    await drop(page, [{ name: kDocx, bytes: await makeDocx() }, ...(await Promise.all(files))]);
    await page.waitForSelector(".history .state.done");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const keep = (name) => page.screenshot({ path: join(artifacts, `office-${name}.png`) });
  const marked = () => page.locator(".blocks mark").allTextContents();

  /** Asks, and opens the citation of that document. */
  async function askAndOpen(question, doc) {
    await page.goto(`${server.address}/#/ask`);
    await page.fill("#question", question);
    await page.keyboard.press("Enter");
    const turn = page.locator(".turn").last();
    await turn.locator(".answer:not(.draft)").waitFor();
    const citation = turn.locator(".citation > button", { hasText: /\d/ }).and(page.locator(`[aria-label$="${doc}"]`));
    const place = await turn.locator(".citation .preview small").first().textContent();
    await citation.first().click();
    await page.waitForSelector(".blocks .marked");
    return place;
  }

  /** Searches, and opens the hit of that document. */
  async function searchAndOpen(words, doc) {
    await page.goto(`${server.address}/#/search?q=${encodeURIComponent(words)}`);
    await page.locator(".hit", { hasText: doc }).first().locator(".title").click();
    await page.waitForSelector(".blocks .marked");
  }

  it("a DOCX: the quoted words are marked, and the citation says the paragraph", async () => {
    const place = await askAndOpen("연차 휴가는 언제까지 누구에게 신청하나요?", kDocx);
    assert.match(place, /휴가 규정\.docx · 1구역 \d+문단/);
    assert.match((await marked()).join(" "), /사흘 전까지 부서장에게 신청한다/);
    await keep("docx");
    assert.deepEqual(await seriousFaults(page), []);
    const cells = page.locator(".blocks table th");
    assert.deepEqual(await cells.evaluateAll((all) => all.map((cell) => [cell.textContent, cell.rowSpan, cell.colSpan])), [
      ["직급", 2, 1],
      ["휴가", 1, 2],
      ["연차", 1, 1],
      ["병가", 1, 1],
    ]);
  });

  it("an HWPX: the quoted words are marked, and the citation says the paragraph", async () => {
    const place = await askAndOpen("배는 하루에 몇 번 강을 건너나요?", "ferry.hwpx");
    assert.match(place, /ferry\.hwpx · 1구역 4문단/);
    assert.match((await marked()).join(" "), /하루 두 번 강을 건넌다/);
    assert.deepEqual(await page.locator(".blocks .unit").allTextContents(), ["1구역", "2구역", "1구역"]);
    await keep("hwpx");
    assert.deepEqual(await seriousFaults(page), []);
  });

  it("an XLSX: the sheet with its numbers and letters, the rows marked", async () => {
    await searchAndOpen("나루호 1500", "fares.xlsx");
    assert.match(await page.textContent(".viewer .place"), /시트 요금/);
    assert.deepEqual(await page.locator(".blocks .ruler").allTextContents(), ["", "A", "B", "C", "1", "2", "3"]);
    assert.ok((await page.locator(".blocks tr.marked").count()) > 0);
    await keep("xlsx");
    assert.deepEqual(await seriousFaults(page), []);
  });

  it("a PPTX: slide by slide, with the speaker's notes as such", async () => {
    await searchAndOpen("건너는 사람", "talk.pptx");
    assert.deepEqual(await page.locator(".blocks .unit").allTextContents(), ["슬라이드 1", "슬라이드 2", "슬라이드 2 · 발표자 노트"]);
    await keep("pptx");
  });

  it("a mail: its own text, then what was attached", async () => {
    await searchAndOpen("나루 터의 용량 보고", "letter.eml");
    assert.deepEqual(await page.locator(".inside .title").allTextContents(), ["용량.csv", "inner.eml"]);
    assert.deepEqual((await page.locator(".blocks .child").allTextContents()).map((text) => text.split(":")[0]), [
      "용량.csv",
      "inner.eml",
    ]);
    await keep("mail");
    assert.deepEqual(await seriousFaults(page), []);
  });

  it("are listed with what is inside them and what could not be read, and a click shows where it begins", async () => {
    await page.goto(`${server.address}/#/sources`);
    const row = page.locator(".documents li", { hasText: "letter.eml" });
    await row.locator(".more summary").click();
    assert.match(await row.locator(".more summary").textContent(), /안에 든 파일 2/);
    await row.locator(".children .title", { hasText: "용량.csv" }).click();
    await page.waitForSelector(".viewer .child mark");
    assert.match((await marked()).join(" "), /용량\.csv/);
    const damaged = page.locator(".documents li", { hasText: "trips.jsonl" }).locator(".more.wanting summary");
    await damaged.click();
    assert.match(await page.locator(".documents .more .warned li").first().textContent(), /\d번째 줄은 JSON이 아니어서/);
    await keep("list");
    assert.deepEqual(await seriousFaults(page), []);
    assert.deepEqual(faults, []);
  });
});
