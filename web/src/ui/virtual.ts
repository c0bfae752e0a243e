// Which columns of a wide table are in sight: offsets and a binary search over them.

export interface Slice {
  first: number;
  last: number; // not included
}

/** The left edges of columns of these widths, and the end of the last. */
export function offsetsOf(widths_px: number[]): number[] {
  const offsets = [0];
  for (const width of widths_px) offsets.push((offsets.at(-1) ?? 0) + width);
  return offsets;
}

/** The columns that lie in [left, right) at least in part. */
export function sliceOf(offsets: number[], left_px: number, right_px: number): Slice {
  const count = offsets.length - 1;
  const first = Math.max(0, upperBound(offsets, left_px) - 1);
  const last = Math.min(count, lowerBound(offsets, right_px));
  return { first: Math.min(first, count), last: Math.max(Math.min(first, count), last) };
}

// The first index whose value is above `value`.
function upperBound(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The first index whose value is not below `value`.
function lowerBound(sorted: number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
