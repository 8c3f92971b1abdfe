import { useEffect, useState } from "react";

/** Of many, those around one place, and twice as many with each `more`. `rest`: how many are left out. */
export function useShown(count: number, around: number, first: number) {
  const [size, setSize] = useState(first);
  useEffect(() => setSize(first), [around, count, first]);
  const from = Math.max(0, Math.min(around - Math.floor(size / 2), count - size));
  const to = Math.min(count, from + size);
  return { from, to, rest: count - (to - from), more: () => setSize(size * 2) };
}
