// The colour of a run: always the same for the same run, distinct to colour-blind eyes at first.

// Okabe and Ito's palette without its black and its yellow, which vanish on dark or on white.
const kPalette = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"] as const;

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; ++i) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  // The last characters of similar ids must reach every bit.
  h = Math.imul(h ^ (h >>> 16), 0x45d9f3b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A stable colour by id: the palette first, then hues between; readable on light and dark. */
export function runColor(id: string): string {
  const h = hash(id);
  const index = h % 24;
  const fixed = kPalette[index];
  if (fixed) return fixed;
  const hue = (h >>> 5) % 360;
  const lightness = 0.6 + ((h >>> 14) % 3) * 0.05;
  return oklchToHex(lightness, 0.135, hue);
}

/** sRGB of an OKLCH colour, as #rrggbb: equal lightness looks equally light in every hue. */
export function oklchToHex(lightness: number, chroma: number, hue_deg: number): string {
  const hue = (hue_deg * Math.PI) / 180;
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const hex = linear.map((c) => {
    const gamma = c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055;
    const byte = Math.round(255 * Math.min(1, Math.max(0, gamma)));
    return byte.toString(16).padStart(2, "0");
  });
  return "#" + hex.join("");
}

/** Colours to choose from by hand. */
export const kSwatches: readonly string[] = [
  ...kPalette,
  ...[15, 75, 135, 195, 255, 315].map((hue_deg) => oklchToHex(0.66, 0.135, hue_deg)),
];
