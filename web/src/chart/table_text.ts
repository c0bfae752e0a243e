// Tables as text, for files and for the clipboard.
import type { Table } from "./types";

export function csvOf(table: Table): string {
  return delimited(table, ",", (text) =>
    /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text,
  );
}

/** Pastes into a spreadsheet as cells. */
export function tsvOf(table: Table): string {
  return delimited(table, "\t", (text) => text.replace(/[\t\r\n]+/g, " "));
}

function delimited(table: Table, comma: string, quote: (text: string) => string): string {
  const row = (cells: readonly (string | number | null)[]) =>
    cells.map((cell) => (cell === null ? "" : quote(inert(cell)))).join(comma);
  return [table.columns, ...table.rows].map(row).join("\n") + "\n";
}

/** A name that a spreadsheet would run as a formula is made plain text. */
function inert(cell: string | number): string {
  return typeof cell === "string" && /^[=+@\-\t]/.test(cell) ? "'" + cell : String(cell);
}

/** A file name from a title. */
export function fileName(title: string, ending: string): string {
  const name = title
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[-.]+|-+$/g, "")
    .slice(0, 80);
  return `${name || "chart"}.${ending}`;
}
