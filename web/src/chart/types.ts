// What goes into the charts and what comes out of them: props in, events out, no page in between.

export type Floats = Float64Array | Float32Array;

/**
 * What x means, and with it the unit: steps; seconds since the epoch ("time"); seconds since the run
 * began ("relative"); kWh used since then ("energy"); the value of another key ("metric").
 */
export type AxisKind = "step" | "time" | "relative" | "energy" | "metric";

/** Both ends included. */
export interface Range {
  min: number;
  max: number;
}

export interface XAxis {
  kind: AxisKind;
  label?: string;
  log?: boolean;
}

export interface YAxis {
  label?: string;
  log?: boolean;
  /** A fixed end of the axis; what is absent follows the data. */
  min?: number | undefined;
  max?: number | undefined;
  /** Scale to the 5th to 95th percentile, so that a few wild values do not flatten the rest. */
  clip?: boolean;
}

/** One line. All columns have the length of x; x ascends; NaN in a value is a gap. */
export interface LineSeries {
  id: string;
  label: string;
  color: string;
  x: Floats;
  value: Floats;
  /** Exact extremes of each bucket: drawn as a thin veil around the line. */
  min?: Floats | undefined;
  max?: Floats | undefined;
  /** A band that means something by itself, such as the spread of a group: drawn more clearly. */
  low?: Floats | undefined;
  high?: Floats | undefined;
  dashed?: boolean;
  /** Stands out among the others (a pinned run, a baseline). */
  strong?: boolean;
}

export type SmoothingKind = "none" | "ema" | "twema" | "gaussian" | "running";

/**
 * `amount` is the weight in [0, 1) of "ema" and "twema", the standard deviation in points of
 * "gaussian", the window in points of "running".
 */
export interface Smoothing {
  kind: SmoothingKind;
  amount: number;
  /** Draw the original faintly behind the smoothed line. */
  original: boolean;
}

/** What every chart takes. Without a height a chart fills its parent. */
export interface ChartProps {
  title: string;
  height?: number;
  /** Said when there is nothing to draw. */
  empty?: string;
}

export interface LineChartProps extends ChartProps {
  series: readonly LineSeries[];
  xAxis: XAxis;
  yAxis?: YAxis;
  smoothing?: Smoothing;
  /** The part of x to show; null or absent: all there is. */
  range?: Range | null;
  /** Charts of one group share their cursor. */
  sync?: string;
  hidden?: ReadonlySet<string>;
  /** The id of the line that stands out because it is pointed at elsewhere. */
  focused?: string | null;
  /** "auto" shows it for up to twelve lines. */
  legend?: boolean | "auto";
  /** Draw the extremes of the buckets; "auto" does for up to twenty lines. */
  envelope?: boolean | "auto";
  /** The chart is this wide now: so many points are worth having. */
  onWidth?: (width_px: number) => void;
  /** A range was dragged, or null: all was asked for again. The owner brings exact data for it. */
  onZoom?: (range: Range | null) => void;
  onToggle?: (id: string) => void;
  onFocus?: (id: string | null) => void;
  onPick?: (id: string) => void;
}

/** A column of values: numbers, or the categories that they index. */
export interface Column {
  name: string;
  values: Float64Array;
  /** With categories a value is an index into them. */
  categories?: readonly string[];
  log?: boolean;
  inverted?: boolean;
  /** The values are times in seconds since the epoch. */
  time?: boolean;
}

export interface ScatterChartProps extends ChartProps {
  ids: readonly string[];
  labels: readonly string[];
  x: Column;
  y: Column;
  /** Colours the points by a third column; without it `colors` (one per point) or the accent. */
  shade?: Column;
  colors?: readonly string[];
  /** A line of the best so far, or of the mean so far, along x. */
  running?: "min" | "max" | "mean";
  /** Points that are drawn as rings; the line of the best so far passes them by. */
  hollow?: ReadonlySet<string>;
  /** What a model says along x: a line within a band, behind the points. Columns of one length. */
  belief?: { x: Floats; middle: Floats; low: Floats; high: Floats };
  focused?: string | null;
  onPick?: (id: string) => void;
  onFocus?: (id: string | null) => void;
}

