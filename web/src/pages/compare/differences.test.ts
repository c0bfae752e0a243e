// Which rows of two or more runs differ.
import { describe, expect, it } from "vitest";
import type { RunDetail } from "../../api/types";
import { changeOf, compareTrees, mergeOrder, sectionsOf } from "./differences";

describe("differences", () => {
  it("rows of nested values, the same and not the same", () => {
    const rows = compareTrees([
      { lr: 0.1, opt: { name: "sgd", beta: [1, 2] }, nan: NaN },
      { lr: 0.1, opt: { name: "adam", beta: [1, 2] }, nan: NaN, extra: null },
    ]);
    expect(rows.map(({ name, same }) => [name, same])).toEqual([
      ["lr", true],
      ["opt.name", false],
      ["opt.beta", true],
      ["nan", true],
      ["extra", false],
    ]);
    expect(rows[4]?.values).toEqual([undefined, null]);
    expect(compareTrees([{ a: 1 }])).toEqual([{ name: "a", values: [1], same: true }]);
  });

  it("names that only later runs have stand where those runs have them", () => {
    expect(
      mergeOrder([
        ["a", "b", "c"],
        ["a", "x", "b", "y"],
      ]),
    ).toEqual(["a", "x", "b", "y", "c"]);
    expect(mergeOrder([["a"], ["z", "a"], ["q"]])).toEqual(["q", "z", "a"]);
    expect(mergeOrder([[], ["a", "b"]])).toEqual(["a", "b"]);
    const lists = [
      ["a", "b", "c", "d"],
      ["d", "x", "a", "y"],
      ["y", "c", "w"],
    ];
    expect(mergeOrder(lists).sort()).toEqual(["a", "b", "c", "d", "w", "x", "y"]);
  });

  it("changes are told from the first run, and only where they mean something", () => {
    expect(changeOf(1.1, 1)?.text).toBe("+10 %");
    expect(changeOf(0.5, 1)).toEqual({ text: "−50 %", sign: -1 });
    expect(changeOf(-1, -2)?.text).toBe("+50 %");
    expect(changeOf(50, 1)?.text).toBe("50×");
    for (const [value, base] of [
      [1, 1],
      [1, 0],
      [NaN, 1],
      ["a", 1],
      [undefined, 1],
      [1.00000001, 1],
    ] as const)
      expect(changeOf(value, base)).toBeUndefined();
  });

  it("sections without a row are left out, packages are compared by name", () => {
    const run = (version: string) =>
      ({
        config: {},
        summary: { loss: 1 },
        tags: [],
        meta: { packages: { "ruamel.yaml": version }, host: { boot_id: version } },
        state: "finished",
        last_step: 1,
        sessions: 1,
        exit_code: null,
      }) as unknown as RunDetail;
    const sections = sectionsOf([run("1"), run("2")]);
    expect(sections.map(({ id }) => id)).toEqual(["summary", "run", "packages"]);
    expect(sections[2]?.rows).toEqual([{ name: "ruamel.yaml", values: ["1", "2"], same: false }]);
  });
});
