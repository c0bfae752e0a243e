// Trees of values (config, summary, meta) → rows to show, flat leaves to compare, one-line texts.
import type { Tree, Value } from "../api/types";

export interface TreeRow {
  /** Names joined with dots, as filters and the API write them. */
  path: string;
  name: string;
  depth: number;
  value: Value;
  /** How many members it has, or -1 for a value that is shown in one line. */
  members: number;
  open: boolean;
}

const kInlineItemsMax = 16;
const kInlineCharsMax = 120;
const kDepthMax = 64;

export function isTree(value: Value | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in one line: text as it is, everything else as JSON that also knows NaN. */
export function printValue(value: Value | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : printJson(value, 0);
}

function printJson(value: Value, depth: number): string {
  if (typeof value === "number") return String(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (depth > kDepthMax) return "…";
  if (Array.isArray(value))
    return `[${value.map((item) => printJson(item, depth + 1)).join(", ")}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${printJson(member, depth + 1)}`,
  );
  return members.length ? `{${members.join(", ")}}` : "{}";
}

function membersOf(value: Value): [string, Value][] | undefined {
  if (isTree(value)) {
    const members = Object.entries(value);
    return members.length ? members : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const scalars = value.every((item) => item === null || typeof item !== "object");
  if (scalars && value.length <= kInlineItemsMax && printValue(value).length <= kInlineCharsMax)
    return undefined;
  return value.map((item, index) => [String(index), item]);
}

/** All leaves by dotted path. Lists and empty objects are leaves: they are compared as a whole. */
export function flatten(tree: Tree): Map<string, Value> {
  const leaves = new Map<string, Value>();
  const walk = (value: Value, path: string, depth: number) => {
    if (isTree(value) && depth < kDepthMax && (Object.keys(value).length > 0 || depth === 0))
      for (const [name, member] of Object.entries(value))
        walk(member, path ? `${path}.${name}` : name, depth + 1);
    else leaves.set(path, value);
  };
  walk(tree, "", 0);
  return leaves;
}

/** The rows of a tree. `isOpen` says which branches are; a query shows what fits and its parents. */
export function treeRows(
  tree: Tree,
  isOpen: (path: string, depth: number) => boolean,
  query = "",
): TreeRow[] {
  const wanted = query.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const fits = (path: string, value: Value, leaf: boolean) =>
    path.toLowerCase().includes(wanted) ||
    (leaf && printValue(value).toLowerCase().includes(wanted));

  // Answers whether anything was kept; `kept`: a parent fits, so all below it is shown.
  const walk = (
    name: string,
    value: Value,
    parent: string,
    depth: number,
    kept: boolean,
  ): boolean => {
    const path = parent ? `${parent}.${name}` : name;
    const members = depth < kDepthMax ? membersOf(value) : undefined;
    const here = kept || !wanted || fits(path, value, !members);
    const row = { path, name, depth, value, members: members?.length ?? -1, open: false };
    const at = rows.push(row) - 1;
    if (!members) {
      if (!here) rows.pop();
      return here;
    }
    row.open = wanted !== "" && !here ? true : isOpen(path, depth);
    let found = here;
    if (row.open || !here)
      for (const [member, inner] of members)
        found = walk(member, inner, path, depth + 1, here && wanted !== "") || found;
    if (!found) rows.length = at;
    return found;
  };
  for (const [name, value] of Object.entries(tree)) walk(name, value, "", 0, false);
  return rows;
}

/** Whether two values are the same to a reader: NaN equals NaN. */
export function sameValue(one: Value | undefined, other: Value | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return typeof one === typeof other && printValue(one) === printValue(other);
}
