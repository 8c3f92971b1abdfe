import type { PDFDocumentProxy } from "pdfjs-dist";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, type Document } from "../api";
import type { Opened } from "../route";
import { Failure } from "../shared/notice";
import type { Place } from "../shared/place_name";
import { useShell } from "../shared/shell";
import { useLoaded } from "../shared/use_loaded";
import { About } from "./about";
import { Blocks } from "./blocks";
import { openPdf } from "./pdf";
import { PdfPage } from "./pdf_page";
import { DocumentText, type Marks } from "./place";
import { Versions } from "./versions";

interface Reading {
  text: DocumentText;
  marks: Marks;
  opened: Opened;
  /** Another number: the place was asked for again, and is to be brought back into view. */
  openings: number;
  /** Whether the passages it was cut into are to be seen. */
  passages: boolean;
}

function Pages({ pdf, text, marks, opened, openings, passages }: Reading & { pdf: PDFDocumentProxy }) {
  const { t, page: word } = useShell();
  const boxes = text.boxesOf(marks);
  const first = boxes[0]?.page ?? opened.page ?? 1;
  const [page, setPage] = useState(first);
  useEffect(() => setPage(first), [first, opened.chunk, opened.quote, openings]);
  const here = Math.min(Math.max(page, 1), pdf.numPages);
  return (
    <>
      <div className="row pager">
        <button type="button" className="quiet" disabled={here <= 1} onClick={() => setPage(here - 1)} aria-label={t("previousPage")}>
          ‹
        </button>
        <span aria-live="polite">
          {word(`${here} / ${pdf.numPages}`)}
        </span>
        <button
          type="button"
          className="quiet"
          disabled={here >= pdf.numPages}
          onClick={() => setPage(here + 1)}
          aria-label={t("nextPage")}
        >
          ›
        </button>
      </div>
      <PdfPage
        pdf={pdf}
        page={here}
        boxes={boxes.find((each) => each.page === here)?.boxes ?? []}
        outlines={passages ? text.outlinesOn(here) : []}
        openings={openings}
      />
    </>
  );
}

/** A PDF as printed, or as it was read where the original is out of reach or the reader prefers it. */
function PdfDocument(reading: Reading) {
  const { t } = useShell();
  const { document } = reading.text;
  // What was attached to it has no page: it is shown as it was read.
  const { quote, passage } = reading.marks;
  const off = (quote ?? passage) !== undefined && reading.text.boxesOf(reading.marks).length === 0;
  const [asRead, setAsRead] = useState(off);
  useEffect(() => setAsRead(off), [off, reading.opened.chunk, reading.opened.quote]);
  const pdf = useLoaded(`${document.kb}/${document.doc}/${document.version}`, (signal) =>
    openPdf(api.originalUrl(document.kb, document.doc), signal),
  );
  return (
    <>
      <button type="button" className="quiet" onClick={() => setAsRead(!asRead)}>
        {asRead ? t("original") : t("asRead")}
      </button>
      {asRead || pdf.state === "failed" ? (
        <>
          {pdf.state === "failed" && !asRead && <Failure error={pdf.error} retry={pdf.retry} />}
          <Blocks {...reading} />
        </>
      ) : pdf.state === "loading" ? (
        <p className="aside">{t("loading")}</p>
      ) : (
        <Pages pdf={pdf.value} {...reading} />
      )}
    </>
  );
}

/** Where the quoted words stand, or the passage, in words; the page where only that was asked for. */
function placeOf(document: Document, text: DocumentText, marks: Marks, opened: Opened): Place {
  const blocks = text.blocksIn(marks.quote ?? marks.passage).map((place) => document.blocks[place]!.locator);
  const last = blocks.at(-1);
  if (marks.quote !== undefined && last !== undefined) return { ...blocks[0], last };
  const chunk = document.chunks.find((each) => each.chunk === opened.chunk);
  if (chunk !== undefined) return { ...chunk.locator, last };
  return opened.page === undefined ? {} : { page: opened.page };
}

function Reader({ document, opened, openings }: { document: Document; opened: Opened; openings: number }) {
  const { t, place, open } = useShell();
  const [passages, setPassages] = useState(false);
  const text = useMemo(() => new DocumentText(document), [document]);
  const marks = useMemo(() => text.marks(opened), [text, opened.chunk, opened.quote]);
  const here = place(placeOf(document, text, marks, opened));
  const reading = { text, marks, opened, openings, passages };
  return (
    <>
      <Versions opened={opened} shown={document.version} />
      {here !== "" && <p className="place">{here}</p>}
      <About document={document} show={(quote) => open({ ...opened, chunk: undefined, page: undefined, quote })} />
      <label className="check">
        <input type="checkbox" checked={passages} onChange={(event) => setPassages(event.target.checked)} />
        {t("passagesShown")} ({document.chunks.length})
      </label>
      {document.format === "pdf" && opened.as_of === undefined ? <PdfDocument {...reading} /> : <Blocks {...reading} />}
    </>
  );
}

interface Shown {
  opened: Opened;
  openings: number;
  /** Nothing else can be seen or reached. */
  alone: boolean;
}

export function Viewer({ opened, openings, alone }: Shown) {
  const { t, open } = useShell();
  const frame = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const document = useLoaded(`${opened.kb}/${opened.doc}/${opened.as_of ?? ""}`, (signal) =>
    api.document(opened.kb, opened.doc, opened.as_of, signal),
  );

  // Whoever opens it from elsewhere, again too, is led into it, and back to that place when it closes.
  const before = useRef<Element>(null);
  useEffect(() => {
    const at = window.document.activeElement;
    if (frame.current?.contains(at)) return;
    before.current = at;
    heading.current?.focus({ preventScroll: true }); // what is cited is in view already
  }, [openings]);
  useEffect(
    () => () => {
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
    },
    [],
  );

  return (
    <section
      className="viewer"
      ref={frame}
      role={alone ? "dialog" : "complementary"}
      aria-modal={alone || undefined}
      aria-label={t("viewer")}
      onKeyDown={(event) => {
        if (event.key === "Escape") open(undefined);
      }}
    >
      <div className="row">
        <h2 ref={heading} tabIndex={-1}>
          {document.state === "ready" && document.value.title !== "" ? document.value.title : opened.doc}
        </h2>
        <button type="button" className="quiet" onClick={() => open(undefined)} aria-label={t("close")}>
          ✕
        </button>
      </div>
      <small>
        {opened.kb} / {opened.doc}
      </small>
      {document.state === "loading" && <p className="aside">{t("loading")}</p>}
      {document.state === "failed" && <Failure error={document.error} retry={document.retry} />}
      {document.state === "ready" && <Reader document={document.value} opened={opened} openings={openings} />}
    </section>
  );
}
