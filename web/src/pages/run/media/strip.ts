// Histograms over time as a picture: one column for each step, one row for each bin of the value.
import type { Tree } from "../../../api/types";

export interface Bins {
  /** One more than counts. */
  edges: Float64Array;
  counts: Float64Array;
}

/** A histogram's record; undefined when it is none. */
export function readBins(record: Tree | undefined): Bins | undefined {
  const counts = record?.["counts"];
  const edges = record?.["bins"];
  if (!Array.isArray(counts) || !Array.isArray(edges) || edges.length !== counts.length + 1)
    return undefined;
  return { edges: Float64Array.from(edges, Number), counts: Float64Array.from(counts, Number) };
}

export interface Strip {
  low: number;
  high: number;
  rows: number;
  columns: number;
  /** How much of a step lies in a row, 1 for the greatest; column by column, from the bottom. */
  shares: Float32Array;
}

/** All steps on the same bins, so that they can stand beside each other. */
export function layStrip(steps: (Bins | undefined)[], rows: number): Strip {
  let [low, high] = [Infinity, -Infinity];
  for (const bins of steps) {
    if (!bins) continue;
    low = Math.min(low, bins.edges[0] as number);
    high = Math.max(high, bins.edges[bins.edges.length - 1] as number);
  }
  if (!(low < high)) [low, high] = Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  const shares = new Float32Array(rows * steps.length);
  steps.forEach((bins, column) => {
    if (bins) spread(bins, low, high, shares.subarray(column * rows, (column + 1) * rows));
  });
  let most = 0;
  for (const share of shares) most = Math.max(most, share);
  if (most > 0) for (let i = 0; i < shares.length; i++) shares[i] = (shares[i] as number) / most;
  return { low, high, rows, columns: steps.length, shares };
}

/** Each bin's share goes to the rows that it covers, by how much of it lies in each. */
function spread({ edges, counts }: Bins, low: number, high: number, rows: Float32Array): void {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) return;
  const scale = rows.length / (high - low);
  counts.forEach((count, bin) => {
    if (!(count > 0)) return;
    // A bin without a width, at the upper end too, is a line within a row.
    const from = Math.min(((edges[bin] as number) - low) * scale, rows.length - 1e-6);
    const to = Math.max(from + 1e-9, ((edges[bin + 1] as number) - low) * scale);
    const last = Math.min(rows.length - 1, Math.ceil(to) - 1);
    for (let row = Math.max(0, Math.floor(from)); row <= last; row++) {
      const part = (Math.min(to, row + 1) - Math.max(from, row)) / (to - from);
      rows[row] = (rows[row] as number) + (count / total) * part;
    }
  });
}
