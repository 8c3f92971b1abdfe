import type { PDFDocumentProxy } from "pdfjs-dist";
import { useEffect, useRef, useState } from "react";
import type { Box } from "../api";
import { useShell } from "../shared/shell";
import { around, type Outline } from "./place";

// A canvas larger than this is refused by some browsers, and no screen needs it.
const kMostPixels = 4096;

interface Shown {
  pdf: PDFDocumentProxy;
  page: number;
  /** What was cited. */
  boxes: Box[];
  /** The passages that the page was cut into, where they are to be seen. */
  outlines: Outline[];
  /** Another number: what was cited is to be brought into view. */
  openings: number;
}

function Box({ box, name }: { box: Box; name: string }) {
  const [x0, y0, x1, y1] = box;
  return <rect className={name} x={x0 - 2} y={y0 - 2} width={x1 - x0 + 4} height={y1 - y0 + 4} rx={2} />;
}

/** Numbered on the left, where pages have a margin. */
function OutlineView({ outline }: { outline: Outline }) {
  const box = around(outline.boxes);
  return (
    <g className="passage">
      <Box box={box} name="outline" />
      <text x={Math.max(box[0] - 6, 14)} y={box[1] + 8} textAnchor="end">
        {outline.chunk + 1}
      </text>
    </g>
  );
}

/** A page as it was printed, with boxes over the passage. Boxes are in points from the top left, as we read them. */
export function PdfPage({ pdf, page, boxes, outlines, openings }: Shown) {
  const { page: word, t } = useShell();
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<[number, number]>();
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let left = false;
    setFailed(false);
    let stop: () => void = () => undefined;
    const draw = async () => {
      const shown = await pdf.getPage(page);
      const plain = shown.getViewport({ scale: 1 });
      const target = canvas.current;
      if (left || target === null || frame.current === null) return;
      const fit = (frame.current.clientWidth / plain.width) * Math.min(window.devicePixelRatio || 1, 2);
      const scale = Math.min(fit, kMostPixels / Math.max(plain.width, plain.height));
      const viewport = shown.getViewport({ scale });
      target.width = viewport.width;
      target.height = viewport.height;
      setSize([plain.width, plain.height]);
      const task = shown.render({ canvas: target, viewport });
      stop = () => task.cancel();
      await task.promise;
    };
    draw().catch((error: unknown) => {
      if (left) return;
      console.error("the page could not be drawn", error);
      setFailed(true);
    });
    return () => {
      left = true;
      stop();
    };
  }, [pdf, page]);

  const drawn = size !== undefined;
  useEffect(() => {
    frame.current?.querySelector(".cited")?.scrollIntoView({ block: "center" });
  }, [drawn, page, boxes[0]?.join(), openings]);

  return (
    <div className="pdf-page" ref={frame}>
      {failed && <p className="notice">{t("pageNotDrawn")}</p>}
      <canvas ref={canvas} role="img" aria-label={word(page)} />
      {drawn && (
        <svg viewBox={`0 0 ${size[0]} ${size[1]}`} aria-hidden="true">
          {outlines.map((outline) => (
            <OutlineView key={outline.chunk} outline={outline} />
          ))}
          {boxes.map((box, place) => (
            <Box key={place} box={box} name="cited" />
          ))}
        </svg>
      )}
    </div>
  );
}
