// Scales and their ticks, linear, logarithmic and of time.
import { describe, expect, it } from "vitest";
import { fromUnit, scaleAround, ticksOf, toUnit, type Scale } from "./scale";

const linear = (min: number, max: number): Scale => ({ min, max, log: false });
const log = (min: number, max: number): Scale => ({ min, max, log: true });
const labels = (...of: Parameters<typeof ticksOf>) => ticksOf(...of).map(({ label }) => label);

describe("a scale", () => {
  it("goes there and back, whichever way it runs", () => {
    for (const scale of [linear(-3, 7), log(0.01, 100), { ...linear(2, 9), inverted: true }])
      for (const unit of [0, 0.25, 1])
        expect(toUnit(scale, fromUnit(scale, unit))).toBeCloseTo(unit, 12);
  });
  it("has no place on a log axis for what is not positive", () => {
    expect(Number.isFinite(toUnit(log(1, 10), 0))).toBe(false);
    expect(toUnit(log(1, 10), -1)).toBeNaN();
  });
  it("is never empty", () => {
    for (const is_log of [false, true])
      for (const [min, max] of [
        [5, 5],
        [0, 0],
        [Infinity, -Infinity],
        [-2, -2],
      ] as const) {
        const scale = scaleAround(min, max, is_log, 0);
        expect(scale.max).toBeGreaterThan(scale.min);
        if (is_log) expect(scale.min).toBeGreaterThan(0);
      }
  });
  it("makes no negative room for values that are all positive", () => {
    expect(scaleAround(0.01, 10, false, 0.05).min).toBe(0);
    expect(scaleAround(-1, 10, false, 0.05).min).toBeLessThan(-1);
  });
});

describe("ticks", () => {
  it("are round numbers inside the scale", () => {
    expect(labels(linear(0, 1), "number", 5)).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(labels(linear(0, 10_000), "number", 5)).toEqual(["0", "2k", "4k", "6k", "8k", "10k"]);
    expect(labels(linear(-2, 2), "number", 4)).toEqual(["−2", "−1", "0", "1", "2"]);
  });
  it("say small and large numbers briefly", () => {
    expect(labels(linear(0, 4e-6), "number", 2)).toEqual(["0", "2e−6", "4e−6"]);
    expect(labels(linear(0, 3e6), "number", 3)).toEqual(["0", "1M", "2M", "3M"]);
  });
  it("tell neighbours apart on a narrow range far from zero", () => {
    const said = labels(linear(1_000_000, 1_000_100), "number", 4);
    expect(new Set(said).size).toBe(said.length);
  });
  it("stand on decades of a log axis, and between them where there are few", () => {
    expect(labels(log(0.001, 1000), "number", 10)).toEqual([
      "0.001",
      "0.01",
      "0.1",
      "1",
      "10",
      "100",
      "1000",
    ]);
    expect(labels(log(1, 20), "number", 6)).toEqual(["1", "2", "5", "10", "20"]);
    expect(labels(log(3, 6), "number", 4)).toEqual(["3", "4", "5", "6"]);
  });
  it("of durations are minutes and hours", () => {
    expect(labels(linear(0, 7200), "duration", 5)).toEqual(["0", "30m", "1h", "1h 30m", "2h"]);
    expect(labels(linear(0, 50), "duration", 5)).toEqual(["0", "10s", "20s", "30s", "40s", "50s"]);
  });
  it("of times are whole in the reader's zone", () => {
    const noon_s = new Date(2026, 2, 3, 12).getTime() / 1000;
    const ticks = ticksOf(linear(noon_s - 600, noon_s + 14_400), "time", 5);
    for (const { at } of ticks) expect(new Date(at * 1000).getMinutes()).toBe(0);
    const days = ticksOf(linear(noon_s, noon_s + 5 * 86_400), "time", 5);
    for (const { at } of days) expect(new Date(at * 1000).getHours()).toBe(0);
    const months = ticksOf(linear(noon_s, noon_s + 200 * 86_400), "time", 5);
    for (const { at } of months) expect(new Date(at * 1000).getDate()).toBe(1);
  });
  it("are few whatever is asked", () => {
    for (const kind of ["number", "time", "duration"] as const)
      for (const span of [1e-9, 1, 1e4, 1e9])
        expect(ticksOf(linear(5, 5 + span), kind, 6).length).toBeLessThan(16);
  });
});
