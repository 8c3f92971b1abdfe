// Where the page is, as a hash: `#/ask`, `#/search?q=…`, `#/sources`, and over any of them a document:
// `…?kb=handbook&doc=a.pdf&chunk=3`. A link that an answer of /v1 carries opens here, so these names are a contract.

export type Screen = "ask" | "search" | "sources";

/** A document that is open beside the screen, and what of it is to be boxed. */
export interface Opened {
  kb: string;
  doc: string;
  chunk?: number;
  /** The cited words, where they are fewer than the passage. */
  quote?: string;
  /** The page to begin with, where the format has pages. */
  page?: number;
  /** An epoch or a tag: as it was then. */
  as_of?: string;
}

export interface Route {
  screen: Screen;
  query: string;
  opened?: Opened;
}

const screens: readonly Screen[] = ["ask", "search", "sources"];

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function readRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const screen = screens.find((name) => name === path) ?? "ask";
  const asked = new URLSearchParams(search);
  const kb = asked.get("kb");
  const doc = asked.get("doc");
  const route: Route = { screen, query: asked.get("q") ?? "" };
  if (kb !== null && doc !== null && doc !== "")
    route.opened = {
      kb,
      doc,
      chunk: whole(asked.get("chunk")),
      page: whole(asked.get("page")),
      quote: asked.get("quote") ?? undefined,
      as_of: asked.get("as_of") ?? undefined,
    };
  return route;
}

export function writeRoute(route: Route): string {
  const asked = new URLSearchParams();
  if (route.query !== "") asked.set("q", route.query);
  const opened = route.opened;
  if (opened !== undefined) {
    asked.set("kb", opened.kb);
    asked.set("doc", opened.doc);
    if (opened.chunk !== undefined) asked.set("chunk", String(opened.chunk));
    if (opened.page !== undefined) asked.set("page", String(opened.page));
    if (opened.quote !== undefined) asked.set("quote", opened.quote);
    if (opened.as_of !== undefined) asked.set("as_of", opened.as_of);
  }
  const search = asked.toString();
  return `#/${route.screen}${search === "" ? "" : `?${search}`}`;
}
