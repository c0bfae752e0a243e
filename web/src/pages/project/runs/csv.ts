// The run table as CSV (RFC 4180): the columns in sight, every run that the filter lets through.
import { api, path } from "../../../api/client";
import type { CellsPage, ColumnType, Value } from "../../../api/types";

const kPageRuns = 5000;

/** One line, with quotes where a comma, quote or line break asks for them. */
export function printLine(fields: readonly string[]): string {
  const quoted = fields.map((field) =>
    /[",\r\n]/.test(field) ? `"${field.replace(/"/g, '""')}"` : field,
  );
  return quoted.join(",") + "\r\n";
}

/** A cell so that other programs can read it: all digits, ISO times, seconds. */
export function printField(value: Value, type: ColumnType): string {
  if (value === null) return "";
  if (typeof value === "number") {
    if (type === "time") return new Date(value / 1e6).toISOString();
    if (type === "duration") return String(value / 1e9);
    return String(value);
  }
  if (typeof value === "string") return guard(value);
  if (Array.isArray(value)) return value.map((each) => printField(each, "mixed")).join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// A spreadsheet would run a text that begins so as a formula.
function guard(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? "'" + text : text;
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
  const parts = [printLine(["id", ...names])];
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
      printLine([id, ...columns.map(({ type }, i) => printField(cells[i] ?? null, type))]),
    );
    parts.push(lines.join(""));
    done += page.runs.length;
    onProgress(done, page.total);
    cursor = page.next_cursor;
  }
  return new Blob(parts, { type: "text/csv" });
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
