// Two columns as rows and columns, a value as colour: which pair of settings does best.
import { formatCount, formatNumber } from "../format";
import { CanvasChart, type Drawn } from "./CanvasChart";
import { extent } from "./column";
import { layFrame, paintFrame, type Box, type Frame } from "./frame";
import { paintRamp } from "./ramp_legend";
import { scaleAround, toUnit, type Scale } from "./scale";
import type { Palette } from "./theme";
import { ramp } from "./tint";
import type { HeatMapProps, Pen } from "./types";

const kRamp_px = 58;
const kTextWidth_px = 44;
const kTextHeight_px = 20;

export function HeatMap(props: HeatMapProps) {
  const { xs, ys, values, counts, log = false } = props;
  const draw = (pen: Pen, theme: Palette, box: Box): Drawn<number> => {
    const frame = frameOf(pen, theme, { ...box, width: box.width - kRamp_px }, props);
    const scale = shadeScale(values, log);
    paintFrame(pen, theme, frame);
    paintCells(pen, theme, frame, props, scale);
    const shade = { name: props.valueLabel, values, log };
    paintRamp(
      pen,
      theme,
      { ...box, left: box.left + box.width - kRamp_px + 8, width: kRamp_px - 8 },
      shade,
      scale,
    );
    const cell = cellSize(frame, props);
    const corner = (i: number) => ({
      x: frame.left + (i % xs.length) * cell.width,
      y: frame.top + frame.height - (Math.floor(i / xs.length) + 1) * cell.height,
    });
    return {
      hits: Array.from(values.keys()),
      at: (x, y) => cellAt(frame, props, x, y),
      place: (i) => ({ x: corner(i).x + cell.width / 2, y: corner(i).y + cell.height / 2 }),
      mark: (layer, i) => {
        layer.strokeStyle = theme.text;
        layer.lineWidth = 2;
        layer.strokeRect(corner(i).x, corner(i).y, cell.width, cell.height);
      },
    };
  };
  const [x_of, y_of] = [(i: number) => i % xs.length, (i: number) => Math.floor(i / xs.length)];
  return (
    <CanvasChart
      {...props}
      kind="heat map"
      summary={`${props.valueLabel}, ${formatCount(xs.length, "column")} by ${formatCount(ys.length, "row")}`}
      draw={draw}
      inputs={[xs, ys, values, log]}
      table={() => ({
        columns: [`${props.yLabel} \\ ${props.xLabel}`, ...xs],
        rows: ys.map((name, y) => [name, ...xs.map((_, x) => finite(values[y * xs.length + x]!))]),
      })}
      tip={(i) => ({
        title: `${props.xLabel} ${xs[x_of(i)]} · ${props.yLabel} ${ys[y_of(i)]}`,
        rows: [
          { label: props.valueLabel, value: formatNumber(values[i]!) },
          ...(counts ? [{ label: "runs", value: String(counts[i]) }] : []),
        ],
      })}
      onPick={props.onPick && ((i: number) => props.onPick?.(x_of(i), y_of(i)))}
      blank={values.length === 0}
    />
  );
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

export function shadeScale(values: Float64Array, log: boolean): Scale {
  const { min, max } = extent(values, log);
  return scaleAround(min, max, log, 0);
}

function frameOf(
  pen: Pen,
  theme: Palette,
  box: Box,
  { xs, ys, xLabel, yLabel }: HeatMapProps,
): Frame {
  const scale = (count: number) => ({ min: 0, max: Math.max(1, count), log: false });
  // Rows lower than their names show every n-th.
  const every = Math.max(1, Math.ceil((ys.length * 14) / Math.max(1, box.height - 52)));
  const names = ys.map((name, i) => (i % every === 0 ? name : ""));
  return layFrame(
    pen,
    theme,
    box,
    { scale: scale(xs.length), names: xs, label: xLabel },
    { scale: scale(ys.length), names, label: yLabel, grid: false },
  );
}

function cellSize(frame: Frame, { xs, ys }: HeatMapProps): { width: number; height: number } {
  return {
    width: frame.width / Math.max(1, xs.length),
    height: frame.height / Math.max(1, ys.length),
  };
}

function paintCells(
  pen: Pen,
  theme: Palette,
  frame: Frame,
  props: HeatMapProps,
  scale: Scale,
): void {
  const { xs, ys, values } = props;
  const { width, height } = cellSize(frame, props);
  const gap = width > 6 && height > 6 ? 1 : 0;
  const written = width >= kTextWidth_px && height >= kTextHeight_px;
  pen.save();
  pen.font = theme.font;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  for (let y = 0; y < ys.length; ++y) {
    for (let x = 0; x < xs.length; ++x) {
      const value = values[y * xs.length + x]!;
      const unit = toUnit(scale, value);
      if (!Number.isFinite(unit)) continue;
      const left = frame.left + x * width;
      const top = frame.top + frame.height - (y + 1) * height;
      pen.fillStyle = ramp(unit, theme.dark);
      pen.fillRect(left, top, width - gap, height - gap);
      if (!written) continue;
      pen.fillStyle = unit > 0.55 ? "#16181d" : "#ffffff";
      pen.fillText(formatNumber(value, 3), left + width / 2, top + height / 2);
    }
  }
  pen.restore();
}

function cellAt(frame: Frame, { xs, ys }: HeatMapProps, x: number, y: number): number | null {
  const column = Math.floor(((x - frame.left) / frame.width) * xs.length);
  const row = Math.floor((1 - (y - frame.top) / frame.height) * ys.length);
  const inside = column >= 0 && column < xs.length && row >= 0 && row < ys.length;
  return inside ? row * xs.length + column : null;
}
