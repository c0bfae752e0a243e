// Which media stand under which key and step.
import { describe, expect, it } from "vitest";
import type { Media } from "../nouns";
import { allSteps, gatherMedia, indexAt, sectionsOf } from "./gallery";

const logged = (key: string, step: number, type = "image", more = {}): Media => ({
  key,
  step,
  time_ns: step,
  record: { type, ...more },
});

describe("gallery", () => {
  const keys = gatherMedia([
    logged("val/b10", 5),
    logged("val/b2", 7),
    logged("val/b2", 3),
    logged("list", 1, "list", { items: [{ type: "audio" }, { type: "audio" }, "nonsense"] }),
    logged("alerts", 1, "alert"),
    logged("odd", 1, ""),
  ]);

  it("keys in the order people count, steps ascending, alerts left out", () => {
    expect(keys.map(({ key }) => key)).toEqual(["list", "odd", "val/b2", "val/b10"]);
    expect(keys[2]?.steps.map(({ step }) => step)).toEqual([3, 7]);
    expect(keys.map(({ kind }) => kind)).toEqual(["audio", "unknown", "image", "image"]);
  });

  it("the items of a list stand by themselves", () => {
    expect(keys[0]?.steps[0]?.items.length).toBe(3);
  });

  it("charts that were logged as tables are charts, and tables come last", () => {
    const mixed = gatherMedia([
      logged("a", 1, "table"),
      logged("b", 1, "table", { chart: "line" }),
      logged("c", 1, "new"),
      logged("d", 1),
    ]);
    expect(sectionsOf(mixed)[0]?.keys.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
      "d image",
      "b chart",
      "c new",
      "a table",
    ]);
  });

  it("sections by prefix, those without one first", () => {
    expect(sectionsOf(keys).map(({ name, keys }) => [name, keys.length])).toEqual([
      ["", 2],
      ["val", 2],
    ]);
  });

  it("the step at or before, else the first", () => {
    const steps = keys[2]?.steps ?? [];
    expect([2, 3, 5, 7, 99].map((step) => indexAt(steps, step))).toEqual([0, 0, 0, 1, 1]);
    expect(indexAt([], 3)).toBe(0);
    expect(allSteps(keys)).toEqual([1, 3, 5, 7]);
  });
});
