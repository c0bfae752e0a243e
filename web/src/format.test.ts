// Numbers, durations, times and bytes as people read them.
import { describe, expect, it } from "vitest";
import * as format from "./format";

describe("numbers", () => {
  it.each([
    [0, "0"],
    [-0, "0"],
    [0.1 + 0.2, "0.3"],
    [0.00012345678, "0.00012346"],
    [0.000012345678, "1.2346e-5"],
    [1234.5678, "1234.6"],
    [999999.96, "1000000"],
    [12345678.9, "1.2346e7"],
    [-4.5e-9, "-4.5e-9"],
    [20240131, "20240131"],
    [1e15, "1e15"],
    [NaN, "NaN"],
    [-Infinity, "-∞"],
  ])("%d reads %s", (value, text) => expect(format.formatNumber(value)).toBe(text));

  it.each([
    [999, "999"],
    [1234, "1.23k"],
    [-4_560_000, "-4.56M"],
    [7.1e9, "7.1G"],
  ])("%d is %s on an axis", (value, text) => expect(format.formatCompact(value)).toBe(text));

  it("are counted with their noun", () => {
    expect(format.formatCount(1, "run")).toBe("1 run");
    expect(format.formatCount(100000, "run")).toBe("100\u202f000 runs");
    expect(format.formatCount(0, "entry", "entries")).toBe("0 entries");
  });

  it("differ with a sign", () => {
    expect(format.formatDelta(0.01234)).toBe("+0.0123");
    expect(format.formatDelta(-3)).toBe("-3");
    expect(format.formatPercent(0.0823)).toBe("+8.2%");
    expect(format.formatPercent(-1)).toBe("-100%");
    expect(format.formatPercent(34.56)).toBe("+3500%");
  });
});

describe("durations", () => {
  it.each([
    [0.0123, "12ms"],
    [1.04, "1.0s"],
    [59.6, "1m"],
    [61, "1m 1s"],
    [3600, "1h"],
    [3661, "1h 1m"],
    [90061, "1d 1h"],
    [-5, "-5.0s"],
    [NaN, "–"],
  ])("%d s reads %s", (value, text) => expect(format.formatDuration(value)).toBe(text));
});

describe("times", () => {
  const now_ms = new Date(2026, 0, 31, 14, 5, 9).getTime();
  const ago = (seconds: number) => format.formatAgo((now_ms - seconds * 1000) * 1e6, now_ms);

  it("near ones are told by their age", () => {
    expect(ago(5)).toBe("just now");
    expect(ago(300)).toBe("5 min ago");
    expect(ago(7300)).toBe("2 h ago");
    expect(ago(3 * 86400)).toBe("3 d ago");
  });

  it("far ones by their date", () => {
    expect(ago(45 * 86400)).toBe("2025-12-17");
    expect(ago(-3600)).toBe("2026-01-31 15:05:09");
  });
});

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [1024 * 1024 - 1, "1 MiB"],
    [123.4 * 1024 ** 3, "123 GiB"],
  ])("%d reads %s", (value, text) => expect(format.formatBytes(value)).toBe(text));
});
