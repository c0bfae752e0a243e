// Where sections and panels stand, and which of them are in sight.
import { describe, expect, it } from "vitest";
import { columnsFor, kGap_px, kHead_px, layOut, panelsIn, sectionsIn } from "./layout";

const section = (name: string, count: number) => ({
  name,
  total: count,
  panels: Array.from({ length: count }, (_, i) => `${name}/${i}`),
});
const options = {
  width: 1036,
  panel_height: 200,
  isOpen: (name: string) => name !== "closed",
  columnsOf: () => 3,
};
const page = layOut([section("a", 4), section("closed", 500), section("b", 9000)], options);

describe("the page", () => {
  it("has room for every row of what is open, and for the heads of the rest", () => {
    const [a, closed, b] = page.sections;
    expect(closed!.height).toBe(kHead_px);
    expect(closed!.top).toBe(a!.height);
    expect(b!.height).toBeGreaterThan(3000 * 212);
    expect(page.height).toBe(b!.top + b!.height);
  });
  it("renders only what is in sight, however much there is", () => {
    const middle = page.height / 2;
    const seen = sectionsIn(page, middle, middle + 900);
    expect(seen.map(({ section: { name } }) => name)).toEqual(["b"]);
    const places = panelsIn(seen[0]!, middle, middle + 900);
    expect(places.length).toBeLessThanOrEqual(3 * 6);
    for (const { top } of places) {
      const at = seen[0]!.top + top;
      expect(at).toBeLessThan(middle + 900);
      expect(at + 212).toBeGreaterThan(middle);
    }
  });
  it("puts panels side by side without overlap", () => {
    const [a] = page.sections;
    const places = panelsIn(a!, 0, 2000);
    expect(places.map(({ panel }) => panel)).toEqual(["a/0", "a/1", "a/2", "a/3"]);
    expect(places[1]!.left).toBeCloseTo(a!.panel_width + kGap_px);
    expect(places[3]).toMatchObject({ left: 0, top: kHead_px + 200 + kGap_px });
  });
  it("has as many columns as can be read", () => {
    expect(columnsFor(200)).toBe(1);
    expect(columnsFor(700)).toBe(2);
    expect(columnsFor(9000)).toBe(6);
  });
});
