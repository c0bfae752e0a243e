// The numbers behind a box: quartiles, whiskers, and what lies beyond them.

export interface BoxStats {
  count: number;
  q1: number;
  median: number;
  q3: number;
  /** The outermost values within one and a half boxes of the box. */
  low: number;
  high: number;
  mean: number;
  outliers: number[];
}

/** A quantile of ascending values, between neighbours where it falls between them. */
export function quantile(sorted: Float64Array, part: number): number {
  if (sorted.length === 0) return NaN;
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below]!, sorted[Math.min(sorted.length - 1, below + 1)]!];
  return a + (b - a) * (place - below);
}

export function boxStats(values: Float64Array): BoxStats {
  const sorted = values.filter(Number.isFinite).sort();
  const [q1, median, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  const reach = 1.5 * (q3 - q1);
  const within = sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
  return {
    count: sorted.length,
    q1,
    median,
    q3,
    low: within[0] ?? NaN,
    high: within[within.length - 1] ?? NaN,
    mean: sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    outliers: Array.from(sorted.filter((value) => value < q1 - reach || value > q3 + reach)),
  };
}

/** Counts of values in equal bins between their extremes, as many as a chart can show well. */
export function histogramOf(
  values: Float64Array,
  bins?: number,
): { edges: Float64Array; counts: Uint32Array } {
  const sorted = values.filter(Number.isFinite).sort();
  const [min, max] = [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 1];
  const count = bins ?? binCount(sorted);
  const width = (max - min) / count || 1;
  const edges = Float64Array.from({ length: count + 1 }, (_, i) => min + i * width);
  const counts = new Uint32Array(count);
  for (const value of sorted) ++counts[Math.min(count - 1, Math.floor((value - min) / width))]!;
  return { edges, counts };
}

/** Freedman and Diaconis: bins as wide as the middle half of the values suggests. */
function binCount(sorted: Float64Array): number {
  const spread = quantile(sorted, 0.75) - quantile(sorted, 0.25);
  const width = (2 * spread) / Math.cbrt(sorted.length);
  const range = (sorted[sorted.length - 1] ?? 0) - (sorted[0] ?? 0);
  if (!(range > 0)) return 1;
  const count = width > 0 ? Math.ceil(range / width) : Math.ceil(Math.sqrt(sorted.length));
  return Math.max(5, Math.min(80, count));
}
