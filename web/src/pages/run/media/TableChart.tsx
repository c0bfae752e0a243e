// Charts that were logged as a table and the way to draw it (cairn.plot).
import { useMemo } from "preact/hooks";
import type { Tree, Value } from "../../../api/types";
import {
  BarChart,
  ChartPanel,
  HeatMap,
  Histogram,
  LineChart,
  ScatterChart,
  type Bar,
  type Column,
  type LineSeries,
} from "../../../chart";
import { oklchToHex } from "../../../color";
import { printValue } from "../../../text/tree";
import { textOf, treeOf } from "../nouns";
import type { LoggedTable } from "./table";

export interface TableChartProps {
  name: string;
  item: Tree;
  table: LoggedTable;
}

const kHeight_px = 300;
const kBarsMax = 200;
const kBins = 40;

export function TableChart(props: TableChartProps) {
  const title = textOf(props.item["title"]) || props.name;
  return (
    <div class={title === props.name ? "named" : ""}>
      <ChartPanel title={title} height={kHeight_px}>
        <Drawn {...props} title={title} />
      </ChartPanel>
    </div>
  );
}

function Drawn({ item, table, title }: TableChartProps & { title: string }) {
  const fields = treeOf(item["fields"]);
  const column = (role: string) => table.columns.indexOf(textOf(fields[role]));
  switch (textOf(item["chart"])) {
    case "line":
    case "roc_curve":
    case "pr_curve":
      return (
        <Lines
          title={title}
          table={table}
          x={column("x")}
          y={column("y")}
          stroke={column("stroke")}
        />
      );
    case "scatter":
      return <Dots title={title} table={table} x={column("x")} y={column("y")} />;
    case "bar":
      return <Bars title={title} table={table} label={column("label")} value={column("value")} />;
    case "histogram":
      return <Spread title={title} table={table} value={column("value")} />;
    case "confusion_matrix":
      return (
        <Matrix
          title={title}
          table={table}
          x={column("x")}
          y={column("y")}
          value={column("value")}
        />
      );
    default:
      return <p class="soft">A chart of kind “{textOf(item["chart"])}”: its rows are below.</p>;
  }
}

interface Part {
  title: string;
  table: LoggedTable;
}

const number = (cell: Value | undefined) => (typeof cell === "number" ? cell : NaN);
const colorOf = (index: number) => oklchToHex(0.64, 0.13, (250 + index * 137.5) % 360);

function Lines({ title, table, x, y, stroke }: Part & { x: number; y: number; stroke: number }) {
  const series = useMemo(() => {
    const groups = new Map<string, [number, number][]>();
    for (const row of table.rows) {
      const name = stroke < 0 ? title : printValue(row[stroke]);
      const group = groups.get(name) ?? groups.set(name, []).get(name);
      group?.push([number(row[x]), number(row[y])]);
    }
    return [...groups].map(([name, points], index): LineSeries => {
      points.sort((one, other) => one[0] - other[0]);
      return {
        id: name,
        label: name,
        color: colorOf(index),
        x: Float64Array.from(points, (point) => point[0]),
        value: Float64Array.from(points, (point) => point[1]),
      };
    });
  }, [table, x, y, stroke, title]);
  const label = table.columns[x];
  return (
    <LineChart
      title={title}
      series={series}
      xAxis={{ kind: "metric", ...(label ? { label } : {}) }}
      yAxis={labelled(table.columns[y])}
    />
  );
}

const labelled = (label: string | undefined) => (label ? { label } : {});

function columnOf(table: LoggedTable, index: number): Column {
  return {
    name: table.columns[index] ?? "",
    values: Float64Array.from(table.rows, (row) => number(row[index])),
  };
}

function Dots({ title, table, x, y }: Part & { x: number; y: number }) {
  const parts = useMemo(() => {
    const ids = table.rows.map((_, index) => String(index));
    return { ids, x: columnOf(table, x), y: columnOf(table, y) };
  }, [table, x, y]);
  return <ScatterChart title={title} {...parts} labels={parts.ids} />;
}

function Bars({ title, table, label, value }: Part & { label: number; value: number }) {
  const bars = useMemo(
    () =>
      table.rows.slice(0, kBarsMax).map((row, index): Bar => ({
        id: String(index),
        label: printValue(row[label]),
        color: colorOf(0),
        value: number(row[value]),
      })),
    [table, label, value],
  );
  return <BarChart title={title} bars={bars} axis={labelled(table.columns[value])} />;
}

function Spread({ title, table, value }: Part & { value: number }) {
  const series = useMemo(() => {
    const values = table.rows.map((row) => number(row[value])).filter(Number.isFinite);
    let [low, high] = [Infinity, -Infinity];
    for (const each of values) [low, high] = [Math.min(low, each), Math.max(high, each)];
    if (!(low < high)) [low, high] = [(low || 0) - 0.5, (high || 0) + 0.5];
    const counts = new Float64Array(kBins);
    for (const each of values) {
      const bin = Math.min(kBins - 1, Math.floor(((each - low) / (high - low)) * kBins));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const edges = Float64Array.from(
      { length: kBins + 1 },
      (_, i) => low + ((high - low) * i) / kBins,
    );
    return [{ id: title, label: title, color: colorOf(0), edges, counts }];
  }, [table, value, title]);
  return (
    <Histogram
      title={title}
      series={series}
      {...(table.columns[value] ? { xLabel: table.columns[value] } : {})}
    />
  );
}

/** The first class stands at the top left, as in print. */
function Matrix({ title, table, x, y, value }: Part & { x: number; y: number; value: number }) {
  const parts = useMemo(() => {
    const names = (column: number) => [
      ...new Set(table.rows.map((row) => printValue(row[column]))),
    ];
    const [xs, ys] = [names(x), names(y).reverse()];
    const values = new Float64Array(xs.length * ys.length).fill(NaN);
    for (const row of table.rows)
      values[ys.indexOf(printValue(row[y])) * xs.length + xs.indexOf(printValue(row[x]))] = number(
        row[value],
      );
    return { xs, ys, values };
  }, [table, x, y, value]);
  const name = (column: number) => table.columns[column] ?? "";
  return (
    <HeatMap title={title} {...parts} xLabel={name(x)} yLabel={name(y)} valueLabel={name(value)} />
  );
}
