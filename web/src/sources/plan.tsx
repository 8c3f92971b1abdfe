import { useEffect, useRef, useState } from "react";
import { api, type Plan, type Plans } from "../api";
import { sayNotes } from "../notes";
import { Failure, Notes, Wrong } from "../shared/notice";
import { useShell } from "../shared/shell";
import { asError } from "../shared/use_loaded";
import { clock, megabytes, type Word } from "../words";
import type { RunsShown } from "./use_runs";

/** "added 3 · changed 1 · about 0.4 s": what a run is expected to do; what is nought, or not known, is not said. */
export function Expected({ plan }: { plan: Plan }) {
  const { t, language } = useShell();
  const number = new Intl.NumberFormat(language);
  const counts: [number | null | undefined, Word][] = [
    [plan.items.added, "countAdded"],
    [plan.items.changed, "countChanged"],
    [plan.items.removed, "countRemoved"],
    [plan.items.unchanged, "countUnchanged"],
    [plan.items.rejected, "rejected"],
    [plan.items.dropped, "countDropped"],
    [plan.chunks, "passages"],
    [plan.embed.texts, "textsToEmbed"],
    [plan.embed.tokens, "tokensAbout"],
    [plan.embed.cost, "costAbout"],
  ];
  const said = counts.filter(([value]) => (value ?? 0) > 0).map(([value, word]) => `${t(word)} ${number.format(value!)}`);
  if (plan.bytes > 0) said.push(`${t("toRead")} ${megabytes(plan.bytes)}`);
  if (plan.seconds !== null && plan.seconds > 0) said.push(`${t("about")} ${clock(plan.seconds)}`);
  return <>{said.length === 0 ? t("nothingToDo") : said.join(" · ")}</>;
}

function PlanRow({ plan }: { plan: Plan }) {
  const { t, language } = useShell();
  const number = new Intl.NumberFormat(language);
  return (
    <li>
      <strong className="name">{plan.flow}</strong>
      <small>
        <Expected plan={plan} />
      </small>
      {plan.fits.length > 0 && (
        <small>
          {t("fitsFirst")} {plan.fits.join(", ")}
        </small>
      )}
      {plan.held && (
        <p className="notice">
          {t("heldPlan")} {t("missing")} {number.format(plan.missing)}
        </p>
      )}
    </li>
  );
}

function Shown({ plans }: { plans: Plans }) {
  const { t, language } = useShell();
  return (
    <>
      <ul className="history plans">
        {plans.plans.map((plan) => (
          <PlanRow key={plan.flow} plan={plan} />
        ))}
        {plans.errors.map((error) => (
          <li key={error.flow}>
            <strong className="name">{error.flow}</strong>
            <p className="notice">
              <Wrong code={error.code} message={error.message} />
            </p>
          </li>
        ))}
      </ul>
      <p className="aside">{t(plans.plans.some((plan) => plan.exact) ? "planExactNote" : "planNote")}</p>
      <Notes notes={sayNotes(language, plans.note_kinds, plans.notes)} />
    </>
  );
}

/** What a run would do, asked for by a button: a look at a source may take long, and whoever leaves ends it. */
export function PlanView({ runs }: { runs: RunsShown }) {
  const { t } = useShell();
  const [plans, setPlans] = useState<Plans>();
  const [error, setError] = useState<Error>();
  const [looking, setLooking] = useState<AbortController>();
  const left = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => left.current?.abort(), []);

  const look = async (exact: boolean) => {
    const leaving = new AbortController();
    left.current = leaving;
    setLooking(leaving);
    setError(undefined);
    setPlans(undefined);
    try {
      setPlans(await api.plan({ exact }, leaving.signal));
    } catch (cause) {
      if (!leaving.signal.aborted) setError(asError(cause));
    }
    setLooking(undefined);
  };

  const busy = looking !== undefined || runs.running !== undefined;
  return (
    <section aria-labelledby="plan">
      <div className="row">
        <h2 id="plan">{t("plan")}</h2>
        {looking === undefined ? (
          <span className="row">
            <button type="button" className="quiet" disabled={busy} onClick={() => void look(false)}>
              {t("planNow")}
            </button>
            <button type="button" className="quiet" disabled={busy} onClick={() => void look(true)}>
              {t("planExact")}
            </button>
          </span>
        ) : (
          <button type="button" className="quiet" onClick={() => looking.abort()}>
            {t("stop")}
          </button>
        )}
      </div>
      {looking !== undefined && (
        <p className="aside" role="status">
          {t("starting")}
        </p>
      )}
      {looking === undefined && plans === undefined && error === undefined && <p className="aside">{t("planHow")}</p>}
      {error !== undefined && <Failure error={error} />}
      {plans !== undefined && <Shown plans={plans} />}
    </section>
  );
}
