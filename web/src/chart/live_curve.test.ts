// A curve that grows: point by point, thinned when there are many.
import { describe, expect, it } from "vitest";
import { LiveCurve, type Curve } from "./live_curve";

const curve = (x: number[], value: number[]): Curve => ({
  x: Float64Array.from(x),
  value: Float64Array.from(value),
});
const ramp = (count: number, step = 1) =>
  curve(
    Array.from({ length: count }, (_, i) => i * step),
    Array.from({ length: count }, (_, i) => i),
  );

describe("a live curve", () => {
  it("takes points one by one while there are few", () => {
    const live = new LiveCurve(curve([0, 1], [5, 6]), 100);
    expect(live.append(2, 7)).toBe(true);
    expect([...live.curve().x]).toEqual([0, 1, 2]);
    expect([...live.curve().value]).toEqual([5, 6, 7]);
  });
  it("refuses what is not after its last point", () => {
    const live = new LiveCurve(curve([0, 5], [1, 1]), 100);
    expect(live.append(5, 2)).toBe(false);
    expect(live.append(3, 2)).toBe(false);
    expect([...live.curve().value]).toEqual([1, 1]);
  });
  it("gathers points into buckets as wide as the server's once it has as many", () => {
    const live = new LiveCurve(ramp(100, 10), 100); // buckets of 9.9 steps
    const before = live.curve().x.length;
    for (let x = 991; x <= 1010; ++x) live.append(x, x === 1000 ? 99 : 2);
    expect(live.curve().x.length).toBeLessThanOrEqual(before + 3);
    expect(Math.max(...live.curve().max!)).toBe(99);
  });
  it("takes the mean within a bucket and skips what is no number", () => {
    const live = new LiveCurve(ramp(100, 10), 100);
    for (const [x, value] of [
      [1000, 2],
      [1001, NaN],
      [1002, 4],
    ] as const)
      live.append(x, value);
    expect(live.curve().value.at(-1)).toBe(3);
    expect(live.curve().x.at(-1)).toBe(1002);
  });
  it("says when it outgrew its buckets, and never before", () => {
    const live = new LiveCurve(ramp(2), 50);
    let x = 2;
    while (!live.outgrown) live.append(++x, 1);
    expect(live.curve().x.length).toBe(101);
  });
  it("is bounded however many points come", () => {
    const live = new LiveCurve(ramp(1000, 10), 1000);
    for (let x = 10_000; x < 20_000; ++x) live.append(x, 1);
    expect(live.curve().x.length).toBeLessThan(2100);
    expect(live.bytes).toBeLessThan(200_000);
  });
  it("leaves the server's arrays as they came", () => {
    const sent = curve([0, 1], [5, 6]);
    new LiveCurve(sent, 2).append(9, 9);
    expect([...sent.x]).toEqual([0, 1]);
  });
});
