// Differences of texts: reads what git wrote, and compares two texts line by line (Myers).

export type LineKind = "same" | "added" | "removed";

/** One line of a difference; a number is absent on the side where the line is not. */
export interface DiffLine {
  kind: LineKind;
  text: string;
  before?: number;
  after?: number;
}

export interface Hunk {
  /** What stands behind the second @@: mostly the function the hunk lies in. */
  section: string;
  lines: DiffLine[];
}

export interface FileDiff {
  before: string;
  after: string;
  /** "modified", "added", "deleted", "renamed" or "binary". */
  kind: string;
  hunks: Hunk[];
  added: number;
  removed: number;
}

/** Reads a unified diff. What is no part of one is stepped over. */
export function parseDiff(text: string): FileDiff[] {
  const reader = new DiffReader();
  for (const line of text.split("\n")) reader.take(line);
  return reader.files;
}

class DiffReader {
  readonly files: FileDiff[] = [];
  private x_hunk: Hunk | undefined;
  private x_before = 0;
  private x_after = 0;
  private x_before_left = 0;
  private x_after_left = 0;

  take(line: string): void {
    if (this.x_hunk && (this.x_before_left > 0 || this.x_after_left > 0) && this.takeBody(line))
      return;
    if (line.startsWith("\\")) return; // "\ No newline at end of file"
    if (line.startsWith("diff --git ")) this.begin(line);
    else if (line.startsWith("@@ ")) this.beginHunk(line);
    else this.takeHead(line);
  }

  private get file(): FileDiff | undefined {
    return this.files[this.files.length - 1];
  }

  private begin(line: string): void {
    // Names with blanks stand here without quotes; "---" and "+++" know better.
    const names = /^diff --git (?:"?a\/(.*?)"?) (?:"?b\/(.*?)"?)$/.exec(line);
    const before = unquote(names?.[1] ?? "");
    const after = unquote(names?.[2] ?? "");
    this.files.push({ before, after, kind: "modified", hunks: [], added: 0, removed: 0 });
    this.x_hunk = undefined;
  }

  private takeHead(line: string): void {
    const plainDiff = line.startsWith("--- ") && (!this.file || this.file.hunks.length > 0);
    if (plainDiff) this.begin("");
    const file = this.file;
    if (!file) return;
    if (line.startsWith("--- ")) this.name(file, "before", line);
    else if (line.startsWith("+++ ")) this.name(file, "after", line);
    else if (line.startsWith("new file")) file.kind = "added";
    else if (line.startsWith("deleted file")) file.kind = "deleted";
    else if (line.startsWith("rename from ")) {
      file.kind = "renamed";
      file.before = unquote(line.slice(12));
    } else if (line.startsWith("rename to ")) file.after = unquote(line.slice(10));
    else if (line.startsWith("Binary files ") || line === "GIT binary patch") file.kind = "binary";
  }

  private name(file: FileDiff, side: "before" | "after", line: string): void {
    const name = unquote(line.slice(4).replace(/\t.*$/, ""));
    if (name === "/dev/null") file.kind = side === "before" ? "added" : "deleted";
    else file[side] = name.replace(/^[ab]\//, "");
    if (!file.before) file.before = file.after;
    if (!file.after) file.after = file.before;
  }

  private beginHunk(line: string): void {
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line);
    if (!head || !this.file) return;
    this.x_before = Number(head[1]);
    this.x_before_left = Number(head[2] ?? 1);
    this.x_after = Number(head[3]);
    this.x_after_left = Number(head[4] ?? 1);
    this.x_hunk = { section: head[5] ?? "", lines: [] };
    this.file.hunks.push(this.x_hunk);
  }

  private takeBody(line: string): boolean {
    const file = this.file as FileDiff;
    const lines = (this.x_hunk as Hunk).lines;
    const text = line.slice(1);
    if (line.startsWith("+")) {
      lines.push({ kind: "added", text, after: this.x_after++ });
      this.x_after_left--;
      file.added++;
    } else if (line.startsWith("-")) {
      lines.push({ kind: "removed", text, before: this.x_before++ });
      this.x_before_left--;
      file.removed++;
    } else if (line.startsWith(" ") || line === "") {
      lines.push({ kind: "same", text, before: this.x_before++, after: this.x_after++ });
      this.x_before_left--;
      this.x_after_left--;
    } else {
      return false;
    }
    return true;
  }
}

