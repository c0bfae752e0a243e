// A table of any size: only the rows and columns in sight are in the document.
//
// `row` is called while its row renders, so a row follows the signals that it and its cells read.
// Give `row`, `head` and `columns` a stable identity: a new one renders every row anew.
import { Component, type ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { offsetsOf, sliceOf, type Slice } from "./virtual";

export interface TableColumn {
  id: string;
  width_px: number;
  /** Stays at the left; pinned columns come first. */
  pinned?: boolean;
  class?: string;
}

/** How a row looks; asked for once, and then for each of its cells in sight. */
export interface RowLook<C> {
  class?: string;
  cell: (column: C) => ComponentChildren;
}

export interface VirtualTableProps<C extends TableColumn> {
  label: string;
  rows: number;
  columns: C[];
  head: (column: C) => ComponentChildren;
  row: (row: number) => RowLook<C>;
  /** What a cell says in full, when the pointer rests on it. */
  tip?: (row: number, column: string) => string;
  row_px?: number;
  head_px?: number;
  /** So many first rows stay below the head, whatever is scrolled. */
  stuck?: number;
  /** The row of the keyboard's cursor; brought into sight when it changes. */
  cursor?: number;
  /** What is in sight, whenever it changes: load it. `columns` are the unpinned ones. */
  onRange?: (rows: Slice, columns: Slice) => void;
  /** The pointer came to this row, or with -1 to none. */
  onRowPoint?: (row: number) => void;
  onRowClick?: (row: number, event: MouseEvent) => void;
  onRowOpen?: (row: number, event: MouseEvent) => void;
  onRowMenu?: (row: number, event: MouseEvent) => void;
  onResize?: (id: string, width_px: number) => void;
  /** A head was dragged: put column `id` before column `before`, or last. */
  onMove?: (id: string, before: string | null) => void;
}

const kRow_px = 32;
const kHead_px = 34;
const kSpareRows = 4;
const kColumnLeast_px = 48;
/** The kind of what is dragged when a column is. */
export const kDragged = "text/x-cairn-column";
const kStuckMost = 8; // more would leave no room for the others
const kSpare_px = 160;

export function VirtualTable<C extends TableColumn>(props: VirtualTableProps<C>) {
  const { columns, rows, row_px = kRow_px, cursor, onRange } = props;
  const stuck = Math.min(props.stuck ?? 0, rows, kStuckMost);
  const head_px = (props.head_px ?? kHead_px) + stuck * row_px;
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const size = useSize(box);
  const [at, setAt] = useState({ top: 0, left: 0 });

  const layout = useMemo(() => layOut(columns), [columns]);
  const room_px = Math.max(0, size.width - layout.pinned_px);
  const in_sight = sliceOf(layout.offsets, at.left - kSpare_px, at.left + room_px + kSpare_px);
  const { first: from, last: to } = in_sight;
  const part = useMemo(() => cut(layout, from, to), [layout, from, to]);
  // Always as many slots, so that a row keeps its slot wherever the table is scrolled to.
  const slots = Math.ceil(Math.max(0, size.height - head_px) / row_px) + 1 + 2 * kSpareRows;
  const first = Math.max(stuck, stuck + Math.floor(at.top / row_px) - kSpareRows);
  const last = Math.max(first, Math.min(rows, first + slots));

  useRowInSight(box, (cursor ?? -1) - stuck, row_px, head_px);
  useEffect(() => {
    if (size.height > 0) onRange?.({ first, last }, { first: from, last: to });
  }, [onRange, first, last, from, to, size.height]);

  const scroll = () => {
    const element = box.current;
    if (!element) return;
    // Steps of half a spare width are fine enough, and save renders.
    const top = Math.floor(element.scrollTop / row_px) * row_px;
    const left = Math.floor(element.scrollLeft / (kSpare_px / 2)) * (kSpare_px / 2);
    setAt((old) => (old.top === top && old.left === left ? old : { top, left }));
  };
  const shared = { part, look: props.row };
  return (
    <div
      ref={box}
      class="vt"
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows + 1}
      aria-colcount={columns.length}
      tabIndex={-1}
      onScroll={scroll}
      onPointerOver={(event) => {
        tell(event, props.tip);
        props.onRowPoint?.(rowOf(event));
      }}
      onPointerLeave={() => props.onRowPoint?.(-1)}
      onClick={on(props.onRowClick)}
      onDblClick={on(props.onRowOpen)}
      onContextMenu={on(props.onRowMenu)}
    >
      <div class="vt-top" style={{ width: `${layout.total_px}px` }}>
        <Head part={part} height_px={props.head_px ?? kHead_px} head={props.head} table={latest} />
        {Array.from({ length: stuck }, (_, row) => (
          <Row key={row} {...shared} row={row} top_px={null} />
        ))}
      </div>
      <div
        class="vt-body"
        style={{ height: `${(rows - stuck) * row_px}px`, width: `${layout.total_px}px` }}
      >
        {Array.from({ length: slots }, (_, slot) => {
          // A slot keeps its elements while rows move through it: scrolling creates none.
          const row = first + ((slot - (first % slots) + slots) % slots);
          return (
            row < last && <Row key={slot} {...shared} row={row} top_px={(row - stuck) * row_px} />
          );
        })}
      </div>
    </div>
  );
}

