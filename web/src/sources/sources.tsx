import { useState } from "react";
import { api, Refusal, type Listed, type Sources, type Status } from "../api";
import { Failure } from "../shared/notice";
import { useShell } from "../shared/shell";
import { useLoaded, type Loaded } from "../shared/use_loaded";
import { useReturn } from "../shared/use_return";
import type { Word } from "../words";
import { DocumentRow } from "./document_row";
import { NewFolder } from "./new_folder";
import { PlanView } from "./plan";
import { Rejects } from "./rejects";
import { RunsView } from "./runs";
import { Uploads } from "./uploads";
import { useRuns } from "./use_runs";

// As src/flow/state.h names them.
const outcomes: Record<string, Word> = { done: "runDone", held: "runHeld", cancelled: "runStopped", failed: "runFailed" };

function Flows({ status, sources }: { status: Status; sources: Sources | undefined }) {
  const { t, language } = useShell();
  return (
    <section>
      <h2>{t("flows")}</h2>
      <table>
        <thead>
          <tr>
            <th>{t("flow")}</th>
            <th>{t("lastRun")}</th>
            <th>{t("documents")}</th>
            <th>{t("rejects")}</th>
          </tr>
        </thead>
        <tbody>
          {status.flows.map((flow) => (
            <tr key={flow.flow}>
              <th scope="row">
                {flow.flow}
                <small className="place">{sources?.flows.find((one) => one.flow === flow.flow)?.path}</small>
              </th>
              <td>
                {flow.last_run === null
                  ? t("never")
                  : `${new Date(flow.last_run.ended_ms).toLocaleString(language)} · ${t(outcomes[flow.last_run.outcome] ?? "runFailed")}`}
              </td>
              <td>{flow.last_run?.items.seen ?? "–"}</td>
              <td>{flow.rejects}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function KnowledgeBases({ status }: { status: Status }) {
  const { t, language } = useShell();
  const bytes = Object.values(status.disk).reduce((sum, part) => sum + part, 0);
  const count = new Intl.NumberFormat(language);
  return (
    <section>
      <h2>{t("knowledgeBases")}</h2>
      <table>
        <thead>
          <tr>
            <th>{t("knowledgeBase")}</th>
            <th>{t("documents")}</th>
            <th>{t("passages")}</th>
            <th>{t("embedder")}</th>
          </tr>
        </thead>
        <tbody>
          {status.knowledge_bases.map((base) => (
            <tr key={base.kb}>
              <th scope="row">{base.kb}</th>
              <td>{count.format(base.documents)}</td>
              <td>{count.format(base.chunks)}</td>
              <td>{base.embedder}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="aside">
        {t("disk")}: {count.format(Math.ceil(bytes / 1024))} KiB
      </p>
    </section>
  );
}

/** Documents by the page, as the server lists them; each page begins where the one before ended. */
function Documents() {
  const { t } = useShell();
  const [before, setBefore] = useState<Listed[]>([]);
  const [after, setAfter] = useState<string>();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const page = useLoaded(after ?? "", (signal) => api.documents(after, signal));
  const listed = page.state === "ready" ? [...before, ...page.value.documents] : before;
  const next = page.state === "ready" ? page.value.next : null;
  const name = (item: Listed) => `${item.kb}/${item.doc}`;
  return (
    <section>
      <h2>{t("documents")}</h2>
      {page.state === "failed" && <Failure error={page.error} retry={page.retry} />}
      {page.state === "ready" && listed.length === 0 && <p className="aside">{t("noDocuments")}</p>}
      <ul className="documents">
        {listed
          .filter((item) => !gone.has(name(item)))
          .map((item) => (
            <DocumentRow
              key={name(item)}
              item={item}
              onForgotten={() => setGone((names) => new Set([...names, name(item)]))}
            />
          ))}
      </ul>
      {page.state === "loading" && <p className="aside">{t("loading")}</p>}
      {next !== null && (
        <button
          type="button"
          className="quiet"
          onClick={() => {
            setBefore(listed);
            setAfter(next);
          }}
        >
          {t("more")}
        </button>
      )}
    </section>
  );
}

/** Only the owner adds, runs and sees what was rejected; whoever else looks sees what they may read. */
function Intake({ sources, onChange, version }: { sources: Loaded<Sources>; onChange: () => void; version: number }) {
  const { t } = useShell();
  const runs = useRuns(onChange);
  if (sources.state === "loading") return <p className="aside">{t("loading")}</p>;
  if (sources.state === "failed") {
    const notTheirs = sources.error instanceof Refusal && sources.error.status === 403;
    return notTheirs ? null : <Failure error={sources.error} retry={sources.retry} />;
  }
  return (
    <>
      <section aria-labelledby="add">
        <h2 id="add">{t("addDocuments")}</h2>
        <Uploads sources={sources.value} onAdded={(flow) => void runs.startWhenFree(flow)} />
        <NewFolder />
      </section>
      <PlanView key={runs.finished[0]?.run} runs={runs} />
      <RunsView runs={runs} />
      <Rejects runs={runs} version={version} />
    </>
  );
}

/** A run goes on and a list of uploads stays while another screen is looked at; what is here is looked at anew after. */
export function SourcesScreen({ shown }: { shown: boolean }) {
  const { t } = useShell();
  const [version, setVersion] = useState(0); // another one after each run
  const changed = () => setVersion((before) => before + 1);
  useReturn(shown, changed);
  const status = useLoaded("status", api.status, version);
  const sources = useLoaded("sources", api.sources);
  return (
    <div className="sources">
      <Intake sources={sources} version={version} onChange={changed} />
      {status.state === "loading" && <p className="aside">{t("loading")}</p>}
      {status.state === "failed" && <Failure error={status.error} retry={status.retry} />}
      {status.state === "ready" && (
        <>
          <Flows status={status.value} sources={sources.state === "ready" ? sources.value : undefined} />
          <KnowledgeBases status={status.value} />
        </>
      )}
      <Documents key={version} />
    </div>
  );
}
