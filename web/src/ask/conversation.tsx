import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { api, type RoomTurn, type Status } from "../api";
import { writeRoute } from "../route";
import { Failure } from "../shared/notice";
import { useShell } from "../shared/shell";
import { asError } from "../shared/use_loaded";
import { scopesOf, type Scope, type ScopeChoice } from "./scope";
import { TurnView, type Turn } from "./turn";

// A page that stays open for days does not grow without end.
const kTurnsKept = 100;

/** Enter that ends a syllable of an input method is not meant for us. Safari says so by the key code alone. */
function asks(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && event.keyCode !== 229;
}

/** A turn that was kept, as if it had just been answered. Kept ones count down from -1, so that no two are alike. */
function kept(turn: RoomTurn, place: number): Turn {
  const answer = turn.answer ?? undefined;
  return {
    id: -1 - place,
    question: turn.question,
    scope: {},
    state: answer === undefined ? "withheld" : "done",
    evidence: [],
    draft: "",
    understood: answer?.question_rewritten,
    answer,
  };
}

function Choices({ label, choices }: { label: string; choices: ScopeChoice[] }) {
  if (choices.length === 0) return null;
  return (
    <optgroup label={label}>
      {choices.map(({ name, scope }) => (
        <option key={name} value={JSON.stringify(scope)}>
          {name}
        </option>
      ))}
    </optgroup>
  );
}

interface Props {
  /** Of its place among those that are open; a name may have spaces and change. */
  number: number;
  /** None: what is asked is kept nowhere. */
  room: string | undefined;
  /** A conversation that is not shown goes on. */
  shown: boolean;
  /** None: it is not known yet. */
  status: Status | undefined;
  /** Something was answered in it. */
  used: () => void;
}

export function Conversation({ number, room, shown, status, used }: Props) {
  const { t } = useShell();
  const [turns, setTurns] = useState<Turn[]>([]);
  const [failure, setFailure] = useState<Error>();
  const [loading, setLoading] = useState(room !== undefined);
  const [question, setQuestion] = useState("");
  const [chosen, setChosen] = useState("");
  const asking = useRef<AbortController | undefined>(undefined);
  const list = useRef<HTMLDivElement>(null);
  const nextId = useRef(0);
  const answering = turns.some((turn) => turn.state === "looking" || turn.state === "writing");
  const busy = answering || loading; // what is asked before the room is here would be shown twice
  const { bases, flows } = scopesOf(status);
  const nothing = status !== undefined && status.knowledge_bases.length === 0;
  const field = number === 0 ? "question" : `question-${number}`;

  useEffect(() => {
    const leaving = new AbortController();
    if (room !== undefined)
      api.room(room, leaving.signal).then(
        (found) => {
          if (leaving.signal.aborted) return;
          setTurns(found.conversation.map(kept));
          setLoading(false);
        },
        (error: unknown) => leaving.signal.aborted || setFailure(asError(error)),
      );
    return () => {
      leaving.abort();
      asking.current?.abort();
    };
    // A room that is renamed is the same conversation: its first name is enough to load it.
  }, []);
  useEffect(() => {
    // The question at the top, so that its answer has the whole window to grow in.
    if (shown && turns.length > 0) list.current?.querySelector(".turn:last-child")?.scrollIntoView({ block: "start" });
  }, [turns.length, shown]);

  const ask = async (text: string, scope: Scope) => {
    const id = nextId.current++;
    const change = (to: Partial<Turn>) =>
      setTurns((before) => before.map((turn) => (turn.id === id ? { ...turn, ...to } : turn)));
    const leaving = new AbortController();
    asking.current = leaving;
    setTurns((before) => [
      ...before.slice(1 - kTurnsKept),
      { id, question: text, scope, state: "looking", evidence: [], draft: "" },
    ]);
    let draft = "";
    let answered = false;
    try {
      for await (const event of api.ask({ question: text, ...scope, room }, leaving.signal)) {
        if (event.kind === "understood")
          change({ understood: event.understood.question_rewritten, dropped: event.understood.history.turns_dropped });
        if (event.kind === "evidence") change({ state: "writing", evidence: event.evidence });
        if (event.kind === "text") change({ state: "writing", draft: (draft += event.text) });
        if (event.kind === "answer") change({ state: "done", answer: event.answer });
        answered = event.kind === "answer";
      }
      if (!answered) change({ state: "failed" }); // the stream ended as if it were whole
      used();
    } catch (error) {
      if (answered) return; // what comes after the answer is nobody's loss
      if (leaving.signal.aborted) change({ state: "stopped" });
      else change({ state: "failed", error: asError(error) });
    }
  };

  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    const text = question.trim();
    if (text === "" || busy) return;
    setQuestion("");
    void ask(text, [...bases, ...flows].find(({ scope }) => JSON.stringify(scope) === chosen)?.scope ?? {});
  };

  return (
    <section className="ask" aria-label={room ?? t("ask")} hidden={!shown}>
      <div className="turns" ref={list}>
        {failure !== undefined && <Failure error={failure} />}
        {loading && failure === undefined && <p className="aside">{t("loading")}</p>}
        {turns.length === 0 && !loading && (
          <p className="welcome">
            {t("askEmpty")}
            {nothing && (
              <>
                <br />
                {t("askNothing")} <a href={writeRoute({ screen: "sources", query: "" })}>{t("addDocuments")}</a>
              </>
            )}
          </p>
        )}
        {turns.map((turn) => (
          <TurnView key={turn.id} turn={turn} retry={() => !busy && void ask(turn.question, turn.scope)} />
        ))}
      </div>
      <form className="question" onSubmit={submit}>
        <label htmlFor={field}>{t("askLabel")}</label>
        <textarea
          id={field}
          rows={2}
          maxLength={4000}
          value={question}
          aria-describedby={`${field}-hint`}
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={(event) => {
            if (!asks(event)) return;
            event.preventDefault();
            submit();
          }}
        />
        <div className="row">
          <small id={`${field}-hint`}>{t("askHint")}</small>
          {bases.length + flows.length > 0 && (
            <select aria-label={t("scope")} value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">{t("everything")}</option>
              <Choices label={t("knowledgeBases")} choices={bases} />
              <Choices label={t("flows")} choices={flows} />
            </select>
          )}
          {answering ? (
            <button type="button" onClick={() => asking.current?.abort()}>
              {t("stop")}
            </button>
          ) : (
            <button type="submit" disabled={loading || question.trim() === ""}>
              {t("send")}
            </button>
          )}
        </div>
      </form>
    </section>
  );
}
