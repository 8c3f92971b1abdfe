import { useState } from "react";
import { useShell } from "../shared/shell";

/** A text in JSON's quotes is one in YAML too, whatever is in it. */
function linesFor(name: string, path: string): string {
  return `  ${JSON.stringify(name)}:
    source: {folder: {path: ${JSON.stringify(path)}, uploads: true}}
    steps:
      - parse
      - chunk: {max_tokens: 256}
      - embed
    target: {knowledge_base: ${JSON.stringify(name)}}
`;
}

/** What to paste into naru.yaml: the page itself decides over no folder (docs/decisions/0025-page-sources.md). */
export function NewFolder() {
  const { t } = useShell();
  const [name, setName] = useState("notes");
  const [path, setPath] = useState("notes");
  const [copied, setCopied] = useState(false);
  const lines = linesFor(name, path);
  const copy = () => navigator.clipboard.writeText(lines).then(() => setCopied(true), () => setCopied(false));
  return (
    <details>
      <summary>{t("newFolder")}</summary>
      <p className="aside">{t("newFolderHow")}</p>
      <div className="fields">
        <label>
          {t("flowName")}
          <input value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          {t("folderPath")}
          <input value={path} maxLength={1024} onChange={(event) => setPath(event.target.value)} />
        </label>
      </div>
      <pre tabIndex={0}>{lines}</pre>
      <button type="button" className="quiet" onClick={() => void copy()}>
        {copied ? t("copied") : t("copy")}
      </button>
    </details>
  );
}
