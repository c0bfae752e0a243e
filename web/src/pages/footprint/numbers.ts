// What the page makes of the server's numbers: rows, days, and the runs that no other run beats.
import type { Equivalent, Footprint, FootprintGroup } from "../../api/footprint";
import type { Goal } from "../../api/metrics";
import type { CellsPage } from "../../api/types";

export type By = "run" | "user" | "device" | "group" | "job_type" | "zone" | "project";

export interface Row {
  /** What the group has in common; null: the runs that do not say. */
  name: string | null;
  runs: number;
  /** null: nothing is known of its energy. */
  footprint: Footprint | null;
  /** Of what is known of all. */
  share: number;
}

/** Groups as rows: the most energy first, what is unknown last. */
export function rowsOf(groups: readonly FootprintGroup[], by: By): Row[] {
  const kwh = (footprint: Footprint | null) => footprint?.energy_kwh.value ?? -1;
  const sum = groups.reduce((all, { footprint }) => all + Math.max(0, kwh(footprint)), 0);
  return groups
    .map(({ key, runs, footprint }) => ({
      name: key[by] || null,
      runs,
      footprint,
      share: footprint && sum > 0 ? footprint.energy_kwh.value / sum : 0,
    }))
    .sort((a, b) => kwh(b.footprint) - kwh(a.footprint));
}

/** Energy by day: of all days up to the last, the idle ones among them. */
export interface Days {
  /** Midnights in seconds since the epoch: one more than days. */
  edges: Float64Array;
  kwh: Float64Array;
}

const kDaysLeast = 14; // fewer would be as broad as houses
const kDaysMost = 5000;

export function daysOf(groups: readonly FootprintGroup[]): Days {
  const known = new Map<number, number>();
  for (const { key, footprint } of groups) {
    const [year, month, day] = (key["day"] ?? "").split("-").map(Number);
    if (!footprint || !year || !month || !day) continue;
    known.set(new Date(year, month - 1, day).getTime(), footprint.energy_kwh.value);
  }
  if (known.size === 0) return { edges: new Float64Array(), kwh: new Float64Array() };
  const last = Math.max(...known.keys());
  const edges: number[] = [];
  const kwh: number[] = [];
  // A day is not always 24 hours long: the calendar counts.
  const least = new Date(last);
  least.setDate(least.getDate() - kDaysLeast + 1);
  const at = new Date(Math.min(least.getTime(), ...known.keys()));
  for (; at.getTime() <= last && kwh.length < kDaysMost; at.setDate(at.getDate() + 1)) {
    edges.push(at.getTime() / 1000);
    kwh.push(known.get(at.getTime()) ?? 0);
  }
  return { edges: Float64Array.from([...edges, at.getTime() / 1000]), kwh: Float64Array.from(kwh) };
}

// --- result against energy

export interface Results {
  ids: string[];
  names: string[];
  kwh: Float64Array;
  metric: Float64Array;
}

/** The runs that have both; the cells are name, energy, metric. */
export function resultsOf({ runs }: CellsPage): Results {
  const both = runs.filter(({ cells }) => isNumber(cells[1]) && isNumber(cells[2]));
  return {
    ids: both.map(({ id }) => id),
    names: both.map(({ id, cells }) => String(cells[0] ?? id)),
    kwh: Float64Array.from(both, ({ cells }) => cells[1] as number),
    metric: Float64Array.from(both, ({ cells }) => cells[2] as number),
  };
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

/** Those that no other run beats in both: less energy and a result as good, or a better one. */
export function paretoFront(
  { kwh, metric }: Pick<Results, "kwh" | "metric">,
  goal: Goal,
): number[] {
  const sign = goal === "maximize" ? 1 : -1;
  const order = Array.from(kwh.keys()).sort(
    (a, b) => kwh[a]! - kwh[b]! || sign * (metric[b]! - metric[a]!),
  );
  let best = -Infinity;
  return order.filter((i) => {
    const value = sign * metric[i]!;
    if (value <= best) return false;
    best = value;
    return true;
  });
}

// --- what it is as much as

const kLikeMost = 4;
const kHandy = 10;
const kSeenLeast = 0.005;

/** The few of which the amount says most: neither thousandths nor millions. */
export function likely(all: readonly Equivalent[]): Equivalent[] {
  const distance = ({ amount }: Equivalent) => Math.abs(Math.log10(amount / kHandy));
  const near = all
    .filter(({ amount }) => amount >= kSeenLeast)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, kLikeMost);
  return all.filter((each) => near.includes(each));
}
