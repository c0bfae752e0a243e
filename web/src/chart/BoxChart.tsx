// How a value spreads in each group: box, whiskers, and every value as a dot while there are few.
import { useMemo } from "preact/hooks";
import { formatCount, formatNumber } from "../format";
import { boxStats, type BoxStats } from "./box_stats";
import { CanvasChart, type Drawn } from "./CanvasChart";
import { extent } from "./column";
import { layFrame, paintFrame, yOf, type Box as Area, type Frame } from "./frame";
import { scaleAround } from "./scale";
import type { Palette } from "./theme";
import { withAlpha } from "./tint";
import type { Box, BoxChartProps, Pen } from "./types";

const kDotsMost = 200;
const kWidest_px = 56;

export function BoxChart(props: BoxChartProps) {
  const { boxes, axis = {} } = props;
  const stats = useMemo(() => boxes.map(({ values }) => boxStats(values)), [boxes]);
  const draw = (pen: Pen, theme: Palette, area: Area): Drawn<number> => {
    const frame = frameOf(pen, theme, area, boxes, axis);
    paintFrame(pen, theme, frame);
    boxes.forEach((box, i) =>
      paintBox(pen, theme, frame, box, stats[i]!, placeOf(frame, boxes, i)),
    );
    return {
      hits: boxes.map((_, i) => i),
      at: (x, y) => {
        const i = Math.floor(((x - frame.left) / frame.width) * boxes.length);
        const within = y >= frame.top && y <= frame.top + frame.height;
        return within && i >= 0 && i < boxes.length ? i : null;
      },
      place: (i) => ({ x: placeOf(frame, boxes, i).middle, y: yOf(frame, stats[i]!.median) }),
      mark: (layer, i) => {
        const { middle, width } = placeOf(frame, boxes, i);
        layer.fillStyle = withAlpha(theme.accent, 0.08);
        layer.fillRect(middle - width / 2 - 6, frame.top, width + 12, frame.height);
      },
    };
  };
  const row = (i: number) => {
    const { q1, median, q3, low, high, mean, count } = stats[i]!;
    return { count, low, q1, median, q3, high, mean };
  };
  return (
    <CanvasChart
      {...props}
      kind="box plot"
      summary={formatCount(boxes.length, "box", "boxes")}
      draw={draw}
      inputs={[boxes, stats, axis.label, axis.log]}
      table={() => ({
        columns: ["group", "count", "low", "q1", "median", "q3", "high", "mean"],
        rows: boxes.map(({ label }, i) => [label, ...Object.values(row(i))]),
      })}
      tip={(i) => ({
        title: boxes[i]!.label,
        rows: Object.entries(row(i)).map(([label, value]) => ({
          label,
          value: formatNumber(value),
        })),
      })}
      onPick={props.onPick && ((i: number) => props.onPick?.(boxes[i]!.id))}
      blank={boxes.length === 0}
    />
  );
}

function frameOf(
  pen: Pen,
  theme: Palette,
  area: Area,
  boxes: readonly Box[],
  axis: NonNullable<BoxChartProps["axis"]>,
): Frame {
  const log = axis.log ?? false;
  const ends = boxes.map(({ values }) => extent(values, log));
  const min = Math.min(...ends.map((end) => end.min));
  const max = Math.max(...ends.map((end) => end.max));
  const x = {
    scale: { min: 0, max: Math.max(1, boxes.length), log: false },
    names: boxes.map(({ label }) => label),
  };
  return layFrame(pen, theme, area, x, {
    scale: scaleAround(min, max, log, 0.06),
    label: axis.label,
  });
}

interface Place {
  middle: number;
  width: number;
}

function placeOf(frame: Frame, boxes: readonly Box[], i: number): Place {
  const each = frame.width / boxes.length;
  return { middle: frame.left + each * (i + 0.5), width: Math.min(kWidest_px, each * 0.56) };
}

function paintBox(
  pen: Pen,
  theme: Palette,
  frame: Frame,
  box: Box,
  stats: BoxStats,
  { middle, width }: Place,
): void {
  if (stats.count === 0) return;
  const y = (value: number) => yOf(frame, frame.y.log ? Math.max(frame.y.min, value) : value);
  const [left, top, bottom] = [middle - width / 2, y(stats.q3), y(stats.q1)];
  pen.fillStyle = withAlpha(box.color, 0.2);
  pen.fillRect(left, top, width, Math.max(1, bottom - top));
  pen.strokeStyle = box.color;
  pen.lineWidth = 1.2;
  pen.strokeRect(left, top, width, Math.max(1, bottom - top));
  pen.beginPath();
  for (const [from, to] of [
    [stats.q3, stats.high],
    [stats.q1, stats.low],
  ] as const) {
    pen.moveTo(middle, y(from));
    pen.lineTo(middle, y(to));
    pen.moveTo(middle - width / 5, y(to));
    pen.lineTo(middle + width / 5, y(to));
  }
  pen.stroke();
  pen.lineWidth = 2.2;
  pen.beginPath();
  pen.moveTo(left, y(stats.median));
  pen.lineTo(left + width, y(stats.median));
  pen.stroke();
  paintDots(pen, theme, box, stats, y, { middle, width });
}

function paintDots(
  pen: Pen,
  theme: Palette,
  box: Box,
  stats: BoxStats,
  y: (value: number) => number,
  place: Place,
): void {
  const dots = box.values.length <= kDotsMost ? Array.from(box.values) : stats.outliers;
  pen.fillStyle = withAlpha(box.color, 0.75);
  pen.strokeStyle = theme.surface;
  pen.beginPath();
  dots.forEach((value, i) => {
    const at = y(value);
    if (!Number.isFinite(at)) return;
    // Spread sideways without chance: the golden ratio never repeats a place.
    const x = place.middle + (((i * 0.618034) % 1) - 0.5) * place.width * 0.7;
    pen.moveTo(x + 2, at);
    pen.arc(x, at, 2, 0, 2 * Math.PI);
  });
  pen.fill();
}
