// Parallel coordinates: every run a line through all its settings and results; brush an axis to keep
// the lines that pass there.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../format";
import { Icon, MenuList, type MenuEntry } from "../ui";
import { fitCanvas, watchSize } from "./canvas";
import { TipBox, type Tip } from "./CanvasChart";
import { formatInColumn, placeInColumn, scaleOfColumn } from "./column";
import { useLeaving } from "./leaving";
import { useChartHandle } from "./panel_context";
import {
  axisAt,
  brushed,
  layFan,
  lineAt,
  nudged,
  placeOfRange,
  rangeBetween,
  type Brushes,
  type Fan,
} from "./parallel_geometry";
import {
  alphaOf,
  drawLines,
  paintAllLines,
  paintAxes,
  traceLine,
  type FanLook,
} from "./parallel_paint";
import { cell } from "./ScatterChart";
import { palette, type Palette } from "./theme";
import { ramp, withAlpha } from "./tint";
import { paintTitled } from "./titled";
import type { ChartHandle, Column, ParallelChartProps, Pen, Range } from "./types";

const kShades = 32;
const kAxisReach_px = 12;
const kEdgeReach_px = 5;
const kLineReach_px = 8;
const kBrush_px = 14;
const kAloneWidth_px = 160;
const kNarrowest_px = 20;
const kNoBrushes: Brushes = new Map();

export function ParallelChart(props: ParallelChartProps) {
  const { ids, onBrush } = props;
  const [columns, setColumns] = useState(props.columns);
  useEffect(() => setColumns(props.columns), [props.columns]);
  const [brushes, setBrushes] = useState<Brushes>(props.brushes ?? kNoBrushes);
  const [shade_name, setShadeName] = useState<string | null>(null);
  const [line, setLine] = useState<number | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const { fan, kept, look } = useFan(root, props, columns, brushes, shade_name);
  const focused = line ?? (props.focused ? ids.indexOf(props.focused) : -1);
  useLayers(root, fan, kept, look, brushes, focused);
  useChartHandle(parallelHandle(props, columns, kept, look));

  const setAll = (next: Brushes, done: boolean) => {
    setBrushes(next);
    const inside = () => Array.from(brushed(fan, next), (i) => ids[i]!);
    if (done) onBrush?.(next.size > 0 ? inside() : null, next);
  };
  const brush: SetBrush = (name, range, done) => setAll(withBrush(brushes, name, range), done);
  const change = (next: readonly Column[]) => {
    setColumns(next);
    props.onColumns?.(next);
  };
  const hover = (next: number | null) => {
    if (next === line) return;
    setLine(next);
    props.onFocus?.(next === null ? null : ids[next]!);
  };
  useLeaving(root, line !== null, () => hover(null));
  const pick = props.onPick && line !== null ? () => props.onPick!(ids[line]!) : undefined;
  const pointer = useBrushing(root, fan, kept, brushes, { brush, hover, pick });
  const [lines, axes] = [
    formatCount(ids.length, "line"),
    formatCount(columns.length, "axis", "axes"),
  ];
  return (
    <div
      class="chart parallel-chart"
      style={props.height ? { height: `${props.height}px` } : undefined}
    >
      <div
        ref={root}
        class={`chart-body ${pick ? "pickable" : ""}`}
        role="group"
        aria-label={`${props.title}: ${lines} through ${axes}`}
        {...pointer}
      >
        <canvas class="parallel-back" />
        <canvas class="parallel-front" />
        <canvas class="parallel-top" />
        <AxisHeads {...{ fan, columns, brushes, brush, change }} onShade={setShadeName} />
        {ids.length === 0 && (
          <div class="chart-empty">{props.empty ?? "No runs with these columns"}</div>
        )}
      </div>
      <BrushCount
        shown={brushes.size > 0}
        kept={kept.length}
        all={ids.length}
        onClear={() => setAll(kNoBrushes, true)}
      />
      {line !== null && line < ids.length && root.current && (
        <TipBox tip={tipOf(props, columns, line)} root={root.current} at={pointer.place.current} />
      )}
    </div>
  );
}

type SetBrush = (name: string, range: Range | null, done: boolean) => void;

function withBrush(brushes: Brushes, name: string, range: Range | null): Brushes {
  const next = new Map(brushes);
  if (range) next.set(name, range);
  else next.delete(name);
  return next;
}

