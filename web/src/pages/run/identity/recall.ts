// What recall knows of a run: its keys, what it read, and the runs that are related to it.
import type { Run, RunDetail, Tree, Value } from "../../../api/types";
import { formatBytes, formatCount, formatNumber } from "../../../format";
import { printValue } from "../../../text/tree";
import { numberOf, textOf, textsOf, treeOf } from "../nouns";

export interface Difference {
  name: string;
  /** Absent: it is not there. */
  before?: Value;
  after?: Value;
}

export interface Relative {
  relation: string;
  differences: Difference[];
  run: Run;
}

/** GET …/runs/{r}/relatives */
export interface Relatives {
  source: Run | null;
  relatives: Relative[];
}

interface Relation {
  word: string;
  about: string;
  /** How several of them are counted. */
  one: string;
  many?: string;
}

// From the closest to the farthest.
const kRelations: Record<string, Relation> = {
  source: { word: "Source", about: "Its result was reused here", one: "source" },
  exact: { word: "Exact", about: "The same in everything that was recorded", one: "exact repeat" },
  equivalent: { word: "Equivalent", about: "The same but for how it was run", one: "equivalent" },
  replicate: { word: "Replicate", about: "The same but for the seed", one: "replicate" },
  budget: { word: "Other budget", about: "The same but for how long", one: "other budget" },
  resumed_from: { word: "Resumed from", about: "This run went on from there", one: "origin" },
  resumed_by: { word: "Resumed by", about: "It went on from here", one: "continuation" },
  reused_by: { word: "Reused by", about: "It took this result instead of running", one: "reuse" },
  same_code: {
    word: "Same code",
    about: "The same program with other settings or data",
    one: "run of the same code",
    many: "runs of the same code",
  },
};

export function relationOf(name: string): Relation {
  return kRelations[name] ?? { word: name, about: "", one: name };
}

/** "3 replicates, 1 equivalent"; empty where there is nobody. */
export function countRelatives(relatives: readonly Relative[]): string {
  const counts = new Map<string, number>();
  for (const { relation } of relatives) counts.set(relation, (counts.get(relation) ?? 0) + 1);
  return [...counts]
    .map(([relation, count]) => {
      const { one, many } = relationOf(relation);
      return formatCount(count, one, many);
    })
    .join(", ");
}

/** All of them with the source first, each run once. */
export function allRelatives({ source, relatives }: Relatives): Relative[] {
  if (!source) return relatives;
  const others = relatives.filter(({ run }) => refOf(run) !== refOf(source));
  return [{ relation: "source", differences: [], run: source }, ...others];
}

/** A run's name in all the store: "project/id". */
export const refOf = ({ project, id }: Pick<Run, "project" | "id">) => `${project}/${id}`;

export interface Reuse {
  project: string;
  run: string;
  level: string;
  saved_s: number | undefined;
}

/** Whose result this run took over, where it ran nothing itself. */
export function reuseOf(run: RunDetail): Reuse | undefined {
  const recall = treeOf(run.meta["recall"]);
  const source = textOf(recall["source"]);
  const slash = source.lastIndexOf("/");
  if (slash < 1) return undefined;
  return {
    project: source.slice(0, slash),
    run: source.slice(slash + 1),
    level: textOf(recall["level"]),
    saved_s: numberOf(recall["saved_s"]),
  };
}

const kMetricsShown = 3;

/** The results by which relatives are told apart: those with a goal, then as they were logged. */
export function mainMetrics(run: RunDetail): string[] {
  const numeric = Object.keys(run.summary).filter(
    (name) => typeof run.summary[name] === "number" && !name.startsWith("_"),
  );
  const has_goal = (name: string) => Boolean(treeOf(run.metrics[name])["goal"]);
  return [...numeric.filter(has_goal), ...numeric.filter((name) => !has_goal(name))].slice(
    0,
    kMetricsShown,
  );
}

const kDigestShown = 10;

/** One side of a difference: digests in short, and nothing as a dash. */
export function printSide(value: Value | undefined): string {
  if (value === undefined || value === null) return "–";
  if (typeof value === "number") return formatNumber(value);
  const text = printValue(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, kDigestShown) : text;
}

export interface Item {
  name: string;
  detail: string;
  /** Told about the name: where it lies, what it hashes to. */
  tip?: string;
}

export interface ItemList {
  title: string;
  items: Item[];
  bytes: number;
}

const treesOf = (value: Value | undefined) => (Array.isArray(value) ? value.map(treeOf) : []);

/** What a dependency record lists (docs/formats/trace.md), kind by kind; nothing of what is empty. */
export function listsOf(record: Tree): ItemList[] {
  const list = (title: string, items: Item[], files: Tree[] = []): ItemList => ({
    title,
    items,
    bytes: files.reduce((sum, file) => sum + (numberOf(file["bytes"]) ?? 0), 0),
  });
  const files = (title: string, trees: Tree[]) =>
    list(title, trees.map(fileItem).sort(byPlace), trees);
  const trees = (title: string, name: string, item: (tree: Tree) => Item) =>
    list(title, treesOf(record[name]).map(item));
  const names = (title: string, name: string) =>
    list(
      title,
      textsOf(record[name])
        .map((each) => ({ name: each, detail: "" }))
        .sort(byPlace),
    );
  const inputs = treesOf(record["inputs"]);
  const is_code = (input: Tree) => input["kind"] === "code";
  return [
    files("Code", inputs.filter(is_code)),
    files(
      "Data and settings read",
      inputs.filter((input) => !is_code(input)),
    ),
    files("Outputs", treesOf(record["outputs"])),
    trees("Packages", "distributions", (tree) => ({
      name: textOf(tree["name"]),
      detail: textOf(tree["version"]),
      tip: textOf(tree["folder"]),
    })),
    trees("Variables read", "environment", (tree) => ({
      name: textOf(tree["name"]),
      detail: textOf(tree["digest"]) ? "set" : "not set",
    })),
    trees("Seeds", "seeds", (tree) => ({
      name: textOf(tree["call"]),
      detail: printValue(tree["value"]),
    })),
    trees("Folders listed", "listings", (tree) => ({ name: textOf(tree["path"]), detail: "" })),
    names("Looked for, not there", "absent"),
    names("Looked at, not read", "present"),
    names("Programs talked to", "local_peers"),
  ].filter(({ items }) => items.length > 0);
}

// What lies in the project comes before what lies elsewhere.
function byPlace(one: Item, other: Item): number {
  const is_elsewhere = ({ name }: Item) => Number(/^[/~]/.test(name));
  return is_elsewhere(one) - is_elsewhere(other);
}

function fileItem(file: Tree): Item {
  const kind = textOf(file["kind"]);
  const within = numberOf(file["files"]);
  const details = [
    kind === "config" || kind === "native" ? kind : "",
    within !== undefined ? formatCount(within, "file") : "",
    formatBytes(numberOf(file["bytes"]) ?? 0),
  ];
  return {
    name: textOf(file["path"]),
    detail: details.filter(Boolean).join(", "),
    tip: textOf(file["digest"]) && `SHA-256 ${textOf(file["digest"])}`,
  };
}
