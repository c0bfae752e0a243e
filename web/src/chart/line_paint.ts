// Draws lines, their veils and bands into a plot area: on the screen's canvas and on exported ones.
import { xOf, yOf, type Frame } from "./frame";
import { rasterLines } from "./line_raster";
import { withAlpha } from "./tint";
import type { Floats, LineSeries, Pen, Range } from "./types";

/** A line ready to be drawn: what is smoothed lies beside the original. */
export interface DrawnLine {
  series: LineSeries;
  value: Floats;
  /** Drawn faintly behind; null where the line is its own original. */
  original: Floats | null;
}

export interface LineLook {
  envelope: boolean;
  width: number;
}

const kBoldMost = 4;
const kVeiledMost = 20;
/** Points per column of the screen from which on a line is drawn by columns. */
const kDenseShare = 0.25;

/** Many lines are thinner, so that single ones stay readable; a pixel wide they are drawn fastest. */
export function lookOf(count: number, envelope: boolean | "auto"): LineLook {
  return {
    envelope: envelope === "auto" ? count <= kVeiledMost : envelope,
    width: count <= kBoldMost ? 1.6 : 1,
  };
}

/** The first index whose x is not below `value`. */
export function lowerBound(x: Floats, value: number): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index whose x is nearest, or -1 where there is none. */
export function nearest(x: Floats, value: number): number {
  const above = lowerBound(x, value);
  if (above === 0) return x.length > 0 ? 0 : -1;
  if (above === x.length) return x.length - 1;
  return value - x[above - 1]! <= x[above]! - value ? above - 1 : above;
}

/** The indices that a range shows, and one more on both sides for the lines that leave it. */
export function shownIndices(x: Floats, { min, max }: Range): [from: number, to: number] {
  const from = Math.max(0, lowerBound(x, min) - 1);
  let to = lowerBound(x, max);
  while (to < x.length && x[to] === max) ++to;
  return [from, Math.min(x.length, to + 1)];
}

/** Draws all lines inside the plot's rectangle: bands first, then originals, then the lines. */
export function paintLines(
  pen: Pen,
  plot: Frame,
  lines: readonly DrawnLine[],
  look: LineLook,
): void {
  pen.save();
  pen.beginPath();
  pen.rect(plot.left, plot.top, plot.width, plot.height);
  pen.clip();
  pen.lineJoin = "bevel"; // a mitre would reach beyond the value of a spike
  pen.lineCap = "butt";
  for (const { series } of lines) {
    if (series.low && series.high) paintBand(pen, plot, series, series.low, series.high, 0.16);
    else if (look.envelope && series.min && series.max)
      paintBand(pen, plot, series, series.min, series.max, 0.14);
  }
  for (const { series, original } of lines)
    if (original) paintLine(pen, plot, series, original, { width: 1, alpha: 0.22 });
  const plain = lines.filter(({ series }) => !series.strong);
  if (!(plain.length > kVeiledMost && paintMany(pen, plot, plain, look.width)))
    for (const { series, value } of plain)
      paintLine(pen, plot, series, value, { width: look.width, alpha: 1 });
  for (const { series, value } of lines)
    if (series.strong)
      paintLine(pen, plot, series, value, { width: look.width * 1.6, alpha: 1 });
  pen.restore();
}

/** Many lines at once, where the pen is a canvas and they have points enough; false: nothing was drawn. */
function paintMany(pen: Pen, plot: Frame, lines: readonly DrawnLine[], width: number): boolean {
  const points = lines.reduce((sum, { series }) => sum + series.x.length, 0);
  const dense = points > lines.length * plot.width * kDenseShare;
  if (!dense || lines.some(({ series }) => series.dashed)) return false;
  const raster = lines.map(({ series, value }) => ({ x: series.x, y: value, color: series.color }));
  const alone = rasterLines(pen, plot, raster, width);
  alone?.forEach((places, i) => paintDots(pen, places, width, lines[i]!.series.color));
  return alone !== null;
}

