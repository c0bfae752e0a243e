// The code of two runs side by side, from what git and the patches say.
import { describe, expect, it } from "vitest";
import { parseDiff } from "../../text/diff";
import { compareCode } from "./code";

const diff = (path: string, ...hunks: string[]) =>
  parseDiff(`diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join("")}`);
const told = (files: ReturnType<typeof compareCode>) =>
  files.map((file) => [
    file.path,
    file.kind,
    file.hunks.flatMap((hunk) =>
      hunk.lines
        .filter((line) => line.kind !== "same")
        .map((line) => (line.kind === "added" ? "+" : "-") + line.text),
    ),
  ]);

// The commit: a b c d e f g h, one letter in each line.
const kLr1 = "@@ -1,3 +1,3 @@\n a\n-b\n+B1\n c\n";
const kLr2 = "@@ -1,3 +1,3 @@\n a\n-b\n+B2\n c\n";
const kTail = "@@ -6,3 +6,4 @@\n f\n+new\n g\n h\n";

describe("code of two runs of one commit", () => {
  it("lines that both changed, each in its own way", () => {
    expect(told(compareCode(diff("x.py", kLr1), diff("x.py", kLr2)))).toEqual([
      ["x.py", "differs", ["-B1", "+B2"]],
    ]);
  });

  it("what both changed alike is the same", () => {
    expect(told(compareCode(diff("x.py", kLr1, kTail), diff("x.py", kLr1, kTail)))).toEqual([
      ["x.py", "same", []],
    ]);
  });

  it("what only one changed is told against the commit", () => {
    expect(told(compareCode(diff("x.py", kLr1), diff("x.py", kLr1, kTail)))).toEqual([
      ["x.py", "differs", ["+new"]],
    ]);
    expect(told(compareCode(diff("x.py", kLr1), []))).toEqual([["x.py", "differs", ["-B1", "+b"]]]);
    expect(told(compareCode([], diff("x.py", kTail)))).toEqual([["x.py", "differs", ["+new"]]]);
  });

  it("new files, and lines put before the first", () => {
    const made = parseDiff(
      "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+one\n+two\n",
    );
    expect(told(compareCode([], made))).toEqual([["n", "differs", ["+one", "+two"]]]);
    const top = diff("x.py", "@@ -1,1 +1,2 @@\n+top\n a\n");
    expect(told(compareCode([], top))).toEqual([["x.py", "differs", ["+top"]]]);
  });

  it("files in both orders, binary ones are only named", () => {
    const logo = parseDiff("diff --git a/l.png b/l.png\nBinary files a/l.png and b/l.png differ\n");
    expect(told(compareCode([...diff("z.py", kLr1), ...logo], diff("a.py", kLr1)))).toEqual([
      ["a.py", "differs", ["-b", "+B1"]],
      ["l.png", "binary", []],
      ["z.py", "differs", ["-B1", "+b"]],
    ]);
  });
});
