// One point a run: two columns against each other, a third as colour, the best so far as a line.
import { useMemo, useState } from "preact/hooks";
import { formatCount } from "../format";
import { CanvasChart, type Drawn } from "./CanvasChart";
import { axisOfColumn, formatInColumn, placeInColumn, scaleOfColumn } from "./column";
import { layFrame, paintFrame, type Box, type Frame } from "./frame";
import { paintRamp } from "./ramp_legend";
import { fromUnit } from "./scale";
import type { Palette } from "./theme";
import { ramp, withAlpha } from "./tint";
import type { Column, Pen, Range, ScatterChartProps } from "./types";

const kReach_px = 14;
/** Points of one colour are drawn in one go; more steps than this nobody can tell apart. */
const kShades = 48;
const kRamp_px = 54;

interface View {
  x: Range;
  y: Range;
}

interface Placed {
  frame: Frame;
  px: Float32Array;
  py: Float32Array;
}

export function ScatterChart(props: ScatterChartProps) {
  const { ids, labels, x, y, shade, colors, running, focused } = props;
  const [view, setView] = useState<View | null>(null);
  const index = useMemo(() => new Map(ids.map((id, i) => [id, i])), [ids]);
  const draw = (pen: Pen, theme: Palette, box: Box): Drawn<number> => {
    const inner = shade ? { ...box, width: box.width - kRamp_px } : box;
    const placed = place(pen, theme, inner, x, y, view);
    paintFrame(pen, theme, placed.frame);
    const color = colorsOf(props, theme);
    paintPoints(pen, placed, color);
    if (running) paintRunning(pen, theme, placed, x, y, running);
    if (shade) {
      const scale = scaleOfColumn(shade, 0);
      paintRamp(
        pen,
        theme,
        { ...box, left: box.left + inner.width, width: kRamp_px },
        shade,
        scale,
      );
    }
    return drawnPoints(theme, placed, color, setView);
  };
  const tip = (i: number) => ({
    title: labels[i] ?? ids[i] ?? "",
    rows: [x, y, ...(shade ? [shade] : [])].map((column) => ({
      label: column.name,
      value: formatInColumn(column, column.values[i]!),
    })),
  });
  return (
    <CanvasChart
      {...props}
      kind="scatter plot"
      summary={`${formatCount(ids.length, "point")}, ${x.name} against ${y.name}`}
      draw={draw}
      inputs={[ids, x, y, shade, colors, running, view]}
      table={() => ({
        columns: ["run", x.name, y.name, ...(shade ? [shade.name] : [])],
        rows: ids.map((id, i) => [
          labels[i] ?? id,
          cell(x, i),
          cell(y, i),
          ...(shade ? [cell(shade, i)] : []),
        ]),
      })}
      tip={tip}
      focused={focused ? (index.get(focused) ?? null) : null}
      onPoint={(i) => props.onFocus?.(i === null ? null : ids[i]!)}
      onPick={props.onPick && ((i: number) => props.onPick?.(ids[i]!))}
      onReset={() => setView(null)}
      blank={ids.length === 0}
    />
  );
}

export function cell(column: Column, i: number): string | number | null {
  const value = column.values[i]!;
  if (Number.isNaN(value)) return null;
  return column.categories ? (column.categories[value] ?? null) : value;
}

function place(
  pen: Pen,
  theme: Palette,
  box: Box,
  x: Column,
  y: Column,
  view: View | null,
): Placed {
  const x_scale = scaleOfColumn(x, 0.04, view?.x);
  const y_scale = scaleOfColumn(y, 0.06, view?.y);
  const x_axis = { ...axisOfColumn(x, x_scale), grid: true };
  const frame = layFrame(pen, theme, box, x_axis, axisOfColumn(y, y_scale));
  const px = new Float32Array(x.values.length);
  const py = new Float32Array(x.values.length);
  for (let i = 0; i < px.length; ++i) {
    px[i] = frame.left + placeInColumn(x, x_scale, x.values[i]!) * frame.width;
    py[i] = frame.top + (1 - placeInColumn(y, y_scale, y.values[i]!)) * frame.height;
  }
  return { frame, px, py };
}