function paintBand(
  pen: Pen,
  plot: Frame,
  series: LineSeries,
  low: Floats,
  high: Floats,
  alpha: number,
): void {
  const { x } = series;
  const [from, to] = shownIndices(x, plot.x);
  pen.fillStyle = withAlpha(series.color, alpha);
  pen.beginPath();
  let start = -1;
  const flush = (end: number) => {
    if (start >= 0 && end - start > 1) traceBand(pen, plot, x, low, high, start, end);
    start = -1;
  };
  for (let i = from; i < to; ++i) {
    const known = Number.isFinite(low[i]!) && Number.isFinite(high[i]!);
    if (known && start < 0) start = i;
    if (!known) flush(i);
  }
  flush(to);
  pen.fill();
  // A spike is one bucket wide: filled alone it would hardly be seen.
  pen.strokeStyle = withAlpha(series.color, alpha * 1.6);
  pen.lineWidth = 0.7;
  pen.setLineDash([]);
  pen.stroke();
}

function traceBand(
  pen: Pen,
  plot: Frame,
  x: Floats,
  low: Floats,
  high: Floats,
  from: number,
  to: number,
): void {
  // What a log axis has no place for hangs from its lower end.
  const floor = plot.y.log ? plot.y.min : -Infinity;
  pen.moveTo(xOf(plot, x[from]!), yOf(plot, Math.max(floor, high[from]!)));
  for (let i = from + 1; i < to; ++i)
    pen.lineTo(xOf(plot, x[i]!), yOf(plot, Math.max(floor, high[i]!)));
  for (let i = to - 1; i >= from; --i)
    pen.lineTo(xOf(plot, x[i]!), yOf(plot, Math.max(floor, low[i]!)));
  pen.closePath();
}

export function paintLine(
  pen: Pen,
  plot: Frame,
  series: LineSeries,
  value: Floats,
  { width, alpha, color = series.color }: { width: number; alpha: number; color?: string },
): void {
  pen.strokeStyle = withAlpha(color, alpha);
  pen.lineWidth = width;
  pen.setLineDash(series.dashed ? [5, 3] : []);
  pen.beginPath();
  const alone = traceLine(pen, plot, series.x, value);
  pen.stroke();
  paintDots(pen, alone, width, withAlpha(color, alpha));
}

/** Points that no line leads to: x and y in turn. */
function paintDots(pen: Pen, places: readonly number[], width: number, color: string): void {
  if (places.length === 0) return;
  pen.fillStyle = color;
  pen.beginPath();
  for (let i = 0; i < places.length; i += 2) {
    pen.moveTo(places[i]!, places[i + 1]!);
    pen.arc(places[i]!, places[i + 1]!, width + 0.6, 0, 2 * Math.PI);
  }
  pen.fill();
}

/** Traces the line with its gaps. Answers the places of points that have no neighbour to go to. */
function traceLine(pen: Pen, plot: Frame, x: Floats, y: Floats): number[] {
  const [from, to] = shownIndices(x, plot.x);
  const alone: number[] = [];
  // One multiplication a point where both axes are linear, which is nearly always.
  const linear = !plot.x.log && !plot.y.log && !plot.x.inverted && !plot.y.inverted;
  const sx = plot.width / (plot.x.max - plot.x.min);
  const sy = plot.height / (plot.y.max - plot.y.min);
  const ox = plot.left - plot.x.min * sx;
  const oy = plot.top + plot.y.max * sy;
  let drawn = 0; // points since the last gap
  let px = 0;
  let py = 0;
  for (let i = from; i < to; ++i) {
    const vx = x[i]!;
    const vy = y[i]!;
    const placed = Number.isFinite(vy) && !(plot.y.log && vy <= 0) && !(plot.x.log && vx <= 0);
    if (!placed) {
      if (drawn === 1) alone.push(px, py);
      drawn = 0;
      continue;
    }
    px = linear ? ox + vx * sx : xOf(plot, vx);
    py = linear ? oy - vy * sy : yOf(plot, vy);
    if (drawn++ === 0) pen.moveTo(px, py);
    else pen.lineTo(px, py);
  }
  if (drawn === 1) alone.push(px, py);
  return alone;
}
