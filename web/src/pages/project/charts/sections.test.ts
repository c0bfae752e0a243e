// How keys become sections and charts.
import { describe, expect, it } from "vitest";
import { arrange, indexKeys, matcher, movedBefore, type Arrangement, type Key } from "./sections";

const key = (name: string, stream: Key["stream"] = "history"): Key => ({
  key: name,
  stream,
  runs: 1,
});
const index = indexKeys([
  key("train/loss"),
  key("train/acc"),
  key("loss"),
  key("layer.10/norm"),
  key("layer.2/norm"),
  key("gpu.0/power_w", "system"),
  key("cpu", "system"),
  key("/odd"),
]);
const plain: Arrangement = { search: "", pinned: [], own: new Map(), order: [], first: new Map() };
const names = (arrangement: Partial<Arrangement> = {}) =>
  arrange(index, { ...plain, ...arrangement }).map(({ name }) => name);
const panels = (name: string, arrangement: Partial<Arrangement> = {}) =>
  arrange(index, { ...plain, ...arrangement }).find((section) => section.name === name)?.panels;

describe("sections", () => {
  it("are what stands before the first slash, in natural order, machine metrics last", () => {
    expect(names()).toEqual(["General", "layer.2", "layer.10", "train", "System", "System gpu.0"]);
    expect(panels("General")).toEqual(["/odd", "loss"]);
    expect(panels("train")).toEqual(["train/acc", "train/loss"]);
  });
  it("are searched by regular expression and vanish when empty", () => {
    expect(names({ search: "^train/|norm$" })).toEqual(["layer.2", "layer.10", "train"]);
    expect(panels("train", { search: "LOSS" })).toBeUndefined();
    expect(panels("train", { search: "loss" })).toEqual(["train/loss"]);
  });
  it("take a search that is no regular expression as it stands", () => {
    expect(matcher("loss(").error).not.toBeNull();
    expect(matcher("a(b").test("xA(b)")).toBe(true);
  });
  it("of what is pinned come first, and only with what is there", () => {
    expect(names({ pinned: ["train/loss", "gone"] })[0]).toBe("Pinned");
    expect(panels("Pinned", { pinned: ["train/loss", "gone"] })).toEqual(["train/loss"]);
    expect(names({ pinned: ["gone"] })[0]).toBe("General");
  });
  it("keep an order that was made, new ones behind it", () => {
    expect(names({ order: ["train", "was-once", "System"] }).slice(0, 3)).toEqual([
      "train",
      "System",
      "General",
    ]);
    expect(panels("train", { first: new Map([["train", ["train/loss"]]]) })).toEqual([
      "train/loss",
      "train/acc",
    ]);
  });
  it("find added panels by their words", () => {
    const own = new Map([
      ["p1", "acc against lr"],
      ["p2", "loss"],
    ]);
    expect(panels("Added", { own, search: "against" })).toEqual(["p1"]);
  });
});

it("an item is moved before another, or last", () => {
  expect(movedBefore(["a", "b", "c"], "c", "a")).toEqual(["c", "a", "b"]);
  expect(movedBefore(["a", "b", "c"], "a", null)).toEqual(["b", "c", "a"]);
});

it("ten thousand keys are searched within a frame", () => {
  const many = indexKeys(Array.from({ length: 10_000 }, (_, i) => key(`layer.${i % 97}/w.${i}`)));
  arrange(many, { ...plain, search: "w" });
  const begun = performance.now();
  arrange(many, { ...plain, search: "w\\.9+$" });
  expect(performance.now() - begun).toBeLessThan(50);
});
