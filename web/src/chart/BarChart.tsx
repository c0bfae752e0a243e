// One bar a run or a group: lying, because names are long, with whiskers where there is a spread.
import { formatCount, formatNumber } from "../format";
import { CanvasChart, type Drawn } from "./CanvasChart";
import { extent } from "./column";
import { layFrame, paintFrame, xOf, type Box, type Frame } from "./frame";
import { scaleAround } from "./scale";
import type { Palette } from "./theme";
import { withAlpha } from "./tint";
import type { Bar, BarChartProps, Pen } from "./types";

const kThickest_px = 22;
const kThinnest_px = 11;
/** What the frame takes of the height. */
const kAround_px = 44;

export function BarChart(props: BarChartProps) {
  const { bars: all, axis = {}, focused } = props;
  const draw = (pen: Pen, theme: Palette, box: Box): Drawn<number> => {
    const bars = all.slice(0, Math.max(1, Math.floor((box.height - kAround_px) / kThinnest_px)));
    const frame = frameOf(pen, theme, box, bars, axis);
    paintFrame(pen, theme, frame);
    bars.forEach((bar, i) => paintBar(pen, theme, frame, bar, placeOf(frame, bars, i)));
    if (bars.length < all.length) paintRest(pen, theme, box, all.length - bars.length);
    return {
      hits: bars.map((_, i) => i),
      at: (x, y) => rowAt(frame, bars.length, x, y, box),
      place: (i) => {
        const { top, height } = placeOf(frame, bars, i);
        const end = xOf(frame, bars[i]!.value);
        return {
          x: Number.isFinite(end) ? Math.max(frame.left, end) : frame.left,
          y: top + height / 2,
        };
      },
      mark: (layer, i) => {
        if (i >= bars.length) return;
        const { top, height } = placeOf(frame, bars, i);
        layer.fillStyle = withAlpha(theme.accent, 0.1);
        layer.fillRect(box.left, top - 2, box.width, height + 4);
      },
    };
  };
  return (
    <CanvasChart
      {...props}
      kind="bar chart"
      summary={formatCount(all.length, "bar")}
      draw={draw}
      inputs={[all, axis.label, axis.log]}
      table={() => ({
        columns: ["name", axis.label ?? "value", "low", "high"],
        rows: all.map(({ label, value, low, high }) => [label, value, low ?? null, high ?? null]),
      })}
      tip={(i) => ({
        title: all[i]!.label,
        rows: [
          {
            label: axis.label ?? "value",
            value: formatNumber(all[i]!.value),
            color: all[i]!.color,
          },
          ...(all[i]!.low === undefined
            ? []
            : [
                {
                  label: "range",
                  value: `${formatNumber(all[i]!.low!)} – ${formatNumber(all[i]!.high!)}`,
                },
              ]),
        ],
      })}
      focused={focused ? indexOf(all, focused) : null}
      onPoint={(i) => props.onFocus?.(i === null ? null : all[i]!.id)}
      onPick={props.onPick && ((i: number) => props.onPick?.(all[i]!.id))}
      blank={all.length === 0}
    />
  );
}

/** Bars thinner than their names would be stripes: what has no room is counted. */
function paintRest(pen: Pen, theme: Palette, box: Box, count: number): void {
  pen.font = theme.font;
  pen.fillStyle = theme.muted;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  pen.fillText(`${count} more`, box.left + 4, box.top + box.height - 4);
}

function indexOf(bars: readonly Bar[], id: string): number | null {
  const found = bars.findIndex((bar) => bar.id === id);
  return found < 0 ? null : found;
}

function frameOf(
  pen: Pen,
  theme: Palette,
  box: Box,
  bars: readonly Bar[],
  axis: NonNullable<BarChartProps["axis"]>,
): Frame {
  const log = axis.log ?? false;
  const ends = bars.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]);
  const { min, max } = extent(ends, log);
  // A bar's length means something only from zero on.
  const scale = log
    ? scaleAround(min, max, true, 0.06)
    : { ...scaleAround(Math.min(0, min), Math.max(0, max), false, 0.04), log: false };
  const x = { scale: log || min < 0 ? scale : { ...scale, min: 0 }, label: axis.label, grid: true };
  const rows = Math.max(1, bars.length);
  const y = {
    scale: { min: 0, max: rows, log: false, inverted: true },
    names: namesThatFit(bars, box),
    grid: false,
  };
  return layFrame(pen, theme, box, x, y);
}

/** Every n-th name where rows are lower than their names. */
function namesThatFit(bars: readonly Bar[], box: Box): string[] {
  const every = Math.max(1, Math.ceil((bars.length * 13) / Math.max(1, box.height - 36)));
  return bars.map(({ label }, i) => (i % every === 0 ? label : ""));
}

function placeOf(frame: Frame, bars: readonly Bar[], i: number): { top: number; height: number } {
  const row = frame.height / bars.length;
  const height = Math.min(kThickest_px, Math.max(1, row * 0.72));
  return { top: frame.top + row * (i + 0.5) - height / 2, height };
}

function paintBar(
  pen: Pen,
  theme: Palette,
  frame: Frame,
  bar: Bar,
  { top, height }: { top: number; height: number },
): void {
  const zero = frame.x.log ? frame.left : xOf(frame, 0);
  const end = xOf(frame, bar.value);
  if (!Number.isFinite(end)) return;
  pen.fillStyle = withAlpha(bar.color, 0.88);
  pen.fillRect(Math.min(zero, end), top, Math.max(1, Math.abs(end - zero)), height);
  if (bar.low === undefined || bar.high === undefined) return;
  const [low, high] = [xOf(frame, bar.low), xOf(frame, bar.high)];
  const middle = top + height / 2;
  const cap = Math.min(4, height / 2);
  pen.strokeStyle = theme.text;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(low, middle);
  pen.lineTo(high, middle);
  for (const x of [low, high]) {
    pen.moveTo(x, middle - cap);
    pen.lineTo(x, middle + cap);
  }
  pen.stroke();
}

function rowAt(frame: Frame, rows: number, x: number, y: number, box: Box): number | null {
  const row = Math.floor(((y - frame.top) / frame.height) * rows);
  return row >= 0 && row < rows && x >= box.left && x <= box.left + box.width ? row : null;
}
