// Which part of a document an answer meant: a stretch of its text, and with it blocks, rows of tables, boxes on a page.

import type { Box, Document } from "../api";
import type { Opened } from "../route";

/** From where to where, in characters. */
export type Stretch = readonly [number, number];

/** The document's text is the blocks' texts with this between them; passages are slices of it. */
const kBlockSeparator = "\n\n";

/** A quote is looked for without regard to white space: blocks and passages break lines differently. */
function squeezed(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, "");
}

/** From where to where `quote` stands in `text`, white space aside; undefined where it does not. */
export function findQuote(text: string, quote: string): Stretch | undefined {
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

/** What both have; undefined where that is nothing. */
export function common(a: Stretch, b: Stretch): Stretch | undefined {
  const both: Stretch = [Math.max(a[0], b[0]), Math.min(a[1], b[1])];
  return both[0] < both[1] ? both : undefined;
}

/** What was asked for of a document, as stretches of its text. */
export interface Marks {
  passage?: Stretch;
  /** Its cited words, where they are known and found. */
  quote?: Stretch;
}

/** Where each block and each passage stands in the document's text. */
export class DocumentText {
  private readonly text: string;
  private readonly starts: number[] = [];
  private readonly passages = new Map<number, Stretch>();

  constructor(readonly document: Document) {
    let at = 0;
    for (const block of document.blocks) {
      this.starts.push(at);
      at += block.text.length + kBlockSeparator.length;
    }
    this.text = document.blocks.map((block) => block.text).join(kBlockSeparator);
    let from = 0;
    for (const { chunk, text } of document.chunks) {
      const start = text === "" ? -1 : this.text.indexOf(text, from);
      if (start < 0) continue;
      from = start + text.length; // passages stand in order and share nothing
      this.passages.set(chunk, [start, from]);
    }
  }

  marks(opened: Opened): Marks {
    const passage = opened.chunk === undefined ? undefined : this.passages.get(opened.chunk);
    if (opened.quote === undefined) return { passage };
    const [start, end] = passage ?? [0, this.text.length];
    const found = findQuote(this.text.slice(start, end), opened.quote);
    if (found === undefined) return { passage };
    const quote: Stretch = [start + found[0], start + found[1]];
    return { passage: passage ?? quote, quote };
  }

  /** The part of a block that lies in the stretch, counted from the block's own start. */
  inBlock(place: number, stretch: Stretch | undefined): Stretch | undefined {
    if (stretch === undefined) return undefined;
    const start = this.starts[place]!;
    const both = common(stretch, [start, start + this.document.blocks[place]!.text.length]);
    return both && [both[0] - start, both[1] - start];
  }

  /** The blocks that have something of the stretch, in order. */
  blocksIn(stretch: Stretch | undefined): number[] {
    return this.starts.map((_, place) => place).filter((place) => this.inBlock(place, stretch) !== undefined);
  }

  /** Every passage that has blocks on this page, in order. Blocks that several share are outlined with each. */
  outlinesOn(page: number): Outline[] {
    const outlines: Outline[] = [];
    for (const [chunk, stretch] of this.passages) {
      const boxes = this.boxesIn(stretch).find((each) => each.page === page)?.boxes ?? [];
      if (boxes.length > 0) outlines.push({ chunk, boxes });
    }
    return outlines;
  }

  /** Where to draw boxes: on the blocks that hold the quote, or on all of the passage where no quote is given. */
  boxesOf(marks: Marks): PageBoxes[] {
    const quoted = this.boxesIn(marks.quote);
    return quoted.length > 0 ? quoted : this.boxesIn(marks.passage);
  }

  /** For each block the passages that begin with or in it, where blocks are shown as read. */
  passageStarts(): ReadonlyMap<number, number[]> {
    const starts = new Map<number, number[]>();
    for (const [chunk, stretch] of this.passages) {
      const first = this.blocksIn(stretch)[0];
      if (first !== undefined) starts.set(first, [...(starts.get(first) ?? []), chunk]);
    }
    return starts;
  }

  private boxesIn(stretch: Stretch | undefined): PageBoxes[] {
    const pages = new Map<number, Box[]>();
    for (const place of this.blocksIn(stretch)) {
      const { page, boxes } = this.document.blocks[place]!.locator;
      if (page !== undefined && boxes !== undefined) pages.set(page, [...(pages.get(page) ?? []), ...boxes]);
    }
    return [...pages].map(([page, boxes]) => ({ page, boxes })).sort((a, b) => a.page - b.page);
  }
}

export interface PageBoxes {
  page: number;
  boxes: Box[];
}

/** A passage as it stands on one page: its boxes, and the number that it is called by. */
export interface Outline {
  chunk: number;
  boxes: Box[];
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
