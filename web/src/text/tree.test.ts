// Nested values as rows.
import { describe, expect, it } from "vitest";
import type { Tree } from "../api/types";
import { flatten, printValue, sameValue, treeRows } from "./tree";

const kConfig: Tree = {
  lr: 0.1,
  opt: { name: "adam", betas: [0.9, 0.999], schedule: { warmup: 100 } },
  layers: [{ width: 8 }, { width: 16 }],
  empty: {},
};
const paths = (query: string, open = true) =>
  treeRows(kConfig, () => open, query).map((row) => row.path);

describe("tree", () => {
  it("rows in order, short lists in one line, lists of objects as branches", () => {
    expect(paths("")).toEqual([
      "lr",
      "opt",
      "opt.name",
      "opt.betas",
      "opt.schedule",
      "opt.schedule.warmup",
      "layers",
      "layers.0",
      "layers.0.width",
      "layers.1",
      "layers.1.width",
      "empty",
    ]);
    expect(paths("", false)).toEqual(["lr", "opt", "layers", "empty"]);
    expect(treeRows(kConfig, () => false).map((row) => row.members)).toEqual([-1, 3, 2, -1]);
  });

  it("a query shows what fits by name or value, with its parents, also in closed branches", () => {
    expect(paths("WARMUP", false)).toEqual(["opt", "opt.schedule", "opt.schedule.warmup"]);
    expect(paths("adam")).toEqual(["opt", "opt.name"]);
    expect(paths("opt.schedule")).toEqual(["opt", "opt.schedule", "opt.schedule.warmup"]);
    expect(paths("nothing")).toEqual([]);
  });

  it("leaves are flat; lists and empty objects are leaves", () => {
    expect([...flatten(kConfig).keys()]).toEqual([
      "lr",
      "opt.name",
      "opt.betas",
      "opt.schedule.warmup",
      "layers",
      "empty",
    ]);
    expect(flatten({})).toEqual(new Map());
  });

  it("values in one line", () => {
    expect(printValue("a b")).toBe("a b");
    expect(printValue([1, "x", null, NaN, Infinity, { a: true }])).toBe(
      '[1, "x", null, NaN, Infinity, {"a": true}]',
    );
    expect(printValue(undefined)).toBe("");
  });

  it("the same is the same, and types matter", () => {
    expect(sameValue(NaN, NaN)).toBe(true);
    expect(sameValue([1, { a: 2 }], [1, { a: 2 }])).toBe(true);
    expect(sameValue("1", 1)).toBe(false);
    expect(sameValue(undefined, null)).toBe(false);
  });

  it("names that mean something to JavaScript are names", () => {
    const tree = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as Tree;
    expect([...flatten(tree).keys()]).toEqual(["__proto__.x", "constructor"]);
    expect(treeRows(tree, () => true).map((row) => row.path)).toEqual([
      "__proto__",
      "__proto__.x",
      "constructor",
    ]);
  });

  it("a tree of a thousand levels is cut, not followed to the end of the stack", () => {
    let deep: Tree = { x: 1 };
    for (let i = 0; i < 1000; i++) deep = { d: deep };
    expect(treeRows(deep, () => true).length).toBeLessThan(100);
    expect(flatten(deep).size).toBe(1);
    expect(printValue(deep)).toContain("…");
  });
});
