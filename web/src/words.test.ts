import { describe, expect, it } from "vitest";
import { words } from "./words";

const kHangul = /[\u3131-\ud79d]/;

describe("words", () => {
  // The button that leads to the other language is called as its readers call it.
  const all = Object.entries<readonly [string, string]>(words).filter(([key]) => key !== "language");
  it("are Korean in Korean, and English in English", () => {
    expect(all.filter(([, [korean]]) => !kHangul.test(korean)).map(([key]) => key)).toEqual([]);
    expect(all.filter(([, [, english]]) => english === "" || kHangul.test(english)).map(([key]) => key)).toEqual([]);
  });
  it("are said once: two keys for the same words would come to differ", () => {
    const seen = new Map<string, string>();
    const twice = all.filter(([key, [korean, english]]) => {
      const said = `${korean}/${english}`;
      const before = seen.get(said);
      seen.set(said, key);
      return before !== undefined;
    });
    expect(twice.map(([key]) => key)).toEqual([]);
  });
});
