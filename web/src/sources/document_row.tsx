import { useRef, useState } from "react";
import { api, type ForgetProof, type Listed } from "../api";
import { Failure } from "../shared/notice";
import { useShell } from "../shared/shell";
import { asError, useLoaded } from "../shared/use_loaded";
import { ChildList, WarningList } from "../viewer/about";
import { Proof } from "./proof";

type Forgetting =
  | { state: "no" }
  | { state: "asked"; proof: ForgetProof }
  | { state: "done"; proof: ForgetProof }
  | { state: "failed"; error: Error };

/** What is inside the document and what of it could not be read, loaded when somebody wants to know. */
function Inside({ item }: { item: Listed }) {
  const { t, open } = useShell();
  const loaded = useLoaded(`${item.kb}/${item.doc}`, (signal) => api.document(item.kb, item.doc, undefined, signal));
  if (loaded.state === "loading") return <p className="aside">{t("loading")}</p>;
  if (loaded.state === "failed") return <Failure error={loaded.error} retry={loaded.retry} />;
  return (
    <>
      <WarningList document={loaded.value} />
      <ChildList document={loaded.value} show={(quote) => open({ kb: item.kb, doc: item.doc, quote })} />
    </>
  );
}

function More({ item }: { item: Listed }) {
  const { t } = useShell();
  const [wanted, setWanted] = useState(false);
  const said = [
    (item.children ?? 0) > 0 && `${t("attachments")} ${item.children}`,
    (item.warnings ?? 0) > 0 && `${t("unreadParts")} ${item.warnings}`,
  ].filter((part) => part !== false);
  if (said.length === 0) return null;
  return (
    <details className={(item.warnings ?? 0) > 0 ? "more wanting" : "more"} onToggle={(event) => setWanted(event.currentTarget.open)}>
      <summary>{said.join(" · ")}</summary>
      {wanted && <Inside item={item} />}
    </details>
  );
}

/** A document of the list; forgetting it is asked twice, the second time with what would go. */
export function DocumentRow({ item, onForgotten }: { item: Listed; onForgotten: () => void }) {
  const { t, open } = useShell();
  const [forgetting, setForgetting] = useState<Forgetting>({ state: "no" });
  const [counting, setCounting] = useState(false);
  const row = useRef<HTMLLIElement>(null);

  const forget = async (dryRun: boolean) => {
    setCounting(true);
    try {
      const proof = await api.forget(item.kb, item.doc, dryRun);
      setForgetting({ state: dryRun ? "asked" : "done", proof });
    } catch (error) {
      setForgetting({ state: "failed", error: asError(error) });
    }
    setCounting(false);
  };
  const leave = () => {
    row.current?.querySelector<HTMLElement>(".title")?.focus(); // what had the focus is about to go
    setForgetting({ state: "no" });
  };

  return (
    <li ref={row}>
      <div className="name">
        <button type="button" className="title" onClick={() => open({ kb: item.kb, doc: item.doc })}>
          {item.title === "" ? item.doc : item.title}
        </button>
        <small>
          {item.kb} / {item.doc}
        </small>
      </div>
      {forgetting.state === "no" && (
        <button
          type="button"
          className="quiet"
          disabled={counting}
          aria-label={`${t("forget")}: ${item.doc}`}
          onClick={() => void forget(true)}
        >
          {t("forget")}
        </button>
      )}
      <More item={item} />
      {forgetting.state === "asked" && (
        <div
          className="notice"
          role="alertdialog"
          aria-label={t("forget")}
          onKeyDown={(event) => event.key === "Escape" && leave()}
        >
          {t("forgetAsk")}
          <Proof proof={forgetting.proof} />
          <button type="button" disabled={counting} onClick={() => void forget(false)}>
            {t("forget")}
          </button>
          <button type="button" className="quiet" autoFocus onClick={leave}>
            {t("cancel")}
          </button>
        </div>
      )}
      {forgetting.state === "done" && (
        <div className="notice" role="status">
          {t("forgotten")}
          <Proof proof={forgetting.proof} />
          <button type="button" className="quiet" autoFocus onClick={onForgotten}>
            {t("close")}
          </button>
        </div>
      )}
      {forgetting.state === "failed" && <Failure error={forgetting.error} />}
    </li>
  );
}
