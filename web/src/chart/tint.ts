// Colours made from colours: fainter ones, and the ramp that stands for values.

/** `color` (#rrggbb) with this opacity. */
export function withAlpha(color: string, alpha: number): string {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return color;
  return (
    color +
    Math.round(alpha * 255)
      .toString(16)
      .padStart(2, "0")
  );
}

// Viridis' nine stops: equally spaced to the eye, and to colour-blind eyes.
const kRamp = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** A colour for 0..1. On dark the darkest end, on light the lightest, is left out: both would vanish. */
export function ramp(unit: number, dark: boolean): string {
  const clamped = Math.min(1, Math.max(0, unit));
  const place = (dark ? 0.14 + clamped * 0.86 : clamped * 0.93) * (kRamp.length - 1);
  const below = Math.min(kRamp.length - 2, Math.floor(place));
  const part = place - below;
  const [a, b] = [kRamp[below]!, kRamp[below + 1]!];
  const channel = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * part);
  return (
    "#" + [channel(0), channel(1), channel(2)].map((c) => c.toString(16).padStart(2, "0")).join("")
  );
}
