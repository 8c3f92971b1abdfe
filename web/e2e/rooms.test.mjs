// Rooms in a real browser: what was said stays, with its citations; a follow-up is understood; streams stay apart.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { artifacts, hasBrowser, openBrowser, seriousFaults, startServer } from "./serving.mjs";

describe("rooms", { skip: hasBrowser ? false : "no Chromium here" }, () => {
  let server, browser, page, faults;

  before(async () => {
    server = await startServer();
    ({ browser, page, faults } = await openBrowser());
    await page.goto(server.login);
    await page.waitForSelector(".rooms");
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const room = (name) => page.locator(".rooms li > button", { hasText: name });
  const talk = () => page.locator(".ask:not([hidden])");

  async function makeRoom(name) {
    await page.locator(".rooms > .room-name input").fill(name);
    await page.keyboard.press("Enter");
    await room(name).and(page.locator('[aria-current="true"]')).waitFor();
  }
  async function ask(question) {
    const before = await talk().locator(".turn").count();
    await talk().locator("textarea").fill(question);
    await page.keyboard.press("Enter");
    await talk().locator(".turn").nth(before).locator(".answer:not(.draft), .refusal").waitFor();
  }

  it("keeps what was said, and understands a question that leans on it", async () => {
    await makeRoom("도서관");
    await ask("책은 몇 권까지 빌릴 수 있나요?");
    await ask("그럼 기간은?");
    assert.match(await talk().locator(".understood").textContent(), /책은 몇 권까지 빌릴 수 있나요\? 기간은\?/);
    assert.deepEqual(await seriousFaults(page), []);
    await page.screenshot({ path: join(artifacts, "9-rooms.png") });
  });

  it("has heard nothing of it in another room", async () => {
    await makeRoom("other room");
    assert.equal(await talk().locator(".turn").count(), 0);
    await ask("그럼 기간은?");
    assert.equal(await talk().locator(".understood").count(), 0);
    await room("도서관").click();
    assert.equal(await talk().locator(".turn").count(), 2);
    await talk().locator(".answer").last().waitFor();
  });

  it("shows it again after a reload, and its citations open", async () => {
    await page.reload();
    await room("도서관").click();
    await talk().locator(".answer").first().waitFor();
    assert.equal(await talk().locator(".turn").count(), 2);
    await talk().locator(".citation > button").first().click();
    await page.waitForSelector(".viewer");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".viewer", { state: "detached" });
  });

  it("can be renamed, and deleted for good", async () => {
    await page.locator(".room-actions button").first().click();
    await page.locator(".rooms li .room-name input").fill("책");
    await page.keyboard.press("Enter");
    await room("책").waitFor();
    assert.equal(await talk().locator(".turn").count(), 2);
    await page.locator(".room-actions button").last().click();
    await page.locator('[role="alertdialog"] button').first().click();
    await room("책").waitFor({ state: "detached" });
    assert.equal(await talk().locator(".turn").count(), 0);
    assert.equal(await room("other room").count(), 1);
    assert.deepEqual(faults, []);
  });
});
