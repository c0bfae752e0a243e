// What trials are to charts and tables: columns of numbers and categories, looks, words.
import type { Objective, ParameterDocument, Parameters, Sweep, Trial } from "../../api/sweeps";
import type { Value } from "../../api/types";
import type { Column } from "../../chart";
import { formatDuration, formatNumber } from "../../format";

/** How a trial ended, or where it is, in the words of the legend. */
export type Look = "complete" | "reused" | "stopped" | "prior" | "failed" | "open";

export const kLooks: Record<Look, { label: string; token: string }> = {
  complete: { label: "complete", token: "--accent" },
  reused: { label: "known before, not run", token: "--good" },
  stopped: { label: "stopped early", token: "--warn" },
  prior: { label: "earlier run", token: "--faint" },
  failed: { label: "failed", token: "--bad" },
  open: { label: "not over", token: "--muted" },
};

export function lookOf({ state, is_reused }: Trial): Look {
  if (state === "prior") return "prior";
  if (state === "failed" || state === "lost") return "failed";
  if (state === "stopped") return "stopped";
  if (state === "complete") return is_reused ? "reused" : "complete";
  return "open";
}

/** Whether its values are what its settings come to; one that was stopped was on its way. */
export function isResult(trial: Trial): boolean {
  return Number.isFinite(valueOf(trial)) && lookOf(trial) !== "stopped";
}

/** The value of an objective, NaN where there is none. */
export function valueOf(trial: Trial, objective = 0): number {
  return trial.values?.[objective] ?? NaN;
}

export function nameOf({ number }: Pick<Trial, "number">): string {
  return number < 0 ? `earlier run ${-number}` : `trial ${number}`;
}

export type AxisId = "trial" | "time" | "seconds" | "kwh" | "money";

export const kAxes: Record<AxisId, string> = {
  trial: "trial",
  time: "hours since it began",
  seconds: "hours of computing",
  kwh: "kWh",
  money: "money",
};

const kNsPerHour = 3.6e12;
const kSPerHour = 3600;

/**
 * Where trials stand on an axis, in the order given. Costs add up over trials that have ended, one
 * after the other; one of unknown cost and all after it are NaN, for nobody knows where they stand.
 */
export function placesOn(axis: AxisId, trials: readonly Trial[], began_ns: number): Float64Array {
  if (axis === "trial") return Float64Array.from(trials, ({ number }) => number);
  if (axis === "time")
    return Float64Array.from(trials, ({ ended_ns, number }) =>
      number < 0 || ended_ns === null ? NaN : (ended_ns - began_ns) / kNsPerHour,
    );
  const places = new Float64Array(trials.length).fill(NaN);
  const order = [...trials.keys()]
    .filter((i) => trials[i]!.number >= 0 && trials[i]!.ended_ns !== null)
    .sort((a, b) => trials[a]!.ended_ns! - trials[b]!.ended_ns!);
  let sum = 0;
  for (const i of order) {
    const { cost, is_reused } = trials[i]!;
    sum += is_reused ? 0 : (cost[axis] ?? NaN);
    places[i] = axis === "seconds" ? sum / kSPerHour : sum;
  }
  return places;
}

/** The axes for which something is known. */
export function axesOf(trials: readonly Trial[]): AxisId[] {
  const known = (axis: AxisId) => placesOn(axis, trials, 0).some((place) => Number.isFinite(place));
  return (Object.keys(kAxes) as AxisId[]).filter((axis) => axis === "trial" || known(axis));
}

/** What varies: parameters that are no constants. */
export function varied(sweep: Sweep): Map<string, ParameterDocument> {
  const all = Object.entries(sweep.definition.parameters ?? {});
  return new Map(
    all.filter(([, { value, values }]) => value === undefined && values?.length !== 1),
  );
}

/** What a parameter is one of; null where it has a range, or takes several of its values. */
export function choicesOf({ type, values }: ParameterDocument): readonly Value[] | null {
  return values && (type === "choice" || type === "ordinal") ? values : null;
}

