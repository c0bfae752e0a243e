// Under which terms a footprint is looked at: all in the address, and as parameters of the API.
import type { Params } from "../../api/client";
import { query } from "../../state/url";

export const kSince = {
  "": "All time",
  "1d": "Day",
  "7d": "Week",
  "30d": "Month",
  "90d": "90 days",
  "365d": "Year",
};
export const kIdle = {
  none: "Nobody's",
  proportional: "By share of use",
  all: "Split evenly",
};

/** What is chosen; "" is what the run, the project or the tables say. */
export interface Choices {
  filter: string;
  since: string;
  zone: string;
  pue: string;
  /** "0.25 EUR", "0.25". */
  price: string;
  idle: string;
  kind: string;
  /** A key of the summary that runs are judged by, and "maximize" or "minimize". */
  metric: string;
  goal: string;
}

/** Signals: reading one subscribes, setting one writes the address. */
export function choiceSignals() {
  return {
    filter: query<string>("f.filter", ""),
    since: query<string>("f.since", ""),
    zone: query<string>("f.zone", ""),
    pue: query<string>("f.pue", ""),
    price: query<string>("f.price", ""),
    idle: query<string>("f.idle", ""),
    kind: query<string>("f.kind", ""),
    metric: query<string>("f.metric", ""),
    goal: query<string>("f.goal", ""),
  };
}

export function readChoices(signals: ReturnType<typeof choiceSignals>): Choices {
  const { filter, since, zone, pue, price, idle, kind, metric, goal } = signals;
  return {
    filter: filter.value,
    since: since.value,
    zone: zone.value,
    pue: pue.value,
    price: price.value,
    idle: idle.value,
    kind: kind.value,
    metric: metric.value,
    goal: goal.value,
  };
}

/** Where, when and at which price: what a run alone can be asked for too. */
export function placeParams({ zone, pue, price, idle, kind }: Choices): Params {
  const [, amount = "", currency = ""] = /^\s*([^\sA-Za-z]*)\s*([A-Za-z]*)\s*$/.exec(price) ?? [];
  return {
    zone,
    pue,
    price_per_kwh: amount || price.trim(),
    currency: amount ? currency.toUpperCase() : "",
    idle,
    kind,
  };
}

export function pageParams(choices: Choices): Params {
  const { filter, since, metric, goal } = choices;
  return { filter, since, metric, goal: metric && goal, ...placeParams(choices) };
}

/** That a run tells its energy, in the filter language. */
export const kKnown = "summary.footprint.kwh >= 0";

/** The runs that are meant, in the filter language. */
export function runFilter({ filter, since }: Choices, also = ""): string {
  return [filter && `(${filter})`, since && `created > -${since}`, also]
    .filter(Boolean)
    .join(" and ");
}
