// The line chart: lines with veils and bands, a cursor shared with its neighbours, zoom by dragging.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../format";
import { Button } from "../ui";
import { watchSize } from "./canvas";
import { joinCursors } from "./cursor_group";
import { useLeaving } from "./leaving";
import { lookOf, type DrawnLine } from "./line_paint";
import { LinePlot, paintContent, type LineContent, type Pointed } from "./line_plot";
import { xScaleOf, yScaleOf } from "./line_range";
import { LineTip } from "./LineTip";
import { dropPaint, queuePaint } from "./paint_queue";
import { useChartHandle } from "./panel_context";
import { useSmoothed, type Smoothed } from "./smoother";
import { palette } from "./theme";
import { paintTitled } from "./titled";
import type { ChartHandle, LineChartProps, LineSeries, Pen, Range, Table, YAxis } from "./types";
import { axisName, formatX, tickKindOf } from "./words";

const kLegendMost = 12;
const kNear_px = 36;
const kNone: ReadonlySet<string> = new Set();
const kPlainY: YAxis = {};

export function LineChart(props: LineChartProps) {
  const { series, xAxis, hidden = kNone, title } = props;
  const { range, zoom } = useRange(props);
  const { lines, content } = useContent(props, hidden, range);
  const [legend_focus, setLegendFocus] = useState<string | null>(null);
  const tip = useTip();
  const near = nearId(tip.pointed);
  const told = useRef(near);
  useEffect(() => {
    if (told.current !== near) props.onFocus?.((told.current = near));
  }, [near]);
  const plot = usePlot(content, props.focused ?? legend_focus ?? near, props.sync, {
    onPoint: tip.point,
    onZoom: zoom,
    onClick: tip.togglePin,
    onWidth: props.onWidth,
  });
  const { pointed, pinned } = tip;
  useLeaving(plot.root, pointed !== null && !pinned && !plot.keyed.current, () =>
    plot.current?.leave(),
  );
  useChartHandle(lineHandle(title, content, lines, xAxis));
  const empty = lines.every(({ value }) => value.length === 0);
  return (
    <div
      class="chart line-chart"
      style={props.height ? { height: `${props.height}px` } : undefined}
    >
      <div
        class="chart-body"
        ref={plot.root}
        tabIndex={0}
        role="application"
        aria-roledescription="line chart"
        aria-label={`${title}: ${formatCount(lines.length, "line")} by ${axisName(xAxis)}`}
        onKeyDown={keyHandler(plot, content, zoom, tip)}
        onBlur={() => {
          if (plot.keyed.current && !pinned) plot.current?.leave();
          plot.keyed.current = false;
        }}
      >
        {empty && <div class="chart-empty">{props.empty ?? "No points here"}</div>}
        {range && (
          <Button small kind="plain" class="chart-reset" onClick={() => zoom(null)}>
            Reset zoom
          </Button>
        )}
      </div>
      {showsLegend(props) && (
        <Legend
          series={series}
          hidden={hidden}
          onToggle={props.onToggle}
          onFocus={setLegendFocus}
        />
      )}
      {pointed && (
        <LineTip
          pointed={pointed}
          x_axis={xAxis}
          pinned={pinned}
          onClose={tip.close}
          onPick={props.onPick}
        />
      )}
      <div class="unseen" aria-live="polite">
        {pointed && plot.keyed.current ? spoken(pointed, props) : ""}
      </div>
    </div>
  );
}

/** The range that the owner gives, or where there is none, the chart's own. */
function useRange({ range: given, onZoom }: LineChartProps) {
  const [own, setOwn] = useState<Range | null>(null);
  const zoom = (next: Range | null) => {
    if (given === undefined) setOwn(next);
    onZoom?.(next);
  };
  return { range: given === undefined ? own : given, zoom };
}

