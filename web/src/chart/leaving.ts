// When the pointer has left a chart. The chart itself is not told if a dialog opened above it.
import { useEffect, useRef } from "preact/hooks";

/** Calls `leave` once the pointer moves elsewhere or the page is scrolled, while `active`. */
export function useLeaving(
  root: { current: Element | null },
  active: boolean,
  leave: () => void,
): void {
  const latest = useRef(leave);
  latest.current = leave;
  useEffect(() => {
    if (!active) return;
    const moved = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) latest.current();
    };
    const scrolled = () => latest.current();
    document.addEventListener("pointermove", moved, true);
    document.addEventListener("scroll", scrolled, true);
    return () => {
      document.removeEventListener("pointermove", moved, true);
      document.removeEventListener("scroll", scrolled, true);
    };
  }, [active]);
}
