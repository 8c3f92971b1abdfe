import { useEffect, useRef, useState } from "react";
import { api, Refusal, type Run, type RunRequest } from "../api";
import { asError } from "../shared/use_loaded";

export interface RunsShown {
  running: Run | undefined;
  finished: Run[];
  error: Error | undefined;
  start: (request: RunRequest) => Promise<void>;
  /** The flow is run as soon as no other run is going on. */
  startWhenFree: (flow: string) => Promise<void>;
  cancel: () => Promise<void>;
}

/** One writes at a time, so one run: ours, of another window, or of who else may. */
export function isRunGoingOn(cause: unknown): boolean {
  return cause instanceof Refusal && cause.code === "already_exists";
}

/** The run that is going on, followed as it goes, and those before it. `onEnd`: something may have changed. */
export function useRuns(onEnd: () => void): RunsShown {
  const [running, setRunning] = useState<Run>();
  const [finished, setFinished] = useState<Run[]>([]);
  const [error, setError] = useState<Error>();
  const [round, setRound] = useState(0); // another one begins with each run
  const waiting = useRef(new Set<string>());

  const start = async (request: RunRequest) => {
    setError(undefined);
    try {
      setRunning(await api.startRun(request));
    } catch (cause) {
      setError(asError(cause));
    }
    setRound((before) => before + 1);
  };

  /** Where a run is going on it is followed first, whatever we believed; then they have their turn. */
  const startWaiting = async () => {
    const flows = [...waiting.current];
    if (flows.length === 0) return;
    try {
      setRunning(await api.startRun({ flows }));
      flows.forEach((flow) => waiting.current.delete(flow));
    } catch (cause) {
      if (!isRunGoingOn(cause)) {
        waiting.current.clear();
        setError(asError(cause));
      }
    }
    setRound((before) => before + 1);
  };

  useEffect(() => {
    const leaving = new AbortController();
    const show = async () => {
      const runs = await api.runs(leaving.signal);
      leaving.signal.throwIfAborted(); // a later round may have shown more
      setFinished(runs.finished);
      setRunning(runs.running ?? undefined);
      return runs.running;
    };
    const follow = async () => {
      const going = await show();
      if (going !== null) {
        for await (const run of api.followRun(leaving.signal)) setRunning(run);
        await show();
      }
      if (going !== null || round > 0) onEnd(); // else nothing was started here
      await startWaiting();
    };
    follow().catch((cause: unknown) => {
      if (!leaving.signal.aborted) setError(asError(cause));
    });
    return () => leaving.abort();
    // `onEnd` is made anew at each drawing; a run is followed once.
  }, [round]);

  return {
    running,
    finished,
    error,
    start,
    startWhenFree: (flow) => {
      waiting.current.add(flow);
      return startWaiting();
    },
    cancel: async () => {
      setError(undefined);
      try {
        const stopping = await api.cancelRun();
        // We may have heard meanwhile that it is over.
        setRunning((now) => (now?.run === stopping.run && now.state === "running" ? stopping : now));
      } catch (cause) {
        const over = cause instanceof Refusal && cause.status === 404;
        if (!over) setError(asError(cause));
      }
    },
  };
}
