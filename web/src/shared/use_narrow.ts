import { useSyncExternalStore } from "react";

// As style.css has it: a document that is open covers everything else then.
const narrow = matchMedia("(max-width: 60rem)");

function follow(changed: () => void): () => void {
  narrow.addEventListener("change", changed);
  return () => narrow.removeEventListener("change", changed);
}

/** Whether there is no room for a document beside the screen it was opened from. */
export function useNarrow(): boolean {
  return useSyncExternalStore(follow, () => narrow.matches);
}
