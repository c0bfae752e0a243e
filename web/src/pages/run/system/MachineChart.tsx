// One chart of machine metrics: its curves are fetched when it comes into sight, and grow.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  ChartPanel,
  LineChart,
  type ChartData,
  type LineSeries,
  type PanelData,
  type Range,
} from "../../../chart";
import { scaleOf, type Scale, type SystemChart } from "./groups";

export interface MachineChartProps {
  run: string;
  chart: SystemChart;
  data: ChartData;
}

const kNothing: PanelData = { curves: [], loading: true, error: null };
const kBuckets = 400;
const kHeight_px = 196;

// Use is told from nothing upwards, so that a curve that wanders by 1 % looks like one; not so what
// has no zero that means anything.
const kFree = new Set(["celsius", "joule"]);
const kFreeAxis = {};
const kFromZero = { min: 0 };

// The same colours for the same place in every chart: these lines are parts of one run.
const kColors = [
  "#3b74df",
  "#e0872a",
  "#2f9e6e",
  "#b35fb5",
  "#38a3b5",
  "#c9504a",
  "#8d7a3f",
  "#7a6fd0",
];

export function MachineChart({ run, chart, data }: MachineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [panel, setPanel] = useState(kNothing);
  const [range, setRange] = useState<Range | null>(null);
  const watch = useMemo(() => data.watch(setPanel), [data]);
  useEffect(() => () => watch.close(), [watch]);
  useEffect(() => {
    watch.want({
      keys: chart.lines.map((line) => line.key),
      runs: [run],
      axis: { kind: "relative" },
      range,
      buckets: kBuckets,
      extremes: true,
    });
  }, [watch, chart, run, range]);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => watch.see(entries.some((entry) => entry.isIntersecting)),
      { rootMargin: "200px" },
    );
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [watch]);
  const scale = useMemo(() => scaleOf(chart.unit, mostOf(panel)), [panel, chart.unit]);
  const series = useMemo(() => linesOf(chart, panel, scale), [chart, panel, scale]);
  const title = scale.label ? `${chart.title}, ${scale.label}` : chart.title;
  return (
    <div ref={box} class="system-chart">
      <ChartPanel title={title} loading={panel.loading} error={panel.error} height={kHeight_px}>
        <LineChart
          title={title}
          series={series}
          xAxis={{ kind: "relative" }}
          yAxis={kFree.has(chart.unit) ? kFreeAxis : kFromZero}
          sync={`system ${run}`}
          range={range}
          onZoom={setRange}
          legend={series.length > 1}
          envelope="auto"
          empty={panel.loading ? "" : "No samples in this range"}
        />
      </ChartPanel>
    </div>
  );
}

function mostOf({ curves }: PanelData): number {
  let most = 0;
  for (const { value } of curves) for (const each of value) if (each > most) most = each;
  return most;
}

function linesOf(chart: SystemChart, panel: PanelData, { factor }: Scale): LineSeries[] {
  const curves = new Map(panel.curves.map((curve) => [curve.key, curve]));
  const scaled = (values: ArrayLike<number> | undefined) =>
    values && Float64Array.from(values, (value) => value * factor);
  return chart.lines.flatMap(({ key, label }, index) => {
    const curve = curves.get(key);
    if (!curve) return [];
    return [
      {
        id: key,
        label,
        color: kColors[index % kColors.length] as string,
        x: curve.x,
        value: scaled(curve.value) ?? new Float64Array(0),
        min: scaled(curve.min),
        max: scaled(curve.max),
      },
    ];
  });
}
