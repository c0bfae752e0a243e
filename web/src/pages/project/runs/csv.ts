// The run table as CSV (RFC 4180): the columns in sight, every run that the filter lets through.
import { api, path } from "../../../api/client";
import type { CellsPage, ColumnType, Value } from "../../../api/types";
import { csvLine, inert } from "../../../save";

const kPageRuns = 5000;

/** A cell so that other programs can read it: all digits, ISO times, seconds. */
export function printField(value: Value, type: ColumnType): string {
  if (value === null) return "";
  if (typeof value === "number") {
    if (type === "time") return new Date(value / 1e6).toISOString();
    if (type === "duration") return String(value / 1e9);
    return String(value);
  }
  if (typeof value === "string") return inert(value);
  if (Array.isArray(value)) return value.map((each) => printField(each, "mixed")).join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface CsvRequest {
  project: string;
  filter: string;
  sort: string;
  columns: { name: string; type: ColumnType }[];
  onProgress: (done: number, total: number) => void;
}

export async function fetchCsv(request: CsvRequest): Promise<Blob> {
  const { project, filter, sort, columns, onProgress } = request;
  const names = columns.map((column) => column.name);
  const parts = [csvLine(["id", ...names])];
  let cursor: string | null = "";
  let done = 0;
  while (cursor !== null) {
    const page: CellsPage = await api.get<CellsPage>(path`/projects/${project}/runs`, {
      filter,
      sort,
      columns: names,
      limit: kPageRuns,
      cursor,
    });
    const lines = page.runs.map(({ id, cells }) =>
      csvLine([id, ...columns.map(({ type }, i) => printField(cells[i] ?? null, type))]),
    );
    parts.push(lines.join(""));
    done += page.runs.length;
    onProgress(done, page.total);
    cursor = page.next_cursor;
  }
  return new Blob(parts, { type: "text/csv" });
}
