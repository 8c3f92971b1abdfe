// Which part of a document an answer meant: boxes on a page, or a stretch of its text.

import type { Block, Box, Document, Locator } from "../api";
import type { Opened } from "../route";

/** A quote is looked for without regard to white space: blocks and passages break lines differently. */
function squeezed(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, "");
}

/** From where to where `quote` stands in `text`, white space aside; undefined where it does not. */
export function findQuote(text: string, quote: string): [number, number] | undefined {
  const wanted = squeezed(quote);
  if (wanted === "") return undefined;
  const places: number[] = [];
  let plain = "";
  const composed = text.normalize("NFC");
  if (composed.length !== text.length) return undefined; // places would be those of another text
  for (let place = 0; place < text.length; ++place)
    if (!/\s/.test(text[place]!)) {
      places.push(place);
      plain += composed[place];
    }
  const found = plain.indexOf(wanted);
  if (found < 0) return undefined;
  return [places[found]!, places[found + wanted.length - 1]! + 1];
}

export function overlaps(a: Locator, b: Locator): boolean {
  if (a.start === undefined || a.end === undefined || b.start === undefined || b.end === undefined) return false;
  return a.start < b.end && b.start < a.end;
}

/** The blocks of the document that the opened passage is made of. */
export function markedBlocks(document: Document, opened: Opened): ReadonlySet<number> {
  const marked = new Set<number>();
  const chunk = document.chunks.find((candidate) => candidate.chunk === opened.chunk);
  if (chunk === undefined) return marked;
  const text = squeezed(chunk.text);
  document.blocks.forEach((block, place) => {
    const placed = chunk.locator.start !== undefined && block.locator.start !== undefined;
    // Blocks of pages have boxes and no offsets: there the passage's own text says which are in it.
    if (placed ? overlaps(block.locator, chunk.locator) : block.text !== "" && text.includes(squeezed(block.text)))
      marked.add(place);
  });
  return marked;
}

export interface PageBoxes {
  page: number;
  boxes: Box[];
}

/** Where to draw boxes: on the blocks that hold the quote, or on all of the passage where no quote is given. */
export function boxesOf(document: Document, opened: Opened): PageBoxes[] {
  const marked = markedBlocks(document, opened);
  const blocks = document.blocks.filter((_, place) => marked.has(place));
  const quoted = opened.quote === undefined ? [] : blocks.filter((block) => holds(block, opened.quote!));
  const pages = new Map<number, Box[]>();
  for (const block of quoted.length > 0 ? quoted : blocks) {
    const { page, boxes } = block.locator;
    if (page !== undefined && boxes !== undefined) pages.set(page, [...(pages.get(page) ?? []), ...boxes]);
  }
  return [...pages].map(([page, boxes]) => ({ page, boxes })).sort((a, b) => a.page - b.page);
}

function holds(block: Block, quote: string): boolean {
  const text = squeezed(block.text);
  const wanted = squeezed(quote);
  return text !== "" && (text.includes(wanted) || wanted.includes(text));
}

/** A passage as it stands on one page: its boxes, and the number that it is called by. */
export interface Outline {
  chunk: number;
  boxes: Box[];
}

/** Every passage that has blocks on this page, in order. Blocks that several share are outlined with each. */
export function outlinesOn(document: Document, page: number): Outline[] {
  return document.chunks
    .map(({ chunk }) => {
      const marked = markedBlocks(document, { kb: document.kb, doc: document.doc, chunk });
      const blocks = document.blocks.filter((block, place) => marked.has(place) && block.locator.page === page);
      return { chunk, boxes: blocks.flatMap((block) => block.locator.boxes ?? []) };
    })
    .filter((outline) => outline.boxes.length > 0);
}

/** The smallest box around all of them. */
export function around(boxes: Box[]): Box {
  return [
    Math.min(...boxes.map((box) => box[0])),
    Math.min(...boxes.map((box) => box[1])),
    Math.max(...boxes.map((box) => box[2])),
    Math.max(...boxes.map((box) => box[3])),
  ];
}

/** For each block the passages that begin with it, where blocks are shown as read. */
export function startsOf(document: Document): ReadonlyMap<number, number[]> {
  const starts = new Map<number, number[]>();
  for (const { chunk } of document.chunks) {
    const first = Math.min(...markedBlocks(document, { kb: document.kb, doc: document.doc, chunk }));
    if (Number.isFinite(first)) starts.set(first, [...(starts.get(first) ?? []), chunk]);
  }
  return starts;
}
