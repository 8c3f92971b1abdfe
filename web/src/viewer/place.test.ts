import { describe, expect, it } from "vitest";
import type { Document } from "../api";
import { around, boxesOf, findQuote, markedBlocks, outlinesOn, startsOf } from "./place";

const block = (text: string, locator: Document["blocks"][number]["locator"]) => ({
  kind: "paragraph",
  text,
  level: 0,
  heading_path: [],
  cells: [],
  locator,
});

const pdf: Document = {
  kb: "k",
  doc: "a.pdf",
  version: "",
  format: "pdf",
  title: "",
  language: "ko",
  metadata: {},
  warnings: [],
  blocks: [
    block("책은 7권까지 빌린다.", { page: 1, boxes: [[0, 0, 10, 10]] }),
    block("7일을 연장한다.", { page: 2, boxes: [[0, 20, 10, 30]] }),
    block("다른 말.", { page: 2, boxes: [[0, 40, 10, 50]] }),
  ],
  chunks: [{ chunk: 0, heading_path: [], text: "책은 7권까지 빌린다.\n\n7일을 연장한다.", locator: { page: 1 } }],
};

describe("findQuote", () => {
  it("finds words that break over lines", () => {
    const text = "책은 한 사람이\n7권까지 빌린다";
    const [start, end] = findQuote(text, "사람이 7권까지")!;
    expect(text.slice(start, end)).toBe("사람이\n7권까지");
  });
  it("says so where the words do not stand", () => expect(findQuote("가나다", "라")).toBeUndefined());
});

describe("boxesOf", () => {
  it("boxes the whole passage over its pages", () => {
    expect(boxesOf(pdf, { kb: "k", doc: "a.pdf", chunk: 0 }).map((each) => each.page)).toEqual([1, 2]);
  });
  it("boxes only what was quoted", () => {
    expect(boxesOf(pdf, { kb: "k", doc: "a.pdf", chunk: 0, quote: "7일을 연장한다." })).toEqual([
      { page: 2, boxes: [[0, 20, 10, 30]] },
    ]);
  });
});

describe("markedBlocks", () => {
  it("marks blocks of a text by their places", () => {
    const text: Document = {
      ...pdf,
      blocks: [block("하나", { start: 0, end: 2 }), block("둘", { start: 4, end: 5 })],
      chunks: [{ chunk: 0, heading_path: [], text: "둘", locator: { start: 4, end: 5 } }],
    };
    expect([...markedBlocks(text, { kb: "k", doc: "a", chunk: 0 })]).toEqual([1]);
  });
  it("marks nothing where no passage was asked for", () => {
    expect(markedBlocks(pdf, { kb: "k", doc: "a.pdf" }).size).toBe(0);
  });
});

describe("outlinesOn", () => {
  it("outlines each passage on the pages it is on", () => {
    expect(outlinesOn(pdf, 1)).toEqual([{ chunk: 0, boxes: [[0, 0, 10, 10]] }]);
    expect(outlinesOn(pdf, 2)).toEqual([{ chunk: 0, boxes: [[0, 20, 10, 30]] }]);
    expect(outlinesOn(pdf, 3)).toEqual([]);
  });
  it("draws one box around all", () =>
    expect(around([[1, 5, 3, 6], [0, 7, 2, 9]])).toEqual([0, 5, 3, 9]));
});

describe("startsOf", () => {
  it("names the passage at its first block", () => expect([...startsOf(pdf)]).toEqual([[0, [0]]]));
});
