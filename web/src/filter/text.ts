// Writing the filter language (docs/filter.md): fields, values and comparisons as text.
import type { Value } from "../api/types";

const kWord = /^[A-Za-z0-9_]+(?:[/\-@:]+[A-Za-z0-9_]+)*$/;

/** A field as it must be written: segments that are no words stand in backticks. */
export function printField(name: string): string {
  const [head = "", ...rest] = name.split(".");
  if (rest.length === 0 || !["config", "summary", "git", "meta"].includes(head))
    return isWord(name) ? name : quoteSegment(name);
  const segments = rest.every(isWord) ? rest : [quoteSegment(rest.join("."))];
  return [head, ...segments].join(".");
}

function isWord(text: string): boolean {
  return kWord.test(text);
}

function quoteSegment(text: string): string {
  return "`" + text.replace(/`/g, "``") + "`";
}

export function printText(text: string): string {
  return "'" + text.replace(/'/g, "''") + "'";
}

/** A number, text or boolean as a literal of the language; null for what has none. */
export function printLiteral(value: Value): string | null {
  if (typeof value === "string") return printText(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value !== "number" || Number.isNaN(value)) return null;
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(value);
}

/** The comparison that holds for the runs whose field is exactly this. */
export function printEqual(field: string, value: Value): string {
  const name = printField(field);
  if (value === null) return `${name} is null`;
  if (typeof value === "number" && Number.isNaN(value)) return `${name} is nan`;
  if (Array.isArray(value)) {
    const members = value.map(printLiteral).filter((literal) => literal !== null);
    return members.map((literal) => `${literal} in ${name}`).join(" and ") || `${name} is null`;
  }
  const literal = printLiteral(value);
  return literal === null ? `${name} is not null` : `${name} = ${literal}`;
}

/** All of them at once; empty filters say nothing. */
export function joinFilters(...filters: string[]): string {
  const said = filters.map((filter) => filter.trim()).filter(Boolean);
  if (said.length < 2) return said[0] ?? "";
  return said.map((filter) => `(${filter})`).join(" and ");
}

/** The runs with (or without) these ids. */
export function printIds(ids: string[], without = false): string {
  if (ids.length === 0) return "";
  return `id ${without ? "not in" : "in"} (${ids.map(printText).join(", ")})`;
}
