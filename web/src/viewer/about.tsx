import { useMemo } from "react";
import type { Document } from "../api";
import { useShell } from "../shared/shell";
import { sayWarning } from "../warnings";
import { childrenOf } from "./children";

/** What could not be read of a document: in the reader's language, or in the words of what failed. */
export function WarningList({ document }: { document: Document }) {
  const { language } = useShell();
  if (document.warnings.length === 0) return null;
  return (
    <ul className="warned">
      {document.warnings.map((warning, place) => {
        const said = sayWarning(language, warning);
        return (
          <li key={place} lang={said === undefined ? "en" : undefined}>
            {said ?? warning}
          </li>
        );
      })}
    </ul>
  );
}

interface Inside {
  document: Document;
  /** The words that an attachment or a member begins with are to be seen. */
  show: (words: string) => void;
}

/** Attachments of a document, members of an archive. */
export function ChildList({ document, show }: Inside) {
  const children = useMemo(() => childrenOf(document), [document]);
  if (children.length === 0) return null;
  return (
    <ul className="children">
      {children.map(({ place, name, title, depth }) => (
        <li key={place} className={`depth-${Math.min(depth + 1, 4)}`}>
          <button type="button" className="title" onClick={() => show(document.blocks[place]!.text)}>
            {name}
          </button>
          {title !== "" && <small>{title}</small>}
        </li>
      ))}
    </ul>
  );
}

/** What could not be read of the document, and what is inside it. */
export function About({ document, show }: Inside) {
  const { t } = useShell();
  const children = useMemo(() => childrenOf(document).length, [document]);
  return (
    <>
      {document.warnings.length > 0 && (
        <div className="notice warnings">
          <strong>{t("warnings")}</strong>
          <WarningList document={document} />
        </div>
      )}
      {children > 0 && (
        <details className="inside" open={children <= 10}>
          <summary>
            {t("inside")} ({children})
          </summary>
          <ChildList document={document} show={show} />
        </details>
      )}
    </>
  );
}
