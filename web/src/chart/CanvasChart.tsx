// What charts drawn by hand have in common: a sharp canvas as large as its parent, a layer for what
// is pointed at, a tooltip, the keyboard, and the way out to files.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { fitCanvas, watchSize } from "./canvas";
import type { Box } from "./frame";
import { useLeaving } from "./leaving";
import { dropPaint, queuePaint } from "./paint_queue";
import { useChartHandle } from "./panel_context";
import { placeTip } from "./place_tip";
import { palette, type Palette } from "./theme";
import { paintTitled, type LegendEntry } from "./titled";
import type { ChartProps, Pen, Table } from "./types";

/** What a drawing knows about itself once it is drawn. Places are in CSS pixels of the chart. */
export interface Drawn<Hit> {
  at: (x: number, y: number) => Hit | null;
  /** Draws what is pointed at, on its own layer. */
  mark?: (pen: Pen, hit: Hit) => void;
  /** All that can be pointed at, for the keyboard, in reading order; and where each is. */
  hits: readonly Hit[];
  place: (hit: Hit) => { x: number; y: number };
  /** A dragged rectangle, where the chart has a use for one. */
  zoom?: (x0: number, y0: number, x1: number, y1: number) => void;
}

export interface Tip {
  title: string;
  rows: readonly { label: string; value: string; color?: string }[];
}

export interface CanvasChartProps<Hit> extends ChartProps {
  kind: string;
  summary: string;
  draw: (pen: Pen, colors: Palette, box: Box) => Drawn<Hit>;
  /** Draw anew when one of these changes. */
  inputs: readonly unknown[];
  table: () => Table;
  legend?: readonly LegendEntry[];
  tip?: (hit: Hit) => Tip;
  onPoint?: (hit: Hit | null) => void;
  onPick?: ((hit: Hit) => void) | undefined;
  /** What is pointed at elsewhere. */
  focused?: Hit | null;
  onReset?: () => void;
  blank?: boolean;
}

const kDrag_px = 5;

export function CanvasChart<Hit>(props: CanvasChartProps<Hit>) {
  const [hit, setHit] = useState<Hit | null>(null);
  const [drag, setDrag] = useState<Rect | null>(null);
  const { root, base, layer, drawn } = useCanvases(props, hit ?? props.focused ?? null);
  useChartHandle({
    title: props.title,
    table: props.table,
    paint: (pen, width, height) => {
      const now = palette();
      props.draw(pen, now, paintTitled(pen, now, width, height, props.title, props.legend));
    },
  });
  const point = (next: Hit | null) => {
    if (next === hit) return;
    setHit(next);
    props.onPoint?.(next);
  };
  const keyed = useRef(false);
  useLeaving(root, hit !== null && !keyed.current, () => point(null));
  const pointer = usePointer(root, drawn, { point, setDrag, pick: props.onPick });
  return (
    <div class="chart" style={props.height ? { height: `${props.height}px` } : undefined}>
      <div
        ref={root}
        class={`chart-body ${props.onPick && hit !== null ? "pickable" : ""}`}
        tabIndex={0}
        role="application"
        aria-roledescription={props.kind}
        aria-label={`${props.title}: ${props.summary}`}
        onKeyDown={(event) => {
          keyed.current = true;
          keys(drawn, hit, point, props)(event);
        }}
        onBlur={() => {
          if (keyed.current) point(null);
          keyed.current = false;
        }}
        onDblClick={props.onReset}
        {...pointer}
      >
        <canvas ref={base} />
        <canvas ref={layer} />
        {drag && <div class="chart-drag" style={styleOf(drag)} />}
        {props.blank && <div class="chart-empty">{props.empty ?? "Nothing to draw yet"}</div>}
      </div>
      {hit !== null && props.tip && drawn.current && root.current && (
        <TipBox tip={props.tip(hit)} root={root.current} at={drawn.current.place(hit)} />
      )}
    </div>
  );
}

