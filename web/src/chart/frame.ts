// The frame of a chart: axes, grid and labels around a plot area, drawn with any pen.
import { ticksOf, toUnit, type Scale, type Tick, type TickKind } from "./scale";
import type { Palette } from "./theme";
import type { Pen } from "./types";

export interface FrameAxis {
  scale: Scale;
  kind?: TickKind;
  label?: string | undefined;
  /** Instead of ticks: these names at 0.5, 1.5, … of the scale. */
  names?: readonly string[];
  grid?: boolean;
}

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Scale;
  y: Scale;
  x_ticks: readonly Tick[];
  y_ticks: readonly Tick[];
  x_label: string | undefined;
  y_label: string | undefined;
  x_grid: boolean;
  y_grid: boolean;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const kTickGap_px = 6;
const kLine_px = 14;
const kNamesMost_px = 160;
const kTicksMost = 10;

/** Finds room for labels inside `box` and gives the rest to the plot. */
export function layFrame(pen: Pen, palette: Palette, box: Box, x: FrameAxis, y: FrameAxis): Frame {
  pen.font = palette.font;
  const bottom = kTickGap_px + kLine_px + (x.label ? kLine_px + 2 : 0);
  const top = y.label ? kLine_px + 2 : 6;
  const height = Math.max(10, box.height - top - bottom);
  const y_ticks = ticksFor(y, height / 32);
  const widest = Math.max(0, ...y_ticks.map(({ label }) => pen.measureText(label).width));
  const left = Math.ceil(Math.min(kNamesMost_px, widest)) + kTickGap_px + 2;
  const width = Math.max(10, box.width - left - 10);
  const frame: Frame = {
    left: box.left + left,
    top: box.top + top,
    width,
    height,
    x: x.scale,
    y: y.scale,
    x_ticks: [],
    y_ticks,
    x_label: x.label,
    y_label: y.label,
    x_grid: x.grid ?? false,
    y_grid: y.grid ?? true,
  };
  return { ...frame, x_ticks: withoutOverlap(pen, frame, ticksFor(x, width / 64)) };
}

function ticksFor(axis: FrameAxis, most: number): Tick[] {
  if (axis.names) return axis.names.map((label, i) => ({ at: i + 0.5, label }));
  return ticksOf(axis.scale, axis.kind ?? "number", Math.min(kTicksMost, Math.floor(most)));
}

function withoutOverlap(pen: Pen, frame: Frame, ticks: readonly Tick[]): Tick[] {
  if (ticks.length === 0) return [];
  // Names are cut to their place, or every n-th is left; numbers are few enough already.
  const place = frame.width / ticks.length;
  const widest = Math.max(...ticks.map(({ label }) => Math.min(90, pen.measureText(label).width)));
  const every = Math.max(1, Math.ceil((widest + 8) / place));
  return ticks.filter((_, i) => i % every === 0);
}

export function paintFrame(pen: Pen, palette: Palette, frame: Frame): void {
  pen.save();
  pen.font = palette.font;
  pen.lineWidth = 1;
  pen.setLineDash([]);
  const { left, top, width, height } = frame;
  pen.strokeStyle = palette.grid;
  for (const { at } of frame.y_grid ? frame.y_ticks : []) line(pen, left, yOf(frame, at), width, 0);
  for (const { at } of frame.x_grid ? frame.x_ticks : []) line(pen, xOf(frame, at), top, 0, height);
  pen.strokeStyle = palette.line;
  line(pen, left, top + height, width, 0);
  pen.fillStyle = palette.muted;
  paintXLabels(pen, frame);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const { at, label } of frame.y_ticks)
    pen.fillText(fit(pen, label, kNamesMost_px), left - kTickGap_px, yOf(frame, at));
  pen.textBaseline = "alphabetic";
  if (frame.y_label) {
    pen.textAlign = "left";
    pen.fillText(fit(pen, frame.y_label, width), left, top - kTickGap_px);
  }
  pen.restore();
}

function paintXLabels(pen: Pen, frame: Frame): void {
  const { left, top, width, height } = frame;
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const place = Math.max(24, width / Math.max(1, frame.x_ticks.length) - 8);
  for (const { at, label } of frame.x_ticks) {
    const text = fit(pen, label, place);
    // The outermost labels stay inside the chart instead of being cut at its edge.
    const half = pen.measureText(text).width / 2;
    const x = Math.max(half, Math.min(xOf(frame, at), left + width + 8 - half));
    pen.fillText(text, x, top + height + kTickGap_px);
  }
  if (!frame.x_label) return;
  pen.textAlign = "right";
  pen.fillText(
    fit(pen, frame.x_label, width),
    left + width,
    top + height + kTickGap_px + kLine_px + 2,
  );
}

export function xOf(frame: Frame, value: number): number {
  return frame.left + toUnit(frame.x, value) * frame.width;
}

export function yOf(frame: Frame, value: number): number {
  return frame.top + (1 - toUnit(frame.y, value)) * frame.height;
}

/** Thin lines are sharp only on half pixels. */
function line(pen: Pen, x: number, y: number, dx: number, dy: number): void {
  const [sx, sy] = [Math.round(x) + 0.5, Math.round(y) + 0.5];
  pen.beginPath();
  pen.moveTo(dx === 0 ? sx : x, dy === 0 ? sy : y);
  pen.lineTo(dx === 0 ? sx : x + dx, dy === 0 ? sy : y + dy);
  pen.stroke();
}

/** The text, or as much of it as has room, with an ellipsis. */
export function fit(pen: Pen, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? text.slice(0, low) + "…" : "";
}
