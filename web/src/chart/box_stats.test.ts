// Quantiles, whiskers and outliers of a box.
import { expect, it } from "vitest";
import { boxStats, histogramOf, quantile } from "./box_stats";

it("quantiles lie between neighbours", () => {
  expect(quantile(Float64Array.of(1, 2, 3, 4), 0.5)).toBe(2.5);
  expect(quantile(Float64Array.of(7), 0.9)).toBe(7);
  expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
});

it("a box has whiskers within one and a half boxes, and outliers beyond", () => {
  const stats = boxStats(Float64Array.of(5, 1, 2, 3, 4, 100, NaN));
  expect(stats).toMatchObject({ count: 6, median: 3.5, low: 1, high: 5, outliers: [100] });
});

it("a histogram counts every finite value once", () => {
  const { edges, counts } = histogramOf(Float64Array.of(0, 0.1, 0.5, 1, NaN, Infinity), 4);
  expect([...edges]).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect([...counts]).toEqual([2, 0, 1, 1]);
  expect(histogramOf(Float64Array.of(3, 3, 3)).counts.reduce((a, b) => a + b)).toBe(3);
});