export function isLogarithmic({ distribution = "" }: ParameterDocument): boolean {
  return /log_/.test(distribution);
}

/** So many choices have room for their names; more, if numbers, stand on a scale. */
const kNamedMost = 12;

/** A parameter as a column: numbers, or categories in the order of the space, then as they came. */
export function columnOf(
  name: string,
  params: readonly Parameters[],
  document: ParameterDocument | undefined,
): Column {
  const cells = params.map((each) => each[name]);
  const present = cells.filter((cell) => cell !== undefined && cell !== null);
  const choices = (document && choicesOf(document)) ?? [];
  const named = choices.length > 0 && choices.length <= kNamedMost;
  if (!named && present.every((cell) => typeof cell === "number"))
    return {
      name,
      values: Float64Array.from(cells, (cell) => (typeof cell === "number" ? cell : NaN)),
      log: document !== undefined && isLogarithmic(document) && present.every((v) => Number(v) > 0),
    };
  const categories: string[] = choices.map(textOf);
  const index = new Map(categories.map((category, i) => [category, i]));
  const values = Float64Array.from(cells, (cell) => {
    if (cell === undefined || cell === null) return NaN;
    const text = textOf(cell);
    const known = index.get(text);
    if (known !== undefined) return known;
    index.set(text, categories.length);
    return categories.push(text) - 1;
  });
  return { name, values, categories };
}

export function textOf(value: Value | undefined): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "number") return formatNumber(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** 0.912 ± 0.004, or – where nobody knows. */
export function printValue(mean: number | null | undefined, sd?: number | null): string {
  if (mean === null || mean === undefined || Number.isNaN(mean)) return "–";
  return sd ? `${formatNumber(mean)} ± ${formatNumber(sd, 2)}` : formatNumber(mean);
}

/** How long a trial took, or has taken by now. */
export function durationOf(trial: Trial, now_ns: number): string {
  if (trial.cost.seconds !== null) return formatDuration(trial.cost.seconds);
  if (trial.began_ns === null) return "–";
  return formatDuration(((trial.ended_ns ?? now_ns) - trial.began_ns) / 1e9);
}

export function printGoal({ metric, goal, target }: Objective): string {
  const aim = target === null ? "" : ` to ${formatNumber(target)}`;
  return `${goal} ${metric}${aim}`;
}

/** "12 of 60 trials", "1.5 of 8 h": what each budget has left. */
export function printBudget({ used, budget }: Sweep): string[] {
  const lines: string[] = [];
  const add = (spent: number | null, most: number | null, unit: string) => {
    if (most === null) return;
    const known = spent === null ? "–" : formatNumber(spent, 3);
    lines.push(`${known} of ${formatNumber(most, 3)} ${unit}`);
  };
  add(used.trials, budget.trials, "trials");
  add(used.seconds === null ? null : used.seconds / kSPerHour, budget.hours, "h");
  add(used.kwh, budget.kwh, "kWh");
  add(used.gco2e, budget.gco2e, "g CO₂e");
  add(used.money, budget.money, "money");
  return lines.length > 0 ? lines : [`${used.trials} ${used.trials === 1 ? "trial" : "trials"}`];
}

/** The share of the tightest budget that is spent; null without one. */
export function shareSpent({ used, budget }: Sweep): number | null {
  const shares = [
    budget.trials && used.trials / budget.trials,
    budget.hours && used.seconds !== null && used.seconds / kSPerHour / budget.hours,
    budget.kwh && used.kwh !== null && used.kwh / budget.kwh,
    budget.gco2e && used.gco2e !== null && used.gco2e / budget.gco2e,
    budget.money && used.money !== null && used.money / budget.money,
  ].filter((share): share is number => typeof share === "number");
  return shares.length > 0 ? Math.min(1, Math.max(...shares)) : null;
}
