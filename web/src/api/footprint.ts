// Energy, money and carbon as the API tells them (docs/api.md, "Footprint").

/** How a number is known: by a sensor, by a model of what the machine did, or from what is said of it. */
export type Method = "measured" | "modelled" | "assumed";

export interface Quantity {
  value: number;
  low: number;
  high: number;
  method: Method;
}

export type IntensityKind = "average" | "marginal";

export interface Intensity extends Quantity {
  /** Where it came from: "override", "hourly", "zone, year" … "world". */
  level: string;
  /** Whose it is: of a country where the zone has none, and of the nearest year. */
  zone: string;
  year: number;
  kind: IntensityKind;
  scope: string;
}

export interface PartEnergy {
  part: string;
  device: string;
  kwh: Quantity;
  source: string;
  /** Two ways of the sensor differ by more than a twentieth. */
  is_disputed?: boolean;
}

export interface Money extends Quantity {
  currency: string;
}

/** What nobody knows is null. */
export interface Footprint {
  /** As bought: with what the data centre adds. */
  energy_kwh: Quantity;
  /** Of the machine alone: the sum of parts. */
  it_kwh: Quantity;
  pue: Quantity;
  parts: PartEnergy[];
  idle_kwh: number;
  /** Where the electricity was made; null while the zone is unknown. */
  carbon_kg: Quantity | null;
  /** Over all zones of the world: what is said where the zone is unknown. */
  carbon_range_kg: Quantity;
  /** Of energy_kwh: of zones that are unknown, and so not in carbon_kg. */
  carbon_unknown_kwh: number;
  market_carbon_kg: Quantity | null;
  money: Money | null;
  /** Of energy_kwh: without a price, and so not in money. */
  money_unknown_kwh: number;
  intensity_g_per_kwh: Intensity | null;
  zone: string | null;
  lost_s: number;
  sources: string[];
  notes: string[];
}

export interface FootprintGroup {
  /** By each name in `by`; a run is "PROJECT/ID". */
  key: Record<string, string | null>;
  runs: number;
  footprint: Footprint | null;
}

export interface Equivalent {
  name: string;
  unit: string;
  amount: number;
  source: string;
}

export interface OffsetPrice extends Money {
  source: string;
}

export interface Sci {
  operational_g: number;
  embodied_g: number;
  per_unit_g: number;
  functional_unit: string;
}

/** GET …/footprint of a project, or of all that one may read. */
export interface FootprintPage {
  total: Footprint | null;
  groups: FootprintGroup[];
  /** Of which `groups` may be the first. */
  groups_total: number;
  runs: number;
  /** Runs of which nothing is known. */
  unknown: number;
  search: Footprint | null;
  final: Footprint | null;
  /** How the final run was chosen; null: none is known. */
  final_by: string | null;
  training: Footprint | null;
  inference: Footprint | null;
  equivalents: Equivalent[];
  offset: OffsetPrice | null;
  sci: Sci | null;
}

/** GET /footprint/break_even: after how many requests inference has used as much as training. */
export interface BreakEven {
  requests: number;
  days: number | null;
  served: number;
}

/** The same run at another time or in another place. */
export interface Alternative {
  zone: string;
  /** null: at any time, by the mean of the year. */
  start_ns: number | null;
  carbon_kg: number;
  /** Against the run as it was; negative: worse. */
  saved_share: number;
  level: string;
}

export interface TableInfo {
  name: string;
  title: string;
  source: string;
  licence: string;
  years: string;
  release: string;
  rows: number;
}

/** GET /tables */
export interface Tables {
  tables: TableInfo[];
  zones: string[];
  /** Why the files of the store are not in use. */
  problem: string | null;
}
