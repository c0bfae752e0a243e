// Places and ranges on the axes of a line chart.
import { describe, expect, it } from "vitest";
import { lowerBound, nearest, shownIndices, type DrawnLine } from "./line_paint";
import { xScaleOf, yScaleOf } from "./line_range";

const line = (x: number[], y: number[], more: Partial<DrawnLine["series"]> = {}): DrawnLine => ({
  series: {
    id: "a",
    label: "a",
    color: "#000000",
    x: Float64Array.from(x),
    value: Float64Array.from(y),
    ...more,
  },
  value: Float64Array.from(y),
  original: null,
});

describe("places in x", () => {
  const x = Float64Array.of(0, 10, 20, 30);
  it("are found by value", () => {
    expect(lowerBound(x, 10)).toBe(1);
    expect(nearest(x, 14)).toBe(1);
    expect(nearest(x, 16)).toBe(2);
    expect(nearest(x, -5)).toBe(0);
    expect(nearest(x, 99)).toBe(3);
    expect(nearest(new Float64Array(0), 1)).toBe(-1);
  });
  it("of a range include the neighbours that lines leave to", () => {
    expect(shownIndices(x, { min: 12, max: 18 })).toEqual([1, 3]);
    expect(shownIndices(x, { min: 10, max: 20 })).toEqual([0, 4]);
  });
});

describe("the x scale", () => {
  it("spans all lines, or is the range that was asked for", () => {
    const lines = [line([0, 5], [1, 1]), line([3, 9], [1, 1])];
    expect(xScaleOf(lines, false, null)).toMatchObject({ min: 0, max: 9 });
    expect(xScaleOf(lines, false, { min: 2, max: 4 })).toMatchObject({ min: 2, max: 4 });
  });
  it("begins at the first positive x where it is logarithmic", () => {
    expect(xScaleOf([line([0, 4, 8], [1, 1, 1])], true, null)).toMatchObject({
      min: 4,
      max: 8,
      log: true,
    });
  });
});

describe("the y scale", () => {
  const all = { min: -Infinity, max: Infinity };
  it("looks only at what is shown", () => {
    const scale = yScaleOf([line([0, 1, 2, 3], [100, 1, 2, 100])], { min: 1, max: 2 }, {}, false);
    expect(scale.max).toBeLessThan(3);
  });
  it("covers the extremes only where they are drawn", () => {
    const spiky = line([0, 1], [1, 2], { min: Float64Array.of(0, 1), max: Float64Array.of(9, 3) });
    expect(yScaleOf([spiky], all, {}, true).max).toBeGreaterThan(9);
    expect(yScaleOf([spiky], all, {}, false).max).toBeLessThan(3);
  });
  it("leaves out the wildest twentieth at each end when clipped", () => {
    const values = Array.from({ length: 200 }, (_, i) => (i === 50 ? 1e6 : i / 200));
    const scale = yScaleOf(
      [
        line(
          values.map((_, i) => i),
          values,
        ),
      ],
      all,
      { clip: true },
      false,
    );
    expect(scale.max).toBeLessThan(2);
  });
  it("ignores what is no number, and on a log axis what is not positive", () => {
    const scale = yScaleOf([line([0, 1, 2, 3], [NaN, Infinity, -4, 3])], all, { log: true }, false);
    expect(scale.min).toBeGreaterThan(0);
    expect(scale.max).toBeLessThan(10);
  });
  it("keeps ends that were fixed", () => {
    expect(yScaleOf([line([0], [5])], all, { min: 0, max: 1 }, false)).toMatchObject({
      min: 0,
      max: 1,
    });
  });
});
