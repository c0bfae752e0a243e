// A panel that was added by hand: lines of several keys, or a chart over the columns of runs.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { isAborted, messageOf } from "../../../api/client";
import type { Column as ColumnInfo } from "../../../api/types";
import {
  BarChart,
  BoxChart,
  ChartPanel,
  HeatMap,
  Histogram,
  histogramOf,
  ParallelChart,
  ScatterChart,
  type Column,
  type PanelAction,
} from "../../../chart";
import { runColor } from "../../../color";
import { formatCount } from "../../../format";
import { LinesPanel } from "./LinesPanel";
import { barsOf, boxesOf, heatOf } from "./own_data";
import { columnsOf, short, titleOf, type PanelSpec } from "./own_panel";
import type { Pane } from "./pane";
import { columnOf, loadRuns, type RunTable } from "./run_columns";

export interface OwnPanelProps {
  pane: Pane;
  id: string;
  spec: PanelSpec;
  section: string;
  width: number;
  columns: readonly ColumnInfo[];
  actions: readonly PanelAction[];
}

export function OwnPanel(props: OwnPanelProps) {
  const { pane, id, spec, section, width, actions } = props;
  const title = titleOf(spec);
  if (spec.type === "lines")
    return <LinesPanel {...{ pane, section, width, actions, title }} panel={id} keys={spec.keys} />;
  return <ColumnsPanel {...props} title={title} />;
}

/** One distribution needs no colour of its own: the first of the palette. */
const kPlain = "#0072b2";

interface LoadState {
  table: RunTable | null;
  loading: boolean;
  error: string | null;
}

function ColumnsPanel({ pane, spec, columns, actions, title }: OwnPanelProps & { title: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => pane.seen.add(box.current!, (now) => now && setSeen(true)), [pane.seen]);
  const { table, loading, error } = useTable(pane, spec, seen);
  return (
    <div ref={box} class="chart-place">
      <ChartPanel
        title={title}
        note={noteOf(table)}
        loading={loading}
        error={error}
        actions={actions}
      >
        {table && <Chart {...{ pane, spec, columns, table, title }} />}
      </ChartPanel>
    </div>
  );
}

function noteOf(table: RunTable | null): string | undefined {
  if (!table) return undefined;
  return table.total > table.ids.length
    ? `first ${table.ids.length} of ${formatCount(table.total, "run")}`
    : formatCount(table.total, "run");
}

function useTable({ project, filter, group_by }: Pane, spec: PanelSpec, seen: boolean): LoadState {
  const [state, setState] = useState<LoadState>({ table: null, loading: true, error: null });
  const names = [...columnsOf(spec), ...(spec.type === "bar" ? group_by.slice(0, 1) : [])];
  useEffect(() => {
    if (!seen) return;
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    loadRuns(project, filter, names, abort.signal).then(
      (table) => setState({ table, loading: false, error: null }),
      (error: unknown) =>
        isAborted(error) || setState({ table: null, loading: false, error: messageOf(error) }),
    );
    return () => abort.abort();
  }, [project, filter, names.join("\n"), seen]);
  return state;
}

interface ChartProps {
  pane: Pane;
  spec: PanelSpec;
  columns: readonly ColumnInfo[];
  table: RunTable;
  title: string;
}

function Chart({ pane, spec, columns, table, title }: ChartProps) {
  const column = (name: string): Column =>
    columnOf(
      name,
      short(name),
      table.columns.get(name) ?? [],
      columns.find((info) => info.name === name),
    );
  const colorOf = (id: string) => pane.lines.get(id)?.color ?? runColor(id);
  const focus = { focused: pane.state.focused.value, onFocus: pane.focus, onPick: pane.open };
  const what = useMemo(
    () => drawing(pane, spec, table, column, colorOf),
    [pane.lines, spec, table, columns],
  );
  switch (what.type) {
    case "scatter":
      return <ScatterChart {...what} {...focus} title={title} />;
    case "bar":
      return <BarChart {...what} {...(pane.group_by.length > 0 ? {} : focus)} title={title} />;
    case "box":
      return <BoxChart {...what} title={title} />;
    case "parallel":
      return <ParallelChart {...what} {...focus} title={title} />;
    case "heat":
      return <HeatMap {...what} title={title} />;
    case "histogram":
      return <Histogram {...what} title={title} />;
    default:
      return null;
  }
}

/** The data of a chart, made once for a table. */
function drawing(
  pane: Pane,
  spec: PanelSpec,
  table: RunTable,
  column: (name: string) => Column,
  colorOf: (id: string) => string,
) {
  const { ids, names: labels } = table;
  switch (spec.type) {
    case "scatter": {
      const [x, y] = [column(spec.x), column(spec.y)];
      const shade = spec.shade ? { shade: column(spec.shade) } : { colors: ids.map(colorOf) };
      return {
        type: spec.type,
        ids,
        labels,
        x,
        y,
        ...shade,
        ...(spec.running ? { running: spec.running } : {}),
      } as const;
    }
    case "bar": {
      const value = column(spec.value);
      return {
        type: spec.type,
        bars: barsOf(table, value, pane.group_by, colorOf),
        axis: { label: value.name },
      } as const;
    }
    case "box": {
      const value = column(spec.value);
      return {
        type: spec.type,
        boxes: boxesOf(table, value, spec.by),
        axis: { label: value.name },
      } as const;
    }
    case "parallel":
      return { type: spec.type, ids, labels, columns: spec.columns.map(column) } as const;
    case "heat": {
      const cells = heatOf(table, spec, column(spec.value));
      const [xLabel, yLabel] = [short(spec.x), short(spec.y)];
      return { type: spec.type, ...cells, xLabel, yLabel, valueLabel: short(spec.value) } as const;
    }
    case "histogram": {
      const { edges, counts } = histogramOf(column(spec.value).values);
      const series = [{ id: "all", label: "All runs", color: kPlain, edges, counts }];
      return { type: spec.type, series, xLabel: short(spec.value) } as const;
    }
    case "lines":
      return { type: spec.type } as const;
  }
}
