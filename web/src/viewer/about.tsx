import { useMemo } from "react";
import type { Document } from "../api";
import { useShell } from "../shared/shell";
import { childrenOf } from "./children";

/** What could not be read of the document, and what is inside it: attachments, members of an archive. */
export function About({ document }: { document: Document }) {
  const { t } = useShell();
  const children = useMemo(() => childrenOf(document), [document]);
  return (
    <>
      {document.warnings.length > 0 && (
        <div className="notice warnings">
          <strong>{t("warnings")}</strong>
          <ul>
            {document.warnings.map((warning, place) => (
              <li key={place}>{warning}</li>
            ))}
          </ul>
        </div>
      )}
      {children.length > 0 && (
        <details className="inside" open={children.length <= 10}>
          <summary>
            {t("inside")} ({children.length})
          </summary>
          <ul>
            {children.map(({ place, name, title, depth }) => (
              <li key={place} className={`depth-${Math.min(depth + 1, 4)}`}>
                <button
                  type="button"
                  className="title"
                  onClick={() => window.document.getElementById(`block-${place}`)?.scrollIntoView({ block: "start" })}
                >
                  {name}
                </button>
                {title !== "" && <small>{title}</small>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
