// One line chart on the screen: axes and lines on one canvas, and above it a second one, there only
// while it is needed, for the cursor, the dragged range and the line that is pointed at.
import { fitCanvas } from "./canvas";
import { layFrame, paintFrame, xOf, yOf, type Frame } from "./frame";
import { nearest, paintLine, paintLines, type DrawnLine, type LineLook } from "./line_paint";
import { fromUnit, toUnit, type Scale, type TickKind } from "./scale";
import type { Palette } from "./theme";
import { withAlpha } from "./tint";
import type { Pen, Range } from "./types";

export interface LineContent {
  lines: readonly DrawnLine[];
  look: LineLook;
  x: Scale;
  y: Scale;
  x_kind: TickKind;
  x_name: string | undefined;
  palette: Palette;
}

/** What the cursor points at: a row for each line that has a point near it, highest value first. */
export interface Pointed {
  x: number;
  /** Place of the cursor in the window. */
  left: number;
  top: number;
  rows: PointedRow[];
  /** Index into rows of the line nearest to the cursor; -1 where the cursor has no height. */
  nearest: number;
  /** How far that line is, in pixels. */
  distance: number;
}

export interface PointedRow {
  line: DrawnLine;
  index: number;
  y: number;
}

export interface LineEvents {
  onPoint: (pointed: Pointed | null) => void;
  onZoom: (range: Range | null) => void;
  onClick: () => void;
}

interface Place {
  x: number;
  y: number;
}

const kDrag_px = 5;
const kReach_px = 22;
const kDotsMost = 12;
/** A chart with room draws bolder. */
const kLarge_px = 380;
const kBoldMost = 20;
const kBold_px = 1.6;

/** Axes and lines into any pen: the screen's and those of exported files. */
export function paintContent(
  pen: Pen,
  content: LineContent,
  box: Parameters<typeof layFrame>[2],
): Frame {
  const { lines, look, x, y, x_kind, x_name, palette } = content;
  const frame = layFrame(
    pen,
    palette,
    box,
    { scale: x, kind: x_kind, label: x_name },
    { scale: y },
  );
  paintFrame(pen, palette, frame);
  const bold = frame.height > kLarge_px && lines.length <= kBoldMost;
  paintLines(pen, frame, lines, bold ? { ...look, width: kBold_px } : look);
  return frame;
}

