import { type Answer, type Citation, type Evidence, type Locator } from "../api";
import { sayNotes } from "../notes";
import { Failure, Notes } from "../shared/notice";
import { useShell } from "../shared/shell";
import { pieces } from "./pieces";
import type { Scope } from "./scope";

/** One question and what came of it so far. */
export interface Turn {
  id: number;
  question: string;
  /** Where it was looked for. */
  scope: Scope;
  state: "looking" | "writing" | "done" | "stopped" | "failed" | "withheld";
  evidence: Evidence[];
  /** The answer while it is written; unchecked, so it is shown paler. */
  draft: string;
  /** The question as it was understood, where it leaned on what was said before. */
  understood?: string;
  /** How many earlier turns were not looked at to understand it. */
  dropped?: number;
  answer?: Answer;
  /** Where it failed; none: its stream broke off. */
  error?: Error;
}

function Place({ doc, locator }: { doc: string; locator: Locator }) {
  const { place } = useShell();
  return [doc, place(locator)].filter((name) => name !== "").join(" · ");
}

function CitationMark({ citation }: { citation: Citation }) {
  const { t, open } = useShell();
  const { kb, doc, chunk, quote, locator, marker } = citation;
  return (
    <span className="citation">
      <button
        type="button"
        aria-label={`${t("citation")} ${marker}: ${doc}`}
        aria-describedby={`quote-${citation.chunk}-${marker}`}
        onClick={() => open({ kb, doc, chunk, quote, page: locator.page })}
      >
        {marker}
      </button>
      <span className="preview" role="tooltip" id={`quote-${citation.chunk}-${marker}`}>
        <q>{quote}</q>
        <small>
          <Place doc={doc} locator={locator} />
        </small>
      </span>
    </span>
  );
}

function AnswerText({ answer }: { answer: Answer }) {
  const cited = new Map(answer.citations.map((citation) => [citation.marker, citation]));
  return (
    <p className="answer" lang={answer.language}>
      {pieces(answer.answer, new Set(cited.keys())).map((piece, place) =>
        "text" in piece ? piece.text : <CitationMark key={place} citation={cited.get(piece.marker)!} />,
      )}
    </p>
  );
}

function EvidenceList({ evidence, label, open: shown }: { evidence: Evidence[]; label: string; open: boolean }) {
  const { open } = useShell();
  if (evidence.length === 0) return null;
  return (
    <details className="evidence" open={shown}>
      <summary>
        {label} ({evidence.length})
      </summary>
      <ol>
        {evidence.map((piece) => (
          <li key={`${piece.kb}/${piece.doc}/${piece.chunk}`}>
            <button
              type="button"
              onClick={() => open({ kb: piece.kb, doc: piece.doc, chunk: piece.chunk, page: piece.locator.page })}
            >
              <strong>
                <Place doc={piece.doc} locator={piece.locator} />
              </strong>
              <span className="excerpt">{piece.text}</span>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Outcome({ turn }: { turn: Turn }) {
  const { t } = useShell();
  if (turn.state === "failed" && turn.error !== undefined) return <Failure error={turn.error} />;
  if (turn.state === "failed")
    return (
      <p className="notice" role="alert">
        {t("cutOff")}
      </p>
    );
  if (turn.state === "withheld") return <p className="aside">{t("withheld")}</p>;
  if (turn.state === "stopped") return <p className="aside">{t("stopped")}</p>;
  if (turn.state === "looking") return <p className="aside">{t("looking")}</p>;
  if (turn.answer === undefined)
    return turn.draft === "" ? <p className="aside">{t("writing")}</p> : <p className="answer draft">{turn.draft}</p>;
  if (turn.answer.refused) return <p className="refusal">{t("noEvidence")}</p>;
  return <AnswerText answer={turn.answer} />;
}

export function TurnView({ turn, retry }: { turn: Turn; retry: () => void }) {
  const { t, language } = useShell();
  const evidence = turn.answer?.evidence ?? turn.evidence;
  const refused = turn.answer?.refused ?? false;
  const over = turn.state === "done" || turn.state === "stopped" || turn.state === "failed" || turn.state === "withheld";
  return (
    <article className="turn">
      <h2>{turn.question}</h2>
      {turn.understood !== undefined && (
        <p className="aside understood">
          {t("understoodAs")} {turn.understood}
        </p>
      )}
      {(turn.dropped ?? 0) > 0 && (
        <p className="aside">
          {t("turnsDropped")} {turn.dropped}
        </p>
      )}
      <div aria-live="polite" aria-busy={!over}>
        <Outcome turn={turn} />
      </div>
      {turn.answer !== undefined && <Notes notes={sayNotes(language, turn.answer.note_kinds, turn.answer.notes)} />}
      <EvidenceList
        evidence={evidence}
        label={refused ? t("nearest") : t("evidence")}
        open={refused || turn.answer === undefined}
      />
      {over && (
        <button type="button" className="quiet" onClick={retry}>
          {t("retry")}
        </button>
      )}
    </article>
  );
}
