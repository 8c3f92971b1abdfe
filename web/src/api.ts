// The one place that speaks to the server. The shapes are those of `naru … --json`; src/serve/openapi.yaml has them whole.

import type { Note } from "./notes";
import { readEvents } from "./shared/event_stream";

/** Pixels of a page, from its top left: [x0, y0, x1, y1] in points. */
export type Box = [number, number, number, number];

/** Where a text stands: on a page with boxes, from start to end in the file's bytes, in cells of a sheet, … */
export interface Locator {
  uri?: string;
  page?: number;
  page_size?: [number, number];
  boxes?: Box[];
  start?: number;
  end?: number;
  sheet?: string;
  /** "A1:D9" */
  cells?: string;
  slide?: number;
  shape?: number;
  section?: number;
  paragraph?: number;
  /** Of a mail "1.2", of a slide "notes"; of an attachment or a member its path. */
  part?: string;
}

export interface Term {
  term: string;
  weight: number;
  df: number;
  score: number;
}

export interface Hit {
  rank: number;
  score: number;
  kb: string;
  doc: string;
  chunk: number;
  title: string;
  heading_path: string[];
  text: string;
  locator: Locator;
  scores: { lexical: number | null; vector: number | null; rerank: number | null };
  terms?: Term[];
}

export interface Ranked {
  score: number;
  rank: number;
}

export interface ExplainedChunk {
  chunk: number;
  lexical: Ranked | null;
  vector: Ranked | null;
  fused: Ranked | null;
  terms: Term[];
  unmet: string[];
}

export interface Found {
  query: string;
  ms: number;
  epoch: number;
  hits: Hit[];
  notes: string[];
  note_kinds: Note[];
  repairs: unknown[];
  document?: { kb: string; doc: string; rank: number | null; reason_kind: Note; chunks: ExplainedChunk[] };
}

export interface Citation {
  marker: number;
  kb: string;
  doc: string;
  chunk: number;
  quote: string;
  locator: Locator;
  start: number;
  end: number;
  support: number;
}

export interface Evidence {
  kb: string;
  doc: string;
  chunk: number;
  text: string;
  score: number;
  locator: Locator;
}

/** What a conversation made of a question. */
export interface UnderstoodQuestion {
  history: { turns_kept: number; turns_dropped: number };
  question_rewritten?: string;
}

export interface Room {
  room: string;
  turns: number;
  turns_gone: number;
  created_ms: number;
  used_ms: number;
}

export interface RoomTurn {
  turn: number;
  asked_ms: number;
  question: string;
  /** None: it rests on what may not be read any more. */
  answer: Answer | null;
}

export interface Answer {
  answer_id: string;
  question_rewritten?: string;
  answer: string;
  refused: boolean;
  language: Language;
  method: string;
  citations: Citation[];
  evidence: Evidence[];
  dropped: number;
  notes: string[];
  /** None: it was kept by an older Naru. */
  note_kinds?: Note[];
  usage: { prompt_tokens: number; completion_tokens: number };
  ms: { total: number };
}

export type AskEvent =
  | { kind: "understood"; understood: UnderstoodQuestion }
  | { kind: "evidence"; evidence: Evidence[] }
  | { kind: "text"; text: string }
  | { kind: "answer"; answer: Answer };

export interface Block {
  kind: string;
  text: string;
  level: number;
  heading_path: string[];
  cells: string[][];
  /** Merged cells: row and column from 0, then how many rows and columns. */
  spans?: [number, number, number, number][];
  /** So many of the first rows name the columns. */
  header_rows?: number;
  locator: Locator;
}

export interface Document {
  kb: string;
  doc: string;
  version: string;
  format: string;
  title: string;
  language: string;
  metadata: Record<string, string>;
  warnings: string[];
  blocks: Block[];
  chunks: { chunk: number; heading_path: string[]; text: string; locator: Locator }[];
}

/** A document as it was for a while, or is now. */
export interface Version {
  version: string;
  /** What to ask for to see it. */
  as_of: string;
  born: number;
  died: number | null;
  born_ms: number | null;
  tags: string[];
}