/** Two canvases: the chart, drawn when its inputs or its size change, and what is pointed at. */
function useCanvases<Hit>(props: CanvasChartProps<Hit>, shown: Hit | null) {
  const root = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const layer = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Drawn<Hit> | null>(null);
  const colors = palette();
  const latest = useRef({ draw: props.draw, shown });
  latest.current = { draw: props.draw, shown };

  const mark = () => {
    const { shown: now } = latest.current;
    const pen = layer.current && root.current ? fitCanvas(layer.current, root.current) : null;
    if (pen && now !== null) drawn.current?.mark?.(pen, now);
  };
  const paint = () => {
    const pen = base.current && root.current ? fitCanvas(base.current, root.current) : null;
    if (!pen || !root.current) return;
    const { clientWidth: width, clientHeight: height } = root.current;
    drawn.current = latest.current.draw(pen, palette(), { left: 0, top: 0, width, height });
    mark();
  };
  useEffect(() => queuePaint(root, paint), [...props.inputs, colors.dark]);
  useEffect(mark, [shown]);
  useEffect(() => {
    // At once, not queued: a canvas that was stretched must not be seen.
    const unwatch = watchSize(root.current!, () =>
      drawn.current ? paint() : queuePaint(root, paint),
    );
    return () => {
      unwatch();
      dropPaint(root);
    };
  }, []);
  return { root, base, layer, drawn };
}

interface Rect {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

function styleOf({ x0, y0, x1, y1 }: Rect) {
  return {
    left: `${Math.min(x0, x1)}px`,
    top: `${Math.min(y0, y1)}px`,
    width: `${Math.abs(x1 - x0)}px`,
    height: `${Math.abs(y1 - y0)}px`,
  };
}

interface PointerUse<Hit> {
  point: (hit: Hit | null) => void;
  setDrag: (drag: Rect | null) => void;
  pick: ((hit: Hit) => void) | undefined;
}

function usePointer<Hit>(
  root: { current: HTMLElement | null },
  drawn: { current: Drawn<Hit> | null },
  { point, setDrag, pick }: PointerUse<Hit>,
) {
  const press = useRef<Rect | null>(null);
  const placeOf = (event: PointerEvent): [number, number] => {
    const { left, top } = root.current!.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const dragged = (rect: Rect) => Math.hypot(rect.x1 - rect.x0, rect.y1 - rect.y0) >= kDrag_px;
  return {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      const [x, y] = placeOf(event);
      press.current = { x0: x, y0: y, x1: x, y1: y };
      if (drawn.current?.zoom) root.current?.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      const [x, y] = placeOf(event);
      if (press.current) {
        press.current = { ...press.current, x1: x, y1: y };
        if (drawn.current?.zoom && dragged(press.current)) return setDrag(press.current);
      }
      point(drawn.current?.at(x, y) ?? null);
    },
    onPointerUp: (event: PointerEvent) => {
      const rect = press.current;
      press.current = null;
      setDrag(null);
      if (!rect || event.button !== 0) return;
      if (!dragged(rect)) {
        const hit = drawn.current?.at(...placeOf(event)) ?? null;
        if (hit !== null) pick?.(hit);
      } else drawn.current?.zoom?.(rect.x0, rect.y0, rect.x1, rect.y1);
    },
    onPointerLeave: () => {
      if (!press.current) point(null);
    },
  };
}

function keys<Hit>(
  drawn: { current: Drawn<Hit> | null },
  hit: Hit | null,
  point: (hit: Hit | null) => void,
  { onPick, onReset }: CanvasChartProps<Hit>,
) {
  return (event: KeyboardEvent) => {
    const hits = drawn.current?.hits ?? [];
    const at = hit === null ? -1 : hits.indexOf(hit);
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: hits.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) point(hits[Math.max(0, Math.min(hits.length - 1, step))] ?? null);
    else if (event.key === "Escape") point(null);
    else if (event.key === "0") onReset?.();
    else if (event.key === "Enter" && hit !== null) onPick?.(hit);
    else return;
    event.preventDefault();
  };
}

interface TipBoxProps {
  tip: Tip;
  root: HTMLElement;
  at: { x: number; y: number };
}

export function TipBox({ tip, root, at }: TipBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { left, top } = root.getBoundingClientRect();
    placeTip(box.current!, left + at.x, top + at.y);
  });
  return (
    <div ref={box} popover="manual" class="chart-tip" role="status">
      <div class="chart-tip-head">{tip.title}</div>
      <div class="chart-tip-rows">
        {tip.rows.map(({ label, value, color }) => (
          <div key={label} class="chart-tip-row">
            {color && <i style={{ background: color }} />}
            <span class="chart-tip-name">{label}</span>
            <b>{value}</b>
          </div>
        ))}
      </div>
    </div>
  );
}
