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
import type { Column, Floats, Pen, Range, ScatterChartProps } from "./types";

const kReach_px = 14;
/** Points of one colour are drawn in one go; more steps than this nobody can tell apart. */
const kShades = 48;
const kRamp_px = 54;
/** Half the width of what is believed of a category. */
const kBar_px = 14;

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
    const placed = place(pen, theme, inner, props, view);
    paintFrame(pen, theme, placed.frame);
    const color = colorsOf(props, theme);
    if (props.belief) paintBelief(pen, theme, placed.frame, x, y, props.belief);
    paintPoints(pen, placed, color, ids, props.hollow);
    if (running) paintRunning(pen, theme, placed, props, running);
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
      inputs={[ids, x, y, shade, colors, running, props.belief, props.hollow, view]}
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
  { x, y, belief }: ScatterChartProps,
  view: View | null,
): Placed {
  // The axes hold what is believed too: a model may see further than there are points.
  const all = (column: Column, more: Floats | undefined): Column =>
    more ? { ...column, values: Float64Array.from([...column.values, ...more]) } : column;
  const x_scale = scaleOfColumn(all(x, belief?.x), 0.04, view?.x);
  const y_scale = scaleOfColumn(all(y, belief?.middle), 0.06, view?.y);
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

function paintPoints(
  pen: Pen,
  { frame, px, py }: Placed,
  color: readonly string[],
  ids: readonly string[],
  hollow: ReadonlySet<string> | undefined,
): void {
  const groups = new Map<string, number[]>();
  const rings: number[] = [];
  for (let i = 0; i < px.length; ++i) {
    if (!inside(frame, px[i]!, py[i]!)) continue; // NaN is not inside either
    if (hollow?.has(ids[i]!)) {
      rings.push(i);
      continue;
    }
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
  pen.lineWidth = 1.4;
  for (const i of rings) {
    pen.strokeStyle = color[i]!;
    pen.beginPath();
    pen.arc(px[i]!, py[i]!, radius - 0.4, 0, 2 * Math.PI);
    pen.stroke();
  }
}

/** Over categories there is nothing between two places: each has a bar of its own. */
function paintBelief(
  pen: Pen,
  theme: Palette,
  frame: Frame,
  x: Column,
  y: Column,
  { x: xs, middle, low, high }: NonNullable<ScatterChartProps["belief"]>,
): void {
  const px = (i: number) => frame.left + placeInColumn(x, frame.x, xs[i]!) * frame.width;
  const py = (value: number) => frame.top + (1 - placeInColumn(y, frame.y, value)) * frame.height;
  const known = Array.from(xs.keys()).filter((i) => Number.isFinite(py(middle[i]!)));
  pen.save();
  pen.beginPath();
  pen.rect(frame.left, frame.top, frame.width, frame.height);
  pen.clip();
  pen.fillStyle = withAlpha(theme.accent, 0.13);
  pen.strokeStyle = withAlpha(theme.accent, 0.75);
  pen.lineWidth = 1.5;
  if (x.categories) {
    for (const i of known) {
      const top = py(high[i]!);
      pen.fillRect(px(i) - kBar_px, top, 2 * kBar_px, py(low[i]!) - top);
      pen.beginPath();
      pen.moveTo(px(i) - kBar_px, py(middle[i]!));
      pen.lineTo(px(i) + kBar_px, py(middle[i]!));
      pen.stroke();
    }
  } else {
    pen.beginPath();
    known.forEach((i, n) => (n === 0 ? pen.moveTo : pen.lineTo).call(pen, px(i), py(high[i]!)));
    for (const i of known.reverse()) pen.lineTo(px(i), py(low[i]!));
    pen.fill();
    pen.beginPath();
    known.forEach((i, n) => (n === 0 ? pen.moveTo : pen.lineTo).call(pen, px(i), py(middle[i]!)));
    pen.stroke();
  }
  pen.restore();
}

/** From left to right, the least, the most or the mean of what came so far. */
function paintRunning(
  pen: Pen,
  theme: Palette,
  { frame, px, py }: Placed,
  { ids, x, y, hollow }: ScatterChartProps,
  running: "min" | "max" | "mean",
): void {
  const order = Array.from(px.keys())
    .filter((i) => Number.isFinite(px[i]!) && Number.isFinite(py[i]!) && !hollow?.has(ids[i]!))
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
