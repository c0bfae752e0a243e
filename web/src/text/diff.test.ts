// Patches of git, read and paired.
import { describe, expect, it } from "vitest";
import { diffLines, makeHunks, parseDiff, type DiffLine } from "./diff";

const kGit = `diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -1,4 +1,5 @@ def train(args):
 import cairn
-lr = 0.1
+lr = 0.2
+-- momentum
 
 run()
\\ No newline at end of file
@@ -20 +21 @@
--- old
+++ new
diff --git a/new file.txt b/new file.txt
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/new file.txt\t
@@ -0,0 +1 @@
+hello
diff --git a/old.py b/sub/new.py
similarity index 100%
rename from old.py
rename to sub/new.py
diff --git a/logo.png b/logo.png
index 1..2 100644
Binary files a/logo.png and b/logo.png differ
diff --git "a/\\303\\244.py" "b/\\303\\244.py"
deleted file mode 100644
--- "a/\\303\\244.py"
+++ /dev/null
@@ -1 +0,0 @@
-x
`;

describe("parseDiff", () => {
  const files = parseDiff(kGit);

  it("names, kinds and counts of every file", () => {
    expect(files.map((f) => [f.kind, f.before, f.after, f.added, f.removed])).toEqual([
      ["modified", "train.py", "train.py", 3, 2],
      ["added", "new file.txt", "new file.txt", 1, 0],
      ["renamed", "old.py", "sub/new.py", 0, 0],
      ["binary", "logo.png", "logo.png", 0, 0],
      ["deleted", "ä.py", "ä.py", 0, 1],
    ]);
  });

  it("lines have their numbers on both sides", () => {
    const [first, second] = files[0]?.hunks ?? [];
    expect(first?.section).toBe("def train(args):");
    expect(first?.lines).toEqual([
      { kind: "same", text: "import cairn", before: 1, after: 1 },
      { kind: "removed", text: "lr = 0.1", before: 2 },
      { kind: "added", text: "lr = 0.2", after: 2 },
      { kind: "added", text: "-- momentum", after: 3 },
      { kind: "same", text: "", before: 3, after: 4 },
      { kind: "same", text: "run()", before: 4, after: 5 },
    ]);
    // Lines that look like a head are content as long as the hunk is not full.
    expect(second?.lines).toEqual([
      { kind: "removed", text: "-- old", before: 20 },
      { kind: "added", text: "++ new", after: 21 },
    ]);
  });

  it("a diff without git's heads is read too", () => {
    const plain = parseDiff(
      "--- a.txt\t2026\n+++ b.txt\t2026\n@@ -1 +1 @@\n-a\n+b\n--- c\n+++ c\n@@ -1 +1 @@\n-c\n+d\n",
    );
    expect(plain.map((f) => [f.before, f.after, f.added])).toEqual([
      ["a.txt", "b.txt", 1],
      ["c", "c", 1],
    ]);
  });

  it("what is cut off or no diff at all is no error", () => {
    expect(parseDiff("")).toEqual([]);
    expect(parseDiff("hello\n@@ nonsense @@\n+x")).toEqual([]);
    expect(parseDiff(kGit.slice(0, 160))[0]?.hunks.length).toBe(1);
  });
});

/** Both texts as the difference tells them, to see that it is a difference of these. */
function sides(lines: DiffLine[]): [string[], string[]] {
  return [
    lines.filter((line) => line.kind !== "added").map((line) => line.text),
    lines.filter((line) => line.kind !== "removed").map((line) => line.text),
  ];
}

describe("diffLines", () => {
  const edits = (lines: DiffLine[]) => lines.filter((line) => line.kind !== "same").length;

  it("finds the fewest edits", () => {
    const lines = diffLines([..."ABCABBA"], [..."CBABAC"]);
    expect(sides(lines)).toEqual([[..."ABCABBA"], [..."CBABAC"]]);
    expect(edits(lines)).toBe(5);
  });

  it("equal, empty and wholly different texts", () => {
    expect(edits(diffLines(["a", "b"], ["a", "b"]))).toBe(0);
    expect(diffLines([], [])).toEqual([]);
    expect(diffLines(["a"], [])).toEqual([{ kind: "removed", text: "a", before: 1 }]);
    expect(edits(diffLines(["a"], ["b"]))).toBe(2);
  });

  it("random texts come out as they went in, with right numbers", () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let round = 0; round < 300; round++) {
      const make = () => Array.from({ length: random(30) }, () => "abcd"[random(4)] as string);
      const [before, after] = [make(), make()];
      const lines = diffLines(before, after);
      expect(sides(lines)).toEqual([before, after]);
      for (const line of lines) {
        if (line.before !== undefined) expect(before[line.before - 1]).toBe(line.text);
        if (line.after !== undefined) expect(after[line.after - 1]).toBe(line.text);
      }
    }
  });

  it("huge different texts are bounded in time", () => {
    const make = (name: string) => Array.from({ length: 40_000 }, (_, i) => `${name} ${i}`);
    const began = process.cpuUsage();
    const lines = diffLines(make("a"), make("b"));
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(2000);
    expect(lines.length).toBe(80_000);
  });
});

describe("makeHunks", () => {
  it("keeps the context and joins what is near", () => {
    const before = Array.from({ length: 40 }, (_, i) => `${i}`);
    const after = before.map((line, i) => ([5, 9, 30].includes(i) ? "x" : line));
    const hunks = makeHunks(diffLines(before, after));
    expect(
      hunks.map((hunk) => [hunk.lines[0]?.text, hunk.lines[hunk.lines.length - 1]?.text]),
    ).toEqual([
      ["2", "12"],
      ["27", "33"],
    ]);
  });
  it("no difference, no hunk", () => expect(makeHunks(diffLines(["a"], ["a"]))).toEqual([]));
});
