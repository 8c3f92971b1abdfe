// The page as a person uses it, against the real server with the stub models.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { artifacts, hasBrowser, openBrowser, runFlows, seriousFaults, startServer } from "./serving.mjs";

const question = "책은 몇 권까지 빌릴 수 있나요?";

describe("the page", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults, asked;

  before(async () => {
    server = await startServer();
    ({ browser, page, faults, asked } = await openBrowser());
    await page.goto(server.login);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const keep = (name) => page.screenshot({ path: join(artifacts, `${name}.png`) });

  /** In both themes, whichever is shown; each is kept as a picture. */
  async function findsNothingSerious(name) {
    const shown = await page.evaluate(() => document.documentElement.dataset.theme);
    for (const theme of ["light", "dark"]) {
      await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
      assert.deepEqual(await seriousFaults(page), [], `${name} in ${theme}`);
      await keep(`${name}-${theme}`);
    }
    await page.evaluate((before) => {
      if (before === undefined) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = before;
    }, shown);
  }

  /** No key of the program's JSON, and no English label, is left where the page speaks Korean. */
  async function readsKorean(where) {
    const said = await page.evaluate(() => {
      const foreign = "[lang]:not(html), .excerpt, .preview, .evidence, .hit, .viewer h2, small, .title, .name, pre, code, .brand, .terms, option";
      const copy = document.getElementById("root").cloneNode(true);
      copy.querySelectorAll(foreign).forEach((each) => each.remove());
      return copy.innerText + [...copy.querySelectorAll("[aria-label]")].map((each) => `\n${each.getAttribute("aria-label")}`).join("");
    });
    assert.deepEqual(said.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [], [], where);
    // Names that are the same in every language, and those of this test's documents.
    const kept = /^(Enter|Shift|KiB|MB|ms|naru|yaml|serve|path|uploads|true|flows|handbook|inbox|search|md|html|pdf|stub|AM|PM|hostile|docs)$/i;
    const english = (said.match(/[A-Za-z]{2,}/g) ?? []).filter((word) => !kept.test(word));
    assert.deepEqual(english, [], `${where}: ${said}`);
  }

  /** A test without it would have to know how long a busy machine takes. */
  async function waitUntil(holds) {
    for (let tries = 0; !(await holds()); ++tries) {
      assert.ok(tries < 100, String(holds));
      await page.waitForTimeout(100);
    }
  }

  it("lets in who has the link, once", async () => {
    await page.waitForSelector("#question");
    assert.equal(new URL(page.url()).pathname, "/");
    const other = await browser.newContext();
    const response = await (await other.newPage()).goto(server.login);
    assert.equal(response.status(), 403);
    await other.close();
    await readsKorean("welcome");
    await findsNothingSerious("1-welcome");
  });

  it("does not take the Enter that ends a syllable for a question", async () => {
    await page.fill("#question", "책은");
    await page.evaluate(() =>
      document
        .getElementById("question")
        .dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true })),
    );
    assert.equal(await page.locator(".turn").count(), 0);
  });

  it("answers a Korean question and opens the page with the quoted words boxed", async () => {
    await page.fill("#question", question);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".answer:not(.draft)");
    assert.match(await page.textContent(".answer"), /7권/);
    await readsKorean("answer");
    await findsNothingSerious("2-answer");
    await page.click(".citation > button >> nth=0");
    const box = page.locator(".pdf-page rect");
    await box.first().waitFor();
    assert.equal(await box.count(), 1);
    // The words that were read at that box are the cited ones, on the page that the citation names.
    assert.match(await page.textContent(".pager"), /2 \/ 3/);
    const [y, height] = await box.evaluate((rect) => [rect.y.baseVal.value, rect.height.baseVal.value]);
    assert.ok(y > 90 && y < 140 && height < 20, `the box is at ${y}, ${height} high`);
    await page.waitForTimeout(500); // until the page is drawn
    await findsNothingSerious("3-viewer");
    await readsKorean("viewer");
    await page.click(".viewer .check input");
    await page.locator(".passage").first().waitFor();
    await findsNothingSerious("3-passages");
    // What is cited comes back into view when the citation is clicked again, wherever the reader went meanwhile.
    const cited = page.locator(".pdf-page .cited").first();
    const inView = () =>
      cited.evaluate((rect) => {
        const [here, around] = [rect, rect.closest(".viewer")].map((each) => each.getBoundingClientRect());
        return here.top >= around.top && here.bottom <= around.bottom;
      });
    await page.evaluate(() => document.querySelector(".viewer").scrollTo(0, 1e6));
    assert.equal(await inView(), false);
    await page.click(".citation > button >> nth=0");
    await waitUntil(inView);
    await page.click(".pager button >> nth=1");
    assert.match(await page.textContent(".pager"), /3 \/ 3/);
    await page.click(".citation > button >> nth=0");
    await cited.waitFor();
    await waitUntil(inView);
    await page.locator(".viewer h2").focus();
    await page.keyboard.press("Escape");
    await page.waitForSelector(".viewer", { state: "detached" });
  });

  it("says plainly that there is no evidence", async () => {
    await page.fill("#question", "부산의 인구는 얼마입니까?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".refusal");
    await readsKorean("refusal");
    await keep("4-refusal");
  });

  it("explains a search, and why a document is not there", async () => {
    await page.goto(`${server.address}/#/search?q=annual%20leave`);
    await page.waitForSelector(".hit");
    await page.fill(".search label:nth-of-type(5) input", "hostile.html");
    await page.click(".search button");
    await page.waitForSelector(".explained");
    assert.match(await page.textContent(".explained p"), /hostile\.html: \d+위/);
    await readsKorean("explained");
    await findsNothingSerious("5-search");
  });

  it("says in its own language what was guessed, and what was wrong", async () => {
    await page.goto(`${server.address}/#/search?q=anual%20leave`);
    assert.match(await page.locator("main > div:not([hidden]) .note").first().textContent(), /비슷한 말로 찾았습니다: “anual” → “annual”/);
    await page.fill(".search label:nth-of-type(3) input", "no such condition");
    await page.click(".search button");
    await page.waitForSelector('[role="alert"] .detail[lang="en"]');
    assert.match(await page.textContent('[role="alert"]'), /이대로는 할 수 없는 요청입니다/);
    await page.fill(".search label:nth-of-type(3) input", "");
    faults.splice(0, faults.length, ...faults.filter((fault) => !fault.includes("400"))); // that one was meant
  });

  it("shows the answer to the last question, in whatever order they come", async () => {
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/api/search?q=slow*", async (route) => {
      await held;
      await route.continue().catch(() => undefined); // the page has left it
    });
    await page.goto(`${server.address}/#/search?q=slow`);
    await page.goto(`${server.address}/#/search?q=password`);
    await page.locator(".hit", { hasText: "hostile.html" }).first().waitFor();
    release();
    await page.unroute("**/api/search?q=slow*");
    await page.waitForTimeout(300);
    assert.match(await page.locator(".hit").first().textContent(), /password/);
  });

  it("says that an answer broke off, and asks again", async () => {
    await page.route("**/api/ask", (route) =>
      route.fulfill({ contentType: "text/event-stream", body: 'event: text\ndata: {"text":"책은"}\n\n' }),
    );
    await page.goto(`${server.address}/#/ask`);
    await page.fill("#question", question);
    await page.keyboard.press("Enter");
    const turn = page.locator(".turn").last();
    await turn.locator('[role="alert"]', { hasText: "끊겼습니다" }).waitFor();
    await page.unroute("**/api/ask");
    await turn.locator("button", { hasText: "다시 묻기" }).click();
    await page.locator(".turn").last().locator(".answer:not(.draft)").waitFor();
  });

  it("shows what a stranger wrote as text", async () => {
    await page.goto(`${server.address}/#/search?q=password%20policy&kb=handbook&doc=hostile.html&chunk=0`);
    await page.waitForSelector(".blocks .marked");
    assert.match(await page.textContent(".blocks"), /onerror/);
    assert.notEqual(await page.title(), "owned");
    await findsNothingSerious("6-hostile");
  });

  it("lists what is here, and says what forgetting would take before it takes it", async () => {
    await page.goto(`${server.address}/#/sources`);
    const row = page.locator(".documents li", { hasText: "search.md" });
    await row.waitFor();
    await readsKorean("sources");
    await row.locator("button.quiet").click();
    await row.locator(".proof").waitFor();
    await readsKorean("before forgetting");
    await findsNothingSerious("7-forget");
    await row.locator(".notice > button >> nth=0").click();
    await row.locator('[role="status"]').waitFor();
    assert.match(await row.textContent(), /남은 것이 없습니다/);
    await readsKorean("forgotten");
    await findsNothingSerious("7-forgotten");
    await page.goto(`${server.address}/#/search?q=annual%20leave%20draft`);
    await page.waitForSelector(".hits", { state: "attached" });
    assert.equal(await page.locator(".hit", { hasText: "search.md" }).count(), 0);
  });

  it("says what a run would do, and what came of it", async () => {
    await writeFile(join(server.folder, "docs", "배편.md"), "The ferry sails at noon.\n");
    await page.goto(`${server.address}/#/sources`);
    await page.locator("#plan + .row button").first().click();
    const planned = page.locator(".plans li", { hasText: "handbook" });
    await planned.waitFor();
    assert.match(await planned.textContent(), /추가 1 · .*그대로 \d/);
    await page.locator("#plan + .row button").last().click();
    await page.locator(".plans li", { hasText: /대목 1 · 새로 임베딩 1 · 토큰 약 \d/ }).waitFor();
    await readsKorean("plan");
    await findsNothingSerious("7-plan");
    await page.locator("#runs + button").click();
    const beside = page.locator(".history .planned").first();
    await beside.waitFor();
    assert.match(await beside.textContent(), /미리 본 것: 추가 1 /);
    assert.equal(await page.locator(".plans").count(), 0); // it was of before
  });

  it("shows which versions of a document there are, and what each said", async () => {
    const name = "hours.md";
    for (const hour of ["nine", "ten"]) {
      await writeFile(join(server.folder, "docs", name), `The reading room opens at ${hour}.\n`);
      await runFlows(server.folder);
      await new Promise((resolve) => setTimeout(resolve, 100)); // files of one moment look the same
    }
    await page.goto(`${server.address}/#/ask?kb=handbook&doc=${name}`);
    const versions = page.locator(".versions select");
    await versions.waitFor();
    assert.equal(await versions.locator("option").count(), 2);
    assert.match(await page.textContent(".blocks"), /opens at ten/);
    await versions.selectOption("1");
    await page.locator(".blocks", { hasText: "opens at nine" }).waitFor();
    assert.match(page.url(), /as_of=\d+/);
    await readsKorean("versions");
    await findsNothingSerious("7-versions");
    await versions.selectOption("0");
    await page.locator(".blocks", { hasText: "opens at ten" }).waitFor();
    assert.doesNotMatch(page.url(), /as_of/);
  });

  it("follows an address that changes while it is being drawn", async () => {
    const context = await browser.newContext({ storageState: await page.context().storageState() });
    const other = await context.newPage();
    await other.addInitScript(() => {
      // The first drawing has ended and no listener is set yet; an event of this moment is heard by nobody.
      const drawn = new MutationObserver(() => {
        if (document.querySelector("#root > *") === null) return;
        drawn.disconnect();
        history.replaceState(null, "", "#/sources");
      });
      drawn.observe(document, { childList: true, subtree: true });
    });
    await other.goto(`${server.address}/#/ask`);
    await other.waitForSelector(".documents", { state: "attached" });
    await context.close();
  });

  it("can be read in the dark, in English, on a telephone", async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${server.address}/#/ask`);
    await page.click(".top button >> nth=0");
    await page.click(".top button >> nth=1");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await findsNothingSerious("8-telephone");
    await page.click(".top nav a >> nth=2");
    await page.waitForSelector(".drop");
    await findsNothingSerious("9-sources-telephone");
  });

  it("asked nobody else for anything, and nothing went wrong in it", () => {
    const elsewhere = asked.filter((url) => !url.startsWith(server.address) && !url.startsWith("blob:"));
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(faults, []);
  });
});
