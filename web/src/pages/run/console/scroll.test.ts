// Millions of lines on a bar that browsers cut short.
import { describe, expect, it } from "vitest";
import { kTall_px, ScrollMap } from "./scroll";

describe("scroll map", () => {
  it("a list that fits is exact", () => {
    const map = new ScrollMap(1000, 20, 600);
    expect(map.content_px).toBe(20_000);
    expect(map.toList(123)).toBe(123);
    expect(map.window(400, 5)).toEqual({ first: 15, last: 55, top_px: 300 });
  });

  it("the first and the last row of any list can be reached, and every row between", () => {
    for (const rows of [500_001, 1_000_000, 80_000_000]) {
      const map = new ScrollMap(rows, 20, 600);
      expect(map.content_px).toBe(kTall_px);
      expect(map.window(map.toList(0), 0).first).toBe(0);
      expect(map.window(map.toList(kTall_px - 600), 0).last).toBe(rows);
      for (const row of [0, 1, 777_777 % rows, rows - 1]) {
        const place = map.reveal(row, -1e9) ?? 0;
        const seen = map.window(place, 0);
        expect(seen.first).toBeLessThanOrEqual(row);
        expect(seen.last).toBeGreaterThan(row);
        expect(map.toList(map.toScroll(place))).toBeCloseTo(place, 3);
      }
    }
  });

  it("what is in sight stays inside the scrolled content", () => {
    const map = new ScrollMap(5_000_000, 20, 600);
    for (const place of [0, 1e6, 5e7, map.end_px]) {
      const seen = map.window(place, 10);
      expect(seen.top_px + (seen.last - seen.first) * 20).toBeLessThanOrEqual(kTall_px + 400);
    }
    expect(map.window(map.end_px, 0).top_px + 31 * 20).toBeGreaterThanOrEqual(kTall_px - 20);
  });

  it("a row in sight is left where it is", () => {
    const map = new ScrollMap(1000, 20, 600);
    expect(map.reveal(10, 100)).toBeUndefined();
    expect(map.reveal(500, 0)).toBe(9700);
    expect(map.reveal(999, 0)).toBe(map.end_px);
  });

  it("an empty list is no trouble", () => {
    const map = new ScrollMap(0, 20, 600);
    expect(map.window(0, 10)).toEqual({ first: 0, last: 0, top_px: 0 });
    expect(map.clamp(50)).toBe(0);
  });
});
