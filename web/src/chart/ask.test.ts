// Requests for points: one for a screen, and only for what is missing.
import { describe, expect, it } from "vitest";
import { bodyOf, bucketsFor, planAsks, viewOf, type SeriesWant } from "./ask";

const want = (more: Partial<SeriesWant> = {}): SeriesWant => ({
  keys: ["loss"],
  runs: ["a", "b"],
  axis: { kind: "step" },
  range: null,
  buckets: 400,
  extremes: true,
  ...more,
});

describe("requests", () => {
  it("are one for a whole screen that lacks the same runs", () => {
    const asks = planAsks(
      want(),
      new Map([
        ["loss", ["a", "b"]],
        ["acc", ["a", "b"]],
      ]),
    );
    expect(asks).toHaveLength(1);
    expect(asks[0]).toMatchObject({ subjects: ["a", "b"], keys: ["loss", "acc"] });
  });
  it("ask for no series that is there", () => {
    const asks = planAsks(
      want(),
      new Map([
        ["loss", ["b"]],
        ["acc", ["a", "b"]],
      ]),
    );
    expect(asks.map(({ subjects, keys }) => [subjects, keys])).toEqual([
      [["b"], ["loss"]],
      [["a", "b"], ["acc"]],
    ]);
  });
  it("stay below the server's limit", () => {
    const runs = Array.from({ length: 3000 }, (_, i) => `r${i}`);
    const keys = new Map(Array.from({ length: 10 }, (_, i) => [`k${i}`, runs] as const));
    const asks = planAsks(want(), keys);
    for (const ask of asks)
      expect(ask.subjects.length * ask.keys.length).toBeLessThanOrEqual(10_000);
    expect(asks.reduce((sum, ask) => sum + ask.subjects.length * ask.keys.length, 0)).toBe(30_000);
  });
  it("stay below the server's limit of buckets too", () => {
    const runs = Array.from({ length: 3000 }, (_, i) => `r${i}`);
    const asks = planAsks(
      want({ buckets: 2000 }),
      new Map([
        ["loss", runs],
        ["acc", runs],
      ]),
    );
    for (const { subjects, keys } of asks)
      expect(subjects.length * keys.length * 2000).toBeLessThanOrEqual(4 << 20);
    expect(asks.reduce((sum, { subjects, keys }) => sum + subjects.length * keys.length, 0)).toBe(
      6000,
    );
  });
  it("for groups count the runs behind them", () => {
    const runs = Array.from({ length: 4000 }, (_, i) => `r${i}`);
    const groups = [
      { name: "x", runs },
      { name: "y", runs: ["a"] },
    ];
    const keys = new Map(["k1", "k2", "k3"].map((key) => [key, ["x", "y"]] as const));
    expect(planAsks(want({ groups }), keys).map((ask) => ask.keys.length)).toEqual([2, 1]);
  });
  it("say times in nanoseconds, and ask for every bit where somebody looks closely", () => {
    const view = want({ axis: { kind: "time" }, range: { min: 2, max: 3 } });
    expect(bodyOf({ view, subjects: ["a"], keys: ["loss"] })).toMatchObject({
      axis: "time",
      min: 2e9,
      max: 3e9,
      precision: "f64",
      runs: ["a"],
    });
    expect(bodyOf({ view: want(), subjects: ["a"], keys: ["loss"] })).toMatchObject({
      precision: "f32",
    });
  });
  it("ask for extremes only where they are drawn", () => {
    const body = bodyOf({ view: want({ extremes: false }), subjects: ["a"], keys: ["loss"] });
    expect(body["columns"]).toEqual(["x", "mean"]);
  });
  it("for groups name their runs, all of them", () => {
    const groups = [
      { name: "adam", runs: ["a", "b"] },
      { name: "sgd", runs: ["c"] },
    ];
    const body = bodyOf({ view: want({ groups, band: "std" }), subjects: ["sgd"], keys: ["loss"] });
    expect(body).toMatchObject({ groups: [{ name: "sgd", runs: ["c"] }], band: "std" });
    expect(body["runs"]).toBeUndefined();
  });
});

describe("a view", () => {
  it("does not depend on which runs and keys are looked at", () => {
    expect(viewOf(want())).toBe(viewOf(want({ runs: ["z"], keys: ["acc"] })));
  });
  it("depends on all that changes a curve", () => {
    const others = [
      want({ buckets: 500 }),
      want({ range: { min: 0, max: 1 } }),
      want({ axis: { kind: "time" } }),
      want({ extremes: false }),
      want({ groups: [{ name: "g", runs: ["a"] }] }),
    ];
    expect(new Set([want(), ...others].map(viewOf)).size).toBe(others.length + 1);
  });
});

describe("buckets", () => {
  it("follow the pixels in steps, so that neighbours share them", () => {
    expect(bucketsFor(312)).toBe(bucketsFor(390));
    expect(bucketsFor(10)).toBe(200);
    expect(bucketsFor(99_999)).toBe(2000);
  });
});
