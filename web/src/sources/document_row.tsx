import { useState } from "react";
import { api, type ForgetProof, type Listed } from "../api";
import { Failure } from "../shared/notice";
import { useShell } from "../shared/shell";
import { Proof } from "./proof";

type Forgetting =
  | { state: "no" }
  | { state: "asked"; proof: ForgetProof }
  | { state: "done"; proof: ForgetProof }
  | { state: "failed"; error: Error };

/** A document of the list; forgetting it is asked twice, the second time with what would go. */
export function DocumentRow({ item, onForgotten }: { item: Listed; onForgotten: () => void }) {
  const { t, open } = useShell();
  const [forgetting, setForgetting] = useState<Forgetting>({ state: "no" });

  const forget = async (dryRun: boolean) => {
    try {
      const proof = await api.forget(item.kb, item.doc, dryRun);
      setForgetting({ state: dryRun ? "asked" : "done", proof });
    } catch (error) {
      setForgetting({ state: "failed", error: error instanceof Error ? error : new Error(String(error)) });
    }
  };

  return (
    <li>
      <button type="button" className="title" onClick={() => open({ kb: item.kb, doc: item.doc })}>
        {item.title === "" ? item.doc : item.title}
      </button>
      <small>
        {item.kb} / {item.doc}
      </small>
      {forgetting.state === "no" && (
        <button type="button" className="quiet" aria-label={`${t("forget")}: ${item.doc}`} onClick={() => void forget(true)}>
          {t("forget")}
        </button>
      )}
      {forgetting.state === "asked" && (
        <div className="notice" role="alertdialog" aria-label={t("forget")}>
          {t("forgetAsk")}
          <Proof proof={forgetting.proof} />
          <button type="button" onClick={() => void forget(false)}>
            {t("forget")}
          </button>
          <button type="button" className="quiet" onClick={() => setForgetting({ state: "no" })}>
            {t("cancel")}
          </button>
        </div>
      )}
      {forgetting.state === "done" && (
        <div className="notice" role="status">
          {t("forgotten")}
          <Proof proof={forgetting.proof} />
          <button type="button" className="quiet" onClick={onForgotten}>
            {t("close")}
          </button>
        </div>
      )}
      {forgetting.state === "failed" && <Failure error={forgetting.error} />}
    </li>
  );
}
