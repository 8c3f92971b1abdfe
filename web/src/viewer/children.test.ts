import { describe, expect, it } from "vitest";
import type { Block, Document } from "../api";
import { childOf, childrenOf } from "./children";

const heading = (text: string, heading_path: string[], locator: Block["locator"]): Block => ({
  kind: "heading",
  text,
  level: 1,
  heading_path,
  cells: [],
  locator,
});

describe("attachments and members", () => {
  const blocks = [
    heading("A mail", [], {}),
    heading("data.zip", [], { part: "data.zip" }),
    heading("a/report.docx: The report", ["data.zip"], { part: "data.zip/a/report.docx" }),
    heading("The report", ["data.zip", "a/report.docx"], { part: "data.zip/a/report.docx", section: 1, paragraph: 1 }),
  ];
  it("are told from other headings by their places", () => {
    expect(childrenOf({ blocks } as Document)).toEqual([
      { place: 1, name: "data.zip", title: "", depth: 0 },
      { place: 2, name: "a/report.docx", title: "The report", depth: 1 },
    ]);
  });
  it("are not headings in a part of a mail or a slide", () => {
    expect(childOf(heading("Hello", [], { part: "1.1" }))).toBeUndefined();
  });
});
