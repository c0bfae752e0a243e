// A playground of the charts with made-up data, for looking and for measuring; no part of the product.
//
//   vite, then /dev/charts.html?view=gallery | grid | parallel | pane  [&theme=dark] [&group=1] …
import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import "../src/ui/theme.css";
import "../src/ui/ui.css";
import type { VisibleRun } from "../src/api/types";
import {
  BarChart,
  BoxChart,
  ChartPanel,
  HeatMap,
  Histogram,
  histogramOf,
  LineChart,
  ParallelChart,
  ScatterChart,
  type Column,
  type LineSeries,
  type Range,
  type Smoothing,
} from "../src/chart";
import { runColor } from "../src/color";
import { choice } from "../src/state/theme";
import { Toasts } from "../src/ui/Toast";
import { Tooltips } from "../src/ui/Tooltip";
import ChartsPane from "../src/pages/project/charts";
import "./charts.css";
import { installFake, makeRuns, x_requests } from "./fake_fetch";
import { curve, dice } from "./synthetic";

const params = new URLSearchParams(location.search);
choice.value = params.get("theme") === "dark" ? "dark" : "light";
const view = params.get("view") ?? "gallery";
const number = (name: string, fallback: number) => Number(params.get(name) ?? fallback);

/** What measurements read. */
const x_seen = { long_tasks: [] as number[], requests: x_requests };
Object.assign(window, { seen: x_seen });
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) x_seen.long_tasks.push(Math.round(duration));
}).observe({ entryTypes: ["longtask"] });

function lines(key: string, count: number, buckets = 400): LineSeries[] {
  return Array.from({ length: count }, (_, i) => {
    const { x, mean, min, max } = curve(`run-${i}-${key}`, 0, 10_000, buckets);
    return {
      id: `r${i}`,
      label: `calm-river-${i}`,
      color: runColor(`r${i}`),
      x,
      value: mean,
      min,
      max,
    };
  });
}

function columns(count: number): { ids: string[]; labels: string[]; all: Column[] } {
  const runs = makeRuns({ runs: count, keys: [], alive: 0 });
  const cells = (name: string) =>
    Float64Array.from(runs, (run) => (run.cells[name] as number | null) ?? NaN);
  const optimizers = ["adafactor", "adam", "lion", "sgd"];
  return {
    ids: runs.map((run) => run.id),
    labels: runs.map((run) => run.name),
    all: [
      { name: "lr", values: cells("config.lr"), log: true },
      { name: "layers", values: cells("config.layers") },
      { name: "dropout", values: cells("config.dropout") },
      {
        name: "optimizer",
        values: Float64Array.from(runs, (run) =>
          optimizers.indexOf(run.cells["config.optimizer"] as string),
        ),
        categories: optimizers,
      },
      { name: "batch", values: cells("config.batch"), log: true },
      { name: "train/loss", values: cells("train/loss") },
      { name: "val/acc", values: cells("val/acc") },
    ],
  };
}

function Gallery() {
  const [range, setRange] = useState<Range | null>(null);
  const few = useMemo(() => lines("loss", 6), []);
  const gaps = useMemo(() => {
    const [first, second] = lines("acc", 2, 120);
    first!.value.fill(NaN, 30, 45);
    first!.value.fill(NaN, 60, 62);
    first!.value[61] = 0.7;
    return [first!, { ...second!, dashed: true, strong: true }];
  }, []);
  const many = useMemo(() => lines("loss", 100), []);
  const group = useMemo(
    () =>
      lines("reward", 3).map((each) => ({
        ...each,
        low: each.value.map((v) => v - 0.09),
        high: each.value.map((v) => v + 0.09),
      })),
    [],
  );
  const time = useMemo(
    () => few.map((each) => ({ ...each, x: each.x.map((x) => 1_767_000_000 + x * 9) })),
    [],
  );
  const relative = useMemo(
    () => few.map((each) => ({ ...each, x: each.x.map((x) => x * 1.7) })),
    [],
  );
  const smoothing: Smoothing = { kind: "twema", amount: 0.85, original: true };
  const { ids, labels, all } = useMemo(() => columns(400), []);
  const scatter = { ids, labels, x: all[0]!, y: all[6]!, shade: all[2]! };
  const bars = ids
    .slice(0, 14)
    .map((id, i) => ({ id, label: labels[i]!, color: runColor(id), value: all[6]!.values[i]! }));
  const boxes = ["adafactor", "adam", "lion", "sgd"].map((label, k) => ({
    id: label,
    label,
    color: runColor(label),
    values: all[6]!.values.filter((_, i) => all[3]!.values[i] === k),
  }));
  const heat = useMemo(heatCells, []);
  const bins = histogramOf(all[6]!.values);
  const panels: [string, preact.ComponentChildren][] = [
    [
      "train/loss",
      <LineChart
        title="train/loss"
        series={few}
        xAxis={{ kind: "step" }}
        sync="a"
        range={range}
        onZoom={setRange}
      />,
    ],
    [
      "smoothed",
      <LineChart
        title="smoothed"
        series={few}
        xAxis={{ kind: "step" }}
        sync="a"
        smoothing={smoothing}
      />,
    ],
    [
      "log y, 100 runs",
      <LineChart
        title="log y, 100 runs"
        series={many}
        xAxis={{ kind: "step" }}
        yAxis={{ log: true }}
        sync="a"
      />,
    ],
    ["gaps", <LineChart title="gaps" series={gaps} xAxis={{ kind: "step" }} sync="a" />],
    ["wall time", <LineChart title="wall time" series={time} xAxis={{ kind: "time" }} />],
    [
      "time since start, log x",
      <LineChart title="relative" series={relative} xAxis={{ kind: "relative" }} />,
    ],
    ["groups", <LineChart title="groups" series={group} xAxis={{ kind: "step" }} sync="a" />],
    [
      "log log",
      <LineChart
        title="log log"
        series={few}
        xAxis={{ kind: "step", log: true }}
        yAxis={{ log: true }}
      />,
    ],
    ["empty", <LineChart title="empty" series={[]} xAxis={{ kind: "step" }} />],
    ["acc against lr", <ScatterChart title="acc against lr" {...scatter} running="max" />],
    ["val/acc by run", <BarChart title="val/acc by run" bars={bars} axis={{ label: "val/acc" }} />],
    [
      "val/acc by optimizer",
      <BoxChart title="val/acc by optimizer" boxes={boxes} axis={{ label: "val/acc" }} />,
    ],
    ["val/acc by lr and layers", <HeatMap title="heat" {...heat} />],
    [
      "Distribution of val/acc",
      <Histogram
        title="hist"
        series={[{ id: "a", label: "all", color: "#2f66d0", ...bins }]}
        xLabel="val/acc"
      />,
    ],
  ];
  return (
    <div class="playground">
      {panels.map(([title, chart]) => (
        <div key={title} style={{ height: "260px" }}>
          <ChartPanel title={title} note="400 runs">
            {chart}
          </ChartPanel>
        </div>
      ))}
      <div style={{ height: "340px", gridColumn: "1 / -1" }}>
        <ChartPanel title="Parallel coordinates">
          <ParallelChart
            title="Parallel"
            ids={ids}
            labels={labels}
            columns={all}
            brushes={new Map([["val/acc", { min: 0.85, max: 0.99 }]])}
          />
        </ChartPanel>
      </div>
    </div>
  );
}

