// What a page shows comes from the server: loading it, keeping it while it is loaded again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isAborted } from "../api/client";

export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  loading: boolean;
  /** Asks again; what is there stays until the answer comes. */
  reload: () => void;
  /** Puts in what is known to be true already, such as the answer of a change. */
  set: (data: T) => void;
}

interface State<T> {
  of: string | null;
  data: T | undefined;
  error: unknown;
  loading: boolean;
}

/**
 * Loads what `what` names, anew when that changes; null: nothing to load yet. When `version`
 * changes it is loaded again, and what was there stays until the answer comes.
 */
export function useLoad<T>(
  what: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  version: unknown = 0,
): Loaded<T> {
  const [state, setState] = useState<State<T>>(() => begin(what));
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    if (what === null) return;
    const leaving = new AbortController();
    setState((old) => (old.of === what ? { ...old, loading: true } : begin(what)));
    latest.current(leaving.signal).then(
      (data) =>
        !leaving.signal.aborted && setState({ of: what, data, error: undefined, loading: false }),
      (error: unknown) => {
        if (isAborted(error) || leaving.signal.aborted) return;
        // A failed refresh is no reason to take away what was there.
        setState((old) => ({ ...old, error, loading: false }));
      },
    );
    return () => leaving.abort();
  }, [what, round, version]);

  const reload = useCallback(() => setRound((old) => old + 1), []);
  const set = useCallback((data: T) => setState((old) => ({ ...old, data, error: undefined })), []);
  const now = state.of === what ? state : begin<T>(what);
  return { data: now.data, error: now.error, loading: now.loading, reload, set };
}

/** The value, but a new one at most once in `every_ms`: for what is costly to load again. */
export function useSlow<T>(value: T, every_ms: number): T {
  const [slow, setSlow] = useState(value);
  const taken_ms = useRef(Date.now());
  useEffect(() => {
    if (value === slow) return;
    const wait_ms = Math.max(0, taken_ms.current + every_ms - Date.now());
    const timer = setTimeout(() => {
      taken_ms.current = Date.now();
      setSlow(value);
    }, wait_ms);
    return () => clearTimeout(timer);
  }, [value, slow, every_ms]);
  return slow;
}

function begin<T>(what: string | null): State<T> {
  return { of: what, data: undefined, error: undefined, loading: what !== null };
}