/** What the cursor points at, and whether it was pinned there to be read and copied. */
function useTip() {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [pinned, setPinned] = useState(false);
  const close = () => {
    setPinned(false);
    setPointed(null);
  };
  useEffect(() => {
    if (!pinned) return;
    const away = (event: Event) => {
      if (!(event.target as Element).closest?.(".chart-tip, .chart-body")) close();
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [pinned]);
  return {
    pointed,
    pinned,
    close,
    point: (next: Pointed | null) => void (pinned || setPointed(next)),
    togglePin: () => setPinned((was) => !was),
    pin: () => setPinned(true),
  };
}

function showsLegend({ legend = "auto", series }: LineChartProps): boolean {
  return legend === "auto" ? series.length > 1 && series.length <= kLegendMost : legend;
}

function drawnLines(
  { series, curves, smoothing }: Smoothed,
  hidden: ReadonlySet<string>,
): DrawnLine[] {
  const smooth = smoothing.kind !== "none";
  const drawn = series.map((each, i): DrawnLine => {
    const curve = curves?.[i];
    const original = smooth && smoothing.original ? each.value : null;
    // The veil belongs to the original: around a smoothed line it would say something untrue.
    const plain = smooth && !each.low ? { ...each, min: undefined, max: undefined } : each;
    return { series: plain, value: curve ?? (smooth ? kNothing : each.value), original };
  });
  return hidden.size === 0 ? drawn : drawn.filter(({ series: { id } }) => !hidden.has(id));
}

const kNothing = new Float64Array(0);

function useContent(
  props: LineChartProps,
  hidden: ReadonlySet<string>,
  range: Range | null,
): { lines: readonly DrawnLine[]; content: LineContent } {
  const { series, xAxis, yAxis: y_axis = kPlainY, envelope = "auto" } = props;
  const smoothed = useSmoothed(series, props.smoothing);
  const lines = useMemo(
    () => drawnLines(smoothed, hidden),
    [smoothed.series, smoothed.curves, smoothed.smoothing.original, hidden],
  );
  const colors = palette();
  const content = useMemo((): LineContent => {
    const look = lookOf(lines.length, envelope);
    const x = xScaleOf(lines, xAxis.log ?? false, range);
    const y = yScaleOf(lines, x, y_axis, look.envelope);
    // Steps and times say by themselves what they are.
    const named = xAxis.kind === "metric" || xAxis.kind === "energy";
    const x_name = named ? axisName(xAxis) : undefined;
    return { lines, look, x, y, x_kind: tickKindOf(xAxis.kind), x_name, palette: colors };
  }, [
    lines,
    envelope,
    ...[xAxis.kind, xAxis.log, xAxis.label, range?.min, range?.max],
    ...[y_axis.log, y_axis.min, y_axis.max, y_axis.clip, colors.dark],
  ]);
  return { lines, content };
}

interface PlotEvents {
  onPoint: (pointed: Pointed | null) => void;
  onZoom: (range: Range | null) => void;
  onClick: () => void;
  onWidth: ((width_px: number) => void) | undefined;
}

/** The plot behind the component: made when there is room, shown in turn, closed at the end. */
function usePlot(
  content: LineContent,
  focused: string | null,
  sync: string | undefined,
  events: PlotEvents,
) {
  const root = useRef<HTMLDivElement>(null);
  const [held] = useState(() => ({
    current: null as LinePlot | null,
    root,
    keyed: { current: false },
  }));
  const latest = useRef({ content, events, tell: (_: number | null) => {} });
  Object.assign(latest.current, { content, events });
  const empty = content.lines.every(({ value }) => value.length === 0);

  const draw = () => {
    held.current ??= new LinePlot(root.current!, {
      onPoint: (pointed) => {
        latest.current.tell(pointed?.x ?? null);
        latest.current.events.onPoint(pointed);
      },
      onZoom: (range) => latest.current.events.onZoom(range),
      onClick: () => latest.current.events.onClick(),
    });
    held.current.show(latest.current.content);
  };
  const close = () => {
    dropPaint(held);
    held.current?.close();
    held.current = null;
  };
  // Without points there is nothing to draw, axes neither.
  useEffect(() => (empty ? close() : queuePaint(held, draw)), [content]);
  useEffect(() => held.current?.focus(focused), [focused]);
  useEffect(() => {
    // At once, not queued: a canvas that was stretched must not be seen.
    const element = root.current!;
    const unwatch = watchSize(element, () => {
      held.current?.paint();
      if (element.clientWidth > 0) latest.current.events.onWidth?.(element.clientWidth);
    });
    return () => {
      unwatch();
      close();
    };
  }, []);
  useEffect(() => {
    if (!sync) return;
    const group = joinCursors(sync, (x) => held.current?.follow(x));
    latest.current.tell = group.tell;
    return () => {
      latest.current.tell = () => {};
      group.leave();
    };
  }, [sync]);
  return held;
}

/** The line that the cursor is close to. */
function nearId(pointed: Pointed | null): string | null {
  if (!pointed || pointed.rows.length < 2 || pointed.distance > kNear_px) return null;
  return pointed.rows[pointed.nearest]?.line.series.id ?? null;
}

function keyHandler(
  plot: ReturnType<typeof usePlot>,
  { x }: LineContent,
  zoom: (range: Range | null) => void,
  tip: ReturnType<typeof useTip>,
) {
  const around = (factor: number) => {
    const [middle, half] = [(x.min + x.max) / 2, ((x.max - x.min) / 2) * factor];
    zoom({ min: middle - half, max: middle + half });
  };
  const actions: Record<string, () => void> = {
    ArrowLeft: () => plot.current?.step(-1),
    ArrowRight: () => plot.current?.step(1),
    PageUp: () => plot.current?.step(-20),
    PageDown: () => plot.current?.step(20),
    Home: () => plot.current?.step(-Infinity),
    End: () => plot.current?.step(Infinity),
    Enter: tip.pin,
    "+": () => around(0.5),
    "-": () => around(2),
    "0": () => zoom(null),
    Escape: () => {
      tip.close();
      plot.current?.leave();
    },
  };
  return (event: KeyboardEvent) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    plot.keyed.current = true;
    action();
  };
}

function spoken(pointed: Pointed, { xAxis }: LineChartProps): string {
  const rows = pointed.rows.slice(0, 5);
  const values = rows.map(
    ({ line, index }) => `${line.series.label} ${formatNumber(line.value[index]!)}`,
  );
  return `${formatX(xAxis, pointed.x)}: ${values.join(", ")}`;
}

interface LegendProps {
  series: readonly LineSeries[];
  hidden: ReadonlySet<string>;
  onToggle: ((id: string) => void) | undefined;
  onFocus: (id: string | null) => void;
}

function Legend({ series, hidden, onToggle, onFocus }: LegendProps) {
  return (
    <div class="chart-legend">
      {series.map(({ id, label, color, dashed }) => (
        <button
          key={id}
          type="button"
          class={hidden.has(id) ? "off" : ""}
          aria-pressed={!hidden.has(id)}
          onClick={() => onToggle?.(id)}
          onPointerEnter={() => onFocus(id)}
          onPointerLeave={() => onFocus(null)}
        >
          <i class={dashed ? "dashed" : ""} style={{ color }} />
          {label}
        </button>
      ))}
    </div>
  );
}

function lineHandle(
  title: string,
  content: LineContent,
  lines: readonly DrawnLine[],
  x_axis: LineChartProps["xAxis"],
): ChartHandle {
  const paint = (pen: Pen, width: number, height: number) => {
    const now = { ...content, x_name: axisName(x_axis), palette: palette() };
    paintContent(
      pen,
      now,
      paintTitled(
        pen,
        now.palette,
        width,
        height,
        title,
        lines.map(({ series }) => series),
      ),
    );
  };
  return { title, paint, table: () => lineTable(lines, x_axis) };
}

/** Values come as floats of four bytes: further digits would be made up. */
function meant(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(8));
}

/** Long form, one row a point: lines need not share their x. */
function lineTable(lines: readonly DrawnLine[], x_axis: LineChartProps["xAxis"]): Table {
  const smoothed = lines.some(({ original }) => original);
  const spread = lines.some(({ series }) => series.min ?? series.low);
  const columns = [
    "line",
    x_axis.kind === "metric" ? axisName(x_axis) : x_axis.kind,
    "value",
    ...(smoothed ? ["original"] : []),
    ...(spread ? ["low", "high"] : []),
  ];
  const rows: (string | number | null)[][] = [];
  for (const { series, value, original } of lines) {
    const low = series.low ?? series.min;
    const high = series.high ?? series.max;
    for (let i = 0; i < value.length; ++i) {
      const row: (string | number | null)[] = [series.label, series.x[i]!, meant(value[i])];
      if (smoothed) row.push(meant(original?.[i]));
      if (spread) row.push(meant(low?.[i]), meant(high?.[i]));
      rows.push(row);
    }
  }
  return { columns, rows };
}
