// The rows of the run table: pinned runs, then all runs or the opened groups, as one long list.
import type { Group, GroupLevel } from "./groups";
import type { RunSource } from "./source";

export type Row =
  | { kind: "run"; source: RunSource; index: number; depth: number }
  | { kind: "group"; group: Group; depth: number; open: boolean }
  | { kind: "more"; level: GroupLevel; depth: number };

/** A stretch of rows: the runs of a source, or a single group. */
export interface Segment {
  start: number;
  rows: number;
  depth: number;
  source?: RunSource;
  group?: Group;
  open?: boolean;
  level?: GroupLevel;
}

export interface Body {
  segments: Segment[];
  rows: number;
}

const kRowsOfUnknown = 1; // a source that has not answered shows one waiting row

/** Lays out groups and runs below each other; follows what is opened and what arrives. */
export function layRows(
  pinned: RunSource | null,
  root: { source: RunSource } | { level: GroupLevel },
  is_open: (path: string) => boolean,
): Body {
  const segments: Segment[] = [];
  let start = 0;
  const add = (segment: Omit<Segment, "start">) => {
    if (segment.rows > 0) segments.push({ start, ...segment });
    start += segment.rows;
  };
  const addSource = (source: RunSource, depth: number) =>
    add({ source, rows: source.total.value ?? (depth > 0 ? kRowsOfUnknown : 0), depth });
  const addLevel = (level: GroupLevel, depth: number) => {
    for (const group of level.groups.value) {
      const open = is_open(group.path);
      add({ group, rows: 1, depth, open });
      if (!open) continue;
      if (group.inside.groups) addLevel(group.inside.groups, depth + 1);
      else addSource(group.inside.source, depth + 1);
    }
    if (level.has_more && level.total.value !== null) add({ level, rows: 1, depth });
  };
  if (pinned) addSource(pinned, 0);
  if ("source" in root) addSource(root.source, 0);
  else addLevel(root.level, 0);
  return { segments, rows: start };
}

export function findSegment(segments: readonly Segment[], row: number): Segment | undefined {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.start ?? 0) <= row) low = middle + 1;
    else high = middle;
  }
  return segments[low - 1];
}

export function rowAt(body: Body, row: number): Row | null {
  const segment = findSegment(body.segments, row);
  if (!segment || row >= segment.start + segment.rows) return null;
  const { depth, group, level, source, open = false } = segment;
  if (group) return { kind: "group", group, depth, open };
  if (level) return { kind: "more", level, depth };
  if (source) return { kind: "run", source, index: row - segment.start, depth };
  return null;
}

/** Asks every source in sight for its part of the rows [first, last). */
export function wantRows(
  body: Body,
  first: number,
  last: number,
  columns: readonly string[],
): void {
  for (const { source, start, rows } of body.segments)
    if (source && start < last && start + rows > first)
      source.want(Math.max(0, first - start), Math.min(rows, last - start), columns);
}