/** Owned by a LineChart, which calls close(). */
export class LinePlot {
  private readonly x_base = document.createElement("canvas");
  private readonly x_layer = document.createElement("canvas");
  private readonly x_listening = new AbortController();
  private x_content: LineContent | null = null;
  private x_focused: string | null = null;
  private x_frame: Frame | null = null;
  private x_pointed: Pointed | null = null;
  private x_drag: { from: Place; to: Place } | null = null;
  private x_inside = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly events: LineEvents,
  ) {
    root.prepend(this.x_base);
    this.listen();
  }

  show(content: LineContent): void {
    this.x_content = content;
    this.paint();
  }

  /** Draws again, in the size that the chart has now. */
  paint(): void {
    const content = this.x_content;
    const pen = content && fitCanvas(this.x_base, this.root);
    if (!content || !pen) return;
    const { clientWidth: width, clientHeight: height } = this.root;
    this.x_frame = paintContent(pen, content, {
      left: 2,
      top: 0,
      width: width - 4,
      height: height - 1,
    });
    if (this.x_pointed) this.x_pointed = this.pointAt(this.x_pointed.x, null);
    this.paintLayer();
  }

  focus(id: string | null): void {
    if (id === this.x_focused) return;
    this.x_focused = id;
    this.paintLayer();
  }

  /** Shows the cursor where another chart of its group has it; null takes it away. */
  follow(x: number | null): void {
    if (this.x_inside || !this.x_frame) return; // the pointer is here, and may be dragging
    const unit = x === null ? NaN : toUnit(this.x_frame.x, x);
    this.x_pointed = unit >= 0 && unit <= 1 ? this.pointAt(x!, null) : null;
    this.paintLayer();
  }

  /** Moves the cursor by points of the first line, for the keyboard. */
  step(points: number): void {
    const frame = this.x_frame;
    const line = this.x_content?.lines.find(({ series }) => series.x.length > 0);
    if (!frame || !line) return;
    const xs = line.series.x;
    const from = this.x_pointed?.x ?? fromUnit(frame.x, 0.5);
    const index = Math.min(xs.length - 1, Math.max(0, nearest(xs, from) + points));
    const x = Math.min(frame.x.max, Math.max(frame.x.min, xs[index]!));
    const y = yOf(frame, line.value[index]!);
    this.point(this.pointAt(x, Number.isFinite(y) ? y : frame.top));
  }

  leave(): void {
    this.x_inside = false;
    this.point(null);
  }

  close(): void {
    this.x_listening.abort();
    this.x_base.remove();
    this.x_layer.remove();
  }

  // --- the layer above

  private point(pointed: Pointed | null): void {
    this.x_pointed = pointed;
    this.paintLayer();
    this.events.onPoint(pointed);
  }

  private paintLayer(): void {
    const { x_content: content, x_frame: frame, x_pointed: pointed, x_drag: drag } = this;
    const focused = this.focusedLine();
    if (!content || !frame || !(pointed || drag || focused)) return this.x_layer.remove();
    // Layers cost the browser something with every frame, so only charts that need one have one.
    if (!this.x_layer.isConnected) this.x_base.after(this.x_layer);
    const pen = fitCanvas(this.x_layer, this.root);
    if (!pen) return;
    pen.save();
    pen.beginPath();
    pen.rect(frame.left, frame.top - 4, frame.width + 4, frame.height + 8);
    pen.clip();
    if (pointed) this.paintCursor(pen, frame, content, pointed.x);
    if (drag) this.paintDrag(pen, frame, content, drag);
    if (focused) this.paintFocused(pen, frame, content, focused);
    if (pointed) this.paintDots(pen, frame, content, pointed);
    pen.restore();
  }

  private focusedLine(): DrawnLine | undefined {
    const lines = this.x_content?.lines ?? [];
    if (this.x_focused === null || lines.length < 2) return undefined;
    return lines.find(({ series }) => series.id === this.x_focused);
  }

  private paintCursor(pen: Pen, frame: Frame, { palette }: LineContent, x: number): void {
    const at = Math.round(xOf(frame, x)) + 0.5;
    pen.strokeStyle = withAlpha(palette.muted, 0.7);
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(at, frame.top);
    pen.lineTo(at, frame.top + frame.height);
    pen.stroke();
  }

  private paintDrag(
    pen: Pen,
    frame: Frame,
    { palette }: LineContent,
    { from, to }: { from: Place; to: Place },
  ): void {
    const [left, width] = [Math.min(from.x, to.x), Math.abs(to.x - from.x)];
    pen.fillStyle = withAlpha(palette.accent, 0.13);
    pen.fillRect(left, frame.top, width, frame.height);
    pen.fillStyle = withAlpha(palette.accent, 0.6);
    pen.fillRect(left, frame.top, 1, frame.height);
    pen.fillRect(left + width - 1, frame.top, 1, frame.height);
  }

  private paintFocused(
    pen: Pen,
    frame: Frame,
    { look, palette }: LineContent,
    line: DrawnLine,
  ): void {
    pen.lineJoin = "round";
    paintLine(pen, frame, line.series, line.value, {
      width: look.width + 4.5,
      alpha: 0.85,
      color: palette.surface,
    });
    paintLine(pen, frame, line.series, line.value, { width: look.width + 1.2, alpha: 1 });
  }

  private paintDots(pen: Pen, frame: Frame, { palette }: LineContent, pointed: Pointed): void {
    const few = pointed.rows.length <= kDotsMost;
    pen.setLineDash([]);
    pen.lineWidth = 1.5;
    pen.strokeStyle = palette.surface;
    pointed.rows.forEach(({ line, index, y }, i) => {
      if (!few && i !== pointed.nearest) return;
      pen.beginPath();
      pen.arc(xOf(frame, line.series.x[index]!), y, 3.2, 0, 2 * Math.PI);
      pen.fillStyle = line.series.color;
      pen.fill();
      pen.stroke();
    });
  }

  // --- the pointer

  /** What there is at a value of x; `y` is the height of the cursor in the chart, if it has one. */
  private pointAt(x: number, y: number | null): Pointed {
    const frame = this.x_frame!;
    const at = xOf(frame, x);
    const rows: PointedRow[] = [];
    for (const line of this.x_content!.lines) {
      const { x: xs } = line.series;
      const index = nearest(xs, x);
      if (index < 0 || Math.abs(xOf(frame, xs[index]!) - at) > reachOf(frame, xs, index)) continue;
      rows.push({ line, index, y: yOf(frame, line.value[index]!) });
    }
    rows.sort(byValue);
    const [best, distance] = y === null ? [-1, Infinity] : nearestRow(rows, y);
    const { left, top } = this.root.getBoundingClientRect();
    return { x, left: left + at, top: top + (y ?? frame.top), rows, nearest: best, distance };
  }

  private listen(): void {
    const {
      root,
      x_listening: { signal },
    } = this;
    root.addEventListener("pointerdown", (event) => this.pressed(event), { signal });
    root.addEventListener("pointermove", (event) => this.moved(event), { signal });
    root.addEventListener("pointerup", (event) => this.released(event), { signal });
    root.addEventListener("pointercancel", () => this.endDrag(), { signal });
    root.addEventListener("pointerleave", () => this.x_drag || this.leave(), { signal });
    root.addEventListener("dblclick", () => this.events.onZoom(null), { signal });
  }

  private placeOf(event: PointerEvent): Place {
    const { left, top } = this.root.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** The place, moved into the plot. */
  private within({ x, y }: Place): Place {
    const { left, top, width, height } = this.x_frame!;
    return {
      x: Math.min(left + width, Math.max(left, x)),
      y: Math.min(top + height, Math.max(top, y)),
    };
  }

  private pressed(event: PointerEvent): void {
    if (event.button !== 0 || !this.x_frame || (event.target as Element).closest("button")) return;
    const from = this.placeOf(event);
    this.x_drag = { from: this.within(from), to: this.within(from) };
    this.root.setPointerCapture(event.pointerId);
  }

  private moved(event: PointerEvent): void {
    const frame = this.x_frame;
    if (!frame) return;
    this.x_inside = true;
    const place = this.placeOf(event);
    if (this.x_drag) this.x_drag.to = this.within(place);
    const { x, y } = this.within(place);
    const outside = Math.abs(x - place.x) > kReach_px || Math.abs(y - place.y) > kReach_px;
    if (outside && !this.x_drag) this.point(null);
    else this.point(this.pointAt(this.valueAt(x), y));
  }

  private valueAt(x: number): number {
    const frame = this.x_frame!;
    return fromUnit(frame.x, (x - frame.left) / frame.width);
  }

  private released(event: PointerEvent): void {
    const drag = this.x_drag;
    this.endDrag();
    if (!drag) return;
    const [a, b] = [this.valueAt(drag.from.x), this.valueAt(drag.to.x)];
    if (Math.abs(drag.to.x - drag.from.x) >= kDrag_px)
      this.events.onZoom({ min: Math.min(a, b), max: Math.max(a, b) });
    // The second press of a double click is none of its own.
    else if (event.detail <= 1) this.events.onClick();
  }

  private endDrag(): void {
    this.x_drag = null;
    this.paintLayer();
  }
}

/** From high to low, what is no number last. */
function byValue(a: PointedRow, b: PointedRow): number {
  const [x, y] = [a.line.value[a.index]!, b.line.value[b.index]!];
  return Number.isNaN(x) || Number.isNaN(y)
    ? Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    : y - x;
}

/** How far a point may be from the cursor: half way to its neighbours where they are far apart. */
function reachOf(frame: Frame, xs: DrawnLine["series"]["x"], index: number): number {
  const at = xOf(frame, xs[index]!);
  const before = index > 0 ? at - xOf(frame, xs[index - 1]!) : 0;
  const after = index + 1 < xs.length ? xOf(frame, xs[index + 1]!) - at : 0;
  return Math.max(kReach_px, before / 2 + 1, after / 2 + 1);
}

function nearestRow(rows: readonly PointedRow[], y: number): [index: number, distance: number] {
  let best = -1;
  let least = Infinity;
  rows.forEach((row, i) => {
    const distance = Math.abs(row.y - y);
    if (distance < least) [best, least] = [i, distance];
  });
  return [best, least];
}
