// How the code of two runs of one commit differs, worked out of what each changed in its checkout.
import { diffLines, makeHunks, type FileDiff, type Hunk } from "../../text/diff";

export interface CodeFile {
  path: string;
  /** "same": both changed it alike; "binary": it cannot be told. */
  kind: "same" | "differs" | "binary";
  hunks: Hunk[];
  added: number;
  removed: number;
}

/** File by file, what leads from the first run's code to the second's. */
export function compareCode(before: FileDiff[], after: FileDiff[]): CodeFile[] {
  const first = new Map(before.map((file) => [file.after, file]));
  const second = new Map(after.map((file) => [file.after, file]));
  const paths = [...new Set([...first.keys(), ...second.keys()])].sort();
  return paths.map((path) => compareFile(path, first.get(path), second.get(path)));
}

function compareFile(
  path: string,
  before: FileDiff | undefined,
  after: FileDiff | undefined,
): CodeFile {
  if (before?.kind === "binary" || after?.kind === "binary")
    return { path, kind: "binary", hunks: [], added: 0, removed: 0 };
  const original = originalLines([before, after]);
  const lines = diffLines(...bothTexts(original, changesOf(before), changesOf(after)));
  const hunks = makeHunks(lines);
  const count = (kind: string) => lines.filter((line) => line.kind === kind).length;
  const same = hunks.length === 0 && before?.kind === after?.kind;
  return {
    path,
    kind: same ? "same" : "differs",
    hunks,
    added: count("added"),
    removed: count("removed"),
  };
}

/** The lines of the commit that either diff shows, by number. The others are the same in both. */
function originalLines(files: (FileDiff | undefined)[]): Map<number, string> {
  const lines = new Map<number, string>();
  for (const file of files)
    for (const hunk of file?.hunks ?? [])
      for (const line of hunk.lines)
        if (line.before !== undefined) lines.set(line.before, line.text);
  return lines;
}

interface Changes {
  removed: Set<number>;
  /** What was put behind a line of the commit; 0: before the first. */
  added: Map<number, string[]>;
}

function changesOf(file: FileDiff | undefined): Changes {
  const removed = new Set<number>();
  const added = new Map<number, string[]>();
  for (const { lines } of file?.hunks ?? []) {
    const first = lines.find((line) => line.before !== undefined)?.before;
    let behind = first === undefined ? 0 : first - 1;
    for (const line of lines) {
      if (line.before !== undefined) behind = line.before;
      if (line.kind === "removed") removed.add(behind);
      if (line.kind === "added") added.set(behind, [...(added.get(behind) ?? []), line.text]);
    }
  }
  return { removed, added };
}

/** The shown part of the file as each of the two runs had it. */
function bothTexts(
  original: Map<number, string>,
  one: Changes,
  other: Changes,
): [string[], string[]] {
  const numbers = new Set([...original.keys(), ...one.added.keys(), ...other.added.keys()]);
  const texts: [string[], string[]] = [[], []];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const line = original.get(number);
    [one, other].forEach((changes, side) => {
      const text = texts[side] as string[];
      if (line !== undefined && !changes.removed.has(number)) text.push(line);
      text.push(...(changes.added.get(number) ?? []));
    });
  }
  return texts;
}
