import { useEffect, useState } from "react";

export type Loaded<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "failed"; error: Error; retry: () => void };

export function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** Loads when a key changes, and forgets an answer that comes after its key is gone. With another `version` the same
 * is loaded anew, and what was there is shown until it comes. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>, version = 0): Loaded<T> {
  const [loaded, setLoaded] = useState<{ key: string; value: Loaded<T> }>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const leaving = new AbortController();
    const settle = (value: Loaded<T>) => {
      if (!leaving.signal.aborted) setLoaded({ key, value });
    };
    const retry = () => setTries((before) => before + 1);
    load(leaving.signal).then(
      (value) => settle({ state: "ready", value }),
      (error: unknown) => settle({ state: "failed", error: asError(error), retry }),
    );
    return () => leaving.abort();
    // `load` is made anew at each drawing; what it depends on is the key.
  }, [key, version, tries]);
  return loaded?.key === key ? loaded.value : { state: "loading" };
}