/** Where the lines are, which of them are brushed, and how they look. */
function useFan(
  root: { current: HTMLElement | null },
  props: ParallelChartProps,
  columns: readonly Column[],
  brushes: Brushes,
  shade_name: string | null,
) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const { current: element } = root;
    return watchSize(element!, () =>
      setSize({ width: element!.clientWidth, height: element!.clientHeight }),
    );
  }, []);
  const colors = palette();
  const fan = useMemo(
    () => layFan(columns, props.ids.length, { left: 0, top: 0, ...size }),
    [columns, props.ids, size],
  );
  const kept = useMemo(() => brushed(fan, brushes), [fan, brushes]);
  const shade =
    columns.find(({ name }) => name === shade_name) ??
    props.columns[props.shade ?? props.columns.length - 1];
  const look = useMemo(() => lookOf(shade, kept.length, colors), [shade, kept.length, colors.dark]);
  return { fan, kept, look };
}

function tipOf({ ids, labels }: ParallelChartProps, columns: readonly Column[], line: number): Tip {
  return {
    title: labels[line] ?? ids[line]!,
    rows: columns.map((column) => ({
      label: column.name,
      value: formatInColumn(column, column.values[line]!),
    })),
  };
}

interface BrushCountProps {
  shown: boolean;
  kept: number;
  all: number;
  onClear: () => void;
}

function BrushCount({ shown, kept, all, onClear }: BrushCountProps) {
  return (
    <div class="parallel-count" aria-live="polite">
      {shown && (
        <>
          {formatNumber(kept)} of {formatCount(all, "run")}
          <button type="button" class="link" onClick={onClear}>
            Clear brushes
          </button>
        </>
      )}
    </div>
  );
}

function lookOf(
  shade: Column | undefined,
  lines: number,
  { dark, accent, muted }: Palette,
): FanLook {
  const alpha = alphaOf(lines);
  if (!shade) return { colorOf: () => accent, alpha, width: 1 };
  const scale = scaleOfColumn({ ...shade, inverted: false }, 0);
  const steps = Array.from({ length: kShades + 1 }, (_, i) => ramp(i / kShades, dark));
  const colorOf = (i: number) => {
    const unit = placeInColumn(shade, scale, shade.values[i]!);
    return Number.isFinite(unit) ? steps[Math.round(unit * kShades)]! : muted;
  };
  return { colorOf, alpha, width: lines > 1000 ? 1 : 1.3 };
}

/** Three layers: all lines faintly, the kept ones in colour, and what changes with the pointer. */
function useLayers(
  root: { current: HTMLDivElement | null },
  fan: Fan,
  kept: Uint32Array,
  look: FanLook,
  brushes: Brushes,
  focused: number,
): void {
  const colors = palette();
  const penOf = (name: string) => {
    const canvas = root.current?.querySelector<HTMLCanvasElement>(`.parallel-${name}`);
    return canvas && root.current ? fitCanvas(canvas, root.current) : null;
  };
  const any_brush = brushes.size > 0;
  useLayoutEffect(() => {
    const pen = penOf("back");
    if (!pen || !any_brush) return;
    const all = Uint32Array.from({ length: fan.lines }, (_, i) => i);
    const alpha = alphaOf(fan.lines) * 0.22;
    return drawLines(pen, fan, all, { colorOf: () => colors.muted, alpha, width: 1 }).stop;
  }, [fan, any_brush, colors.dark]);
  useLayoutEffect(() => {
    const pen = penOf("front");
    return pen ? drawLines(pen, fan, kept, look).stop : undefined;
  }, [fan, kept, look]);
  useLayoutEffect(() => {
    const pen = penOf("top");
    if (!pen) return;
    if (focused >= 0 && focused < fan.lines) paintFocused(pen, fan, focused, colors);
    paintAxes(pen, colors, fan, false);
    paintBrushes(pen, fan, brushes, colors);
  }, [fan, brushes, focused, look]);
}

function paintFocused(pen: Pen, fan: Fan, line: number, colors: Palette): void {
  for (const [width, style] of [
    [5, colors.surface],
    [2.4, colors.text],
  ] as const) {
    pen.beginPath();
    pen.lineWidth = width;
    pen.strokeStyle = style;
    traceLine(pen, fan, line);
    pen.stroke();
  }
}

