import { expect, it } from "vitest";
import { pieces } from "./pieces";

it("finds the markers that have a citation, and leaves the rest as text", () => {
  expect(pieces("7권까지. [1] a[3] = b [2]", new Set([1, 2]))).toEqual([
    { text: "7권까지. " },
    { marker: 1 },
    { text: " a[3] = b " },
    { marker: 2 },
  ]);
});

it("loses no letter", () => {
  const text = "[1][2] x [9] [1";
  const back = pieces(text, new Set([1, 2])).map((piece) => ("text" in piece ? piece.text : `[${piece.marker}]`));
  expect(back.join("")).toBe(text);
});