function on(handler?: (row: number, event: MouseEvent) => void) {
  return (event: MouseEvent) => {
    const row = rowOf(event);
    if (row >= 0) handler?.(row, event);
  };
}

function rowOf(event: Event): number {
  const row = (event.target as Element).closest<HTMLElement>(".vt-row")?.dataset["row"];
  return row === undefined ? -1 : Number(row);
}

// Only the cell under the pointer has its text in full: a title on each would cost at every scroll.
function tell(event: Event, tip?: (row: number, column: string) => string): void {
  const cell = (event.target as Element).closest<HTMLElement>(".vt-row .vt-cell");
  const row = rowOf(event);
  if (cell && row >= 0) cell.title = tip?.(row, cell.dataset["column"] ?? "") ?? "";
}

function useSize(box: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

// Scrolls no further than needed for this row of the body; a negative one is always in sight.
function useRowInSight(
  box: { current: HTMLElement | null },
  row: number,
  row_px: number,
  head_px: number,
): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || row < 0) return;
    const top = row * row_px;
    const room = element.clientHeight - head_px - row_px;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top > element.scrollTop + room) element.scrollTop = top - room;
  }, [row, row_px, head_px]);
}

interface Layout<C> {
  pinned: C[];
  free: C[];
  offsets: number[]; // of the free columns, and their end
  pinned_at: number[];
  pinned_px: number;
  total_px: number;
}

/** The columns of a row as it is rendered: pinned ones, a gap, those in sight. */
interface Part<C> extends Layout<C> {
  shown: C[];
  gap_px: number;
  from: number;
}

function layOut<C extends TableColumn>(columns: C[]): Layout<C> {
  const pinned = columns.filter((column) => column.pinned);
  const free = columns.filter((column) => !column.pinned);
  const offsets = offsetsOf(free.map((column) => column.width_px));
  const pinned_at = offsetsOf(pinned.map((column) => column.width_px));
  const pinned_px = pinned_at.at(-1) ?? 0;
  const total_px = pinned_px + (offsets.at(-1) ?? 0);
  return { pinned, free, offsets, pinned_at, pinned_px, total_px };
}

function cut<C extends TableColumn>(layout: Layout<C>, from: number, to: number): Part<C> {
  const shown = layout.free.slice(from, to);
  return { ...layout, shown, gap_px: layout.offsets[from] ?? 0, from };
}

function cells<C extends TableColumn>(
  part: Part<C>,
  role: "gridcell" | "columnheader",
  content: (column: C) => ComponentChildren,
) {
  const lay = (column: C, index: number, left?: number) => (
    <div
      key={column.id}
      class={`vt-cell ${left === undefined ? "" : "pinned"} ${column.class ?? ""}`}
      role={role}
      aria-colindex={index + 1}
      data-column={column.id}
      style={{ width: `${column.width_px}px`, left: left === undefined ? "" : `${left}px` }}
    >
      {content(column)}
    </div>
  );
  const pinned = part.pinned.map((column, i) => lay(column, i, part.pinned_at[i] ?? 0));
  const shown = part.shown.map((column, i) => lay(column, part.pinned.length + part.from + i));
  return [
    ...pinned,
    <div key=" gap" class="vt-gap" style={{ width: `${part.gap_px}px` }} />,
    ...shown,
  ];
}

