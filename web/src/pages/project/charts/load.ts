// What the charts of a page need to know before they can ask for series: keys, and groups of runs.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, isAborted, messageOf, path } from "../../../api/client";
import type { KeysPage, RunKey, VisibleRun } from "../../../api/types";
import type { ChartRun, Group } from "../../../chart";
import { printIds } from "../../../filter/text";
import { loadRuns, textOf } from "./run_columns";
import type { Key } from "./sections";

const kKeysPage = 10_000;
/** New keys of runs that are alive appear within this time. */
const kAgain_ms = 10_000;
/** Up to so many runs are asked for their own keys: a project may have thousands that they lack. */
const kOwnKeysMost = 8;
/** The server computes a band over so many runs at once. */
const kGroupedMost = 10_000;

export interface Loaded<T> {
  value: T | null;
  error: string | null;
  retry: () => void;
}

/**
 * Loads anew whenever `inputs` change, and every ten seconds while `alive`. The old value stays until
 * the new one is there, and the same value stays the same object.
 */
function useLoaded<T>(
  load: ((signal: AbortSignal) => Promise<T>) | null,
  alive: boolean,
  inputs: readonly unknown[],
): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; error: string | null }>({
    value: null,
    error: null,
  });
  const [attempt, setAttempt] = useState(0);
  const text = useRef("");
  useEffect(() => {
    if (!load) return;
    const abort = new AbortController();
    const once = async () => {
      try {
        const value = await load(abort.signal);
        const said = JSON.stringify(value);
        if (said === text.current) return;
        text.current = said;
        setState({ value, error: null });
      } catch (error) {
        if (!isAborted(error)) setState((old) => ({ ...old, error: messageOf(error) }));
      }
    };
    void once();
    const again = alive ? setInterval(() => document.hidden || void once(), kAgain_ms) : undefined;
    return () => {
      abort.abort();
      clearInterval(again);
    };
  }, [...inputs, alive, attempt]);
  return { ...state, retry: () => setAttempt((n) => n + 1) };
}

/** The keys to make panels of: those of the runs where they are few, else those of the project. */
export function useKeys(project: string, runs: readonly VisibleRun[]): Loaded<Key[]> {
  const few = runs.length > 0 && runs.length <= kOwnKeysMost;
  const ids = few ? runs.map(({ id }) => id).join() : "";
  const alive = runs.some(({ state }) => state === "running");
  const load = (signal: AbortSignal) =>
    few ? keysOfRuns(project, ids.split(","), signal) : keysOfProject(project, signal);
  return useLoaded(load, alive, [project, ids]);
}

/** Keys that were asked for before anybody showed them, by project: taken once. */
const x_early = new Map<string, Promise<Key[]>>();

/** Asks for the keys while the runs are still on their way: charts wait for both. */
export function askForKeys(project: string): void {
  const keys = fetchKeys(project, new AbortController().signal);
  keys.catch(() => x_early.delete(project)); // whoever needs them asks again
  x_early.set(project, keys);
}

function keysOfProject(project: string, signal: AbortSignal): Promise<Key[]> {
  const early = x_early.get(project);
  x_early.delete(project);
  return early ?? fetchKeys(project, signal);
}

async function fetchKeys(project: string, signal: AbortSignal): Promise<Key[]> {
  const keys: Key[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: KeysPage = await api.get<KeysPage>(
      path`/projects/${project}/keys`,
      { limit: kKeysPage, cursor },
      { signal },
    );
    for (const { key, stream, runs } of page.keys) keys.push({ key, stream, runs });
    cursor = page.next_cursor;
  }
  return keys;
}

async function keysOfRuns(
  project: string,
  runs: readonly string[],
  signal: AbortSignal,
): Promise<Key[]> {
  const lists = await Promise.all(
    runs.map((run) =>
      api.get<{ keys: RunKey[] }>(path`/projects/${project}/runs/${run}/keys`, {}, { signal }),
    ),
  );
  const keys = new Map<string, Key>();
  for (const { keys: list } of lists)
    for (const { key, stream } of list) {
      const known = keys.get(key);
      if (known) ++known.runs;
      else keys.set(key, { key, stream, runs: 1 });
    }
  return [...keys.values()];
}

export interface Groups {
  groups: Group[];
  /** Runs in all groups together. */
  runs: number;
  /** Runs that the filter lets through. */
  total: number;
}

/** All runs that the filter lets through, by the values of some columns; null without any. */
export function useGroups(
  project: string,
  filter: string,
  by: readonly string[],
  alive: boolean,
): Loaded<Groups> {
  const names = by.join("\n");
  const load =
    by.length === 0
      ? null
      : async (signal: AbortSignal): Promise<Groups> => {
          const table = await loadRuns(project, filter, by, signal, kGroupedMost);
          const groups = new Map<string, string[]>();
          table.ids.forEach((id, i) => {
            const name = by
              .map((column) => textOf(table.columns.get(column)![i] ?? null))
              .join(" · ");
            const group = groups.get(name);
            if (group) group.push(id);
            else groups.set(name, [id]);
          });
          const sorted = [...groups]
            .map(([name, runs]) => ({ name, runs }))
            .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
          return { groups: sorted, runs: table.ids.length, total: table.total };
        };
  const loaded = useLoaded(load, alive && by.length > 0, [project, filter, names]);
  return by.length === 0 ? { ...loaded, value: null } : loaded;
}

/** The runs for ChartData: with their beginnings where time since start is on the axis. */
export function useChartRuns(
  project: string,
  runs: readonly VisibleRun[],
  groups: Groups | null,
  relative: boolean,
): readonly ChartRun[] {
  const alive = runs.filter(({ state }) => state === "running").map(({ id }) => id);
  const load =
    relative && alive.length > 0
      ? async (signal: AbortSignal) => {
          const table = await loadRuns(project, printIds(alive), ["created"], signal);
          return table.ids.map(
            (id, i) => [id, Number(table.columns.get("created")![i]) / 1e9] as const,
          );
        }
      : null;
  const { value: begun } = useLoaded(load, false, [project, alive.join(), relative]);
  return useMemo(() => {
    const created = new Map(begun ?? []);
    const plain = runs.map(({ id, state }): ChartRun => ({
      id,
      alive: state === "running",
      created_s: created.get(id),
    }));
    // Whether a run of a group is alive is known only for those that the run list shows.
    const known = new Set(plain.map(({ id }) => id));
    const grouped =
      groups?.groups.flatMap((group) => group.runs).filter((id) => !known.has(id)) ?? [];
    return [...plain, ...grouped.map((id) => ({ id, alive: false }))];
  }, [runs, groups, begun]);
}
