// What every part of the page may ask for: words in the chosen language, and the way to somewhere else.

import { createContext, useContext } from "react";
import type { Opened, Screen } from "../route";
import type { Language, Word } from "../words";
import type { Place } from "./place_name";

export interface Shell {
  language: Language;
  t: (word: Word) => string;
  /** "3쪽", "page 3" */
  page: (number: number | string) => string;
  /** "3쪽", "section 1, paragraph 4"; empty where the format has no such places. */
  place: (place: Place) => string;
  open: (opened: Opened | undefined) => void;
  go: (screen: Screen, query?: string) => void;
}

export const ShellContext = createContext<Shell | undefined>(undefined);

export function useShell(): Shell {
  const shell = useContext(ShellContext);
  if (shell === undefined) throw new Error("a part of the page stands outside of it");
  return shell;
}
