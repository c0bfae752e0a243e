// How charts word values: x of every kind, and what a screen reader hears.
import { formatDuration, formatNumber, formatTime } from "../format";
import type { TickKind } from "./scale";
import type { AxisKind, XAxis } from "./types";

export function tickKindOf(kind: AxisKind): TickKind {
  return kind === "time" ? "time" : kind === "relative" ? "duration" : "number";
}

/** The name of the axis: "Step", "Time", "kWh", or the metric. */
export function axisName({ kind, label }: XAxis): string {
  if (label) return label;
  return { step: "Step", time: "Time", relative: "Time since start", energy: "kWh", metric: "" }[
    kind
  ];
}

export function formatX({ kind, label }: XAxis, value: number): string {
  if (kind === "time") return formatTime(value * 1e9);
  if (kind === "relative") return `${formatDuration(value)} after start`;
  if (kind === "energy") return `${formatNumber(value, 4)} kWh`;
  if (kind === "metric") return `${label ?? "x"} ${formatNumber(value)}`;
  return `Step ${formatNumber(Math.round(value))}`;
}
