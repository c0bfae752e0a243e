// Smoothing of a curve: pure functions, values in, values out. NaN stays a gap and weighs nothing.
import type { Floats, Smoothing } from "./types";

/** Room that a time-weighted average gives to the visible range; W&B's constant. */
const kViewport = 1000;

export function smooth(x: Floats, y: Floats, { kind, amount }: Smoothing, span: number): Floats {
  if (kind === "ema") return exponential(y, amount);
  if (kind === "twema") return timeWeighted(x, y, amount, span);
  if (kind === "gaussian") return gaussian(y, amount);
  if (kind === "running") return running(y, amount);
  return y;
}

/** Whether it changes anything at all. */
export function isSmooth({ kind, amount }: Smoothing): boolean {
  if (kind === "none") return false;
  return kind === "running" ? amount > 1 : amount > 0;
}

/** The exponential moving average, without the pull of its zero start, as TensorBoard draws it. */
export function exponential(y: Floats, weight: number): Float64Array {
  const out = new Float64Array(y.length);
  let last = 0;
  let bias = 1;
  for (let i = 0; i < y.length; ++i) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      out[i] = value;
      continue;
    }
    last = last * weight + (1 - weight) * value;
    bias *= weight;
    out[i] = last / (1 - bias);
  }
  return out;
}

/**
 * The same where points are not evenly spaced: the weight of the past decays with the distance in x,
 * measured in thousandths of `span`. W&B's default.
 */
export function timeWeighted(x: Floats, y: Floats, amount: number, span: number): Float64Array {
  const out = new Float64Array(y.length);
  const weight = Math.min(Math.sqrt(amount), 0.999);
  let sum = 0;
  let weights = 0;
  let before = NaN;
  for (let i = 0; i < y.length; ++i) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      out[i] = value;
      continue;
    }
    const distance = Number.isNaN(before) || span <= 0 ? 0 : (x[i]! - before) / span;
    const kept = weight ** (distance * kViewport);
    sum = sum * kept + value;
    weights = weights * kept + 1;
    before = x[i]!;
    out[i] = sum / weights;
  }
  return out;
}

/** A bell of this standard deviation, in points, around each point; cut off at three of them. */
export function gaussian(y: Floats, deviation: number): Float64Array {
  const reach = Math.ceil(3 * deviation);
  const bell = new Float64Array(reach + 1);
  for (let d = 0; d <= reach; ++d) bell[d] = Math.exp(-(d * d) / (2 * deviation * deviation));
  return weighted(y, reach, reach, bell);
}

/** The mean of `window` points around each point: one more before it than after it if it is even. */
export function running(y: Floats, window: number): Float64Array {
  const size = Math.max(1, Math.round(window));
  const before = Math.floor(size / 2);
  const after = size - 1 - before;
  const out = new Float64Array(y.length);
  // Sums run along instead of being taken anew; the count skips what is no number.
  let sum = 0;
  let count = 0;
  const add = (i: number, sign: 1 | -1) => {
    const value = y[i];
    if (value === undefined || !Number.isFinite(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let i = 0; i < Math.min(after, y.length); ++i) add(i, 1);
  for (let i = 0; i < y.length; ++i) {
    add(i + after, 1);
    if (i - before - 1 >= 0) add(i - before - 1, -1);
    out[i] = Number.isFinite(y[i]!) && count > 0 ? sum / count : y[i]!;
  }
  return out;
}

function weighted(y: Floats, before: number, after: number, weight: Float64Array): Float64Array {
  const out = new Float64Array(y.length);
  for (let i = 0; i < y.length; ++i) {
    if (!Number.isFinite(y[i]!)) {
      out[i] = y[i]!;
      continue;
    }
    let sum = 0;
    let weights = 0;
    const last = Math.min(y.length - 1, i + after);
    for (let j = Math.max(0, i - before); j <= last; ++j) {
      const value = y[j]!;
      if (!Number.isFinite(value)) continue;
      const w = weight[Math.abs(j - i)]!;
      sum += w * value;
      weights += w;
    }
    out[i] = sum / weights;
  }
  return out;
}
