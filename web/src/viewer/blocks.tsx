import { useEffect, useRef, type ReactNode } from "react";
import type { Block, Document } from "../api";
import type { Opened } from "../route";
import { useShell } from "../shared/shell";
import { findQuote, markedBlocks, startsOf } from "./place";

/** Text of a document is text and nothing else: no link of it leads anywhere, nothing of it loads. */
function Text({ text, quote }: { text: string; quote: string | undefined }): ReactNode {
  const found = quote === undefined ? undefined : findQuote(text, quote);
  if (found === undefined) return text;
  return (
    <>
      {text.slice(0, found[0])}
      <mark>{text.slice(...found)}</mark>
      {text.slice(found[1])}
    </>
  );
}

function Table({ cells }: { cells: string[][] }) {
  return (
    <div className="wide" tabIndex={0}>
      <table>
        <tbody>
          {cells.map((row, y) => (
            <tr key={y}>
              {row.map((cell, x) => (
                <td key={x}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function BlockBody({ block, quote }: { block: Block; quote: string | undefined }) {
  const text = <Text text={block.text} quote={quote} />;
  if (block.kind === "heading") return <div className={`h h${Math.min(Math.max(block.level, 1), 4)}`}>{text}</div>;
  if (block.kind === "table" && block.cells.length > 0) return <Table cells={block.cells} />;
  if (block.kind === "code") return <pre tabIndex={0}>{text}</pre>;
  if (block.kind === "list_item") return <p className="item">{text}</p>;
  if (block.kind === "quote") return <blockquote>{text}</blockquote>;
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

interface Shown {
  document: Document;
  opened: Opened;
  passages: boolean;
}

export function Blocks({ document, opened, passages }: Shown) {
  const starts = passages ? startsOf(document) : new Map<number, number[]>();
  const marked = markedBlocks(document, opened);
  const first = Math.min(...marked);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "center" });
  }, [opened.chunk, opened.quote]);
  return (
    <div className="blocks" lang={document.language}>
      {document.blocks.map((block, place) => (
        <div key={place} ref={place === first ? box : undefined} className={marked.has(place) ? "marked" : undefined}>
          {starts.has(place) && <Starts chunks={starts.get(place)!} />}
          <BlockBody block={block} quote={marked.has(place) ? opened.quote : undefined} />
        </div>
      ))}
    </div>
  );
}
