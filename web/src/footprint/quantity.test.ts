// Rules of amounts as people read them.
import { describe, expect, it } from "vitest";
import type { Footprint, Method, PartEnergy, Quantity } from "../api/footprint";
import {
  carbonOf,
  energyOf,
  methodShares,
  moneyOf,
  printEnergy,
  printIntensity,
  printShare,
} from "./quantity";

const about = (
  value: number,
  low = value,
  high = value,
  method: Method = "modelled",
): Quantity => ({
  value,
  low,
  high,
  method,
});
const part = (method: Method, kwh: number): PartEnergy => ({
  part: "gpu",
  device: "",
  kwh: about(kwh, kwh, kwh, method),
  source: "",
});

describe("an amount", () => {
  it("stands in the unit that fits, and its range in the same", () => {
    expect(energyOf(about(0.421, 0.36, 0.48))).toEqual({
      value: "0.421",
      unit: "kWh",
      range: "0.36 – 0.48",
    });
    expect(energyOf(about(0.0042, 0.004, 0.012))).toEqual({
      value: "4.2",
      unit: "Wh",
      range: "4 – 12",
    });
    expect(printEnergy(656_347)).toBe("656 MWh");
    expect([0.2, 0.03, 9e-7].map((kg) => carbonOf(about(kg)).unit)).toEqual(["kg", "g", "mg"]);
    expect(carbonOf(about(284_000))).toMatchObject({ value: "284", unit: "t" });
  });

  it("has no range where it is exact", () => {
    expect(energyOf(about(2)).range).toBe("");
  });

  it("that is unknown but for its range has the unit of the range", () => {
    expect(carbonOf(about(0, 1.2, 340))).toMatchObject({ unit: "kg", range: "1.2 – 340" });
  });

  it("of money has cents, and of less than that what can be seen", () => {
    expect(moneyOf(about(1234.5, 1000, 1500), "USD")).toEqual({
      value: "1234.50",
      unit: "USD",
      range: "1000.00 – 1500.00",
    });
    expect(moneyOf(about(0.0031), "EUR").value).toBe("0.0031");
    expect(moneyOf(about(7e-6, 1e-6, 1e-5), "EUR")).toMatchObject({ value: "< 0.0001", range: "" });
  });

  it("as a share has no more digits than it is worth", () => {
    expect([printShare(1), printShare(0.31415), printShare(0.0042)]).toEqual([
      "100 %",
      "31 %",
      "0.42 %",
    ]);
  });
});

describe("how energy is known", () => {
  it("is told by its share, the surest first", () => {
    const parts = [
      part("assumed", 1),
      part("measured", 6),
      part("modelled", 1),
      part("assumed", 2),
    ];
    expect([...methodShares(parts)]).toEqual([
      ["measured", 0.6],
      ["modelled", 0.1],
      ["assumed", 0.3],
    ]);
  });

  it("is not told of no energy", () => {
    expect(methodShares([part("measured", 0)]).size).toBe(0);
  });
});

describe("an intensity", () => {
  const footprint = (level: string, kind: "average" | "marginal") => {
    const grams = { ...about(31.2), level, kind, zone: "FR", year: 2025, scope: "lifecycle" };
    return { zone: "FR", intensity_g_per_kwh: grams } as Footprint;
  };

  it("says where it came from", () => {
    expect(printIntensity(footprint("zone, year", "average"))).toBe(
      "FR 2025, 31.2 g/kWh, this zone and year",
    );
    expect(printIntensity(footprint("world", "marginal"))).toContain("mean of the world, marginal");
  });

  it("of the reader's own has no place and no year", () => {
    expect(printIntensity(footprint("override", "average"))).toBe("31.2 g/kWh, as given");
  });

  it("is nothing where none is known", () => {
    expect(printIntensity({ zone: null, intensity_g_per_kwh: null } as Footprint)).toBe("");
  });
});
