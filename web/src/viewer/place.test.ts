import { describe, expect, it } from "vitest";
import type { Document } from "../api";
import { around, DocumentText, findQuote } from "./place";

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
const text = new DocumentText(pdf);
const asked = { kb: "k", doc: "a.pdf", chunk: 0 };

describe("findQuote", () => {
  it("finds words that break over lines", () => {
    const lines = "책은 한 사람이\n7권까지 빌린다";
    expect(lines.slice(...findQuote(lines, "사람이 7권까지")!)).toBe("사람이\n7권까지");
  });
  it("says so where the words do not stand", () => expect(findQuote("가나다", "라")).toBeUndefined());
});

describe("boxes", () => {
  it("are around the whole passage over its pages", () => {
    expect(text.boxesOf(text.marks(asked)).map((each) => each.page)).toEqual([1, 2]);
  });
  it("are only around what was quoted", () => {
    expect(text.boxesOf(text.marks({ ...asked, quote: "7일을 연장한다." }))).toEqual([
      { page: 2, boxes: [[0, 20, 10, 30]] },
    ]);
  });
  it("are none where no passage was asked for", () => {
    expect(text.boxesOf(text.marks({ kb: "k", doc: "a.pdf" }))).toEqual([]);
  });
});

describe("marks", () => {
  const lines: Document = {
    ...pdf,
    blocks: [block("같은 말", {}), block("하나. 둘.", {}), block("같은 말", {})],
    chunks: [
      { chunk: 0, heading_path: [], text: "같은 말\n\n하나.", locator: {} },
      { chunk: 1, heading_path: [], text: "둘.\n\n같은 말", locator: {} },
    ],
  };
  const twice = new DocumentText(lines);
  it("tell the same words in two places apart", () => {
    expect(twice.blocksIn(twice.marks({ ...asked, chunk: 1 }).passage)).toEqual([1, 2]);
  });
  it("are of a part of a block where a passage ends in its midst", () => {
    expect(twice.inBlock(1, twice.marks({ ...asked, chunk: 0 }).passage)).toEqual([0, 3]);
    expect(twice.inBlock(1, twice.marks({ ...asked, chunk: 1 }).passage)).toEqual([4, 6]);
  });
  it("are of a quote over several blocks in each of them", () => {
    const { quote } = twice.marks({ ...asked, chunk: 1, quote: "둘. 같은" });
    expect([twice.inBlock(1, quote), twice.inBlock(2, quote)]).toEqual([[4, 6], [0, 2]]);
  });
  it("are of the passage where the quote is not in it", () => {
    expect(twice.marks({ ...asked, chunk: 1, quote: "하나." }).quote).toBeUndefined();
  });
  it("find a quote without a passage", () => {
    expect(twice.marks({ kb: "k", doc: "a", quote: "하나." }).passage).toEqual([6, 9]);
  });
});

describe("passages", () => {
  it("are outlined on the pages they are on", () => {
    expect(text.outlinesOn(1)).toEqual([{ chunk: 0, boxes: [[0, 0, 10, 10]] }]);
    expect(text.outlinesOn(2)).toEqual([{ chunk: 0, boxes: [[0, 20, 10, 30]] }]);
    expect(text.outlinesOn(3)).toEqual([]);
  });
  it("have one box around all", () => expect(around([[1, 5, 3, 6], [0, 7, 2, 9]])).toEqual([0, 5, 3, 9]));
  it("are named at their first block", () => expect([...text.passageStarts()]).toEqual([[0, [0]]]));
});
