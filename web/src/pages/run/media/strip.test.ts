// Histograms over time as one picture.
import { describe, expect, it } from "vitest";
import { layStrip, readBins } from "./strip";

const bins = (edges: number[], counts: number[]) =>
  readBins({ type: "histogram", bins: edges, counts });

describe("histograms over time", () => {
  it("records that are none are refused", () => {
    expect(readBins(undefined)).toBeUndefined();
    expect(readBins({ counts: [1], bins: [1] })).toBeUndefined();
    expect(readBins({ counts: "x", bins: [1, 2] })).toBeUndefined();
  });

  it("steps share one range; shares are spread over the rows that a bin covers", () => {
    const strip = layStrip([bins([0, 1, 2], [3, 1]), undefined, bins([0, 4], [8])], 4);
    expect([strip.low, strip.high, strip.columns]).toEqual([0, 4, 3]);
    const column = (at: number) =>
      [...strip.shares.slice(at * 4, at * 4 + 4)].map((s) => Math.round(s * 300) / 300);
    expect(column(0)).toEqual([1, 1 / 3, 0, 0].map((s) => Math.round(s * 300) / 300));
    expect(column(1)).toEqual([0, 0, 0, 0]);
    expect(column(2)).toEqual([1 / 3, 1 / 3, 1 / 3, 1 / 3].map((s) => Math.round(s * 300) / 300));
  });

  it("empty and single-valued histograms make a strip too", () => {
    expect(layStrip([], 4).shares.length).toBe(0);
    const strip = layStrip([bins([5, 5], [1]), bins([0, 0], [0])], 10);
    expect(strip.shares.some((share) => share === 1)).toBe(true);
  });
});
