// Where runs differ: values by name beside each other, and which rows are the same everywhere.
import type { RunDetail, Tree, Value } from "../../api/types";
import { flatten, sameValue } from "../../text/tree";
import { treeOf } from "../run/nouns";

export interface Row {
  name: string;
  /** One for each run; undefined where the run has no such name. */
  values: (Value | undefined)[];
  same: boolean;
}

/** All names of these trees, in the order in which the runs have them. */
export function compareTrees(trees: Tree[]): Row[] {
  const flat = trees.map((tree) => flatten(tree));
  const names = mergeOrder(flat.map((leaves) => [...leaves.keys()]));
  return names.map((name) => {
    const values = flat.map((leaves) => leaves.get(name));
    return { name, values, same: values.every((value) => sameValue(value, values[0])) };
  });
}

/** Names of the first list; a name that only others have stands behind its neighbour there. */
export function mergeOrder(lists: string[][]): string[] {
  const merged: string[] = [];
  const known = new Set<string>();
  for (const list of lists) {
    let fresh: string[] = [];
    let after = -1; // where the last known name of this list stands
    const insert = () => {
      if (fresh.length) merged.splice(after + 1, 0, ...fresh);
      after += fresh.length;
      fresh = [];
    };
    const places = new Map(merged.map((name, place) => [name, place]));
    let moved = 0;
    for (const name of list) {
      const place = places.get(name);
      if (place === undefined) {
        if (!known.has(name)) fresh.push(name);
        known.add(name);
        continue;
      }
      moved += fresh.length;
      insert();
      after = Math.max(after, place + moved);
    }
    insert();
  }
  return merged;
}

export interface Change {
  text: string;
  /** -1, 0 or 1: which way it went. */
  sign: number;
}

/** How far a number is from that of the first run: "+12.4 %". */
export function changeOf(value: Value | undefined, base: Value | undefined): Change | undefined {
  if (typeof value !== "number" || typeof base !== "number") return undefined;
  if (!Number.isFinite(value) || !Number.isFinite(base) || value === base || base === 0)
    return undefined;
  const share = (value - base) / Math.abs(base);
  const size = Math.abs(share) * 100;
  if (size < 0.005) return undefined;
  const shown =
    size >= 1000
      ? `${Number((size / 100 + (share < 0 ? 0 : 1)).toPrecision(3))}×`
      : `${Number(size.toPrecision(size < 1 ? 1 : 3))} %`;
  const sign = Math.sign(share);
  return { text: size >= 1000 && share > 0 ? shown : `${sign < 0 ? "−" : "+"}${shown}`, sign };
}

export interface Section {
  id: string;
  title: string;
  rows: Row[];
  /** Whether changes of its numbers are worth a percentage. */
  changes: boolean;
}

/** Everything that is compared as values, section by section. */
export function sectionsOf(runs: RunDetail[]): Section[] {
  const section = (id: string, title: string, trees: Tree[], changes = false): Section => ({
    id,
    title,
    rows: compareTrees(trees),
    changes,
  });
  return [
    section(
      "config",
      "Config",
      runs.map((run) => run.config),
    ),
    section(
      "summary",
      "Summary",
      runs.map((run) => run.summary),
      true,
    ),
    section("run", "Run", runs.map(factsOf)),
    section("machine", "Machine", runs.map(machineOf)),
    section(
      "environment",
      "Environment",
      runs.map((run) => treeOf(run.meta["environment"])),
    ),
    section("packages", "Packages", runs.map(packagesOf)),
  ].filter(({ rows }) => rows.length > 0);
}

function factsOf(run: RunDetail): Tree {
  const { state, exit_code, tags, group, job_type, last_step, sessions, lost } = run;
  const facts: Tree = { state, tags: [...tags].sort(), last_step, sessions };
  if (exit_code !== null) facts["exit_code"] = exit_code;
  if (group) facts["group"] = group;
  if (job_type) facts["job_type"] = job_type;
  if (lost) facts["lost"] = lost;
  const { argv } = run.meta;
  if (argv !== undefined) facts["command"] = Array.isArray(argv) ? argv.join(" ") : argv;
  return facts;
}

function machineOf(run: RunDetail): Tree {
  const { host, python, gpus } = run.meta;
  // What says when and as what it ran, not where, is of no use here.
  const { boot_id: _, ...rest } = treeOf(host);
  const machine: Tree = { ...rest };
  if (python !== undefined) machine["python"] = python;
  if (Array.isArray(gpus)) machine["gpus"] = gpus.map((gpu) => treeOf(gpu)["name"] ?? null);
  return machine;
}

/** Names of packages have dots, which are no levels here. */
function packagesOf(run: RunDetail): Tree {
  return treeOf(run.meta["packages"]);
}
