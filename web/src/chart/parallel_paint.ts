// Draws the lines of parallel coordinates, thousands of them, in pieces that never hold up a frame.
import { fit } from "./frame";
import type { Fan } from "./parallel_geometry";
import { ticksOf } from "./scale";
import type { Palette } from "./theme";
import type { Pen } from "./types";

const kFirstPiece = 300;
const kLeastPiece = 80;
const kMostPiece = 1000;
/** Frames between these are as full as they should be. */
const kFast_ms = 20;
const kSlow_ms = 26;
const kTwice_ms = 4;
/** After a pause the time tells nothing. */
const kIdle_ms = 400;
/** A prime: walking with this stride visits every line once, and early ones come from everywhere. */
const kStride = 7919;
const kTicksMost = 6;

export interface FanLook {
  colorOf: (line: number) => string;
  alpha: number;
  width: number;
}

/** A drawing under way; a new one on the same canvas must stop() the old one first. */
export interface Drawing {
  stop: () => void;
}

/** Lines that this machine draws in a frame; the browser rasters them after our own clock stopped. */
let x_piece = kFirstPiece;
let x_before_ms = -Infinity;

/** Learns from how long the last frame with lines took, also where every frame begins anew. */
function nextPiece(): number {
  const now_ms = performance.now();
  const took_ms = now_ms - x_before_ms;
  // A second drawing in the same frame, as of the lines behind, must not double it.
  if (took_ms < kTwice_ms) return kLeastPiece;
  x_before_ms = now_ms;
  if (took_ms > kIdle_ms) return x_piece;
  if (took_ms > kSlow_ms) x_piece = Math.max(kLeastPiece, Math.floor(x_piece * 0.7));
  else if (took_ms < kFast_ms) x_piece = Math.min(kMostPiece, Math.ceil(x_piece * 1.08));
  return x_piece;
}

/** Draws the first piece now and the others in the frames that follow. */
export function drawLines(pen: Pen, fan: Fan, lines: Uint32Array, look: FanLook): Drawing {
  let at = 0;
  let frame = 0;
  const work = () => {
    const to = Math.min(lines.length, at + nextPiece());
    paintPiece(pen, fan, lines, at, to, look);
    at = to;
    if (at < lines.length) frame = requestAnimationFrame(work);
  };
  work();
  return { stop: () => cancelAnimationFrame(frame) };
}

export function paintAllLines(pen: Pen, fan: Fan, lines: Uint32Array, look: FanLook): void {
  paintPiece(pen, fan, lines, 0, lines.length, look);
}

function paintPiece(
  pen: Pen,
  fan: Fan,
  lines: Uint32Array,
  from: number,
  to: number,
  look: FanLook,
): void {
  const groups = new Map<string, number[]>();
  for (let n = from; n < to; ++n) {
    const line = lines[strided(n, lines.length)]!;
    const color = look.colorOf(line);
    const group = groups.get(color);
    if (group) group.push(line);
    else groups.set(color, [line]);
  }
  pen.globalAlpha = look.alpha;
  pen.lineWidth = look.width;
  pen.lineJoin = "round";
  for (const [color, group] of groups) {
    pen.strokeStyle = color;
    pen.beginPath();
    for (const line of group) traceLine(pen, fan, line);
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

function strided(n: number, count: number): number {
  return count % kStride === 0 ? n : (n * kStride) % count;
}

export function traceLine(pen: Pen, { axes, ys }: Fan, line: number): void {
  const first = line * axes.length;
  pen.moveTo(axes[0]!.x, ys[first]!);
  for (let a = 1; a < axes.length; ++a) pen.lineTo(axes[a]!.x, ys[first + a]!);
}

/** The more lines, the fainter each. */
export function alphaOf(lines: number): number {
  return Math.max(0.12, Math.min(0.85, 14 / Math.sqrt(lines)));
}

/** Axes with their ticks; names are written too where there is no header above them. */
export function paintAxes(pen: Pen, theme: Palette, fan: Fan, named: boolean): void {
  pen.save();
  pen.font = theme.font;
  const space = fan.axes.length > 1 ? fan.axes[1]!.x - fan.axes[0]!.x : 120;
  fan.axes.forEach(({ column, scale, x, gaps }, a) => {
    pen.strokeStyle = theme.muted;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(Math.round(x) + 0.5, fan.top);
    pen.lineTo(Math.round(x) + 0.5, fan.top + fan.height);
    pen.stroke();
    const ticks = column.categories
      ? column.categories.map((label, i) => ({ at: i + 0.5, label }))
      : ticksOf(scale, column.time ? "time" : "number", Math.min(kTicksMost, fan.height / 44));
    // The last axis has its words on the left, so that they stay inside.
    const last = a === fan.axes.length - 1 && a > 0;
    for (const { at, label } of ticks) {
      const unit = scale.log
        ? Math.log(at / scale.min) / Math.log(scale.max / scale.min)
        : (at - scale.min) / (scale.max - scale.min);
      const y = fan.top + (1 - (scale.inverted ? 1 - unit : unit)) * fan.height;
      paintTick(pen, theme, x, y, fit(pen, label, Math.min(100, space - 16)), last);
    }
    if (gaps) paintTick(pen, theme, x, fan.top + fan.height + 12, "none", last);
    if (!named) return;
    pen.fillStyle = theme.text;
    pen.textAlign = a === 0 ? "left" : last ? "right" : "center";
    const at_x = a === 0 ? x - 40 : last ? x + 40 : x;
    pen.fillText(fit(pen, column.name, space - 8), at_x, fan.top - 16);
  });
  pen.restore();
}

function paintTick(
  pen: Pen,
  theme: Palette,
  x: number,
  y: number,
  text: string,
  left: boolean,
): void {
  pen.textAlign = left ? "right" : "left";
  pen.textBaseline = "middle";
  const at = left ? x - 6 : x + 6;
  // A halo keeps the words readable above thousands of lines.
  const width = pen.measureText(text).width;
  pen.globalAlpha = 0.85;
  pen.fillStyle = theme.surface;
  pen.fillRect(left ? at - width - 2 : at - 2, y - 7, width + 4, 14);
  pen.globalAlpha = 1;
  pen.fillStyle = theme.muted;
  pen.fillText(text, at, y);
}
