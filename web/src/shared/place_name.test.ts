import { describe, expect, it } from "vitest";
import { placeName } from "./place_name";

describe("placeName", () => {
  it("says each kind of place in both languages", () => {
    const places = [
      { page: 3 },
      { page: 3, last: { page: 4 } },
      { slide: 2, shape: 9, last: { slide: 2, shape: 11 } },
      { slide: 2, part: "notes" },
      { sheet: "요금", cells: "A1:C3" },
      { section: 1, paragraph: 4 },
      { section: 1, part: "footer" },
      { part: "1.2" },
      { part: "data.zip/report.docx", section: 1, paragraph: 4 },
      { start: 3, end: 9 },
    ];
    expect(places.map((place) => placeName("ko", place))).toEqual([
      "3쪽",
      "3–4쪽",
      "슬라이드 2",
      "발표자 노트 · 슬라이드 2",
      "시트 요금 A1:C3",
      "1구역 4문단",
      "꼬리말",
      "메일 부분 1.2",
      "data.zip/report.docx · 1구역 4문단",
      "",
    ]);
    expect(places.map((place) => placeName("en", place))).toEqual([
      "page 3",
      "pages 3–4",
      "slide 2",
      "speaker notes · slide 2",
      "sheet 요금 A1:C3",
      "section 1, paragraph 4",
      "footer",
      "mail part 1.2",
      "data.zip/report.docx · section 1, paragraph 4",
      "",
    ]);
  });
});
