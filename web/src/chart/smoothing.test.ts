// The formulas of smoothing, gaps and first values included.
import { describe, expect, it } from "vitest";
import { exponential, gaussian, isSmooth, running, smooth, timeWeighted } from "./smoothing";

const close = (got: ArrayLike<number>, wanted: number[]) => {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) =>
    Number.isNaN(value) ? expect(got[i]).toBeNaN() : expect(got[i]).toBeCloseTo(value, 10),
  );
};

describe("the exponential average", () => {
  it("begins at the first value, not at zero", () => {
    close(exponential(Float64Array.of(4, 4, 4), 0.9), [4, 4, 4]);
  });
  it("weighs as TensorBoard does", () => {
    // w = 0.5: 1 | (0.5·0.5 + 0.5·3) / 0.75 | (0.5·1.75 + 0.5·5) / 0.875
    close(exponential(Float64Array.of(1, 3, 5), 0.5), [1, 1.75 / 0.75, 3.375 / 0.875]);
  });
  it("keeps gaps and goes on behind them as if they were not there", () => {
    close(exponential(Float64Array.of(1, NaN, 3, 5), 0.5), [1, NaN, 1.75 / 0.75, 3.375 / 0.875]);
  });
  it("does nothing with weight zero", () => {
    close(exponential(Float64Array.of(1, -2, 7), 0), [1, -2, 7]);
  });
  it("lets infinities pass without being drowned by them", () => {
    close(exponential(Float64Array.of(1, Infinity, 3), 0.5), [1, Infinity, 1.75 / 0.75]);
  });
});

describe("the time-weighted average", () => {
  it("decays with the distance in x, in thousandths of the span", () => {
    // sqrt(0.25) = 0.5; distances of 1 and 2 thousandths.
    const x = Float64Array.of(0, 1, 3);
    const got = timeWeighted(x, Float64Array.of(8, 4, 2), 0.25, 1000);
    const second = (8 * 0.5 + 4) / 1.5;
    const third = ((8 * 0.5 + 4) * 0.25 + 2) / (1.5 * 0.25 + 1);
    close(got, [8, second, third]);
  });
  it("follows the values where points are far apart", () => {
    close(
      timeWeighted(Float64Array.of(0, 500, 1000), Float64Array.of(1, 9, 3), 0.25, 1000),
      [1, 9, 3],
    );
  });
  it("measures across a gap from the last point that was there", () => {
    const got = timeWeighted(Float64Array.of(0, 1, 2), Float64Array.of(8, NaN, 4), 0.25, 1000);
    close(got, [8, NaN, (8 * 0.25 + 4) / 1.25]);
  });
  it("stays put where all points share one x", () => {
    close(timeWeighted(Float64Array.of(5, 5), Float64Array.of(1, 3), 0.25, 0), [1, 2]);
  });
});

describe("the Gaussian", () => {
  it("is a bell over the points around", () => {
    const [near, far] = [Math.exp(-0.5), Math.exp(-2)];
    const got = gaussian(Float64Array.of(1, 0, 0), 1);
    close(got, [1 / (1 + near + far), near / (1 + 2 * near), far / (1 + near + far)]);
  });
  it("keeps a constant as it is, at the edges too", () => {
    close(gaussian(Float64Array.of(2, 2, 2, 2), 1.5), [2, 2, 2, 2]);
  });
  it("leaves gaps out of the weights", () => {
    const near = Math.exp(-2);
    close(gaussian(Float64Array.of(3, NaN, 5), 1), [
      (3 + 5 * near) / (1 + near),
      NaN,
      (5 + 3 * near) / (1 + near),
    ]);
  });
});

describe("the running mean", () => {
  it("is centred, and narrower at the ends", () => {
    close(running(Float64Array.of(3, 6, 9, 0), 3), [4.5, 6, 5, 4.5]);
  });
  it("leans back where the window is even", () => {
    close(running(Float64Array.of(2, 4, 8), 2), [2, 3, 6]);
  });
  it("skips gaps", () => {
    close(running(Float64Array.of(1, NaN, 3), 3), [1, NaN, 3]);
  });
  it("holds for a window larger than the curve", () => {
    close(running(Float64Array.of(1, 2, 6), 99), [3, 3, 3]);
  });
});

describe("a smoothing", () => {
  const x = Float64Array.of(0, 1, 2);
  const y = Float64Array.of(1, 5, 3);
  it("of no kind answers the curve itself", () => {
    expect(smooth(x, y, { kind: "none", amount: 3, original: true }, 2)).toBe(y);
  });
  it("knows when it changes nothing", () => {
    expect(isSmooth({ kind: "ema", amount: 0, original: true })).toBe(false);
    expect(isSmooth({ kind: "running", amount: 1, original: true })).toBe(false);
    expect(isSmooth({ kind: "gaussian", amount: 2, original: true })).toBe(true);
  });
});
