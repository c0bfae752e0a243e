// How values are distributed: bars over bins, several distributions laid over each other.
import { formatCount, formatDay, formatNumber } from "../format";
import { CanvasChart, type Drawn } from "./CanvasChart";
import { layFrame, paintFrame, xOf, yOf, type Box, type Frame } from "./frame";
import { scaleAround } from "./scale";
import type { Palette } from "./theme";
import { withAlpha } from "./tint";
import type { HistogramProps, HistogramSeries, Pen } from "./types";

export function Histogram(props: HistogramProps) {
  const { series, xLabel, valueLabel, time = false, log = false } = props;
  const edgeOf = (edge: number) => (time ? formatDay(edge * 1e9) : formatNumber(edge));
  const draw = (pen: Pen, theme: Palette, box: Box): Drawn<number> => {
    const frame = frameOf(pen, theme, box, props);
    paintFrame(pen, theme, frame);
    for (const each of series) paintBins(pen, frame, each, series.length > 1 ? 0.35 : 0.75);
    const first = series[0];
    const middle = (i: number) => xOf(frame, (first!.edges[i]! + first!.edges[i + 1]!) / 2);
    return {
      hits: first ? Array.from(first.counts.keys()) : [],
      at: (x, y) =>
        first && y >= frame.top && y <= frame.top + frame.height ? binAt(frame, first, x) : null,
      place: (i) => ({ x: middle(i), y: frame.top + frame.height / 3 }),
      mark: (layer, i) => {
        const [left, right] = [xOf(frame, first!.edges[i]!), xOf(frame, first!.edges[i + 1]!)];
        layer.fillStyle = withAlpha(theme.accent, 0.12);
        layer.fillRect(left, frame.top, right - left, frame.height);
      },
    };
  };
  return (
    <CanvasChart
      {...props}
      kind="histogram"
      summary={formatCount(series.length, "distribution")}
      draw={draw}
      inputs={[series, xLabel, valueLabel, time, log]}
      legend={series.length > 1 ? series : []}
      table={() => ({
        columns: ["name", ...(time ? ["day"] : ["from", "to"]), valueLabel ?? "count"],
        rows: series.flatMap(({ label, edges, counts }) =>
          Array.from(counts, (count, i) => [
            label,
            ...(time ? [edgeOf(edges[i]!)] : [edges[i]!, edges[i + 1]!]),
            count,
          ]),
        ),
      })}
      tip={(i) => ({
        title: time
          ? edgeOf(series[0]!.edges[i]!)
          : `${edgeOf(series[0]!.edges[i]!)} – ${edgeOf(series[0]!.edges[i + 1]!)}`,
        rows: series.map(({ label, color, edges, counts }) => {
          const centre = (series[0]!.edges[i]! + series[0]!.edges[i + 1]!) / 2;
          const bin = binOf({ edges }, centre);
          const value = bin === null ? "–" : formatNumber(counts[bin]!);
          return { label, color, value: [value, valueLabel].filter(Boolean).join(" ") };
        }),
      })}
      blank={series.length === 0}
    />
  );
}

function frameOf(
  pen: Pen,
  theme: Palette,
  box: Box,
  { series, xLabel, valueLabel, time, log }: HistogramProps,
): Frame {
  let [min, max, most] = [Infinity, -Infinity, 0];
  for (const { edges, counts } of series) {
    min = Math.min(min, edges[0] ?? min);
    max = Math.max(max, edges[edges.length - 1] ?? max);
    for (const count of counts) most = Math.max(most, count);
  }
  const y = log
    ? { min: 0.5, max: Math.max(2, most * 1.4), log: true }
    : { min: 0, max: most * 1.06 || 1, log: false };
  return layFrame(
    pen,
    theme,
    box,
    { scale: scaleAround(min, max, false, 0), label: xLabel, kind: time ? "time" : "number" },
    { scale: y, label: valueLabel },
  );
}

function paintBins(
  pen: Pen,
  frame: Frame,
  { edges, counts, color }: HistogramSeries,
  alpha: number,
): void {
  const floor = frame.top + frame.height;
  pen.fillStyle = withAlpha(color, alpha);
  for (let i = 0; i < counts.length; ++i) {
    if (!(counts[i]! > 0)) continue;
    const [left, right] = [xOf(frame, edges[i]!), xOf(frame, edges[i + 1]!)];
    const top = Math.min(floor - 1, yOf(frame, counts[i]!));
    const gap = right - left > 4 ? 1 : 0;
    pen.fillRect(left, top, Math.max(0.5, right - left - gap), floor - top);
  }
}

function binAt(frame: Frame, series: HistogramSeries, x: number): number | null {
  const unit = (x - frame.left) / frame.width;
  if (unit < 0 || unit > 1) return null;
  return binOf(series, frame.x.min + unit * (frame.x.max - frame.x.min));
}

function binOf({ edges }: Pick<HistogramSeries, "edges">, value: number): number | null {
  if (!(value >= edges[0]!) || value > edges[edges.length - 1]!) return null;
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
