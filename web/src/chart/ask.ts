// What charts want and how it is asked for: as few requests as a screen of charts allows.
import type { AxisKind, Range } from "./types";

export interface Group {
  name: string;
  runs: readonly string[];
}

export type Band = "minmax" | "std" | "stderr";

export interface AxisWant {
  kind: AxisKind;
  /** The key whose values are x, where kind is "metric". */
  key?: string | undefined;
  log?: boolean | undefined;
}

export interface SeriesWant {
  keys: readonly string[];
  /** The runs, each a curve; or groups of runs, each a mean with a band. */
  runs: readonly string[];
  groups?: readonly Group[] | undefined;
  band?: Band | undefined;
  axis: AxisWant;
  /** In the unit of the axis; null for all. */
  range: Range | null;
  buckets: number;
  /** Without it only the means come, not the extremes of each bucket. */
  extremes: boolean;
}

/** One POST: where to, with what. `subjects` x `keys` is what it answers. */
export interface Ask {
  view: SeriesWant;
  subjects: string[];
  keys: string[];
}

/** The server's limits for one request: runs x keys, and series x buckets. */
const kSeriesMost = 10_000;
const kBucketsMost = 4 << 20;
const kNsPerS = 1e9;

/** What a curve depends on besides its subject and key. */
export function viewOf({ axis, range, buckets, extremes, groups, band }: SeriesWant): string {
  const { kind, key = "", log = false } = axis;
  const members = groups ? groups.map(({ name, runs }) => `${name}:${runs.join()}`).join(";") : "";
  const { min = "", max = "" } = range ?? {};
  return [kind, key, log, min, max, buckets, extremes, band ?? "", members].join("|");
}

export function subjectsOf(want: SeriesWant): readonly string[] {
  return want.groups ? want.groups.map(({ name }) => name) : want.runs;
}

/**
 * Requests for what is missing: one for each set of subjects that lack the same keys. Panels of a
 * screen share their subjects, so mostly that is one.
 */
export function planAsks(
  view: SeriesWant,
  missing: ReadonlyMap<string, readonly string[]>, // key → subjects
): Ask[] {
  const by_subjects = new Map<string, Ask>();
  for (const [key, subjects] of missing) {
    const name = subjects.join("\n");
    const known = by_subjects.get(name);
    if (known) known.keys.push(key);
    else by_subjects.set(name, { view, subjects: [...subjects], keys: [key] });
  }
  return [...by_subjects.values()].flatMap(cut);
}

/** No request asks for more than the server answers at once. */
function cut({ view, subjects, keys }: Ask): Ask[] {
  const asks: Ask[] = [];
  const subjects_most = Math.min(kSeriesMost, Math.floor(kBucketsMost / view.buckets));
  for (let s = 0; s < subjects.length; s += subjects_most) {
    const some = subjects.slice(s, s + subjects_most);
    const by_series = kSeriesMost / runsBehind(view, some);
    const by_buckets = kBucketsMost / (some.length * view.buckets);
    const each = Math.max(1, Math.floor(Math.min(by_series, by_buckets)));
    for (let k = 0; k < keys.length; k += each)
      asks.push({ view, subjects: some, keys: keys.slice(k, k + each) });
  }
  return asks;
}

/** How many runs the server reads for each key. */
function runsBehind({ groups }: SeriesWant, subjects: readonly string[]): number {
  if (!groups) return subjects.length;
  const wanted = new Set(subjects);
  return groups.reduce((sum, { name, runs }) => sum + (wanted.has(name) ? runs.length : 0), 0);
}

export function endpointOf({ view }: Ask): "series" | "bands" {
  return view.groups ? "bands" : "series";
}

export function bodyOf({ view, subjects, keys }: Ask): Record<string, unknown> {
  const { axis, range, buckets, extremes, groups, band } = view;
  const unit = axis.kind === "time" ? kNsPerS : 1;
  const body: Record<string, unknown> = {
    keys,
    axis: axis.kind,
    ...(axis.kind === "metric" ? { axis_key: axis.key ?? "" } : {}),
    ...(range ? { min: range.min * unit, max: range.max * unit } : {}),
    buckets,
    ...(axis.log ? { log_x: true } : {}),
    // Who looks closely wants every bit; x comes with all of them anyway.
    precision: range ? "f64" : "f32",
  };
  if (groups) {
    const wanted = new Set(subjects);
    const asked = groups.filter(({ name }) => wanted.has(name));
    return {
      ...body,
      groups: asked,
      band: band ?? "minmax",
      columns: ["x", "mean", "low", "high"],
    };
  }
  return {
    ...body,
    runs: subjects,
    columns: extremes ? ["x", "min", "max", "mean"] : ["x", "mean"],
  };
}

/** As many buckets as there are pixels, in steps, so that charts of nearly one size share answers. */
export function bucketsFor(width_px: number): number {
  return Math.min(2000, Math.max(200, Math.ceil(width_px / 100) * 100));
}