// git writes names with signs beyond ASCII as C strings: "\303\244.py".
function unquote(name: string): string {
  if (!name.includes("\\")) return name.replace(/^"(.*)"$/, "$1");
  const bytes: number[] = [];
  const named: Record<string, number> = { n: 10, t: 9, r: 13, '"': 34, "\\": 92 };
  const encoder = new TextEncoder();
  for (const part of name.replace(/^"(.*)"$/, "$1").match(/\\[0-7]{3}|\\.|[^\\]+/gs) ?? []) {
    if (/^\\[0-7]{3}$/.test(part)) bytes.push(parseInt(part.slice(1), 8));
    else if (part[0] === "\\")
      bytes.push(named[part[1] ?? ""] ?? (part.codePointAt(1) ?? 92) & 255);
    else bytes.push(...encoder.encode(part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

// Beyond so many differing lines the search, whose cost is their square, gives way to "all of it".
const kEditsMax = 1500;

/** How to come from one text to the other, line by line: the fewest edits, while they are few. */
export function diffLines(before: string[], after: string[]): DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail++;
  const lines: DiffLine[] = [];
  const same = (i: number, j: number) =>
    lines.push({ kind: "same", text: before[i] as string, before: i + 1, after: j + 1 });
  for (let i = 0; i < head; i++) same(i, i);
  const from = before.slice(head, before.length - tail);
  const to = after.slice(head, after.length - tail);
  for (const edit of shortestEdits(from, to) ?? replaceAll(from, to)) {
    if (edit.before !== undefined) edit.before += head;
    if (edit.after !== undefined) edit.after += head;
    lines.push(edit);
  }
  for (let i = tail; i > 0; i--) same(before.length - i, after.length - i);
  return lines;
}

function replaceAll(from: string[], to: string[]): DiffLine[] {
  return [
    ...from.map((text, i): DiffLine => ({ kind: "removed", text, before: i + 1 })),
    ...to.map((text, i): DiffLine => ({ kind: "added", text, after: i + 1 })),
  ];
}

/** Myers 1986: the furthest x on each diagonal for 0, 1, 2 … edits; undefined when it takes many. */
function shortestEdits(from: string[], to: string[]): DiffLine[] | undefined {
  const n = from.length;
  const m = to.length;
  const max = Math.min(n + m, kEditsMax);
  const furthest = new Int32Array(2 * max + 3);
  const middle = max + 1;
  const history: Int32Array[] = [];
  for (let d = 0; d <= max; d++) {
    history.push(furthest.slice(middle - d, middle + d + 1));
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d || (k !== d && at(furthest, middle + k - 1) < at(furthest, middle + k + 1));
      let x = down ? at(furthest, middle + k + 1) : at(furthest, middle + k - 1) + 1;
      while (x < n && x - k < m && from[x] === to[x - k]) x++;
      furthest[middle + k] = x;
      if (x >= n && x - k >= m) return walkBack(history, from, to);
    }
  }
  return undefined;
}

const at = (array: Int32Array, index: number) => array[index] as number;

function walkBack(history: Int32Array[], from: string[], to: string[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let x = from.length;
  let y = to.length;
  for (let d = history.length - 1; d >= 0; d--) {
    const furthest = history[d] as Int32Array; // as it was before edit d: diagonals -d … d
    const k = x - y;
    const down = k === -d || (k !== d && at(furthest, d + k - 1) < at(furthest, d + k + 1));
    const before = d === 0 ? 0 : at(furthest, d + (down ? k + 1 : k - 1));
    const startX = d === 0 ? 0 : down ? before : before + 1;
    while (x > startX) {
      lines.push({ kind: "same", text: from[x - 1] as string, before: x, after: y });
      x--;
      y--;
    }
    if (d === 0) break;
    if (down) lines.push({ kind: "added", text: to[y - 1] as string, after: y-- });
    else lines.push({ kind: "removed", text: from[x - 1] as string, before: x-- });
  }
  return lines.reverse();
}

/** The differing lines with `context` equal ones around them; far equal ones are left out. */
export function makeHunks(lines: DiffLine[], context = 3): Hunk[] {
  const hunks: Hunk[] = [];
  let hunk: DiffLine[] | undefined;
  let shownTo = 0;
  lines.forEach((line, index) => {
    if (line.kind === "same") return;
    const from = Math.max(shownTo, index - context);
    if (!hunk || from > shownTo) {
      hunk = [];
      hunks.push({ section: "", lines: hunk });
    }
    const to = Math.min(lines.length, index + context + 1);
    for (let i = Math.max(from, shownTo); i < to; i++) hunk.push(lines[i] as DiffLine);
    shownTo = to;
  });
  return hunks;
}
