// What the run page reads of a run beyond its nouns: captured facts, records, artifacts.
import type { RunDetail, Tree, Value } from "../../api/types";
import { isTree } from "../../text/tree";

export function treeOf(value: Value | undefined): Tree {
  return isTree(value) ? value : {};
}

export function textOf(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

export function numberOf(value: Value | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textsOf(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export interface GitFacts {
  commit: string;
  branch: string;
  remote: string;
  root: string;
  dirty: boolean;
  truncated: boolean;
  /** The blob of the changes that are in no commit. */
  diff: string;
  diff_bytes: number;
  untracked: string[];
}

export function gitOf(run: RunDetail): GitFacts | undefined {
  if (!isTree(run.meta["git"])) return undefined;
  const git = run.meta["git"];
  const diff = treeOf(git["diff"]);
  return {
    commit: textOf(git["commit"]),
    branch: textOf(git["branch"]),
    remote: textOf(git["remote"]),
    root: textOf(git["root"]),
    dirty: git["dirty"] === true,
    truncated: git["truncated"] === true,
    diff: textOf(diff["sha256"]),
    diff_bytes: numberOf(diff["bytes"]) ?? 0,
    untracked: textsOf(git["untracked"]),
  };
}

/** The web address of a remote, where it is one that a browser can open. */
export function remoteUrl(remote: string): string | undefined {
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!\/)([\w./~-]+?)(?:\.git)?\/?$/.exec(remote);
  if (scp) return `https://${scp[1]}/${scp[2]}`;
  const url =
    /^(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([\w.-]+)(?::\d+)?\/([\w./~-]+?)(?:\.git)?\/?$/.exec(
      remote,
    );
  return url ? `https://${url[1]}/${url[2]}` : undefined;
}

/** What a shell would need to start the run again. */
export function commandOf(run: RunDetail): string {
  return textsOf(run.meta["argv"]).map(quoteForShell).join(" ");
}

export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}

export interface ArtifactFile {
  path: string;
  bytes?: number;
  sha256?: string;
  ref?: string;
}

/** What a run logged (GET …/runs/{r}/artifacts). Files kept by save() have no alias. */
export interface Manifest {
  name: string;
  type?: string;
  aliases?: string[];
  description?: string;
  metadata?: Tree;
  sha256?: string;
  bytes?: number;
  files?: ArtifactFile[];
}

export interface ArtifactVersion {
  version: string;
  aliases: string[];
  created_ns: number;
  run: string;
  sha256: string;
  bytes: number;
  files: ArtifactFile[];
  metadata?: Tree;
  description?: string;
  used_by: string[];
}

export interface ArtifactDetail {
  name: string;
  type: string;
  versions: ArtifactVersion[];
}

export interface ArtifactRef {
  name: string;
  /** null: a run named one that is not here. */
  version: string | null;
  type?: string;
}

export interface Lineage {
  made: ArtifactRef[];
  used: ArtifactRef[];
}

/** A logged value that is no number. `record.type` says what it is. */
export interface Media {
  key: string;
  step: number;
  time_ns: number;
  record: Tree;
}
