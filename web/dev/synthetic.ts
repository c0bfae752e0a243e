// Made-up curves and runs, always the same for the same seed.

/** Numbers in [0, 1) (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function seedOf(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; ++i) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

export interface Buckets {
  x: Float64Array;
  mean: Float64Array;
  min: Float64Array;
  max: Float64Array;
}

const kNoise = (() => {
  const roll = dice(1);
  return Float64Array.from({ length: 1 << 15 }, roll);
})();

/** A loss-like or accuracy-like curve of `steps` points in `buckets` buckets between two steps. */
export function curve(name: string, from: number, to: number, buckets: number): Buckets {
  const seed = seedOf(name);
  const roll = dice(seed);
  const [level, rate, noise] = [0.4 + roll() * 0.5, 0.0008 + roll() * 0.003, 0.02 + roll() * 0.06];
  const rising = /acc|f1|bleu|reward/.test(name);
  const spiky = roll() < 0.15;
  const count = Math.max(1, Math.min(buckets, Math.floor(to - from + 1)));
  const out = {
    x: new Float64Array(count),
    mean: new Float64Array(count),
    min: new Float64Array(count),
    max: new Float64Array(count),
  };
  for (let i = 0; i < count; ++i) {
    const step = Math.round(from + ((to - from) * i) / Math.max(1, count - 1));
    const chance = (n: number) => kNoise[(seed + step * 3 + n) & 0x7fff]!;
    const fall = Math.exp(-rate * step);
    const base = rising ? level + 0.4 * (1 - fall) : level * 0.3 + 2 * fall;
    const wobble = (chance(0) - 0.5) * noise * (rising ? 1 : 0.4 + 2 * fall);
    const spread = noise * (0.5 + chance(1)) * (rising ? 0.6 : 0.3 + fall);
    const spike = spiky && chance(2) < 0.004 ? 3 : 0;
    out.x[i] = step;
    out.mean[i] = base + wobble + spike * 0.2;
    out.min[i] = out.mean[i]! - spread;
    out.max[i] = out.mean[i]! + spread + spike;
  }
  return out;
}
