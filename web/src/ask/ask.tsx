import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { api } from "../api";
import { useLoaded } from "../shared/use_loaded";
import { useShell } from "../shared/shell";
import { TurnView, type Turn } from "./turn";

// A page that stays open for days does not grow without end.
const kTurnsKept = 100;

/** Enter that ends a syllable of an input method is not meant for us. Safari says so by the key code alone. */
function asks(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && event.keyCode !== 229;
}

export function AskScreen() {
  const { t } = useShell();
  const status = useLoaded("status", api.status);
  const [turns, setTurns] = useState<Turn[]>([]);
  const [question, setQuestion] = useState("");
  const [kb, setKb] = useState("");
  const asking = useRef<AbortController | undefined>(undefined);
  const last = useRef<HTMLDivElement>(null);
  const nextId = useRef(0);
  const busy = turns.some((turn) => turn.state === "looking" || turn.state === "writing");

  useEffect(() => () => asking.current?.abort(), []);
  useEffect(() => {
    last.current?.scrollIntoView({ block: "nearest" });
  }, [turns.length]);

  const ask = async (text: string, scope: string | undefined) => {
    const id = nextId.current++;
    const change = (to: Partial<Turn>) =>
      setTurns((before) => before.map((turn) => (turn.id === id ? { ...turn, ...to } : turn)));
    const leaving = new AbortController();
    asking.current = leaving;
    setTurns((before) => [
      ...before.slice(1 - kTurnsKept),
      { id, question: text, kb: scope, state: "looking", evidence: [], draft: "" },
    ]);
    let draft = "";
    try {
      for await (const event of api.ask(text, scope, leaving.signal)) {
        if (event.kind === "evidence") change({ state: "writing", evidence: event.evidence });
        if (event.kind === "text") change({ state: "writing", draft: (draft += event.text) });
        if (event.kind === "answer") change({ state: "done", answer: event.answer });
      }
    } catch (error) {
      if (leaving.signal.aborted) change({ state: "stopped" });
      else change({ state: "failed", error: error instanceof Error ? error : new Error(String(error)) });
    }
  };

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const text = question.trim();
    if (text === "" || busy) return;
    setQuestion("");
    void ask(text, kb === "" ? undefined : kb);
  };

  const bases = status.state === "ready" ? status.value.knowledge_bases : [];
  return (
    <section className="ask" aria-label={t("ask")}>
      <div className="turns">
        {turns.length === 0 && <p className="welcome">{t("askEmpty")}</p>}
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} retry={() => !busy && void ask(turn.question, turn.kb)} />
        ))}
        <div ref={last} />
      </div>
      <form className="question" onSubmit={submit}>
        <label htmlFor="question">{t("askLabel")}</label>
        <textarea
          id="question"
          rows={2}
          maxLength={4000}
          value={question}
          aria-describedby="question-hint"
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (!asks(event)) return;
            event.preventDefault();
            submit();
          }}
        />
        <div className="row">
          <small id="question-hint">{t("askHint")}</small>
          {bases.length > 1 && (
            <select aria-label={t("scope")} value={kb} onChange={(event) => setKb(event.target.value)}>
              <option value="">{t("everything")}</option>
              {bases.map((base) => (
                <option key={base.kb}>{base.kb}</option>
              ))}
            </select>
          )}
          {busy ? (
            <button type="button" onClick={() => asking.current?.abort()}>
              {t("stop")}
            </button>
          ) : (
            <button type="submit" disabled={question.trim() === ""}>
              {t("send")}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
