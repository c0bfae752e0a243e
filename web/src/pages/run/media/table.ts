// A logged table: read, searched, sorted, written as CSV. Its content may be anything.
import type { Value } from "../../../api/types";
import { csvLine, inert } from "../../../save";
import { isTree, printValue } from "../../../text/tree";

export interface LoggedTable {
  columns: string[];
  rows: Value[][];
}

export interface Order {
  column: number;
  down: boolean;
}

/** How a table is looked at. */
export interface TableView {
  text: string;
  order: Order | undefined;
  page: number;
}

/** As words for the address: the column from 1, "-" before it for down; the page from 1; the search. */
export function printView({ text, order, page }: TableView): string[] {
  const column = order ? `${order.down ? "-" : ""}${order.column + 1}` : "";
  const words = [column, page > 0 ? String(page + 1) : "", text];
  while (words.length > 0 && !words.at(-1)) words.pop();
  return words;
}

export function readView([column = "", page = "", text = ""]: readonly string[]): TableView {
  const at = Math.abs(parseInt(column)) - 1;
  return {
    text,
    order: at >= 0 ? { column: at, down: column.startsWith("-") } : undefined,
    page: Math.max(0, (parseInt(page) || 1) - 1),
  };
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

export function printCsv(columns: string[], rows: Value[][]): string {
  const cellText = (cell: Value) =>
    typeof cell === "string" ? inert(cell) : cell === null ? "" : printValue(cell);
  return [columns, ...rows].map((row) => csvLine(row.map(cellText))).join("");
}
