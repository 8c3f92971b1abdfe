import { describe, expect, it } from "vitest";
import type { Block } from "../api";
import { cellRange, columnName, gridOf } from "./grid";

const table: Block = {
  kind: "table",
  text: "Boat | Leaves | \n | morning | evening\n나루호 | 7:10 | 18:40",
  level: 0,
  heading_path: [],
  cells: [["Boat", "Leaves", ""], ["", "morning", "evening"], ["나루호", "7:10", "18:40"]],
  spans: [[0, 0, 2, 1], [0, 1, 1, 2]],
  header_rows: 2,
  locator: {},
};

describe("gridOf", () => {
  it("draws a merged cell once, as large as it is", () => {
    const [first, second] = gridOf(table, undefined, undefined);
    expect(first!.cells.map(({ text, rows, columns }) => [text, rows, columns])).toEqual([["Boat", 2, 1], ["Leaves", 1, 2]]);
    expect(second!.cells.map((cell) => cell.text)).toEqual(["morning", "evening"]);
  });
  it("knows which rows name the columns", () => {
    expect(gridOf(table, undefined, undefined).map((row) => row.header)).toEqual([true, true, false]);
  });
  it("marks the rows of the passage, and the quoted cells", () => {
    const start = table.text.indexOf("나루호");
    const rows = gridOf(table, [start, table.text.length], [start + 6, start + 10]);
    expect(rows.map((row) => row.marked)).toEqual([false, false, true]);
    expect(rows[2]!.cells.map((cell) => cell.quoted)).toEqual([undefined, [0, 4], undefined]);
  });
  it("marks the whole table where its text has other lines than rows", () => {
    const rows = gridOf({ ...table, text: "Boat" }, [1, 2], [1, 2]);
    expect(rows.every((row) => row.marked && row.cells.every((cell) => cell.quoted === undefined))).toBe(true);
  });
});

describe("cells of a sheet", () => {
  it("are numbers and names", () => {
    expect(cellRange("A1:AB20")).toEqual({ row: 1, column: 1, lastRow: 20, lastColumn: 28 });
    expect(cellRange("B2")).toEqual({ row: 2, column: 2, lastRow: 2, lastColumn: 2 });
    expect(cellRange("elsewhere")).toBeUndefined();
    expect([1, 26, 27, 28, 703].map(columnName)).toEqual(["A", "Z", "AA", "AB", "AAA"]);
  });
});
