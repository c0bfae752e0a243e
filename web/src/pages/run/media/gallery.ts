// Logged media, put in order: by key, then by step, with what each key mostly holds.
import type { Tree } from "../../../api/types";
import { textOf, treeOf, type Media } from "../nouns";

export interface MediaStep {
  step: number;
  time_ns: number;
  /** What was logged at this step; items of a list stand by themselves. */
  items: Tree[];
}

export interface MediaKey {
  key: string;
  /** "image", "table", "chart" …: what the last step holds. */
  kind: string;
  /** Ascending. */
  steps: MediaStep[];
}

export interface MediaSection {
  name: string;
  keys: MediaKey[];
}

/** Alerts are notices of the run, shown elsewhere. */
const kElsewhere = new Set(["alert"]);

export function gatherMedia(records: Media[]): MediaKey[] {
  const keys = new Map<string, Map<number, MediaStep>>();
  for (const { key, step, time_ns, record: logged } of records) {
    const record = treeOf(logged);
    if (kElsewhere.has(textOf(record["type"]))) continue;
    let steps = keys.get(key);
    if (!steps) keys.set(key, (steps = new Map()));
    let at = steps.get(step);
    if (!at) steps.set(step, (at = { step, time_ns, items: [] }));
    at.items.push(...itemsOf(record));
  }
  const gathered = [...keys].map(([key, steps]): MediaKey => {
    const ordered = [...steps.values()].sort((one, other) => one.step - other.step);
    const last = ordered[ordered.length - 1]?.items[0];
    return { key, kind: kindOf(last), steps: ordered };
  });
  return gathered.sort((one, other) => compareNames(one.key, other.key));
}

function kindOf(item: Tree | undefined): string {
  const type = textOf(item?.["type"]) || "unknown";
  return type === "table" && item?.["chart"] ? "chart" : type;
}

function itemsOf(record: Tree): Tree[] {
  const items = record["items"];
  return record["type"] === "list" && Array.isArray(items) ? items.map(treeOf) : [record];
}

/** "layer2" before "layer10". */
export function compareNames(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

/** The order of kinds: what is looked at first, and what takes a whole row last. */
export const kKinds = [
  "image",
  "video",
  "audio",
  "histogram",
  "chart",
  "text",
  "html",
  "object3d",
  "plotly",
  "molecule",
  "json",
  "table",
];

export function compareKinds(one: string, other: string): number {
  const place = (kind: string) =>
    kKinds.includes(kind) ? kKinds.indexOf(kind) : kKinds.length - 1.5;
  return place(one) - place(other);
}

/** Sections by what stands before the last slash; keys without one come first, under no name. */
export function sectionsOf(keys: MediaKey[]): MediaSection[] {
  const sections = new Map<string, MediaKey[]>();
  for (const key of keys) {
    const name = key.key.slice(0, Math.max(0, key.key.lastIndexOf("/")));
    const section = sections.get(name);
    if (section) section.push(key);
    else sections.set(name, [key]);
  }
  return [...sections]
    .map(([name, keys]) => ({
      name,
      keys: keys.sort((one, other) => compareKinds(one.kind, other.kind)),
    }))
    .sort((one, other) => compareNames(one.name, other.name));
}

/** The last of the steps at or before `step`; the first where all come later. */
export function indexAt(steps: MediaStep[], step: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] as MediaStep).step <= step) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** All steps at which any of the keys has something, ascending. */
export function allSteps(keys: MediaKey[]): number[] {
  const steps = new Set(keys.flatMap((key) => key.steps.map((at) => at.step)));
  return [...steps].sort((one, other) => one - other);
}
