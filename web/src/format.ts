// Numbers, durations, times and bytes as people read them.

/** At most `digits` significant digits, exponents only where they are shorter. Can be pasted. */
export function formatNumber(value: number, digits = 5): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (value === 0 || (Number.isInteger(value) && size < 1e15)) return String(value);
  if (size >= 1e7 || size < 1e-4) return exponent(value, digits);
  return String(Number(value.toPrecision(digits)));
}

/** Every digit that the double holds, for copying and for cells that are looked at closely. */
export function formatExact(value: number): string {
  return String(value);
}

/** Axis and badge numbers: 12.3k, 4.5M. */
export function formatCompact(value: number): string {
  const size = Math.abs(value);
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const)
    if (size >= unit) return String(Number((value / unit).toPrecision(3))) + letter;
  return formatNumber(value, 3);
}

export function formatCount(value: number, noun: string, plural = noun + "s"): string {
  return `${group(value)} ${value === 1 ? noun : plural}`;
}

/** +0.012, -3: a difference. */
export function formatDelta(value: number, digits = 3): string {
  return (value > 0 ? "+" : "") + formatNumber(value, digits);
}

/** +8.2%, -100%, +3400%. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  const text = formatNumber(Number(percent.toPrecision(2)), 12);
  return `${percent > 0 ? "+" : ""}${text}%`;
}

function exponent(value: number, digits: number): string {
  const [mantissa = "", power = ""] = value.toExponential(digits - 1).split("e");
  return `${String(Number(mantissa))}e${power.replace("+", "")}`;
}

/** 1234567 with thin spaces between its thousands. */
function group(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** 850 ms, 12.4 s, 3m 20s, 2h 5m, 3d 4h. */
export function formatDuration(duration_s: number): string {
  if (!Number.isFinite(duration_s)) return "–";
  if (duration_s < 0) return "-" + formatDuration(-duration_s);
  if (duration_s < 1) return `${Math.round(duration_s * 1000)}ms`;
  if (duration_s < 9.95) return `${duration_s.toFixed(1)}s`;
  const whole_s = Math.round(duration_s);
  if (whole_s < 60) return `${whole_s}s`;
  const parts: [number, string][] = [
    [Math.floor(whole_s / 86400), "d"],
    [Math.floor(whole_s / 3600) % 24, "h"],
    [Math.floor(whole_s / 60) % 60, "m"],
    [whole_s % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

const kNsPerMs = 1e6;

export function dateOf(time_ns: number): Date {
  return new Date(time_ns / kNsPerMs);
}

/** "just now", "5 min ago", "3 h ago", "2 d ago"; older than a month the date. */
export function formatAgo(time_ns: number, now_ms = Date.now()): string {
  const age_s = (now_ms - time_ns / kNsPerMs) / 1000;
  if (age_s < 45) return age_s < -45 ? formatTime(time_ns) : "just now";
  if (age_s < 3570) return `${Math.round(age_s / 60)} min ago`;
  if (age_s < 86400) return `${Math.round(age_s / 3600)} h ago`;
  if (age_s < 30 * 86400) return `${Math.round(age_s / 86400)} d ago`;
  return formatDay(time_ns);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** 2026-01-31 in the reader's time zone. */
export function formatDay(time_ns: number): string {
  const date = dateOf(time_ns);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** 14:05:09 in the reader's time zone. */
export function formatClock(time_ns: number): string {
  const date = dateOf(time_ns);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** 2026-01-31 14:05:09 in the reader's time zone. */
export function formatTime(time_ns: number): string {
  return `${formatDay(time_ns)} ${formatClock(time_ns)}`;
}

/** 512 B, 1.5 KiB, 20 MiB. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let power = 0;
  let size = bytes;
  while (size >= 1023.5 && power < units.length - 1) {
    size /= 1024;
    ++power;
  }
  const text = power === 0 || size >= 99.95 ? size.toFixed(0) : String(Number(size.toPrecision(3)));
  return `${text} ${units[power] ?? ""}`;
}
