// An answer's text in pieces: words, and the markers of its citations.

export type Piece = { text: string } | { marker: number };

/** Only a marker that has a citation becomes one: `a[3]` in a quoted program stays as it is. */
export function pieces(answer: string, markers: ReadonlySet<number>): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const match of answer.matchAll(/\[(\d{1,3})\]/g)) {
    const marker = Number(match[1]);
    if (!markers.has(marker)) continue;
    if (match.index > end) result.push({ text: answer.slice(end, match.index) });
    result.push({ marker });
    end = match.index + match[0].length;
  }
  if (end < answer.length) result.push({ text: answer.slice(end) });
  return result;
}
