// Tables as text, for files and for the clipboard.
import { csvLine, inert } from "../save";
import type { Table } from "./types";

export function csvOf(table: Table): string {
  return textOf(table, csvLine);
}

/** Pastes into a spreadsheet as cells. */
export function tsvOf(table: Table): string {
  return textOf(
    table,
    (cells) => cells.map((cell) => cell.replace(/[\t\r\n]+/g, " ")).join("\t") + "\n",
  );
}

function textOf({ columns, rows }: Table, line: (cells: string[]) => string): string {
  const print = (cell: string | number | null) =>
    typeof cell === "string" ? inert(cell) : String(cell ?? "");
  return [columns, ...rows].map((row) => line(row.map(print))).join("");
}

/** A file name from a title. */
export function fileName(title: string, ending: string): string {
  const name = title
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[-.]+|-+$/g, "")
    .slice(0, 80);
  return `${name || "chart"}.${ending}`;
}
