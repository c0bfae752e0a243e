// From values to a place on an axis and back, and where the ticks of an axis stand.

/** How the ticks of an axis are placed and worded. */
export type TickKind = "number" | "time" | "duration";

export interface Scale {
  min: number;
  max: number;
  log: boolean;
  inverted?: boolean;
}

export interface Tick {
  at: number;
  label: string;
}

/** 0 at the scale's min, 1 at its max. NaN where the scale has no place for the value. */
export function toUnit(scale: Scale, value: number): number {
  const unit = scale.log
    ? Math.log(value / scale.min) / Math.log(scale.max / scale.min)
    : (value - scale.min) / (scale.max - scale.min);
  return scale.inverted ? 1 - unit : unit;
}

export function fromUnit(scale: Scale, unit: number): number {
  const u = scale.inverted ? 1 - unit : unit;
  return scale.log
    ? scale.min * (scale.max / scale.min) ** u
    : scale.min + (scale.max - scale.min) * u;
}

/** A scale around data: never empty, positive where it is logarithmic, with `pad` of room around. */
export function scaleAround(min: number, max: number, log: boolean, pad: number): Scale {
  let [low, high] = min <= max ? [min, max] : [log ? 0.1 : 0, 1];
  if (log) {
    if (high <= 0) [low, high] = [0.1, 1];
    if (low <= 0) low = high / 1e6;
    if (low === high) [low, high] = [low / 2, high * 2];
    const room = (high / low) ** pad;
    return { min: low / room, max: high * room, log };
  }
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1;
    [low, high] = [low - room, high + room];
  }
  const room = (high - low) * pad;
  // Values that are all positive need no negative axis for the sake of room.
  return { min: low >= 0 && low < room ? 0 : low - room, max: high + room, log };
}

export function ticksOf(scale: Scale, kind: TickKind, most: number): Tick[] {
  const count = Math.max(2, most);
  if (!(scale.max > scale.min)) return [];
  if (scale.log) return logTicks(scale, count);
  if (kind === "time") return timeTicks(scale, count);
  if (kind === "duration") return durationTicks(scale, count);
  const step = niceStep((scale.max - scale.min) / count);
  const ticks = multiples(scale, step);
  return ticks.map((at, i) => ({ at, label: numberLabels(ticks, step)[i] ?? "" }));
}

/** The round step nearest above; a little below is near enough. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  const lead = wanted / power;
  return power * (lead <= 1.2 ? 1 : lead <= 2.4 ? 2 : lead <= 6 ? 5 : 10);
}

function multiples({ min, max }: Scale, step: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  const ticks: number[] = [];
  for (let n = first; n <= last && ticks.length < 1000; ++n) {
    // 3 * 0.1 is not 0.3; what is read is.
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

function numberLabels(ticks: readonly number[], step: number): string[] {
  const largest = Math.max(...ticks.map(Math.abs));
  if (largest >= 1e15 || (largest > 0 && largest < 1e-4))
    return ticks.map((tick) => (tick === 0 ? "0" : minus(shortExponent(tick))));
  const [unit, letter] =
    largest >= 1e9
      ? [1e9, "G"]
      : largest >= 1e6
        ? [1e6, "M"]
        : largest >= 1e4
          ? [1e3, "k"]
          : [1, ""];
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9)));
  return ticks.map((tick) => (tick === 0 ? "0" : minus((tick / unit).toFixed(decimals)) + letter));
}

function shortExponent(value: number): string {
  return value
    .toExponential(Number(value.toPrecision(3)) === Number(value.toPrecision(1)) ? 0 : 1)
    .replace("e+", "e");
}

function minus(text: string): string {
  return text.replace(/-/g, "−");
}

function logTicks(scale: Scale, count: number): Tick[] {
  const low = Math.log10(scale.min);
  const high = Math.log10(scale.max);
  if (high - low < 0.7) {
    const linear: Scale = { ...scale, log: false };
    return ticksOf(linear, "number", Math.min(count, 5)).filter(({ at }) => at > 0);
  }
  const every = Math.max(1, Math.ceil((high - low) / count));
  const leads = high - low < 2.2 ? [1, 2, 5] : [1];
  const ticks: Tick[] = [];
  for (let power = Math.floor(low); power <= high; ++power) {
    if (power % every !== 0) continue;
    for (const lead of leads) {
      const at = Number((lead * 10 ** power).toPrecision(6));
      if (at < scale.min * 0.9999 || at > scale.max * 1.0001) continue;
      ticks.push({ at, label: logLabel(at) });
    }
  }
  return ticks;
}

function logLabel(at: number): string {
  if (at >= 1e5 || at < 1e-3) return minus(at.toExponential(0).replace("e+", "e"));
  return at >= 1e4 ? `${at / 1e3}k` : String(at);
}

// --- time and durations, both in seconds

const kMinute_s = 60;
const kHour_s = 3600;
const kDay_s = 86400;

const kTimeSteps_s = [
  1,
  2,
  5,
  10,
  15,
  30,
  kMinute_s,
  2 * kMinute_s,
  5 * kMinute_s,
  10 * kMinute_s,
  15 * kMinute_s,
  30 * kMinute_s,
  kHour_s,
  2 * kHour_s,
  3 * kHour_s,
  6 * kHour_s,
  12 * kHour_s,
];

function durationTicks(scale: Scale, count: number): Tick[] {
  const least_s = (scale.max - scale.min) / count;
  const step_s =
    least_s < 1
      ? niceStep(least_s)
      : (kTimeSteps_s.find((step) => step >= least_s) ?? niceStep(least_s / kDay_s) * kDay_s);
  return multiples(scale, step_s).map((at) => ({ at, label: durationLabel(at, step_s) }));
}

/** As short as the step allows: 1h30 beside 2h, 45s beside 1m. */
function durationLabel(at_s: number, step_s: number): string {
  if (at_s === 0) return "0";
  const sign = at_s < 0 ? "−" : "";
  const all_s = Math.abs(at_s);
  if (step_s < 1) return `${sign}${Number(all_s.toPrecision(6))}s`;
  const parts: [number, string][] = [
    [Math.floor(all_s / kDay_s), "d"],
    [Math.floor(all_s / kHour_s) % 24, "h"],
    [Math.floor(all_s / kMinute_s) % 60, "m"],
    [Math.round(all_s) % 60, "s"],
  ];
  return (
    sign +
    parts
      .filter(([n]) => n > 0)
      .slice(0, 2)
      .map(([n, unit]) => n + unit)
      .join(" ")
  );
}

