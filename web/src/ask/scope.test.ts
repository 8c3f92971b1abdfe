import { describe, expect, it } from "vitest";
import type { Status } from "../api";
import { scopesOf } from "./scope";

describe("scopesOf", () => {
  const flow = (name: string) => ({ flow: name, kb: "one", rejects: 0, last_run: null });
  const base = (kb: string) => ({ kb, documents: 1, chunks: 1, embedder: "stub" });
  it("offers what there are several of, whatever it is called", () => {
    const status: Status = { flows: [flow("docs"), flow('a "b" \\')], knowledge_bases: [base("one")], disk: {} };
    const { bases, flows } = scopesOf(status);
    expect(bases).toEqual([]);
    expect(flows.map(({ scope }) => scope.filter)).toEqual(['flow = "docs"', 'flow = "a \\"b\\" \\\\"']);
    expect(scopesOf(undefined)).toEqual({ bases: [], flows: [] });
    expect(scopesOf({ ...status, knowledge_bases: [base("one"), base("two")] }).bases[1]!.scope).toEqual({ in: "two" });
  });
});