/** What goes, or went, with a document that is forgotten; what is counted only afterwards lacks before. */
export interface ForgetCounts {
  documents: number;
  chunks: number;
  dead_chunks: number;
  terms: number;
  answers: number;
  generations: number;
  others_generations: number;
  postings?: number;
  vectors?: number;
  contents?: number;
  memo?: number;
}

/** Before: what would go. Afterwards: what went, and where it was looked for and found. */
export interface ForgetProof {
  dry_run: boolean;
  would_remove?: ForgetCounts;
  removed?: ForgetCounts;
  ok?: boolean;
  digest?: string;
  scan?: { files: number; bytes: number; found_in: string[] };
}

export interface Listed {
  kb: string;
  doc: string;
  title: string;
  format: string;
  /** Of how many things not all could be read, and how many attachments or members are inside; null: not known now. */
  warnings: number | null;
  children: number | null;
}

export interface KnowledgeBase {
  kb: string;
  documents: number;
  chunks: number;
  embedder: string;
}

export interface Status {
  flows: {
    flow: string;
    kb: string;
    rejects: number;
    last_run: null | { outcome: string; items: Record<string, number>; embedded: number; ended_ms: number };
  }[];
  knowledge_bases: KnowledgeBase[];
  disk: Record<string, number>;
}

export interface Reject {
  flow: string;
  doc: string;
  code: string;
  message: string;
}

export interface Sources {
  flows: { flow: string; kb: string; source: string; path: string | null; takes_files: boolean }[];
  file_bytes_max: number;
}

/** What a run of a flow would do. Chunks, texts and tokens are known only where it is exact. */
export interface Plan {
  flow: string;
  exact: boolean;
  items: Record<string, number>;
  fits: string[];
  missing: number;
  held: boolean;
  bytes: number;
  chunks: number | null;
  embed: { texts: number | null; tokens: number | null; cost: number | null };
  seconds: number | null;
}

export interface Plans {
  plans: Plan[];
  errors: (Wrong & { flow: string })[];
  notes: string[];
  note_kinds: Note[];
}

export interface RunFlow {
  flow: string;
  state: string;
  done?: number;
  total?: number;
  embedded?: number;
  rejected: number;
  seconds?: number;
  seconds_left?: number | null;
  items?: Record<string, number>;
  held?: { missing: number; known: number; examples: string[] };
  /** What was expected of it, where somebody asked before. */
  planned?: Plan;
}

export interface Wrong {
  code: string;
  message: string;
}

/** A run that was started from a page, as it is now. */
export interface Run {
  run: number;
  state: "running" | "stopping" | "done" | "held" | "stopped" | "failed";
  replay: boolean;
  started_ms: number;
  ended_ms: number | null;
  flows: RunFlow[];
  rejects: Reject[];
  notes: string[];
  note_kinds: Note[];
  /** Of flows that failed while others went on. */
  errors: Wrong[];
  error: Wrong | null;
}

export interface Runs {
  running: Run | null;
  finished: Run[];
}

export interface RunRequest {
  flows?: string[];
  replay?: boolean;
  documents?: string[];
  accept_removals?: boolean;
}

type Language = "ko" | "en";

/** What the server answered instead, in its own words. `login` is true where a session is missing or over. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
  ) {
    super(message);
  }
  get login(): boolean {
    return this.status === 401;
  }
}

async function refuse(response: Response): Promise<never> {
  const body: unknown = await response.json().catch(() => undefined);
  const error = (body as { error?: Partial<Wrong> } | undefined)?.error;
  throw new Refusal(error?.message ?? `${response.status} ${response.statusText}`, response.status, error?.code ?? "");
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error" });
  return response.ok ? response : refuse(response);
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, { signal })).json() as Promise<T>;
}

function posted(body: unknown, signal?: AbortSignal): RequestInit {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal };
}

async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await call(path, posted(body, signal))).json() as Promise<T>;
}

function asked(values: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  return query.toString();
}

export interface SearchRequest {
  q: string;
  leg: "hybrid" | "lexical" | "vector";
  filter?: string;
  /** An epoch or a tag: as everything was then. */
  as_of?: string;
  /** What each score is made of is always said; with a name, also why that document was returned or not. */
  explain: string;
}

