import type { ReactNode } from "react";
import type { Stretch } from "./place";

/** Text of a document is text and nothing else: no link of it leads anywhere, nothing of it loads. */
export function MarkedText({ text, mark }: { text: string; mark: Stretch | undefined }): ReactNode {
  if (mark === undefined) return text;
  return (
    <>
      {text.slice(0, mark[0])}
      <mark>{text.slice(...mark)}</mark>
      {text.slice(mark[1])}
    </>
  );
}