export interface Bar {
  id: string;
  label: string;
  color: string;
  value: number;
  low?: number;
  high?: number;
}

export interface BarChartProps extends ChartProps {
  bars: readonly Bar[];
  axis?: { label?: string; log?: boolean };
  focused?: string | null;
  onPick?: (id: string) => void;
  onFocus?: (id: string | null) => void;
}

export interface Box {
  id: string;
  label: string;
  color: string;
  values: Float64Array;
}

export interface BoxChartProps extends ChartProps {
  boxes: readonly Box[];
  axis?: { label?: string; log?: boolean };
  onPick?: (id: string) => void;
}

export interface ParallelChartProps extends ChartProps {
  ids: readonly string[];
  labels: readonly string[];
  /** The axes, left to right. */
  columns: readonly Column[];
  /** The index of the column that gives the colours; by default the last. */
  shade?: number;
  /** What is brushed at the start, by name of the column. */
  brushes?: ReadonlyMap<string, Range>;
  focused?: string | null;
  /** The ids inside all brushes, or null where nothing is brushed. Comes when a brush is let go. */
  onBrush?: (ids: readonly string[] | null, brushes: ReadonlyMap<string, Range>) => void;
  /** Axes were dragged, turned, or made logarithmic. */
  onColumns?: (columns: readonly Column[]) => void;
  onPick?: (id: string) => void;
  onFocus?: (id: string | null) => void;
}

export interface HeatMapProps extends ChartProps {
  xLabel: string;
  yLabel: string;
  xs: readonly string[];
  ys: readonly string[];
  /** Row by row: the value of (x, y) is at y * xs.length + x; NaN is an empty cell. */
  values: Float64Array;
  /** How many runs a cell holds. */
  counts?: Uint32Array;
  valueLabel: string;
  log?: boolean;
  onPick?: (x: number, y: number) => void;
}

export interface HistogramSeries {
  id: string;
  label: string;
  color: string;
  /** One more than counts. */
  edges: Floats;
  counts: Floats | Uint32Array;
}

export interface HistogramProps extends ChartProps {
  series: readonly HistogramSeries[];
  xLabel?: string;
  /** What a bar holds, where it is no number of cases: "kWh". */
  valueLabel?: string;
  /** The edges are midnights in seconds since the epoch: a bar is a day. */
  time?: boolean;
  /** Counts on a logarithmic scale. */
  log?: boolean;
}

/** A chart as a table: what "copy values", CSV and the table for screen readers show. */
export interface Table {
  columns: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

/** What a chart offers to the panel around it. */
export interface ChartHandle {
  title: string;
  table: () => Table;
  /** Draws the whole chart, with title and legend, into a pen of this size in CSS pixels. */
  paint: (pen: Pen, width: number, height: number) => void;
}

/** The part of a canvas that charts draw with; a canvas and the SVG writer both are one. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "save"
  | "restore"
  | "beginPath"
  | "closePath"
  | "moveTo"
  | "lineTo"
  | "rect"
  | "arc"
  | "clip"
  | "stroke"
  | "fill"
  | "fillRect"
  | "strokeRect"
  | "fillText"
  | "measureText"
  | "setLineDash"
  | "translate"
  | "rotate"
  | "strokeStyle"
  | "fillStyle"
  | "lineWidth"
  | "lineJoin"
  | "lineCap"
  | "globalAlpha"
  | "font"
  | "textAlign"
  | "textBaseline"
>;

export interface PanelAction {
  label: string;
  run: () => void;
  danger?: boolean;
  checked?: boolean;
}

export interface ChartPanelProps {
  title: string;
  /** Said below the title, such as "10 of 2,340 runs". */
  note?: string | undefined;
  /** A thin line along the top edge while data is on its way. */
  loading?: boolean;
  error?: string | null | undefined;
  /** Further entries of the menu, before those that every chart has. */
  actions?: readonly PanelAction[];
  height?: number;
  children: preact.ComponentChildren;
}