function paintBrushes(pen: Pen, fan: Fan, brushes: Brushes, colors: Palette): void {
  pen.fillStyle = withAlpha(colors.accent, 0.18);
  pen.strokeStyle = colors.accent;
  pen.lineWidth = 1.2;
  fan.axes.forEach(({ column, x }, a) => {
    const range = brushes.get(column.name);
    if (!range) return;
    const [from, to] = placeOfRange(fan, a, range);
    pen.fillRect(x - kBrush_px / 2, from, kBrush_px, to - from);
    pen.strokeRect(x - kBrush_px / 2, from, kBrush_px, to - from);
  });
}

interface BrushUse {
  brush: SetBrush;
  hover: (line: number | null) => void;
  pick: (() => void) | undefined;
}

interface Grip {
  axis: number;
  /** The end that stays, or null while the whole brush moves. */
  fixed: number | null;
  from: number;
  top: number;
  bottom: number;
  range: Range | null;
}

function useBrushing(
  root: { current: HTMLDivElement | null },
  fan: Fan,
  kept: Uint32Array,
  brushes: Brushes,
  { brush, hover, pick }: BrushUse,
) {
  const grip = useRef<Grip | null>(null);
  const place = useRef({ x: 0, y: 0 });
  const at = (event: PointerEvent) => {
    const { left, top } = root.current!.getBoundingClientRect();
    place.current = { x: event.clientX - left, y: event.clientY - top };
    return place.current;
  };
  const nameOf = (axis: number) => fan.axes[axis]!.column.name;
  return {
    place,
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest("button")) return;
      const { x, y } = at(event);
      const axis = axisAt(fan, x, kAxisReach_px);
      if (axis === null) return;
      event.preventDefault();
      root.current!.setPointerCapture(event.pointerId);
      grip.current = gripAt(fan, axis, brushes.get(nameOf(axis)), y);
    },
    onPointerMove: (event: PointerEvent) => {
      const { x, y } = at(event);
      const held = grip.current;
      if (!held) {
        const on_axis = axisAt(fan, x, kEdgeReach_px) !== null;
        root.current!.style.cursor = on_axis ? "crosshair" : "";
        const over_head = (event.target as Element).closest("button");
        return hover(on_axis || over_head ? null : lineAt(fan, kept, x, y, kLineReach_px));
      }
      held.range =
        held.fixed === null
          ? shifted(fan, held, y - held.from)
          : rangeBetween(fan, held.axis, held.fixed, y);
      brush(nameOf(held.axis), held.range, false);
    },
    onPointerUp: () => {
      const held = grip.current;
      grip.current = null;
      // A press that went nowhere takes the brush away.
      if (held) brush(nameOf(held.axis), held.range, true);
      else pick?.();
    },
    onPointerLeave: () => {
      if (!grip.current) hover(null);
    },
  };
}

function gripAt(fan: Fan, axis: number, range: Range | undefined, y: number): Grip {
  const fresh: Grip = { axis, fixed: y, from: y, top: y, bottom: y, range: null };
  if (!range) return fresh;
  const [top, bottom] = placeOfRange(fan, axis, range);
  if (Math.abs(y - top) <= kEdgeReach_px) return { ...fresh, fixed: bottom, range };
  if (Math.abs(y - bottom) <= kEdgeReach_px) return { ...fresh, fixed: top, range };
  if (y > top && y < bottom) return { ...fresh, fixed: null, top, bottom };
  return fresh;
}

function shifted(fan: Fan, { axis, top, bottom }: Grip, by: number): Range | null {
  const least = fan.top - top;
  const most = fan.top + fan.height - bottom;
  const moved_by = Math.min(most, Math.max(least, by));
  return rangeBetween(fan, axis, top + moved_by, bottom + moved_by);
}

