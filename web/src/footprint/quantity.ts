// Energy, carbon and money as people read them: in a unit that fits, with the range they lie in.
import type { Footprint, Method, PartEnergy, Quantity } from "../api/footprint";
import { formatNumber } from "../format";

interface Unit {
  unit: string;
  /** Of the base unit. */
  size: number;
  /** Used from here on. */
  from: number;
}

const kEnergy: Unit[] = [
  { unit: "GWh", size: 1e6, from: 1e6 },
  { unit: "MWh", size: 1e3, from: 1e4 },
  { unit: "kWh", size: 1, from: 0.01 },
  { unit: "Wh", size: 1e-3, from: 0 },
];
const kCarbon: Unit[] = [
  { unit: "t", size: 1e3, from: 1e3 },
  { unit: "kg", size: 1, from: 0.1 },
  { unit: "g", size: 1e-3, from: 1e-4 },
  { unit: "mg", size: 1e-6, from: 0 },
];
const kDigits = 3;

/** A number, and beside it its unit and its range. */
export interface Amount {
  value: string;
  unit: string;
  /** "0.36 – 0.48"; empty where the number is exact. */
  range: string;
}

const unitOf = (units: readonly Unit[], most: number): Unit =>
  units.find(({ from }) => most >= from) ?? units.at(-1)!;

/** The unit for a chart of energies up to this: its name, and how many kWh it is. */
export const energyUnit = (most_kwh: number): Unit => unitOf(kEnergy, most_kwh);

function amountOf({ value, low, high }: Quantity, units: readonly Unit[]): Amount {
  const { unit, size: one } = unitOf(units, value || high);
  const print = (number: number) => formatNumber(Number((number / one).toPrecision(kDigits)));
  return { value: print(value), unit, range: low < high ? `${print(low)} – ${print(high)}` : "" };
}

export const energyOf = (kwh: Quantity): Amount => amountOf(kwh, kEnergy);
export const carbonOf = (kg: Quantity): Amount => amountOf(kg, kCarbon);

const kLeastMoney = 1e-4;

export function moneyOf({ value, low, high }: Quantity, currency: string): Amount {
  if (value > 0 && value < kLeastMoney)
    return { value: `< ${kLeastMoney}`, unit: currency, range: "" };
  // Cents, and of less than that what can be seen.
  const print = (number: number) =>
    number === 0 || number >= 0.095
      ? number.toFixed(2)
      : formatNumber(Number(number.toPrecision(2)));
  const range = low < high ? `${print(low)} – ${print(high)}` : "";
  return { value: print(value), unit: currency, range };
}

export function print({ value, unit }: Amount): string {
  return `${value} ${unit}`;
}

const exactly = (value: number): Quantity => ({
  value,
  low: value,
  high: value,
  method: "assumed",
});
export const printEnergy = (kwh: number): string => print(energyOf(exactly(kwh)));
export const printCarbon = (kg: number): string => print(carbonOf(exactly(kg)));

/** "31 %", "0.4 %". */
export function printShare(share: number): string {
  return `${formatNumber(Number((share * 100).toPrecision(2)))} %`;
}

export const kMethods: Record<Method, string> = {
  measured: "Told by a sensor",
  modelled: "From what the machine did, by a model that was compared with sensors",
  assumed: "From what is said of the machine: a data sheet, a mean of a table",
};

/** The share of the machine's energy that is known in each way; none where there is no energy. */
export function methodShares(parts: readonly PartEnergy[]): Map<Method, number> {
  const shares = new Map<Method, number>();
  const all = parts.reduce((sum, { kwh }) => sum + kwh.value, 0);
  if (!(all > 0)) return shares;
  for (const method of Object.keys(kMethods) as Method[]) {
    const of_method = parts.filter(({ kwh }) => kwh.method === method);
    const share = of_method.reduce((sum, { kwh }) => sum + kwh.value, 0) / all;
    if (share > 0) shares.set(method, share);
  }
  return shares;
}

const kLevels: Record<string, string> = {
  override: "as given",
  hourly: "hour by hour",
  "zone, year": "this zone and year",
  "zone, another year": "this zone, nearest year",
  "country, year": "its country, this year",
  "country, another year": "its country, nearest year",
  world: "mean of the world",
};

/** "FR 2025, 31 g/kWh, this zone and year"; empty where nothing is known. */
export function printIntensity({ intensity_g_per_kwh: grams }: Footprint): string {
  if (!grams) return "";
  const words = [
    grams.level === "override" ? "" : `${grams.zone} ${grams.year}`,
    `${formatNumber(grams.value, kDigits)} g/kWh`,
    kLevels[grams.level] ?? grams.level,
    grams.kind === "marginal" && "marginal",
  ];
  return words.filter(Boolean).join(", ");
}

const kParts: Record<string, string> = {
  cpu: "CPU",
  gpu: "GPU",
  memory: "Memory",
  rest: "Rest of the machine",
  platform: "Machine",
};

export function partName(part: string): string {
  return kParts[part] ?? part;
}