function heatCells() {
  const xs = ["1e-5", "3e-5", "1e-4", "3e-4", "1e-3", "3e-3", "1e-2"];
  const ys = ["2", "3", "4", "5", "6", "7"];
  const roll = dice(3);
  const values = Float64Array.from({ length: xs.length * ys.length }, (_, i) =>
    i === 12
      ? NaN
      : 0.92 - 0.02 * ((i % 7) - 3.4) ** 2 - 0.01 * (Math.floor(i / 7) - 3) ** 2 + roll() * 0.02,
  );
  return { xs, ys, values, xLabel: "lr", yLabel: "layers", valueLabel: "val/acc" };
}

function Grid() {
  const [charts, count, buckets] = [
    number("charts", 20),
    number("series", 100),
    number("buckets", 400),
  ];
  const data = useMemo(
    () => Array.from({ length: charts }, (_, i) => lines(`k${i}`, count, buckets)),
    [],
  );
  const [on, setOn] = useState(false);
  Object.assign(window, { start: () => setOn(true) });
  return (
    <div class="playground grid5">
      {on &&
        data.map((series, i) => (
          <div key={i} style={{ height: "200px" }}>
            <ChartPanel title={`train/k${i}`}>
              <LineChart
                title={`train/k${i}`}
                series={series}
                xAxis={{ kind: "step" }}
                sync="grid"
                legend={false}
              />
            </ChartPanel>
          </div>
        ))}
    </div>
  );
}

function Parallel() {
  const { ids, labels, all } = useMemo(() => columns(number("lines", 10_000)), []);
  return (
    <div style={{ height: "520px", padding: "16px" }}>
      <ChartPanel title="Parallel coordinates" note={`${ids.length} runs`}>
        <ParallelChart title="Parallel" ids={ids} labels={labels} columns={all} />
      </ChartPanel>
    </div>
  );
}

const kNames = [
  "loss",
  "epoch",
  "lr",
  "train/loss",
  "train/acc",
  "train/grad_norm",
  "train/lr",
  "val/loss",
  "val/acc",
  "val/f1",
  "test/bleu",
  "test/rare",
  "gpu.0/power_w",
  "gpu.0/util",
];

function keyNames(): string[] {
  const count = number("keys", 0);
  return count === 0
    ? kNames
    : Array.from({ length: count }, (_, i) => `layer.${i % 60}/weight.${Math.floor(i / 60)}/norm`);
}

function Pane() {
  const runs = useMemo(() => {
    const all = installFake({
      runs: number("all", 400),
      keys: keyNames(),
      alive: number("alive", 3),
    });
    return all.slice(0, number("runs", 10)).map((run): VisibleRun => ({
      id: run.id,
      name: run.name,
      color: runColor(run.id),
      state: run.state,
    }));
  }, []);
  const by = useMemo(() => (params.get("group") ? ["config.optimizer"] : []), []);
  return (
    <div style={{ height: "100%" }}>
      <ChartsPane project="demo" runs={runs} filter="" group_by={by} />
    </div>
  );
}

const views: Record<string, () => preact.JSX.Element> = {
  gallery: Gallery,
  grid: Grid,
  parallel: Parallel,
  pane: Pane,
};
const View = views[view] ?? Gallery;
render(
  <>
    <View />
    <Toasts />
    <Tooltips />
  </>,
  document.getElementById("page")!,
);
