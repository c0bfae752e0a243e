// Parallel coordinates without a canvas: axes, brushes, what lies inside.
import { describe, expect, it } from "vitest";
import { brushed, layFan, lineAt, nudged, placeOfRange, rangeBetween } from "./parallel_geometry";
import type { Column } from "./types";

const columns: Column[] = [
  { name: "lr", values: Float64Array.of(0.001, 0.01, 0.1, NaN), log: true },
  { name: "kind", values: Float64Array.of(0, 1, 1, 0), categories: ["adam", "sgd"] },
  { name: "acc", values: Float64Array.of(0, 0.5, 1, 0.2) },
];
const fan = layFan(columns, 4, { left: 0, top: 0, width: 600, height: 300 });
const all = Uint32Array.of(0, 1, 2, 3);

describe("brushes", () => {
  it("keep the lines inside all of them", () => {
    expect([...brushed(fan, new Map())]).toEqual([0, 1, 2, 3]);
    expect([...brushed(fan, new Map([["acc", { min: 0.1, max: 0.6 }]]))]).toEqual([1, 3]);
    const two = new Map([
      ["acc", { min: 0.1, max: 1 }],
      ["kind", { min: 1, max: 2 }],
    ]);
    expect([...brushed(fan, two)]).toEqual([1, 2]);
  });
  it("keep no line that has no value there", () => {
    expect([...brushed(fan, new Map([["lr", { min: 0, max: 1 }]]))]).toEqual([0, 1, 2]);
  });
  it("are where they were drawn", () => {
    const range = rangeBetween(fan, 0, fan.top + 20, fan.top + 80)!;
    const [top, bottom] = placeOfRange(fan, 0, range);
    expect(top).toBeCloseTo(fan.top + 20);
    expect(bottom).toBeCloseTo(fan.top + 80);
  });
  it("stay on their axis when the keyboard moves them", () => {
    let range = nudged(fan, 2, undefined, true, false)!;
    for (let i = 0; i < 50; ++i) range = nudged(fan, 2, range, true, false)!;
    expect(range.max).toBeCloseTo(1);
    expect(range.max - range.min).toBeCloseTo(0.25);
    for (let i = 0; i < 50; ++i) range = nudged(fan, 2, range, false, false)!;
    expect(range.min).toBeCloseTo(0);
  });
});

describe("lines", () => {
  it("are found between the axes", () => {
    const [first, second] = [fan.axes[0]!.x, fan.axes[1]!.x];
    const y = (fan.ys[3]! + fan.ys[4]!) / 2; // line 1, half way between the first two axes
    expect(lineAt(fan, all, (first + second) / 2, y, 5)).toBe(1);
    expect(lineAt(fan, Uint32Array.of(0), (first + second) / 2, y, 5)).toBeNull();
  });
  it("without a value go below the axis", () => {
    expect(fan.ys[3 * 3]!).toBeGreaterThan(fan.top + fan.height);
    expect(fan.axes.map(({ gaps }) => gaps)).toEqual([true, false, false]);
  });
});
