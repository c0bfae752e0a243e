// How charts are drawn: settings for all, for a section, for one chart, each overriding the one
// before; and how they are written into the address.
import type { AxisKind, Band, Range, SmoothingKind } from "../../../chart";

export interface Settings {
  x: AxisKind;
  /** The key whose values are x, where x is "metric". */
  x_key: string;
  x_log: boolean;
  y_log: boolean;
  y_min: number | null;
  y_max: number | null;
  range: Range | null;
  smooth: SmoothingKind;
  /** In the unit of the kind of smoothing; see Smoothing. */
  amount: number;
  original: boolean;
  clip: boolean;
  band: Band;
  envelope: boolean;
  runs_most: number;
}

export type Overrides = Partial<Settings>;

export const kDefaults: Settings = {
  x: "step",
  x_key: "",
  x_log: false,
  y_log: false,
  y_min: null,
  y_max: null,
  range: null,
  smooth: "none",
  amount: 0,
  original: true,
  clip: false,
  band: "minmax",
  envelope: true,
  runs_most: 100,
};

/** Where the slider of each kind of smoothing begins and ends. */
export const kSmoothings: Record<
  SmoothingKind,
  { label: string; first: number; most: number; step: number }
> = {
  none: { label: "None", first: 0, most: 0, step: 1 },
  ema: { label: "Exponential average", first: 0.6, most: 0.99, step: 0.01 },
  twema: { label: "Time-weighted average", first: 0.6, most: 0.999, step: 0.001 },
  gaussian: { label: "Gaussian", first: 3, most: 50, step: 0.5 },
  running: { label: "Running mean", first: 11, most: 201, step: 2 },
};

export function merge(...layers: (Overrides | undefined)[]): Settings {
  return Object.assign({}, kDefaults, ...layers) as Settings;
}

/** What `settings` says other than `base`; what it says the same is left out. */
export function without(settings: Overrides, base: Settings): Overrides {
  const kept = Object.entries(settings).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(base[name as keyof Settings]),
  );
  return Object.fromEntries(kept) as Overrides;
}

// --- as text: "x=relative;sm=ema:0.6"

const kKinds = ["step", "time", "relative", "energy", "metric"] as const;
const kBands = ["minmax", "std", "stderr"] as const;

/** One name in the address for each setting, shortest first. Values hold no ";". */
const kCodec: { [K in keyof Settings]: Codec<Settings[K]> } = {
  x: oneOf("x", kKinds, "step"),
  x_key: { name: "xk", print: encodeURIComponent, read: decode },
  x_log: flag("xl"),
  y_log: flag("yl"),
  y_min: numberOrNull("y0"),
  y_max: numberOrNull("y1"),
  range: {
    name: "r",
    print: (range) => (range ? `${range.min}:${range.max}` : ""),
    read: readRange,
  },
  smooth: oneOf("sm", Object.keys(kSmoothings) as SmoothingKind[], "none"),
  amount: number("sa", 0),
  original: flag("so"),
  clip: flag("cl"),
  band: oneOf("b", kBands, "minmax"),
  envelope: flag("en"),
  runs_most: number("n", kDefaults.runs_most),
};

interface Codec<T> {
  name: string;
  print: (value: T) => string;
  read: (text: string) => T;
}

function flag(name: string): Codec<boolean> {
  return { name, print: (on) => (on ? "1" : "0"), read: (text) => text === "1" };
}

function number(name: string, fallback: number): Codec<number> {
  const read = (text: string) =>
    Number.isFinite(Number(text)) && text !== "" ? Number(text) : fallback;
  return { name, print: String, read };
}

function numberOrNull(name: string): Codec<number | null> {
  const read = (text: string) =>
    text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
  return { name, print: (value) => (value === null ? "" : String(value)), read };
}

function oneOf<T extends string>(name: string, all: readonly T[], fallback: T): Codec<T> {
  return {
    name,
    print: (value) => value,
    read: (text) => all.find((each) => each === text) ?? fallback,
  };
}

function readRange(text: string): Range | null {
  const [min, max] = text.split(":").map(Number);
  return min !== undefined && max !== undefined && min < max ? { min, max } : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const kNames = Object.keys(kCodec) as (keyof Settings)[];

export function printSettings(settings: Overrides): string {
  return kNames
    .filter((name) => settings[name] !== undefined)
    .map((name) => {
      const codec = kCodec[name] as Codec<unknown>;
      return `${codec.name}=${codec.print(settings[name])}`;
    })
    .join(";");
}

export function readSettings(text: string): Overrides {
  const said = new Map(text.split(";").map((part) => cut(part, "=")));
  const read: Record<string, unknown> = {};
  for (const name of kNames) {
    const value = said.get(kCodec[name].name);
    if (value !== undefined) read[name] = kCodec[name].read(value);
  }
  return read as Overrides;
}

function cut(text: string, at: string): [string, string] {
  const place = text.indexOf(at);
  return place < 0 ? [text, ""] : [text.slice(0, place), text.slice(place + at.length)];
}

/** Overrides by name (of a section, of a chart): a list of "settings|name". */
export type Named = ReadonlyMap<string, Overrides>;

export function printNamed(named: Named): string[] {
  return [...named]
    .filter(([, settings]) => Object.keys(settings).length > 0)
    .map(([name, settings]) => `${printSettings(settings)}|${name}`);
}

export function readNamed(list: readonly string[]): Named {
  return new Map(
    list.map((text) => {
      const [settings, name] = cut(text, "|");
      return [name, readSettings(settings)];
    }),
  );
}
