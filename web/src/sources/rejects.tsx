import { api, type Reject } from "../api";
import { sayRejection } from "../notes";
import { Detail, Failure } from "../shared/notice";
import { useShell } from "../shared/shell";
import { useLoaded } from "../shared/use_loaded";
import type { RunsShown } from "./use_runs";

function RejectRow({ reject, runs }: { reject: Reject; runs: RunsShown }) {
  const { t, language } = useShell();
  return (
    <li>
      <div className="row">
        <strong>{reject.doc}</strong>
        <button
          type="button"
          className="quiet"
          disabled={runs.running !== undefined}
          aria-label={`${t("replay")}: ${reject.doc}`}
          onClick={() => void runs.start({ flows: [reject.flow], replay: true, documents: [reject.doc] })}
        >
          {t("replay")}
        </button>
      </div>
      <small>
        {reject.flow} · {sayRejection(language, reject.code) ?? reject.code}
      </small>
      <Detail message={reject.message} />
    </li>
  );
}

/** What could not be read, why, and another try. `version` changes when the list may have. */
export function Rejects({ runs, version }: { runs: RunsShown; version: number }) {
  const { t } = useShell();
  const loaded = useLoaded("rejects", api.rejects, version);
  const rejects = loaded.state === "ready" ? loaded.value.rejects : [];
  return (
    <section aria-labelledby="rejects">
      <div className="row">
        <h2 id="rejects">{t("rejects")}</h2>
        {rejects.length > 1 && (
          <button
            type="button"
            className="quiet"
            disabled={runs.running !== undefined}
            onClick={() => void runs.start({ replay: true })}
          >
            {t("replayAll")}
          </button>
        )}
      </div>
      {loaded.state === "failed" && <Failure error={loaded.error} retry={loaded.retry} />}
      {loaded.state === "ready" && rejects.length === 0 && <p className="aside">{t("noRejects")}</p>}
      <ul className="rejects">
        {rejects.map((reject) => (
          <RejectRow key={`${reject.flow}/${reject.doc}`} reject={reject} runs={runs} />
        ))}
      </ul>
    </section>
  );
}
