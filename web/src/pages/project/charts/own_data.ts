// From columns of runs to what the charts of added panels draw.
import { boxStats, type Bar, type Box, type Column } from "../../../chart";
import { runColor } from "../../../color";
import type { HeatSpec } from "./own_panel";
import type { RunTable } from "./run_columns";
import { textOf } from "./run_columns";

const kBarsMost = 60;
const kBoxesMost = 40;
const kCellsMost = 60;

/** The runs of a table that have a number in `column`, by the text of `by`. */
function valuesBy(table: RunTable, column: Column, by: string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  const words = table.columns.get(by);
  column.values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    const name = by ? textOf(words?.[i] ?? null) : "All runs";
    const group = groups.get(name);
    if (group) group.push(value);
    else groups.set(name, [value]);
  });
  return new Map([...groups].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true })));
}

/** A bar a run, highest first; or a bar a group, its mean with its spread. */
export function barsOf(
  table: RunTable,
  column: Column,
  by: readonly string[],
  colorOf: (id: string) => string,
): Bar[] {
  if (by.length > 0) {
    const groups = valuesBy(table, column, by[0]!);
    return [...groups].slice(0, kBarsMost).map(([name, values]) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const label = `${name} (${values.length})`;
      return {
        id: name,
        label,
        color: runColor(name),
        value: mean,
        low: Math.min(...values),
        high: Math.max(...values),
      };
    });
  }
  const order = Array.from(column.values.keys()).filter((i) => Number.isFinite(column.values[i]!));
  order.sort((a, b) => column.values[b]! - column.values[a]!);
  return order.slice(0, kBarsMost).map((i) => ({
    id: table.ids[i]!,
    label: table.names[i]!,
    color: colorOf(table.ids[i]!),
    value: column.values[i]!,
  }));
}

export function boxesOf(table: RunTable, column: Column, by: string): Box[] {
  return [...valuesBy(table, column, by)].slice(0, kBoxesMost).map(([name, values]) => ({
    id: name,
    label: name,
    color: runColor(name),
    values: Float64Array.from(values),
  }));
}

export interface HeatCells {
  xs: string[];
  ys: string[];
  values: Float64Array;
  counts: Uint32Array;
  /** The runs of each cell. */
  runs: string[][];
}

export function heatOf(table: RunTable, { x, y, pick }: HeatSpec, value: Column): HeatCells {
  const [x_cells, y_cells] = [table.columns.get(x) ?? [], table.columns.get(y) ?? []];
  const names = (cells: readonly unknown[]) =>
    [...new Set(cells.filter((cell) => cell !== null).map((cell) => textOf(cell as never)))]
      .sort((a, b) => Number(a) - Number(b) || a.localeCompare(b, undefined, { numeric: true }))
      .slice(0, kCellsMost);
  const [xs, ys] = [names(x_cells), names(y_cells)];
  const [x_at, y_at] = [placesOf(xs), placesOf(ys)];
  const members: number[][] = Array.from({ length: xs.length * ys.length }, () => []);
  const runs: string[][] = members.map(() => []);
  table.ids.forEach((id, i) => {
    const column = x_at.get(textOf(x_cells[i] ?? null));
    const row = y_at.get(textOf(y_cells[i] ?? null));
    const number = value.values[i]!;
    if (column === undefined || row === undefined || !Number.isFinite(number)) return;
    members[row * xs.length + column]!.push(number);
    runs[row * xs.length + column]!.push(id);
  });
  const values = Float64Array.from(members, (numbers) => {
    if (numbers.length === 0) return NaN;
    const stats = boxStats(Float64Array.from(numbers));
    return pick === "mean" ? stats.mean : Math[pick](...numbers);
  });
  return { xs, ys, values, counts: Uint32Array.from(members, (numbers) => numbers.length), runs };
}

function placesOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, i) => [name, i]));
}
