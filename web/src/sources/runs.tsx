import type { Run, RunFlow } from "../api";
import { sayNotes } from "../notes";
import { Failure, Notes, Wrong } from "../shared/notice";
import { useShell } from "../shared/shell";
import { clock, type Word } from "../words";
import { Expected } from "./plan";
import { isRunGoingOn, type RunsShown } from "./use_runs";

const states: Record<Run["state"], Word> = {
  running: "runRunning",
  stopping: "runStopping",
  done: "runDone",
  held: "runHeld",
  stopped: "runStopped",
  failed: "runFailed",
};

/** "12 added, 3 changed": what is nought is not said. */
function Counts({ flow }: { flow: RunFlow }) {
  const { t, language } = useShell();
  const count = new Intl.NumberFormat(language);
  const counts: [number | undefined, Word][] = [
    [flow.items?.added, "countAdded"],
    [flow.items?.changed, "countChanged"],
    [flow.items?.removed, "countRemoved"],
    [flow.embedded, "embedded"],
    [flow.items?.rejected ?? flow.rejected, "rejected"],
  ];
  const said = counts.filter(([value]) => (value ?? 0) > 0).map(([value, word]) => `${t(word)} ${count.format(value!)}`);
  return <>{said.length === 0 ? "–" : said.join(" · ")}</>;
}

function FlowProgress({ flow }: { flow: RunFlow }) {
  const { t } = useShell();
  const known = flow.total !== undefined && flow.total > 0;
  const over = flow.items !== undefined;
  const share = over ? 1 : known ? (flow.done ?? 0) / flow.total! : undefined;
  const left = flow.seconds_left;
  return (
    <li>
      <div className="row">
        <strong>{flow.flow}</strong>
        <span className="figures">{share === undefined ? "" : `${Math.floor(share * 100)} %`}</span>
      </div>
      <progress aria-label={flow.flow} max={1} value={share} />
      <small>
        {known && !over && `${flow.done ?? 0} / ${flow.total} · `}
        <Counts flow={flow} />
        {left !== undefined && left !== null && ` · ${clock(left)} ${t("left")}`}
      </small>
    </li>
  );
}

function Running({ run, cancel }: { run: Run; cancel: () => void }) {
  const { t } = useShell();
  return (
    <div className="card">
      <div className="row">
        <strong role="status">{t(states[run.state])}</strong>
        <button type="button" className="quiet" disabled={run.state === "stopping"} onClick={cancel}>
          {t("stopRun")}
        </button>
      </div>
      {run.flows.length === 0 && (
        <>
          <progress aria-label={t("starting")} />
          <small>{t("starting")}</small>
        </>
      )}
      <ul className="progress">
        {run.flows.map((flow) => (
          <FlowProgress key={flow.flow} flow={flow} />
        ))}
      </ul>
    </div>
  );
}

function Finished({ run, accept }: { run: Run; accept: (flow: string) => void }) {
  const { t, language } = useShell();
  const held = run.flows.filter((flow) => flow.held !== undefined);
  return (
    <li>
      <div className="row">
        <span>
          <span className={`state ${run.state}`}>{t(states[run.state])}</span>{" "}
          <time dateTime={new Date(run.started_ms).toISOString()}>{new Date(run.started_ms).toLocaleString(language)}</time>
        </span>
        <small>{clock(((run.ended_ms ?? run.started_ms) - run.started_ms) / 1000)}</small>
      </div>
      {run.flows.map((flow) => (
        <small key={flow.flow}>
          {flow.flow}: <Counts flow={flow} />
          {flow.planned !== undefined && (
            <span className="planned">
              {t("planned")} <Expected plan={flow.planned} />
            </span>
          )}
        </small>
      ))}
      {[...run.errors, ...(run.error === null ? [] : [run.error])].map((wrong, place) => (
        <p className="notice" key={place}>
          <Wrong {...wrong} />
        </p>
      ))}
      <Notes notes={sayNotes(language, run.note_kinds, run.notes)} />
      {held.map((flow) => (
        <div className="notice" key={flow.flow}>
          {t("heldHow")}
          <small>{flow.held!.examples.join(", ")}</small>
          <button type="button" className="quiet" onClick={() => accept(flow.flow)}>
            {t("acceptRemovals")}
          </button>
        </div>
      ))}
    </li>
  );
}

export function RunsView({ runs }: { runs: RunsShown }) {
  const { t } = useShell();
  const [newest, ...earlier] = runs.finished;
  const accept = (flow: string) => void runs.start({ flows: [flow], accept_removals: true });
  return (
    <section aria-labelledby="runs">
      <div className="row">
        <h2 id="runs">{t("runs")}</h2>
        <button type="button" disabled={runs.running !== undefined} onClick={() => void runs.start({})}>
          {t("runNow")}
        </button>
      </div>
      {isRunGoingOn(runs.error) && <p className="notice">{t("runGoesOn")}</p>}
      {runs.error !== undefined && !isRunGoingOn(runs.error) && <Failure error={runs.error} />}
      {runs.running !== undefined && <Running run={runs.running} cancel={() => void runs.cancel()} />}
      {newest === undefined && runs.running === undefined && <p className="aside">{t("noRuns")}</p>}
      {newest !== undefined && (
        <ul className="history">
          <Finished run={newest} accept={accept} />
        </ul>
      )}
      {earlier.length > 0 && (
        <details>
          <summary>
            {t("runHistory")} ({earlier.length})
          </summary>
          <ul className="history">
            {earlier.map((run) => (
              <Finished key={run.run} run={run} accept={accept} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