function timeTicks(scale: Scale, count: number): Tick[] {
  const least_s = (scale.max - scale.min) / count;
  const step_s = kTimeSteps_s.find((step) => step >= least_s);
  if (step_s !== undefined) return clockTicks(scale, step_s);
  const step_d = [1, 2, 4, 7, 14].find((days) => days * kDay_s >= least_s);
  if (step_d !== undefined) return calendarTicks(scale, 0, step_d);
  const months = [1, 2, 3, 6, 12].find((n) => n * 30 * kDay_s >= least_s);
  return calendarTicks(scale, months ?? 12 * Math.ceil(least_s / (365 * kDay_s)), 0);
}

function clockTicks(scale: Scale, step_s: number): Tick[] {
  // Multiples of the step count from the reader's midnight, not from UTC's.
  const offset_s = new Date(scale.min * 1000).getTimezoneOffset() * 60;
  const shifted: Scale = { min: scale.min - offset_s, max: scale.max - offset_s, log: false };
  let day = "";
  return multiples(shifted, step_s).map((local_s) => {
    const at = local_s + offset_s;
    const date = new Date(at * 1000);
    const clock = date.toLocaleTimeString(undefined, {
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      ...(step_s < kMinute_s ? { second: "2-digit" } : {}),
    });
    const today = dayLabel(date);
    const midnight = local_s % kDay_s === 0;
    const label = midnight && today !== day ? today : clock;
    day = today;
    return { at, label };
  });
}

function calendarTicks(scale: Scale, months: number, days: number): Tick[] {
  const ticks: Tick[] = [];
  const date = new Date(scale.min * 1000);
  date.setHours(0, 0, 0, 0);
  if (months > 0) date.setMonth(date.getMonth() - (date.getMonth() % months), 1);
  while (date.getTime() / 1000 <= scale.max && ticks.length < 100) {
    const at = date.getTime() / 1000;
    if (at >= scale.min) ticks.push({ at, label: months > 0 ? monthLabel(date) : dayLabel(date) });
    if (months > 0) date.setMonth(date.getMonth() + months);
    else date.setDate(date.getDate() + days);
  }
  return ticks;
}

function dayLabel(date: Date): string {
  return date.toLocaleDateString(undefined, { month: "short", day: "numeric" });
}

function monthLabel(date: Date): string {
  return date.toLocaleDateString(undefined, { month: "short", year: "numeric" });
}