/** A document's name is a path; its slashes stay, so that what is asked for can be read in a log. */
function pathOf(doc: string): string {
  return doc.split("/").map(encodeURIComponent).join("/");
}

function documentPath(kind: "documents" | "originals" | "versions", kb: string, doc: string, as_of?: string): string {
  return `/api/${kind}/${pathOf(doc)}?${asked({ in: kb, as_of })}`;
}

export const api = {
  status: (signal?: AbortSignal) => get<Status>("/api/status", signal),
  search: (request: SearchRequest, signal?: AbortSignal) =>
    get<Found>(`/api/search?${asked({ ...request })}`, signal),
  documents: (after: string | undefined, signal?: AbortSignal) =>
    get<{ documents: Listed[]; next: string | null }>(`/api/documents?${asked({ after })}`, signal),
  document: (kb: string, doc: string, as_of: string | undefined, signal?: AbortSignal) =>
    get<Document>(documentPath("documents", kb, doc, as_of), signal),
  versions: (kb: string, doc: string, as_of: string | undefined, signal?: AbortSignal) =>
    get<{ versions: Version[] }>(documentPath("versions", kb, doc, as_of), signal),
  originalUrl: (kb: string, doc: string) => documentPath("originals", kb, doc),
  rejects: (signal?: AbortSignal) => get<{ rejects: Reject[] }>("/api/rejects", signal),
  forget: (kb: string, doc: string, dryRun: boolean) =>
    post<ForgetProof>("/api/forget", { in: kb, doc, dry_run: dryRun }),

  sources: (signal?: AbortSignal) => get<Sources>("/api/sources", signal),
  upload: (flow: string, path: string, file: Blob, replace: boolean) =>
    call(`/api/uploads/${pathOf(path)}?${asked({ flow, replace: replace ? 1 : undefined })}`, {
      method: "PUT",
      headers: { "Content-Type": "application/octet-stream" },
      body: file,
    }),
  plan: (request: { flows?: string[]; exact?: boolean }, signal: AbortSignal) =>
    post<Plans>("/api/plan", request, signal),
  runs: (signal?: AbortSignal) => get<Runs>("/api/runs", signal),
  startRun: (request: RunRequest) => post<Run>("/api/runs", request),
  cancelRun: () => post<Run>("/api/runs/cancel", {}),

  /** The newest run as it goes, whole each time, until it is over. */
  async *followRun(signal: AbortSignal): AsyncGenerator<Run> {
    const response = await call("/api/runs/events", { signal });
    if (response.body === null) return;
    for await (const event of readEvents(response.body)) yield JSON.parse(event.data) as Run;
  },

  rooms: (signal?: AbortSignal) => get<{ rooms: Room[] }>("/api/rooms", signal),
  room: (name: string, signal?: AbortSignal) =>
    get<Room & { conversation: RoomTurn[] }>(`/api/rooms/${encodeURIComponent(name)}`, signal),
  makeRoom: (name: string) => post<Room>("/api/rooms", { room: name }),
  renameRoom: (room: string, name: string) => post<Room>("/api/rooms/rename", { room, name }),
  forgetRoom: (room: string) => post<unknown>("/api/rooms/forget", { room }),

  /** Evidence comes first, then the answer as it is written, then the whole answer, checked. */
  async *ask(
    asked: { question: string; in?: string; filter?: string; room?: string },
    signal: AbortSignal,
  ): AsyncGenerator<AskEvent> {
    const response = await call("/api/ask", posted(asked, signal));
    if (response.body === null) return;
    for await (const event of readEvents(response.body)) {
      const data: unknown = JSON.parse(event.data);
      if (event.name === "understood") yield { kind: "understood", understood: data as UnderstoodQuestion };
      if (event.name === "evidence") yield { kind: "evidence", evidence: (data as { evidence: Evidence[] }).evidence };
      if (event.name === "text") yield { kind: "text", text: (data as { text: string }).text };
      if (event.name === "answer") yield { kind: "answer", answer: data as Answer };
      if (event.name === "error") throw new Refusal((data as Wrong).message, 500, (data as Wrong).code);
    }
  },
};
