import { useCallback, useEffect, useState } from "react";
import { api, type Run, type RunRequest } from "../api";

export interface RunsShown {
  running: Run | undefined;
  finished: Run[];
  error: Error | undefined;
  start: (request: RunRequest) => Promise<void>;
  cancel: () => Promise<void>;
}

/** The run that is going on, followed as it goes, and those before it. `onEnd`: something may have changed. */
export function useRuns(onEnd: () => void): RunsShown {
  const [running, setRunning] = useState<Run>();
  const [finished, setFinished] = useState<Run[]>([]);
  const [error, setError] = useState<Error>();
  const [round, setRound] = useState(0); // another one begins with each run

  useEffect(() => {
    const leaving = new AbortController();
    const follow = async () => {
      const runs = await api.runs(leaving.signal);
      setFinished(runs.finished);
      setRunning(runs.running ?? undefined);
      if (runs.running === null) return round > 0 ? onEnd() : undefined; // it was over before we looked
      for await (const run of api.followRun(leaving.signal)) setRunning(run);
      const after = await api.runs(leaving.signal);
      setFinished(after.finished);
      setRunning(after.running ?? undefined);
      onEnd();
    };
    follow().catch((cause: unknown) => {
      if (!leaving.signal.aborted) setError(cause instanceof Error ? cause : new Error(String(cause)));
    });
    return () => leaving.abort();
    // `onEnd` is made anew at each drawing; a run is followed once.
  }, [round]);

  const attempt = useCallback(async (act: () => Promise<Run>) => {
    try {
      setError(undefined);
      setRunning(await act());
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error(String(cause)));
    }
  }, []);

  return {
    running,
    finished,
    error,
    start: async (request) => {
      await attempt(() => api.startRun(request));
      setRound((before) => before + 1);
    },
    cancel: () => attempt(api.cancelRun),
  };
}
