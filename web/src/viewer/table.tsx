import type { Block } from "../api";
import { useShell } from "../shared/shell";
import { cellRange, columnName, gridOf, type Cell, type Row } from "./grid";
import { MarkedText } from "./marked_text";
import type { Stretch } from "./place";
import { useShown } from "./use_shown";

// A sheet may have a million rows; a browser is slow with a thousand.
const kRowsShown = 300;

function CellView({ cell, last }: { cell: Cell; last: boolean }) {
  const size = { rowSpan: cell.rows > 1 ? cell.rows : undefined, colSpan: cell.columns > 1 ? cell.columns : undefined };
  const text = <MarkedText text={cell.text} mark={cell.quoted} />;
  if (!cell.header) return <td {...size}>{text}</td>;
  return (
    <th {...size} scope={last && cell.columns === 1 ? "col" : "colgroup"}>
      {text}
    </th>
  );
}

function RowView({ row, headerRows, number }: { row: Row; headerRows: number; number: number | undefined }) {
  return (
    <tr className={row.marked ? "marked" : undefined}>
      {number !== undefined && (
        <td className="ruler" aria-hidden="true">
          {number}
        </td>
      )}
      {row.cells.map((cell) => (
        <CellView key={cell.column} cell={cell} last={row.row + cell.rows === headerRows} />
      ))}
    </tr>
  );
}

/** The letters of a sheet's columns, as the program that made it shows them. */
function Letters({ first, last }: { first: number; last: number }) {
  const columns = Array.from({ length: last - first + 1 }, (_, place) => columnName(first + place));
  return (
    <tr aria-hidden="true">
      <td className="ruler" />
      {columns.map((name) => (
        <td className="ruler" key={name}>
          {name}
        </td>
      ))}
    </tr>
  );
}

interface Shown {
  block: Block;
  passage: Stretch | undefined;
  quote: Stretch | undefined;
}

/** A table as it was: merged cells, the rows that name its columns, and of a sheet its numbers and letters. */
export function Table({ block, passage, quote }: Shown) {
  const { t } = useShell();
  const rows = gridOf(block, passage, quote);
  const header = rows.filter((row) => row.header);
  const body = rows.filter((row) => !row.header);
  const marked = body.findIndex((row) => row.marked);
  const shown = useShown(body.length, Math.max(marked, 0), kRowsShown);

  const range = block.locator.cells === undefined ? undefined : cellRange(block.locator.cells);
  const placed = range !== undefined && range.lastRow - range.row + 1 === rows.length ? range : undefined;
  const width = Math.max(0, ...block.cells.map((row) => row.length));
  const view = (row: Row) => (
    <RowView key={row.row} row={row} headerRows={header.length} number={placed && placed.row + row.row} />
  );
  return (
    <div className="wide" tabIndex={0} role="region" aria-label={t("table")}>
      <table>
        {(placed !== undefined || header.length > 0) && (
          <thead>
            {placed !== undefined && <Letters first={placed.column} last={placed.column + width - 1} />}
            {header.map(view)}
          </thead>
        )}
        <tbody>{body.slice(shown.from, shown.to).map(view)}</tbody>
      </table>
      {shown.rest > 0 && (
        <button type="button" className="quiet" onClick={shown.more}>
          {t("moreRows")} ({shown.rest})
        </button>
      )}
    </div>
  );
}
