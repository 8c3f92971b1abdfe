// Attachments and members of archives are part of the document that holds them: each begins with a heading that has its
// name, and whose place is its path and nothing else (src/record/children.h).

import type { Block, Document } from "../api";

export interface Child {
  /** The block that it begins with. */
  place: number;
  name: string;
  title: string;
  /** How deep it lies: 0 is in the document itself. */
  depth: number;
}

/** The name and title of the attachment or member that begins with this block; undefined where none does. */
export function childOf(block: Block): { name: string; title: string } | undefined {
  const { part, ...elsewhere } = block.locator;
  if (block.kind !== "heading" || part === undefined || Object.keys(elsewhere).length > 0) return undefined;
  const above = block.heading_path.join("/");
  if (above !== "" && !part.startsWith(`${above}/`)) return undefined;
  const name = above === "" ? part : part.slice(above.length + 1);
  if (block.text === name) return { name, title: "" };
  return block.text.startsWith(`${name}: `) ? { name, title: block.text.slice(name.length + 2) } : undefined;
}

export function childrenOf(document: Document): Child[] {
  return document.blocks.flatMap((block, place) => {
    const child = childOf(block);
    return child === undefined ? [] : [{ place, ...child, depth: block.heading_path.length }];
  });
}
