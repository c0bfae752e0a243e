// A logged table: read, searched, sorted, written as CSV. Its content may be anything.
import type { Value } from "../../../api/types";
import { isTree, printValue } from "../../../text/tree";

export interface LoggedTable {
  columns: string[];
  rows: Value[][];
}

export interface Order {
  column: number;
  down: boolean;
}

/** The content of a table's blob. Rows that are too short or too long are cut to the columns. */
export function readTable(content: unknown): LoggedTable {
  const { columns, data } = (content ?? {}) as { columns?: unknown; data?: unknown };
  if (!Array.isArray(columns) || !Array.isArray(data))
    throw new Error("expected a table with columns and data, found something else");
  const names = columns.map((name) => printValue(name as Value));
  const rows = data.map((row): Value[] => {
    const cells = (Array.isArray(row) ? row : [row]) as Value[];
    return names.map((_, column) => cells[column] ?? null);
  });
  return { columns: names, rows };
}

/** The rows that hold the text in any cell, in order; `order` undefined keeps them as logged. */
export function arrangeRows(table: LoggedTable, text: string, order: Order | undefined): Value[][] {
  const wanted = text.trim().toLowerCase();
  const rows = wanted
    ? table.rows.filter((row) =>
        row.some((cell) => printValue(cell).toLowerCase().includes(wanted)),
      )
    : table.rows;
  if (!order) return rows;
  const sign = order.down ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [one[order.column] ?? null, other[order.column] ?? null];
    const [last_a, last_b] = [isAbsent(a), isAbsent(b)];
    if (last_a || last_b) return Number(last_a) - Number(last_b); // absent comes last either way
    return sign * compareCells(a, b);
  });
}

function isAbsent(cell: Value): boolean {
  return cell === null || (typeof cell === "number" && Number.isNaN(cell));
}

function compareCells(one: Value, other: Value): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one === "number") return -1;
  if (typeof other === "number") return 1;
  return printValue(one).localeCompare(printValue(other), "en", { numeric: true });
}

/** Whether every cell that is there is a number: such a column is set to the right. */
export function isNumeric(table: LoggedTable, column: number): boolean {
  let any = false;
  for (const row of table.rows.slice(0, 500)) {
    const cell = row[column];
    if (cell === null || cell === undefined) continue;
    if (typeof cell !== "number") return false;
    any = true;
  }
  return any;
}

export function isMedia(cell: Value): boolean {
  return isTree(cell) && typeof cell["type"] === "string" && typeof cell["sha256"] === "string";
}

/** RFC 4180. A text that a spreadsheet would take for a formula is kept as a text. */
export function printCsv(columns: string[], rows: Value[][]): string {
  const cellText = (cell: Value) => {
    const text = cell === null ? "" : printValue(cell);
    const safe = typeof cell === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  };
  return [columns, ...rows].map((row) => row.map(cellText).join(",")).join("\r\n") + "\r\n";
}
