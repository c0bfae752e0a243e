// Which columns the run table shows, how wide they are and how their cells read.
import type { Column, ColumnType, Value } from "../../../api/types";
import { formatAgo, formatDuration, formatNumber, formatTime } from "../../../format";
import type { TableColumn } from "../../../ui";
import { readStat } from "./stat";

export interface RunColumn extends TableColumn {
  type: ColumnType;
  /** The last part of its name is what matters: config.opt.lr → opt.lr. */
  title: string;
  /** What stands small beside the title: min, max …; config and summary where titles are alike. */
  origin: string;
}

const kNsPerSecond = 1e9;
const kFootprint = "summary.footprint.";
const kNamed: Record<string, string> = {
  created: "Created",
  updated: "Updated",
  ended: "Ended",
  duration: "Duration",
  state: "State",
  tags: "Tags",
  notes: "Notes",
  group: "Group",
  job_type: "Job type",
  user: "User",
  host: "Host",
  id: "ID",
  exit_code: "Exit code",
  last_step: "Last step",
  lost: "Lost",
  archived: "Archived",
  [kFootprint + "kwh"]: "Energy (kWh)",
  [kFootprint + "gco2e"]: "CO₂e (g)",
  [kFootprint + "money"]: "Electricity",
};

const kDefaultSummary = 6;
const kDefaultConfig = 6;

/** The columns to begin with: what most runs have of config and summary, and when they ran. */
export function defaultColumns(columns: readonly Column[]): string[] {
  const most = (prefix: string, count: number) =>
    columns
      .filter(({ name, type }) => name.startsWith(prefix) && type !== "list")
      .filter(({ name }) => !name.startsWith(kFootprint)) // all runs have them
      .sort((a, b) => b.count - a.count)
      .slice(0, count)
      .map((column) => column.name);
  const has = (name: string) => columns.some((column) => column.name === name);
  return [
    "created",
    "duration",
    ...most("summary.", kDefaultSummary),
    ...most("config.", kDefaultConfig),
    ...[kFootprint + "kwh", "tags", "notes"].filter(has),
  ];
}

export function isNumber(type: ColumnType): boolean {
  return type === "int" || type === "float" || type === "duration";
}

/** What a column is called: [title, origin]. */
export function titleOf(name: string): [string, string] {
  if (kNamed[name]) return [kNamed[name], ""];
  const stat = readStat(name);
  if (stat) return [stat.key, stat.what];
  const [head = "", ...rest] = name.split(".");
  if (rest.length > 0 && ["config", "summary", "git", "meta"].includes(head))
    return [rest.join("."), head];
  return [name, ""];
}

export interface Looks {
  /** Widths that the user chose. */
  widths: ReadonlyMap<string, number>;
  /** Numbers stand beside their difference to the baseline. */
  with_diff: boolean;
  /** Numbers stand beside the spread of their group. */
  with_spread: boolean;
}

/** Columns as the table shows them, in this order. */
export function makeColumns(
  columns: readonly { name: string; type: ColumnType }[],
  looks: Looks,
): RunColumn[] {
  const titles = columns.map(({ name }) => titleOf(name)[0]);
  const alike = new Set(titles.filter((title, i) => titles.indexOf(title) !== i));
  return columns.map(({ name, type }) => makeColumn(name, type, alike, looks));
}

function makeColumn(
  name: string,
  type: ColumnType,
  alike: ReadonlySet<string>,
  { widths, with_diff, with_spread }: Looks,
): RunColumn {
  const [title, from] = titleOf(name);
  const origin = readStat(name) || alike.has(title) ? from : "";
  const number = isNumber(type);
  const of_number = with_diff ? 222 : with_spread ? 148 : 104;
  const natural = number ? of_number : (kWidths[name] ?? kWidths[type] ?? 140);
  // A long title is worth some room, not all of it.
  const for_title = Math.min(220, 44 + (title.length + origin.length) * 6.6);
  return {
    id: name,
    type,
    title,
    origin,
    width_px: widths.get(name) ?? Math.round(Math.max(natural, for_title)),
    class: number ? "number" : "",
  };
}

const kWidths: Record<string, number> = {
  notes: 240,
  tags: 180,
  time: 112,
  list: 180,
  bool: 80,
  text: 140,
};

/** A cell as text; "" where there is nothing. */
export function printCell(value: Value | undefined, type: ColumnType): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") {
    if (type === "time") return formatAgo(value);
    if (type === "duration") return formatDuration(value / kNsPerSecond);
    return formatNumber(value);
  }
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((each) => printCell(each, "mixed")).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The cell with all of its digits, for tooltips and copies. */
export function printExactCell(value: Value | undefined, type: ColumnType): string {
  if (typeof value === "number" && type === "time") return formatTime(value);
  if (typeof value === "number" && type !== "duration") return String(value);
  return printCell(value, type);
}