interface RowProps<C> {
  row: number;
  /** In the body; null where rows just follow each other. */
  top_px: number | null;
  part: Part<C>;
  look: (row: number) => RowLook<C>;
}

class Row<C extends TableColumn> extends Component<RowProps<C>> {
  // A signal that it read makes a new state.
  override shouldComponentUpdate(next: RowProps<C>, state: object): boolean {
    const now = this.props;
    return (
      state !== this.state ||
      next.row !== now.row ||
      next.part !== now.part ||
      next.look !== now.look ||
      next.top_px !== now.top_px
    );
  }

  override render({ row, top_px, part, look }: RowProps<C>) {
    const { class: named = "", cell } = look(row);
    return (
      <div
        class={`vt-row ${top_px === null ? "stuck" : ""} ${named}`}
        role="row"
        aria-rowindex={row + 2}
        data-row={row}
        style={{ top: top_px === null ? "" : `${top_px}px`, width: `${part.total_px}px` }}
      >
        {cells(part, "gridcell", cell)}
      </div>
    );
  }
}

interface HeadProps<C extends TableColumn> {
  part: Part<C>;
  height_px: number;
  head: (column: C) => ComponentChildren;
  /** The table's latest props: whom to tell of resizing and moving. */
  table: { current: VirtualTableProps<C> };
}

class Head<C extends TableColumn> extends Component<HeadProps<C>, { target: string | null }> {
  override state = { target: null as string | null };

  override shouldComponentUpdate(next: HeadProps<C>, state: { target: string | null }): boolean {
    const now = this.props;
    return next.part !== now.part || next.head !== now.head || state !== this.state;
  }

  override render({ part, height_px }: HeadProps<C>) {
    return (
      <div class="vt-head" role="row" aria-rowindex={1} style={{ height: `${height_px}px` }}>
        {cells(part, "columnheader", (column) => this.cell(column))}
      </div>
    );
  }

  private cell(column: C) {
    const { onMove, onResize } = this.props.table.current;
    return (
      <div
        class={`vt-head-cell ${this.state.target === column.id ? "target" : ""}`}
        draggable={onMove !== undefined}
        onDragStart={(event) => event.dataTransfer?.setData(kDragged, column.id)}
        onDragOver={(event) => this.dragOver(event, column)}
        onDragLeave={() => this.setState({ target: null })}
        onDrop={(event) => this.drop(event, column)}
      >
        {this.props.head(column)}
        {onResize && (
          <div
            class="vt-grip"
            draggable
            onDragStart={(event) => {
              event.preventDefault();
              event.stopPropagation();
            }}
            onPointerDown={(event) => this.resize(event, column)}
            onClick={(event) => event.stopPropagation()}
          />
        )}
      </div>
    );
  }

  private resize(down: PointerEvent, column: C): void {
    const grip = down.currentTarget as HTMLElement;
    const begun_px = column.width_px;
    const move = (event: PointerEvent) => {
      const width_px = Math.max(kColumnLeast_px, begun_px + event.clientX - down.clientX);
      this.props.table.current.onResize?.(column.id, width_px);
    };
    down.preventDefault();
    down.stopPropagation();
    grip.setPointerCapture(down.pointerId);
    grip.addEventListener("pointermove", move);
    const end = () => grip.removeEventListener("pointermove", move);
    grip.addEventListener("lostpointercapture", end, { once: true });
  }

  private dragOver(event: DragEvent, column: C): void {
    if (!event.dataTransfer?.types.includes(kDragged)) return;
    event.preventDefault();
    this.setState({ target: column.id });
  }

  private drop(event: DragEvent, before: C): void {
    event.preventDefault();
    this.setState({ target: null });
    const id = event.dataTransfer?.getData(kDragged);
    if (id && id !== before.id) this.props.table.current.onMove?.(id, before.id);
  }
}
