import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sayWarning, warnings } from "./warnings";

const kHangul = /[\u3131-\ud79d]/;
const sources = new URL("../../src/", import.meta.url);

/** The string literals of a call, from behind its open bracket. */
function literalsOf(source: string, from: number): string[] {
  const literals: string[] = [];
  for (let at = from, depth = 1; depth > 0 && at < source.length; ++at) {
    if (source[at] === "(") ++depth;
    if (source[at] === ")") --depth;
    if (source[at] !== '"') continue;
    const start = ++at;
    while (source[at] !== '"') at += source[at] === "\\" ? 2 : 1;
    literals.push(source.slice(start, at));
  }
  return literals;
}

/** Every sentence that a parser may write into a document's warnings, as it is written there. */
function sentencesOfParsers(): Set<string> {
  const sentences = new Set<string>();
  for (const name of readdirSync(sources, { recursive: true, encoding: "utf8" })) {
    if (!/\.(cpp|h)$/.test(name) || /(_test|_fuzz)\.cpp$|testing/.test(name)) continue;
    const source = readFileSync(new URL(name.replaceAll("\\", "/"), sources), "utf8");
    const calls = /\b(?:warn|add_unread_child|warnings\.(?:push_back|emplace_back))\(/g;
    for (const call of source.matchAll(calls)) {
      const literals = literalsOf(source, call.index + call[0].length);
      if (literals.length > 0) sentences.add(literals.join("")); // a long one is written as two
    }
    for (const [, reason] of source.matchAll(/\blimit = "([^"]*)"/g)) sentences.add(reason!);
  }
  sentences.delete("{}: {}"); // where, and what an error says
  return sentences;
}

describe("what could not be read", () => {
  // A new parser is two files, and this is neither: until somebody says its sentences here they are shown in English.
  it("has the parsers' own sentences as keys, and no other", () => {
    const sentences = sentencesOfParsers();
    expect(Object.keys(warnings).filter((key) => !sentences.has(key))).toEqual([]);
  });
  it("is said in Korean, with every value, and never for another sentence", () => {
    for (const [english, korean] of Object.entries(warnings)) {
      expect(korean, english).toMatch(kHangul);
      let holes = 0;
      const sentence = english.replaceAll("{}", () => `v${holes++}`);
      const said = korean.replace(/\{(\d)\}/g, "v$1");
      expect(sayWarning("ko", sentence), english).toBe(said);
      expect([...korean.matchAll(/\{\d\}/g)].map(([hole]) => hole).sort()).toEqual(Array.from({ length: holes }, (_, n) => `{${n}}`));
      expect(sayWarning("en", sentence)).toBe(sentence);
    }
  });
  it("says pages, reasons and what is inside as people do", () => {
    const said = (sentence: string) => sayWarning("ko", sentence);
    expect(said("no text on pages 1-4, 7 (scan?)")).toBe("글자가 없습니다. 스캔한 그림일 수 있습니다: 1-4, 7쪽");
    expect(said("page 3 could not be read: damaged")).toBe("망가져서 읽지 못했습니다: 3쪽");
    expect(said("only pages 1-9 of 20 were read: reading it took too long")).toBe(
      "모두 20쪽 가운데 1–9쪽만 읽었습니다: 읽는 데 너무 오래 걸립니다",
    );
    expect(said("자료.zip/a: b.pdf: no text found")).toBe("자료.zip/a: b.pdf: 글자를 찾지 못했습니다");
    expect(said("a.pdf: the file wants a password")).toBeUndefined();
  });
});
