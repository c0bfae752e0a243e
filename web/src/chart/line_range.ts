// Which part of the values a line chart shows: the ends of x and y that follow from its lines.
import { lowerBound, shownIndices, type DrawnLine } from "./line_paint";
import { scaleAround, type Scale } from "./scale";
import type { Floats, Range, YAxis } from "./types";

/** Enough values for two percentiles that the eye cannot tell from exact ones. */
const kSampled = 4000;
const kClipped = 0.05;

export function xScaleOf(lines: readonly DrawnLine[], log: boolean, range: Range | null): Scale {
  if (range && range.max > range.min && !(log && range.min <= 0)) return { ...range, log };
  let min = Infinity;
  let max = -Infinity;
  for (const {
    series: { x },
  } of lines) {
    // A log axis begins at the first x that it has a place for.
    const first = log ? lowerBound(x, Number.MIN_VALUE) : 0;
    if (first >= x.length) continue;
    min = Math.min(min, x[first]!);
    max = Math.max(max, x[x.length - 1]!);
  }
  if (range && !log) return { ...scaleAround(range.min, range.max, log, 0), log };
  return scaleAround(min, max, log, 0);
}

export function yScaleOf(
  lines: readonly DrawnLine[],
  shown: Range,
  axis: YAxis,
  envelope: boolean,
): Scale {
  const log = axis.log ?? false;
  const data = axis.clip ? percentiles(lines, shown, log) : extremes(lines, shown, log, envelope);
  const scale = scaleAround(data.min, data.max, log, axis.clip ? 0.12 : 0.04);
  const min = axis.min !== undefined && !(log && axis.min <= 0) ? axis.min : scale.min;
  const max = axis.max !== undefined && axis.max > min ? axis.max : scale.max;
  return min < max ? { min, max, log } : scaleAround(min, min, log, 0.04);
}

function extremes(
  lines: readonly DrawnLine[],
  shown: Range,
  log: boolean,
  envelope: boolean,
): Range {
  let min = Infinity;
  let max = -Infinity;
  const take = (values: Floats, from: number, to: number) => {
    for (let i = from; i < to; ++i) {
      const value = values[i]!;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  };
  for (const { series, value, original } of lines) {
    const [from, to] = insideOf(series.x, shown);
    take(value, from, to);
    if (original) take(original, from, to);
    const [low, high] = series.low
      ? [series.low, series.high]
      : envelope
        ? [series.min, series.max]
        : [];
    if (low) take(low, from, to);
    if (high) take(high, from, to);
  }
  return { min, max };
}

/** The indices inside the range; where none is inside, those of the line that crosses it. */
function insideOf(x: Floats, shown: Range): [number, number] {
  const [from, to] = shownIndices(x, shown);
  let [first, last] = [from, to];
  while (first < last && x[first]! < shown.min) ++first;
  while (last > first && x[last - 1]! > shown.max) --last;
  return first < last ? [first, last] : [from, to];
}

function percentiles(lines: readonly DrawnLine[], shown: Range, log: boolean): Range {
  const spans = lines.map(({ series: { x } }) => insideOf(x, shown));
  const total = spans.reduce((sum, [from, to]) => sum + to - from, 0);
  const stride = Math.max(1, Math.floor(total / kSampled));
  const sample: number[] = [];
  let skip = 0;
  lines.forEach(({ value, original }, n) => {
    const [from, to] = spans[n]!;
    for (let i = from + skip; i < to; i += stride) {
      const taken = (original ?? value)[i]!;
      if (Number.isFinite(taken) && !(log && taken <= 0)) sample.push(taken);
    }
    // The stride goes on from one line into the next.
    skip = (stride - ((to - from - skip) % stride)) % stride;
  });
  const sorted = Float64Array.from(sample).sort();
  if (sorted.length === 0) return { min: Infinity, max: -Infinity };
  const at = (part: number) => sorted[Math.round(part * (sorted.length - 1))]!;
  return { min: at(kClipped), max: at(1 - kClipped) };
}
