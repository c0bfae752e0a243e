// Columns of runs as charts draw them: all runs that a filter lets through, a page at a time.
import { api, path } from "../../../api/client";
import type { CellsPage, Column as ColumnInfo, Value } from "../../../api/types";
import type { Column } from "../../../chart";

export interface RunTable {
  ids: string[];
  names: string[];
  columns: Map<string, Value[]>;
  /** Runs that the filter lets through, of which `ids` may be the first ones. */
  total: number;
}

const kPage = 10_000;
const kRunsMost = 20_000;

export async function loadRuns(
  project: string,
  filter: string,
  columns: readonly string[],
  signal: AbortSignal,
  most = kRunsMost,
): Promise<RunTable> {
  const asked = ["name", ...new Set(columns.filter((name) => name !== "name"))];
  const table: RunTable = {
    ids: [],
    names: [],
    columns: new Map(asked.map((name) => [name, []])),
    total: 0,
  };
  let cursor: string | null = "";
  while (cursor !== null && table.ids.length < most) {
    const page: CellsPage = await api.get<CellsPage>(
      path`/projects/${project}/runs`,
      { filter, columns: asked, limit: kPage, cursor },
      { signal },
    );
    for (const { id, cells } of page.runs) {
      table.ids.push(id);
      table.names.push(String(cells[0] ?? id));
      asked.forEach((name, i) => table.columns.get(name)!.push(cells[i] ?? null));
    }
    table.total = page.total;
    cursor = page.next_cursor;
  }
  return table;
}

/** Cells as numbers where most are, else as categories; null is NaN. */
export function columnOf(
  name: string,
  label: string,
  cells: readonly Value[],
  info?: ColumnInfo,
): Column {
  if (info?.type === "time") return { name: label, values: numbersOf(cells, 1e-9), time: true };
  if (info?.type === "duration") return { name: `${label} (s)`, values: numbersOf(cells, 1e-9) };
  const numeric = cells.every((cell) => cell === null || typeof cell === "number");
  if (numeric)
    return {
      name: label,
      values: numbersOf(cells, 1),
      log: spansDecades(cells) && /(^|[._/])(lr|learning_rate|weight_decay|eps)/.test(name),
    };
  const words = cells.map((cell) => (cell === null ? null : textOf(cell)));
  const categories = [...new Set(words.filter((word) => word !== null))].sort(naturally);
  const index = new Map(categories.map((word, i) => [word, i]));
  const values = Float64Array.from(words, (word) => (word === null ? NaN : index.get(word)!));
  return { name: label, values, categories };
}

function numbersOf(cells: readonly Value[], unit: number): Float64Array {
  return Float64Array.from(cells, (cell) => (typeof cell === "number" ? cell * unit : NaN));
}

/** Learning rates and their like are chosen on a logarithmic scale, and are best seen on one. */
function spansDecades(cells: readonly Value[]): boolean {
  let min = Infinity;
  let max = 0;
  for (const cell of cells) {
    if (typeof cell !== "number") continue;
    if (cell <= 0) return false;
    min = Math.min(min, cell);
    max = Math.max(max, cell);
  }
  return max / min > 50;
}

export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function naturally(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}