function moved(columns: readonly Column[], from: number, by: number): Column[] {
  const to = Math.max(0, Math.min(columns.length - 1, from + by));
  const next = [...columns];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

function axisEntries(
  columns: readonly Column[],
  a: number,
  change: (next: readonly Column[]) => void,
  brush: SetBrush,
  brushes: Brushes,
  setShade: (name: string) => void,
): MenuEntry[] {
  const column = columns[a]!;
  const turn = (part: Partial<Column>) =>
    change(columns.map((each, i) => (i === a ? { ...each, ...part } : each)));
  const positive = !column.categories && !column.time;
  return [
    {
      label: "Logarithmic",
      checked: column.log ?? false,
      disabled: !positive,
      onSelect: () => turn({ log: !column.log }),
    },
    {
      label: "Upside down",
      checked: column.inverted ?? false,
      onSelect: () => turn({ inverted: !column.inverted }),
    },
    { label: "Colour by this", onSelect: () => setShade(column.name) },
    "line",
    { label: "Move left", disabled: a === 0, onSelect: () => change(moved(columns, a, -1)) },
    {
      label: "Move right",
      disabled: a === columns.length - 1,
      onSelect: () => change(moved(columns, a, 1)),
    },
    {
      label: "Clear brush",
      disabled: !brushes.has(column.name),
      onSelect: () => brush(column.name, null, true),
    },
    {
      label: "Remove axis",
      disabled: columns.length < 3,
      danger: true,
      onSelect: () => change(columns.filter((_, i) => i !== a)),
    },
  ];
}

interface AxisHeadsProps {
  fan: Fan;
  columns: readonly Column[];
  brushes: Brushes;
  brush: SetBrush;
  change: (next: readonly Column[]) => void;
  onShade: (name: string) => void;
}

function AxisHeads({ fan, columns, brushes, brush, change, onShade }: AxisHeadsProps) {
  const { axes } = fan;
  const width = axes.length > 1 ? axes[1]!.x - axes[0]!.x : kAloneWidth_px;
  if (width < kNarrowest_px) return null;
  return (
    <>
      {axes.map(({ column: { name, log = false, inverted = false }, x }, a) => (
        <AxisHead
          key={name}
          {...{ name, log, inverted, x, width }}
          end={a === 0 ? "first" : a === axes.length - 1 ? "last" : ""}
          entries={axisEntries(columns, a, change, brush, brushes, onShade)}
          onMove={(by) => change(moved(columns, a, by))}
          onNudge={(up, grow) => brush(name, nudged(fan, a, brushes.get(name), up, grow), true)}
          onClear={() => brush(name, null, true)}
        />
      ))}
    </>
  );
}

interface AxisHeadProps {
  name: string;
  log: boolean;
  inverted: boolean;
  x: number;
  width: number;
  end: "" | "first" | "last";
  entries: MenuEntry[];
  onMove: (by: number) => void;
  onNudge: (up: boolean, grow: boolean) => void;
  onClear: () => void;
}

/** The name above an axis: a menu, a handle to drag it, and its place for the keyboard. */
function AxisHead(props: AxisHeadProps) {
  const { name, x, width, end, entries, onMove, onNudge, onClear } = props;
  const [anchor, setAnchor] = useState<Element | null>(null);
  const press = useRef<number | null>(null);
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowUp" || event.key === "ArrowDown")
      onNudge(event.key === "ArrowUp", event.shiftKey);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight")
      onMove(event.key === "ArrowLeft" ? -1 : 1);
    else if (event.key === "Delete" || event.key === "Backspace") onClear();
    else return;
    event.preventDefault();
  };
  return (
    <>
      <button
        type="button"
        class={`parallel-head ${end}`}
        style={{ left: `${x}px`, maxWidth: `${Math.max(60, width - 10)}px` }}
        aria-haspopup="menu"
        aria-label={`${name}: arrows up and down brush it, left and right move it, Enter opens its menu`}
        onKeyDown={key}
        onPointerDown={(event) => {
          press.current = event.clientX;
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerUp={(event) => {
          const by =
            press.current === null ? 0 : Math.round((event.clientX - press.current) / width);
          if (by !== 0) onMove(by);
        }}
        onClick={(event) => {
          const dragged =
            press.current !== null && Math.abs(event.clientX - press.current) > width / 2;
          press.current = null;
          const at = event.currentTarget;
          if (!dragged) setAnchor((open) => (open ? null : at));
        }}
      >
        {props.inverted && <Icon name="arrow_down" size={11} />}
        {name}
        {props.log && <small> log</small>}
      </button>
      {anchor && <MenuList anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />}
    </>
  );
}

function parallelHandle(
  { title, ids, labels }: ParallelChartProps,
  columns: readonly Column[],
  kept: Uint32Array,
  look: FanLook,
): ChartHandle {
  return {
    title,
    paint: (pen, width, height) => {
      const theme = palette();
      const fan = layFan(columns, ids.length, paintTitled(pen, theme, width, height, title));
      paintAllLines(pen, fan, kept, look);
      paintAxes(pen, theme, fan, true);
    },
    table: () => ({
      columns: ["run", ...columns.map(({ name }) => name)],
      rows: Array.from(kept, (i) => [
        labels[i] ?? ids[i]!,
        ...columns.map((column) => cell(column, i)),
      ]),
    }),
  };
}
