// The page without a mouse: whatever can be pressed is reached by the Tab key, has a name and shows that it has the
// focus; and a whole question is asked, its citation read and left, by keys alone.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { hasBrowser, openBrowser, startServer } from "./serving.mjs";

// More stops than any screen has here: a walk that does not come around again has lost its way.
const kStopsMax = 150;

describe("by keyboard", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults;

  before(async () => {
    server = await startServer();
    ({ browser, page, faults } = await openBrowser());
    await page.goto(server.login);
    await page.waitForSelector("#question");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const focused = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160) ?? "");

  /** Presses Tab until the wanted element has the focus. */
  async function tabTo(selector) {
    for (let stops = 0; stops < kStopsMax; ++stops) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    }
    assert.fail(`Tab never comes to ${selector}; it is now at ${await focused()}`);
  }

  /** Walks the whole screen; what can be pressed and was never reached is a fault. */
  async function reachesEverything(where) {
    await page.evaluate(() => {
      document.activeElement?.blur();
      globalThis.reached = new Set();
      globalThis.unseen = [];
    });
    for (let stops = 0; stops < kStopsMax; ++stops) {
      await page.keyboard.press("Tab");
      const again = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return false;
        if (globalThis.reached.has(at)) return true;
        globalThis.reached.add(at);
        const style = getComputedStyle(at);
        if (style.outlineStyle === "none" && at.tagName !== "MAIN") globalThis.unseen.push(at.outerHTML.slice(0, 120));
        return false;
      });
      if (again) break;
    }
    const missed = await page.evaluate(() => {
      const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
      const shown = [...all].filter((each) => each.checkVisibility() && !each.disabled && each.type !== "file");
      return shown.filter((each) => !globalThis.reached.has(each)).map((each) => each.outerHTML.slice(0, 160));
    });
    assert.deepEqual(missed, [], `${where}: never reached`);
    assert.deepEqual(await page.evaluate(() => globalThis.unseen), [], `${where}: the focus is not seen`);
  }

  it("skips what stands before the screen", async () => {
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("Tab");
    assert.match(await focused(), /class="skip"/);
    await page.keyboard.press("Enter");
    assert.match(await focused(), /<main id="content"/);
  });

  it("asks, reads a citation's place, and comes back to where it was", async () => {
    await tabTo("#question");
    await page.keyboard.type("책은 몇 권까지 빌릴 수 있나요?");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".answer:not(.draft)");
    await page.evaluate(() => document.getElementById("content").focus());
    await tabTo(".citation > button");
    assert.ok(await page.locator(".citation .preview").first().isVisible(), "the quote is shown where the focus is");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".pdf-page rect");
    assert.match(await focused(), /<h2 tabindex="-1"/);
    await tabTo(".viewer .check input");
    await page.keyboard.press("Space");
    await page.locator(".passage").first().waitFor();
    await reachesEverything("an answer and its document");
    await page.locator(".viewer h2").focus();
    await page.keyboard.press("Escape");
    await page.waitForSelector(".viewer", { state: "detached" });
    assert.ok(await page.evaluate(() => document.activeElement.matches(".citation > button")), await focused());
  });

  it("makes a room, renames it and deletes it", async () => {
    await page.locator("#content").focus();
    await tabTo(".rooms > .room-name input");
    await page.keyboard.type("방");
    await page.keyboard.press("Enter");
    const room = page.locator(".rooms li > button[aria-current='true']", { hasText: "방" });
    await room.waitFor();
    await reachesEverything("a room");
    await page.locator("#content").focus();
    await tabTo(".room-actions button:last-child");
    await page.keyboard.press("Enter");
    await page.waitForSelector('[role="alertdialog"]');
    await page.keyboard.press("Enter"); // the focus is on what was asked for
    await room.waitFor({ state: "detached" });
  });

  it("searches, and opens what was found", async () => {
    await page.goto(`${server.address}/#/search`);
    await page.locator("#content").focus();
    await tabTo(".search input[type=search]");
    await page.keyboard.type("annual leave");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".hit");
    await reachesEverything("a search");
    await page.locator("#content").focus();
    await tabTo(".hit .title");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".blocks .marked");
    await reachesEverything("a hit and its document");
  });

  it("adds, runs and forgets", async () => {
    await page.goto(`${server.address}/#/sources`);
    await page.locator(".documents li").first().waitFor();
    await reachesEverything("sources");
    await page.locator("#content").focus();
    await tabTo(".documents li > .quiet");
    await page.keyboard.press("Enter");
    await page.waitForSelector('.documents [role="alertdialog"]');
    await tabTo('[role="alertdialog"] .quiet');
    await page.keyboard.press("Enter");
    await page.waitForSelector('.documents [role="alertdialog"]', { state: "detached" });
    assert.deepEqual(faults, []);
  });
});
