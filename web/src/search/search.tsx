import { useState, type FormEvent } from "react";
import { api, type ExplainedChunk, type Found, type Hit, type SearchRequest, type Term } from "../api";
import { sayNote, sayNotes } from "../notes";
import { Failure, Notes } from "../shared/notice";
import { useShell } from "../shared/shell";
import { useLoaded } from "../shared/use_loaded";

type Leg = NonNullable<SearchRequest["leg"]>;
const legs: Leg[] = ["hybrid", "lexical", "vector"];

function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toFixed(3);
}

/** A score beside a bar against the best of its kind; the bar says nothing that the figure does not. */
function Score({ label, value, best }: { label: string; value: number | null; best: number }) {
  return (
    <span className="score">
      {label} <b>{figure(value)}</b>
      <meter aria-hidden="true" min={0} max={best > 0 ? best : 1} value={Math.max(0, value ?? 0)} />
    </span>
  );
}

function Terms({ terms }: { terms: Term[] }) {
  if (terms.length === 0) return null;
  return (
    <ul className="terms">
      {terms.map((term) => (
        <li key={term.term}>
          {term.term} <b>{figure(term.score)}</b>
        </li>
      ))}
    </ul>
  );
}

function HitView({ hit, asOf, best }: { hit: Hit; asOf: string | undefined; best: { fused: number; lexical: number; vector: number } }) {
  const { t, place, open } = useShell();
  return (
    <li className="hit">
      <button
        type="button"
        className="title"
        onClick={() => open({ kb: hit.kb, doc: hit.doc, chunk: hit.chunk, page: hit.locator.page, as_of: asOf })}
      >
        {hit.title === "" ? hit.doc : hit.title}
      </button>
      <small>
        {[`${hit.kb} / ${hit.doc}`, place(hit.locator), hit.heading_path.join(" › ")].filter((part) => part !== "").join(" · ")}
      </small>
      <p className="excerpt">{hit.text}</p>
      <div className="scores">
        <Score label={t("together")} value={hit.score} best={best.fused} />
        <Score label={t("lexical")} value={hit.scores.lexical} best={best.lexical} />
        <Score label={t("vector")} value={hit.scores.vector} best={best.vector} />
      </div>
      {hit.terms !== undefined && hit.terms.length > 0 && (
        <details>
          <summary>{t("why")}</summary>
          <Terms terms={hit.terms} />
        </details>
      )}
    </li>
  );
}

function ExplainedRow({ row }: { row: ExplainedChunk }) {
  const cells = [row.lexical, row.vector, row.fused];
  return (
    <tr>
      <th scope="row">{row.chunk + 1}</th>
      {cells.map((cell, place) => (
        <td key={place}>{cell === null ? "–" : `${figure(cell.score)} (${cell.rank})`}</td>
      ))}
      <td>{row.unmet.join(", ")}</td>
    </tr>
  );
}

function ExplainedDocument({ found }: { found: Found }) {
  const { t, language } = useShell();
  const document = found.document;
  if (document === undefined) return null;
  return (
    <section className="explained" aria-label={t("whyNot")}>
      <p>
        <strong>{document.doc}</strong>: {sayNote(language, document.reason_kind)}
      </p>
      {document.chunks.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>{t("passage")}</th>
              <th>{t("lexical")}</th>
              <th>{t("vector")}</th>
              <th>{t("together")}</th>
              <th>{t("unmet")}</th>
            </tr>
          </thead>
          <tbody>
            {document.chunks.map((row) => (
              <ExplainedRow key={row.chunk} row={row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** `version`: of those who ask the same again, since documents may have come meanwhile. */
function Results({ request, version }: { request: SearchRequest; version: number }) {
  const { t, language } = useShell();
  const found = useLoaded(JSON.stringify(request), (signal) => api.search(request, signal), version);
  if (found.state === "loading") return <p className="aside">{t("looking")}</p>;
  if (found.state === "failed") return <Failure error={found.error} retry={found.retry} />;
  const hits = found.value.hits;
  const highest = (of: (hit: Hit) => number | null) => Math.max(0, ...hits.map((hit) => of(hit) ?? 0));
  const best = {
    fused: highest((hit) => hit.score),
    lexical: highest((hit) => hit.scores.lexical),
    vector: highest((hit) => hit.scores.vector),
  };
  return (
    <div aria-live="polite">
      <Notes notes={sayNotes(language, found.value.note_kinds, found.value.notes)} />
      <ExplainedDocument found={found.value} />
      {hits.length === 0 && <p className="refusal">{t("noHits")}</p>}
      <ol className="hits">
        {hits.map((hit) => (
          <HitView key={`${hit.kb}/${hit.doc}/${hit.chunk}`} hit={hit} asOf={request.as_of} best={best} />
        ))}
      </ol>
      <p className="aside">
        {found.value.ms.toFixed(1)} ms · {t("epoch")} {found.value.epoch}
      </p>
    </div>
  );
}

export function SearchScreen({ query }: { query: string }) {
  const { t, go } = useShell();
  const [leg, setLeg] = useState<Leg>("hybrid");
  const [filter, setFilter] = useState("");
  const [asOf, setAsOf] = useState("");
  const [explained, setExplained] = useState("");
  const [request, setRequest] = useState<SearchRequest>();
  const [version, setVersion] = useState(0);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("q") ?? "").trim();
    if (text === "") return;
    go("search", text);
    setVersion((before) => before + 1);
    setRequest({
      q: text,
      leg,
      explain: explained.trim(),
      ...(filter.trim() === "" ? {} : { filter: filter.trim() }),
      ...(asOf.trim() === "" ? {} : { as_of: asOf.trim() }),
    });
  };
  // What the address says counts: somebody may have come by a link, or gone back.
  const shown = request?.q === query ? request : query === "" ? undefined : { q: query, leg, explain: "" };

  return (
    <section aria-label={t("search")}>
      <form className="search" role="search" onSubmit={submit}>
        <label>
          {t("searchLabel")}
          <input name="q" type="search" key={query} defaultValue={query} maxLength={4000} />
        </label>
        <label>
          {t("leg")}
          <select value={leg} onChange={(event) => setLeg(event.target.value as Leg)}>
            {legs.map((name) => (
              <option key={name} value={name}>
                {t(name)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("filter")}
          <input value={filter} placeholder={t("filterHint")} onChange={(event) => setFilter(event.target.value)} />
        </label>
        <label>
          {t("asOf")}
          <input value={asOf} placeholder={t("asOfHint")} onChange={(event) => setAsOf(event.target.value)} />
        </label>
        <label>
          {t("whyNot")}
          <input
            value={explained}
            placeholder={t("documentName")}
            onChange={(event) => setExplained(event.target.value)}
          />
        </label>
        <button type="submit">{t("search")}</button>
      </form>
      {shown !== undefined && <Results request={shown} version={version} />}
    </section>
  );
}
