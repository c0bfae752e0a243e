// What the page makes of keys, relatives and dependency records.
import { describe, expect, it } from "vitest";
import type { Run, RunDetail, Tree } from "../../../api/types";
import { fits } from "./NameRows";
import {
  allRelatives,
  countRelatives,
  listsOf,
  mainMetrics,
  printSide,
  reuseOf,
  type Relative,
} from "./recall";

const run = (id: string, more: Partial<RunDetail> = {}) =>
  ({ id, project: "p", summary: {}, metrics: {}, meta: {}, ...more }) as RunDetail;

const relative = (relation: string, id: string): Relative => ({
  relation,
  differences: [],
  run: run(id) as Run,
});

describe("relatives", () => {
  it("are counted in words", () => {
    const some = ["replicate", "replicate", "equivalent", "same_code", "reused_by", "cousin"];
    expect(countRelatives(some.map((relation, i) => relative(relation, String(i))))).toBe(
      "2 replicates, 1 equivalent, 1 run of the same code, 1 reuse, 1 cousin",
    );
    expect(countRelatives([])).toBe("");
  });

  it("begin with the source, which stands there once", () => {
    const source = run("s") as Run;
    const all = allRelatives({
      source,
      relatives: [relative("exact", "s"), relative("replicate", "r")],
    });
    expect(all.map((each) => `${each.relation} ${each.run.id}`)).toEqual([
      "source s",
      "replicate r",
    ]);
    expect(allRelatives({ source: null, relatives: [] })).toEqual([]);
  });

  it("are told apart by results with a goal first, numbers only", () => {
    const one = run("a", {
      summary: { loss: 1, note: "x", _step: 3, acc: 0.5, f1: 0.1, auc: 0.2 },
      metrics: { acc: { goal: "maximize" }, loss: {} },
    });
    expect(mainMetrics(one)).toEqual(["acc", "loss", "f1"]);
  });

  it("differ by values, digests in short", () => {
    expect(printSide(null)).toBe("–");
    expect(printSide(0.1 + 0.2)).toBe("0.3");
    expect(printSide("0123456789abcdef".repeat(4))).toBe("0123456789");
    expect(printSide([1, "a"])).toBe('[1, "a"]');
  });
});

describe("a reuse", () => {
  it("names the run whose result it is", () => {
    const recall = { source: "a/b/c1", level: "exact", saved_s: 12 };
    expect(reuseOf(run("x", { meta: { recall } }))).toEqual({
      project: "a/b",
      run: "c1",
      level: "exact",
      saved_s: 12,
    });
  });
  it("is none where the run was run, or the facts are strange", () => {
    for (const recall of [{ F: "00" }, { source: "nothing" }, { source: 3 }, "text", null])
      expect(reuseOf(run("x", { meta: { recall } as Tree }))).toBeUndefined();
  });
});

describe("a dependency record", () => {
  const record: Tree = {
    inputs: [
      { path: "/usr/lib/x.py", kind: "code", digest: "aa", bytes: 10 },
      { path: "train.py", kind: "code", digest: "bb", bytes: 2000 },
      { path: "data", kind: "data", digest: "cc", bytes: 4096, files: 20 },
      { path: "conf.yaml", kind: "config", digest: "dd", bytes: 5 },
    ],
    absent: ["/etc/none", "override.txt"],
    environment: [
      { name: "SCALE", digest: "ee" },
      { name: "DEBUG", digest: "" },
    ],
    distributions: [{ name: "numpy", version: "2.1.0", folder: "site-packages" }],
    outputs: [],
  };
  const lists = new Map(listsOf(record).map((list) => [list.title, list]));
  const lines = (title: string) =>
    lists.get(title)?.items.map(({ name, detail }) => `${name} ${detail}`.trim());

  it("is listed kind by kind, the project's own first", () => {
    expect(lines("Code")).toEqual(["train.py 1.95 KiB", "/usr/lib/x.py 10 B"]);
    expect(lines("Data and settings read")).toEqual([
      "data 20 files, 4 KiB",
      "conf.yaml config, 5 B",
    ]);
    expect(lines("Looked for, not there")).toEqual(["override.txt", "/etc/none"]);
    expect(lines("Variables read")).toEqual(["SCALE set", "DEBUG not set"]);
    expect(lines("Packages")).toEqual(["numpy 2.1.0"]);
    expect(lists.get("Code")?.bytes).toBe(2010);
  });

  it("says nothing of what is empty, absent or strange", () => {
    expect(lists.has("Outputs")).toBe(false);
    expect(listsOf({})).toEqual([]);
    expect(listsOf({ inputs: "x", absent: [1, null], seeds: { call: "a" } })).toEqual([]);
  });

  it("is searched in names and details", () => {
    expect(fits({ name: "numpy", detail: "2.1.0" }, " NumPy 2 ")).toBe(true);
    expect(fits({ name: "numpy", detail: "2.1.0" }, "torch")).toBe(false);
  });
});
