import { useEffect, useRef } from "react";
import type { Block } from "../api";
import { partName, unitName } from "../shared/place_name";
import { useShell } from "../shared/shell";
import type { Language } from "../words";
import { childOf } from "./children";
import { MarkedText } from "./marked_text";
import type { DocumentText, Marks, Stretch } from "./place";
import { Table } from "./table";
import { useShown } from "./use_shown";

// A book has some thousands; a browser draws these at once.
const kBlocksShown = 2000;

interface BodyShown {
  block: Block;
  /** Stretches of the block's own text. */
  passage: Stretch | undefined;
  quote: Stretch | undefined;
}

// Items that a document numbers keep their number in the text: "가) ", "1. ", "❶ ".
const kNumbered = /^(\S{1,6}[.)]|[^\p{L}\p{N}\s]|[❶-❿①-⑳])\s/u;

function itemClass(block: Block): string {
  const depth = Math.min(Math.max(block.level, 1), 4);
  return `item depth-${depth}${kNumbered.test(block.text) ? "" : " bullet"}`;
}

function BlockBody({ block, passage, quote }: BodyShown) {
  if (block.kind === "table" && block.cells.length > 0) return <Table block={block} passage={passage} quote={quote} />;
  const text = <MarkedText text={block.text} mark={quote} />;
  if (childOf(block) !== undefined) return <div className="child">{text}</div>;
  if (block.kind === "heading") return <div className={`h h${Math.min(Math.max(block.level, 1), 4)}`}>{text}</div>;
  if (block.kind === "code") return <pre tabIndex={0}>{text}</pre>;
  if (block.kind === "list_item") return <p className={itemClass(block)}>{text}</p>;
  if (block.kind === "quote") return <blockquote>{text}</blockquote>;
  if (block.kind === "caption") return <p className="caption">{text}</p>;
  return <p>{text}</p>;
}

/** Where a passage begins, and its number: what follows up to the next mark belongs to it. */
function Starts({ chunks }: { chunks: number[] }) {
  const { t } = useShell();
  return (
    <div className="starts">
      {chunks.map((chunk) => (
        <span key={chunk}>
          {t("passage")} {chunk + 1}
        </span>
      ))}
    </div>
  );
}

/** The page, slide, sheet, section or part that a block stands in. Of attachments and members their heading says it. */
function unitOf(language: Language, { locator }: Block, sections: boolean): string {
  const part = locator.part === undefined ? "" : partName(language, locator.part);
  const named = part === locator.part ? "" : part;
  return [unitName(language, locator, sections), named].filter((name) => name !== "").join(" · ");
}

interface Shown {
  text: DocumentText;
  marks: Marks;
  openings: number;
  passages: boolean;
}

/** A document as it was read, the passage marked, and the cited words in it. */
export function Blocks({ text, marks, openings, passages }: Shown) {
  const { language, t } = useShell();
  const { document } = text;
  const starts = passages ? text.passageStarts() : new Map<number, number[]>();
  const first = text.blocksIn(marks.quote)[0] ?? text.blocksIn(marks.passage)[0];
  const sections = new Set(document.blocks.map((block) => block.locator.section)).size > 1;
  const shown = useShown(document.blocks.length, first ?? 0, kBlocksShown);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const target = box.current?.querySelector("mark, tr.marked") ?? box.current;
    target?.scrollIntoView({ block: "center" });
  }, [first, marks.quote?.[0], marks.passage?.[0], openings]);

  let unit = "";
  return (
    <div className="blocks" lang={document.language}>
      {document.blocks.slice(shown.from, shown.to).map((block, offset) => {
        const place = shown.from + offset;
        const passage = text.inBlock(place, marks.passage);
        const here = unitOf(language, block, sections);
        const begins = here !== "" && here !== unit;
        unit = here;
        return (
          <div
            key={place}
            id={`block-${place}`}
            ref={place === first ? box : undefined}
            className={passage === undefined ? undefined : "marked"}
          >
            {begins && (
              <div className="unit" lang={language}>
                {here}
              </div>
            )}
            {starts.has(place) && <Starts chunks={starts.get(place)!} />}
            <BlockBody block={block} passage={passage} quote={text.inBlock(place, marks.quote)} />
          </div>
        );
      })}
      {shown.rest > 0 && (
        <button type="button" className="quiet" onClick={shown.more}>
          {t("moreBlocks")} ({shown.rest})
        </button>
      )}
    </div>
  );
}