function colorsOf({ shade, colors, ids }: ScatterChartProps, theme: Palette): string[] {
  if (!shade) return ids.map((_, i) => colors?.[i] ?? theme.accent);
  const scale = scaleOfColumn(shade, 0);
  return ids.map((_, i) => {
    const unit = placeInColumn(shade, scale, shade.values[i]!);
    return Number.isFinite(unit)
      ? ramp(Math.round(unit * kShades) / kShades, theme.dark)
      : theme.muted;
  });
}

function inside({ left, top, width, height }: Frame, x: number, y: number): boolean {
  return x >= left - 4 && x <= left + width + 4 && y >= top - 4 && y <= top + height + 4;
}

function radiusOf(count: number): number {
  return count <= 300 ? 4 : count <= 2000 ? 3 : 2.2;
}

function paintPoints(pen: Pen, { frame, px, py }: Placed, color: readonly string[]): void {
  const groups = new Map<string, number[]>();
  for (let i = 0; i < px.length; ++i) {
    if (!inside(frame, px[i]!, py[i]!)) continue; // NaN is not inside either
    const group = groups.get(color[i]!);
    if (group) group.push(i);
    else groups.set(color[i]!, [i]);
  }
  const radius = radiusOf(px.length);
  for (const [fill, points] of groups) {
    pen.fillStyle = withAlpha(fill, px.length > 2000 ? 0.6 : 0.82);
    pen.beginPath();
    for (const i of points) {
      pen.moveTo(px[i]! + radius, py[i]!);
      pen.arc(px[i]!, py[i]!, radius, 0, 2 * Math.PI);
    }
    pen.fill();
  }
}

/** From left to right, the least, the most or the mean of what came so far. */
function paintRunning(
  pen: Pen,
  theme: Palette,
  { frame, px, py }: Placed,
  x: Column,
  y: Column,
  running: "min" | "max" | "mean",
): void {
  const order = Array.from(px.keys())
    .filter((i) => Number.isFinite(px[i]!) && Number.isFinite(py[i]!))
    .sort((a, b) => x.values[a]! - x.values[b]!);
  const scale = frame.y;
  let best = NaN;
  let sum = 0;
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
  pen.strokeStyle = theme.text;
  pen.lineWidth = 1.5;
  pen.beginPath();
  order.forEach((i, n) => {
    const value = y.values[i]!;
    sum += value;
    const before = frame.top + (1 - placeInColumn(y, scale, best)) * frame.height;
    best = running === "mean" ? sum / (n + 1) : n === 0 ? value : Math[running](best, value);
    const at = frame.top + (1 - placeInColumn(y, scale, best)) * frame.height;
    if (n === 0) pen.moveTo(px[i]!, at);
    else if (running !== "mean") pen.lineTo(px[i]!, before); // best so far moves in steps
    pen.lineTo(px[i]!, at);
  });
  pen.stroke();
  pen.restore();
}

function drawnPoints(
  theme: Palette,
  { frame, px, py }: Placed,
  color: readonly string[],
  setView: (view: View) => void,
): Drawn<number> {
  const visible = Array.from(px.keys()).filter((i) => inside(frame, px[i]!, py[i]!));
  const radius = radiusOf(px.length);
  return {
    hits: visible.sort((a, b) => px[a]! - px[b]!),
    place: (i) => ({ x: px[i]!, y: py[i]! }),
    at: (x, y) => {
      let best: number | null = null;
      let least = kReach_px ** 2;
      for (const i of visible) {
        const distance = (px[i]! - x) ** 2 + (py[i]! - y) ** 2;
        if (distance < least) [best, least] = [i, distance];
      }
      return best;
    },
    mark: (pen, i) => {
      if (!inside(frame, px[i]!, py[i]!)) return;
      pen.beginPath();
      pen.arc(px[i]!, py[i]!, radius + 2, 0, 2 * Math.PI);
      pen.fillStyle = color[i]!;
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = theme.text;
      pen.stroke();
    },
    zoom: (x0, y0, x1, y1) => {
      const ux = (x: number) => fromUnit(frame.x, (x - frame.left) / frame.width);
      const uy = (y: number) => fromUnit(frame.y, 1 - (y - frame.top) / frame.height);
      if (Math.abs(x1 - x0) < 4 || Math.abs(y1 - y0) < 4) return;
      setView({ x: ordered(ux(x0), ux(x1)), y: ordered(uy(y0), uy(y1)) });
    },
  };
}

function ordered(a: number, b: number): Range {
  return { min: Math.min(a, b), max: Math.max(a, b) };
}
