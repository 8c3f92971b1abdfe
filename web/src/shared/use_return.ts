import { useEffect, useRef } from "react";

/** Acts when a screen is looked at again: what it shows may have changed meanwhile. */
export function useReturn(shown: boolean, act: () => void): void {
  const before = useRef(shown);
  useEffect(() => {
    if (shown && !before.current) act();
    before.current = shown;
    // `act` is made anew at each drawing.
  }, [shown]);
}
