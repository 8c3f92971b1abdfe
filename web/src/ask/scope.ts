// Where a question is looked for: everywhere, in one knowledge base, or in what one flow brought.

import type { Status } from "../api";

/** As POST /api/ask takes it. */
export interface Scope {
  in?: string;
  filter?: string;
}

export interface ScopeChoice {
  name: string;
  scope: Scope;
}

/** What can be chosen; empty where there is only one of it. */
export function scopesOf(status: Status | undefined): { bases: ScopeChoice[]; flows: ScopeChoice[] } {
  const several = <T>(all: T[]) => (all.length > 1 ? all : []);
  const bases = status?.knowledge_bases.map(({ kb }) => ({ name: kb, scope: { in: kb } })) ?? [];
  // A text in JSON's quotes is one in a filter too.
  const flows = status?.flows.map(({ flow }) => ({ name: flow, scope: { filter: `flow = ${JSON.stringify(flow)}` } })) ?? [];
  return { bases: several(bases), flows: several(flows) };
}
