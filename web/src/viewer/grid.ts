// A table of a document as a grid: which cells are drawn, how far they reach, and where their words stand in its text.

import type { Block } from "../api";
import { common, type Stretch } from "./place";

export interface Cell {
  column: number;
  text: string;
  rows: number;
  columns: number;
  header: boolean;
  /** The cited words in it, counted from the cell's start. */
  quoted?: Stretch;
}

export interface Row {
  /** From 0, in the table. */
  row: number;
  header: boolean;
  marked: boolean;
  cells: Cell[];
}

// A table's text is its rows, a line each, cells with this between them.
const kCellSeparator = " | ";

/** Merged cells cover others, which are not drawn. `passage` and `quote` are stretches of the block's text. */
export function gridOf(block: Block, passage: Stretch | undefined, quote: Stretch | undefined): Row[] {
  const spans = new Map((block.spans ?? []).map(([row, column, rows, columns]) => [`${row},${column}`, { rows, columns }]));
  const covered = new Set<string>();
  for (const [row, column, rows, columns] of block.spans ?? [])
    for (let y = row; y < row + rows; ++y)
      for (let x = column; x < column + columns; ++x) if (y !== row || x !== column) covered.add(`${y},${x}`);

  const headerRows = block.header_rows ?? 0;
  const lines = block.text.split("\n");
  const known = lines.length === block.cells.length; // else we cannot say which row a word is in
  let at = 0;
  return block.cells.map((texts, row) => {
    const line: Stretch = known ? [at, at + lines[row]!.length] : [0, block.text.length];
    const exact = known && lines[row] === texts.join(kCellSeparator);
    let start = line[0];
    const cells: Cell[] = [];
    texts.forEach((text, column) => {
      const here: Stretch = [start, start + text.length];
      start = here[1] + kCellSeparator.length;
      if (covered.has(`${row},${column}`)) return;
      const found = exact && quote !== undefined ? common(here, quote) : undefined;
      cells.push({
        column,
        text,
        ...(spans.get(`${row},${column}`) ?? { rows: 1, columns: 1 }),
        header: row < headerRows,
        quoted: found && [found[0] - here[0], found[1] - here[0]],
      });
    });
    at = line[1] + 1;
    return { row, header: row < headerRows, marked: passage !== undefined && common(line, passage) !== undefined, cells };
  });
}

/** "B3:D9" as numbers from 1; of one cell both corners are the same. */
export function cellRange(name: string): { row: number; column: number; lastRow: number; lastColumn: number } | undefined {
  const match = /^([A-Z]{1,4})(\d{1,8})(?::([A-Z]{1,4})(\d{1,8}))?$/.exec(name);
  if (match === null) return undefined;
  const [, column, row, lastColumn = column, lastRow = row] = match;
  return { row: Number(row), column: columnNumber(column!), lastRow: Number(lastRow), lastColumn: columnNumber(lastColumn!) };
}

function columnNumber(letters: string): number {
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
}

/** 1 is A, 27 is AA. */
export function columnName(number: number): string {
  let name = "";
  for (let rest = number; rest > 0; rest = Math.floor((rest - 1) / 26)) name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  return name;
}
