// Parallel coordinates without a canvas: where axes and lines are, which lines are brushed, and
// which line is nearest to a point.
import { placeInColumn, scaleOfColumn } from "./column";
import type { Box } from "./frame";
import { fromUnit, type Scale } from "./scale";
import type { Column, Range } from "./types";

export interface Axis {
  column: Column;
  scale: Scale;
  x: number;
  /** Some line has no value here: it goes through a place of its own below the axis. */
  gaps: boolean;
}

export interface Fan {
  axes: Axis[];
  top: number;
  height: number;
  /** y of each line on each axis in CSS pixels: line by line, axis by axis. */
  ys: Float32Array;
  lines: number;
}

const kSide_px = 46;
const kHead_px = 34;
const kFoot_px = 26;
const kMissing_px = 12;

export function layFan(columns: readonly Column[], lines: number, box: Box): Fan {
  const top = box.top + kHead_px;
  const height = Math.max(20, box.height - kHead_px - kFoot_px);
  const width = Math.max(10, box.width - 2 * kSide_px);
  const axes = columns.map((column, i): Axis => ({
    column,
    scale: scaleOfColumn(column, 0),
    x: box.left + kSide_px + (columns.length > 1 ? (width * i) / (columns.length - 1) : width / 2),
    gaps: false,
  }));
  const ys = new Float32Array(lines * axes.length);
  axes.forEach((axis, a) => {
    const { column, scale } = axis;
    for (let i = 0; i < lines; ++i) {
      const unit = placeInColumn(column, scale, column.values[i]!);
      const placed = Number.isFinite(unit);
      axis.gaps ||= !placed;
      ys[i * axes.length + a] = placed ? top + (1 - unit) * height : top + height + kMissing_px;
    }
  });
  return { axes, top, height, ys, lines };
}

export type Brushes = ReadonlyMap<string, Range>;

/** The lines inside all brushes, ascending. */
export function brushed(fan: Pick<Fan, "axes" | "lines">, brushes: Brushes): Uint32Array {
  const active = fan.axes.flatMap(({ column }) => {
    const range = brushes.get(column.name);
    return range ? [{ values: column.values, range, half: column.categories ? 0.5 : 0 }] : [];
  });
  const inside = new Uint32Array(fan.lines);
  let count = 0;
  for (let i = 0; i < fan.lines; ++i) {
    let kept = true;
    for (const { values, range, half } of active) {
      const value = values[i]! + half;
      if (!(value >= range.min && value <= range.max)) {
        kept = false;
        break;
      }
    }
    if (kept) inside[count++] = i;
  }
  return inside.subarray(0, count);
}

/** The line nearest to a point among `lines`, no farther than `reach`; null where there is none. */
export function lineAt(
  fan: Fan,
  lines: Uint32Array,
  x: number,
  y: number,
  reach: number,
): number | null {
  const { axes, ys } = fan;
  let right = axes.findIndex((axis) => axis.x >= x);
  if (right < 0) right = axes.length - 1;
  right = Math.max(right, Math.min(1, axes.length - 1));
  const left = Math.max(0, right - 1);
  const span = axes[right]!.x - axes[left]!.x;
  const part = span > 0 ? Math.min(1, Math.max(0, (x - axes[left]!.x) / span)) : 0;
  let best: number | null = null;
  let least = reach;
  for (const i of lines) {
    const from = ys[i * axes.length + left]!;
    const distance = Math.abs(from + (ys[i * axes.length + right]! - from) * part - y);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

export function axisAt({ axes }: Fan, x: number, reach: number): number | null {
  const found = axes.findIndex((axis) => Math.abs(axis.x - x) <= reach);
  return found < 0 ? null : found;
}

/** The value range between two heights of an axis; null where it would be empty. */
export function rangeBetween(fan: Fan, axis: number, y0: number, y1: number): Range | null {
  const { scale } = fan.axes[axis]!;
  const value = (y: number) =>
    fromUnit(scale, Math.min(1, Math.max(0, 1 - (y - fan.top) / fan.height)));
  const [a, b] = [value(y0), value(y1)];
  return a === b ? null : { min: Math.min(a, b), max: Math.max(a, b) };
}

/** Where a brush begins and ends on its axis, from above. */
export function placeOfRange(fan: Fan, axis: number, { min, max }: Range): [number, number] {
  const { scale, column } = fan.axes[axis]!;
  const plain: Column = { name: column.name, values: column.values, log: scale.log };
  const unit = (value: number) => Math.min(1, Math.max(0, placeInColumn(plain, scale, value)));
  const y = (value: number) => fan.top + (1 - unit(value)) * fan.height;
  const [a, b] = [y(min), y(max)];
  return [Math.min(a, b), Math.max(a, b)];
}

/** A brush moved by the keyboard: a twentieth of the axis up or down, or with `grow` larger. */
export function nudged(
  fan: Fan,
  axis: number,
  range: Range | undefined,
  up: boolean,
  grow: boolean,
): Range | null {
  const step = fan.height / 20;
  const [top, bottom] = range
    ? placeOfRange(fan, axis, range)
    : up
      ? [fan.top, fan.top + 5 * step]
      : [fan.top + fan.height - 5 * step, fan.top + fan.height];
  if (!range) return rangeBetween(fan, axis, top, bottom);
  if (grow) return rangeBetween(fan, axis, up ? top - step : top + step, bottom);
  const by = up ? Math.max(-step, fan.top - top) : Math.min(step, fan.top + fan.height - bottom);
  return rangeBetween(fan, axis, top + by, bottom + by);
}
