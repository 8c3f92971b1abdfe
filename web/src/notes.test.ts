import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codes, notes, rejections, sayNote, sayNotes } from "./notes";

const kHangul = /[\u3131-\ud79d]/;
// The list that the server is held to as well (src/serve/site_test.cpp).
const schemas = JSON.parse(readFileSync(new URL("../../docs/api/openapi.json", import.meta.url), "utf8")).components.schemas;

describe("what the server says", () => {
  it("is known to the page: every code, rejection and kind of note, and none besides", () => {
    expect(Object.keys(codes).sort()).toEqual([...schemas.Code.enum].sort());
    expect(Object.keys(rejections).sort()).toEqual([...schemas.Reject.properties.code.enum].sort());
    expect(Object.keys(notes).sort()).toEqual([...schemas.Note.properties.kind.enum].sort());
  });
  it("is Korean in Korean and English in English, with the same values", () => {
    const holes = (sentence: string) => [...new Set(sentence.match(/\{\d\}/g))].sort();
    for (const [key, [korean, english]] of Object.entries({ ...codes, ...rejections, ...notes })) {
      expect(korean, key).toMatch(kHangul);
      expect(english, key).toMatch(/^[^\u3131-\ud79d]+$/);
      expect(holes(korean), key).toEqual(holes(english));
    }
  });
  it("has its values put in as they are", () => {
    const note = { kind: "other_spacing", values: ["{1}", "나루 터"] };
    expect(sayNote("en", note)).toBe("“{1}” stands nowhere; it is looked for as “나루 터”");
    expect(sayNote("ko", { kind: "unheard of", values: [] })).toBeUndefined();
    expect(sayNotes("ko", [note, { kind: "toString", values: [] }], ["a", "b"])[1]).toBe("b");
    expect(sayNotes("ko", undefined, ["an older one"])).toEqual(["an older one"]);
  });
});
