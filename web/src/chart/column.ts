// Columns of values, numbers or categories: their scales, their words, their colours.
import { formatNumber, formatTime } from "../format";
import type { FrameAxis } from "./frame";
import { scaleAround, toUnit, type Scale } from "./scale";
import type { Column, Range } from "./types";

/** The smallest and largest finite value; min > max where there is none. */
export function extent(values: ArrayLike<number>, positive = false): Range {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; ++i) {
    const value = values[i]!;
    if (!Number.isFinite(value) || (positive && value <= 0)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

export function scaleOfColumn(column: Column, pad: number, range?: Range | null): Scale {
  const inverted = column.inverted ?? false;
  if (column.categories)
    return { min: 0, max: Math.max(1, column.categories.length), log: false, inverted };
  const log = column.log ?? false;
  if (range) return { ...range, log, inverted };
  const { min, max } = extent(column.values, log);
  return { ...scaleAround(min, max, log, pad), inverted };
}

/** Where a value stands on its scale: categories stand in the middle of their place. */
export function placeInColumn(column: Column, scale: Scale, value: number): number {
  return toUnit(scale, column.categories ? value + 0.5 : value);
}

export function axisOfColumn(column: Column, scale: Scale): FrameAxis {
  return {
    scale,
    label: column.name,
    kind: column.time ? "time" : "number",
    ...(column.categories ? { names: column.categories } : {}),
  };
}

export function formatInColumn(column: Column, value: number): string {
  if (Number.isNaN(value)) return "–";
  if (column.categories) return column.categories[value] ?? "–";
  return column.time ? formatTime(value * 1e9) : formatNumber(value);
}
