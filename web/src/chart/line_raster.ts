// Draws many thin lines into pixels itself: one span for every line and column of the screen.
//
// A canvas strokes a line of a thousand points as a path, joint by joint, which takes a browser
// without a graphics card ten times as long as all else about a chart. A thin line that has a point
// in nearly every column is, in each column, the span between its lowest and its highest place
// there; its two ends are softened by how much of their pixels it covers.
import { shownIndices } from "./line_paint";
import type { Frame } from "./frame";
import type { Floats } from "./types";

export interface RasterLine {
  x: Floats;
  y: Floats;
  /** #rrggbb */
  color: string;
}

/** Pixels of a plot, left to right and top to bottom; places in it are in its own pixels. */
export interface Raster {
  width: number;
  height: number;
  /** Straight (not premultiplied) RGBA, the bytes of an ImageData. */
  pixels: Uint32Array;
}

/** Maps values to places of a raster; both axes are linear. */
export interface Placing {
  scale_x: number;
  offset_x: number;
  scale_y: number;
  offset_y: number;
}

/** Points without a neighbour, which no span shows: their x and y in the raster, in turn. */
export function rasterLine(
  raster: Raster,
  { x, y, color }: RasterLine,
  placing: Placing,
  from: number,
  to: number,
  width_px: number,
): number[] {
  const { scale_x, offset_x, scale_y, offset_y } = placing;
  const rgb = bytesOf(color);
  const half = width_px / 2;
  const alone: number[] = [];
  let drawn = 0; // points since the last gap
  let px = 0;
  let py = 0;
  let column = 0;
  let low = 0;
  let high = 0;
  const end = () => {
    if (drawn === 1) alone.push(px, py);
    else if (drawn > 1) fillSpan(raster, column, low - half, high + half, rgb);
    drawn = 0;
  };
  for (let i = from; i < to; ++i) {
    const value = y[i]!;
    if (!Number.isFinite(value)) {
      end();
      continue;
    }
    const nx = offset_x + x[i]! * scale_x;
    const ny = offset_y + value * scale_y;
    if (drawn++ === 0) {
      column = Math.floor(nx);
      low = high = ny;
    } else {
      const next = Math.floor(nx);
      // Only columns of the raster: a segment may come from far outside.
      if (next > column) {
        const slope = (ny - py) / (nx - px);
        const last = Math.min(next, raster.width);
        if (column < 0 && next >= 0) {
          column = 0;
          low = high = py + (0 - px) * slope;
        }
        for (; column < last; ++column) {
          const edge = py + (column + 1 - px) * slope;
          if (edge < low) low = edge;
          else if (edge > high) high = edge;
          fillSpan(raster, column, low - half, high + half, rgb);
          low = high = edge;
        }
        column = next;
      }
      if (ny < low) low = ny;
      else if (ny > high) high = ny;
    }
    px = nx;
    py = ny;
  }
  end();
  return alone;
}

function bytesOf(color: string): number {
  const rgb = parseInt(color.slice(1), 16);
  return ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >>> 16); // little-endian RGBA without A
}

/** The part of a column from `top` to `bottom`, its first and last pixel by how much is covered. */
function fillSpan(raster: Raster, column: number, top: number, bottom: number, rgb: number): void {
  const { width, height, pixels } = raster;
  if (column < 0 || column >= width || bottom <= 0 || top >= height) return;
  const first = Math.floor(top);
  const last = Math.ceil(bottom) - 1;
  if (first === last) return blend(pixels, first * width + column, rgb, bottom - top);
  if (first >= 0) blend(pixels, first * width + column, rgb, first + 1 - top);
  if (last < height) blend(pixels, last * width + column, rgb, bottom - last);
  const solid = (rgb | 0xff000000) >>> 0;
  const until = Math.min(last, height);
  for (let row = Math.max(first + 1, 0); row < until; ++row) pixels[row * width + column] = solid;
}

/** Lays a colour that covers this share of a pixel over what is there. */
function blend(pixels: Uint32Array, at: number, rgb: number, cover: number): void {
  const below = pixels[at]!;
  const a = below >>> 24;
  const over = cover * 255;
  const alpha = over + a * (1 - cover);
  if (alpha < 1) return;
  const share = over / alpha;
  const channel = (shift: number) => {
    const b = (below >>> shift) & 0xff;
    return Math.round(b + (((rgb >>> shift) & 0xff) - b) * share) << shift;
  };
  pixels[at] = ((Math.round(alpha) << 24) | channel(16) | channel(8) | channel(0)) >>> 0;
}

/**
 * Draws the lines over what is on the canvas, inside its clip. Answers the places (in the pen's
 * units) of points that stand alone, which are the caller's to draw, line by line; null where this
 * pen or plot is none for it, and nothing was drawn.
 */
export function rasterLines(
  pen: unknown,
  plot: Frame,
  lines: readonly RasterLine[],
  width: number,
): number[][] | null {
  const flat = [plot.x, plot.y].every(({ log, inverted }) => !log && !inverted);
  if (!(pen instanceof CanvasRenderingContext2D) || !flat) return null;
  const { a: unit, b, c, d, e, f } = pen.getTransform();
  if (b !== 0 || c !== 0 || unit !== d || !(unit > 0)) return null;
  if (!lines.every(({ color }) => /^#[0-9a-f]{6}$/i.test(color))) return null;
  const left = Math.floor(plot.left * unit + e);
  const top = Math.floor(plot.top * unit + f);
  const image = new ImageData(
    Math.ceil(plot.width * unit) + 1,
    Math.ceil(plot.height * unit) + 1,
  );
  const { width: wide, height: high } = image;
  const raster = { width: wide, height: high, pixels: new Uint32Array(image.data.buffer) };
  const scale_x = (plot.width * unit) / (plot.x.max - plot.x.min);
  const scale_y = (-plot.height * unit) / (plot.y.max - plot.y.min);
  const placing = {
    scale_x,
    offset_x: plot.left * unit + e - left - plot.x.min * scale_x,
    scale_y,
    offset_y: plot.top * unit + f - top - plot.y.max * scale_y,
  };
  const alone = lines.map((line) => {
    const [from, to] = shownIndices(line.x, plot.x);
    const places = rasterLine(raster, line, placing, from, to, width * unit);
    return places.map((place, i) => (place + (i % 2 === 0 ? left - e : top - f)) / unit);
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.drawImage(canvas, left, top);
  pen.restore();
  return alone;
}
