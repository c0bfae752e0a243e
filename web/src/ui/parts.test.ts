// The parts of the page that can be thought about without a browser.
import { describe, expect, it } from "vitest";
import { runColor } from "../color";
import { keysOf, printKeys } from "./keyboard";
import { rank } from "./rank";
import { offsetsOf, sliceOf } from "./virtual";

describe("columns in sight", () => {
  const offsets = offsetsOf([100, 50, 200, 100]); // 0 100 150 350 450

  it.each([
    [0, 100, 0, 1],
    [0, 101, 0, 2],
    [100, 150, 1, 2],
    [149, 151, 1, 3],
    [-500, 5000, 0, 4],
    [449, 900, 3, 4],
    [1000, 2000, 4, 4],
  ])("from %d to %d px are [%d, %d)", (left, right, first, last) => {
    expect(sliceOf(offsets, left, right)).toEqual({ first, last });
  });

  it("of an empty table are none", () => {
    expect(sliceOf(offsetsOf([]), 0, 100)).toEqual({ first: 0, last: 0 });
  });
});

describe("rank", () => {
  const names = ["config.lr", "summary.lr", "lr", "summary.train/loss", "summary.val/loss"];
  const found = (text: string) => rank(names, text, String);

  it("puts the name itself first", () => expect(found("lr")[0]).toBe("lr"));
  it("wants every word", () => expect(found("loss val")).toEqual(["summary.val/loss"]));
  it("keeps all for no words", () => expect(found(" ")).toEqual(names));
  it("ignores case", () => expect(found("LR")).toHaveLength(3));

  it("is quick among ten thousand", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `summary.layer_${i}/grad_norm`);
    expect(rank(many, "layer_99 norm", String)[0]).toBe("summary.layer_99/grad_norm");
  });
});

describe("keys", () => {
  const press = (
    key: string,
    held: Partial<Record<"metaKey" | "ctrlKey" | "shiftKey" | "altKey", true>> = {},
  ) => ({
    key,
    metaKey: false,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    ...held,
  });

  it("are named alike on every machine", () => {
    expect(keysOf(press("k", { metaKey: true }), true)).toBe("mod+k");
    expect(keysOf(press("k", { ctrlKey: true }), false)).toBe("mod+k");
    expect(keysOf(press("?", { shiftKey: true }), false)).toBe("?");
    expect(keysOf(press("D", { shiftKey: true }), false)).toBe("shift+d");
    expect(keysOf(press("ArrowDown", { shiftKey: true }), false)).toBe("shift+arrowdown");
    expect(keysOf(press(" "), false)).toBe("space");
  });

  it("are written as the machine writes them", () => {
    expect(printKeys("mod+k", true)).toBe("⌘K");
    expect(printKeys("mod+k", false)).toBe("Ctrl K");
    expect(printKeys("j arrowdown", false)).toBe("J / ↓");
  });
});

describe("colours of runs", () => {
  const ids = Array.from({ length: 2000 }, (_, i) => `run-${i}`);

  it("are always the same", () => expect(runColor("abc")).toBe(runColor("abc")));
  it("are colours", () =>
    expect(ids.every((id) => /^#[0-9a-f]{6}$/.test(runColor(id)))).toBe(true));
  it("are many", () => expect(new Set(ids.map(runColor)).size).toBeGreaterThan(300));
});
