// One panel of lines: it asks for the series of its keys while it is in sight, and draws them.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  bucketsFor,
  ChartPanel,
  LineChart,
  type LineSeries,
  type PanelAction,
  type PanelCurve,
  type PanelData,
  type Range,
  type SeriesWant,
  type Smoothing,
  type YAxis,
} from "../../../chart";
import { runColor } from "../../../color";
import { formatCount, formatNumber } from "../../../format";
import type { Pane } from "./pane";
import type { Settings } from "./settings";
import type { Scope } from "./state";

const kEnvelopeMost = 20;
const kWaiting: PanelData = { curves: [], loading: true, error: null };

export interface LinesPanelProps {
  pane: Pane;
  panel: string;
  section: string;
  keys: readonly string[];
  title: string;
  width: number;
  actions: readonly PanelAction[];
}

export function LinesPanel({ pane, panel, section, keys, title, width, actions }: LinesPanelProps) {
  const { state } = pane;
  const scope = useMemo((): Scope => ({ kind: "chart", panel, section }), [panel, section]);
  const settings = state.settingsOf(scope);
  const [drawn_width, setDrawnWidth] = useState(0); // in full screen more than the panel's
  const want = useWant(pane, settings, keys, Math.max(width, drawn_width));
  const { box, shown } = useCurves(pane, want);
  const series = useMemo(
    () => seriesOf(pane, shown.curves, keys),
    [pane.lines, shown.curves, keys],
  );
  const { x_axis, y_axis, smoothing } = useAxes(settings);
  const { x, x_key } = settings;
  const zoom_all: PanelAction[] = settings.range
    ? [
        {
          label: "Zoom all charts like this",
          run: () => state.change({ kind: "all" }, { range: settings.range }),
        },
      ]
    : [];
  const focused = lineOf(pane, state.focused.value);
  return (
    <div ref={box} class={`chart-place ${keys.length > 1 || pane.groups ? "named" : ""}`}>
      <ChartPanel
        title={title}
        note={noteOf(pane, settings)}
        loading={shown.loading}
        error={shown.error}
        actions={[...actions, ...zoom_all]}
      >
        <LineChart
          title={title}
          series={series}
          xAxis={x_axis}
          yAxis={y_axis}
          smoothing={smoothing}
          range={settings.range}
          sync={`charts:${x}:${x_key}`}
          hidden={state.hidden.value}
          focused={focused === null || keys.length === 1 ? focused : `${focused}\n${keys[0]}`}
          envelope={settings.envelope ? "auto" : false}
          empty={shown.loading ? "" : emptyText(shown.reason ?? null, pane.runs.length)}
          onWidth={setDrawnWidth}
          onZoom={(range) => state.change(scope, { range: range && rounded(range, x) })}
          onToggle={(id) => state.toggleLine(id)}
          onFocus={(id) => pane.focus(id === null ? null : id.split("\n")[0]!)}
          {...(pane.groups ? {} : { onPick: (id: string) => pane.open(id.split("\n")[0]!) })}
        />
      </ChartPanel>
    </div>
  );
}

/** A run's line, or that of its group. */
function lineOf({ groups }: Pane, run: string | null): string | null {
  if (!groups || run === null) return run;
  return groups.groups.find(({ name, runs }) => name === run || runs.includes(run))?.name ?? null;
}

/** The curves that are wanted, asked for while the box is in sight. */
function useCurves({ data, seen }: Pane, want: SeriesWant) {
  const [shown, setShown] = useState(kWaiting);
  const box = useRef<HTMLDivElement>(null);
  const watch = useMemo(() => data.watch(setShown), [data]);
  useEffect(() => watch.want(want), [want]);
  useEffect(() => {
    const unsee = seen.add(box.current!, (now) => watch.see(now));
    return () => {
      unsee();
      watch.close();
    };
  }, [watch]);
  return { box, shown };
}

/** Settings as the chart takes them, the same objects as long as they say the same. */
function useAxes(settings: Settings) {
  const { smooth, amount, original, x, x_key, x_log, y_log, y_min, y_max, clip } = settings;
  const smoothing = useMemo(
    (): Smoothing => ({ kind: smooth, amount, original }),
    [smooth, amount, original],
  );
  const y_axis = useMemo(
    (): YAxis => ({ log: y_log, clip, min: y_min ?? undefined, max: y_max ?? undefined }),
    [y_log, y_min, y_max, clip],
  );
  const x_axis = useMemo(
    () => ({ kind: x, log: x_log, ...(x === "metric" ? { label: x_key } : {}) }),
    [x, x_key, x_log],
  );
  return { smoothing, x_axis, y_axis };
}

/** Nobody drags to the last digit; the address stays short. */
function rounded({ min, max }: Range, x: Settings["x"]): Range {
  if (x === "step") return { min: Math.floor(min), max: Math.ceil(max) };
  const unit = 10 ** (Math.floor(Math.log10(max - min)) - 3);
  const short = (value: number) => Number((Math.round(value / unit) * unit).toPrecision(12));
  return { min: short(min), max: short(max) };
}

function emptyText(reason: string | null, runs: number): string {
  if (runs === 0) return "No run is shown: choose some in the list";
  if (!reason) return "None of these runs logged this here";
  return reason.slice(0, 1).toUpperCase() + reason.slice(1);
}

function useWant(
  pane: Pane,
  settings: Settings,
  keys: readonly string[],
  width: number,
): SeriesWant {
  const { x, x_key, x_log, range, band, envelope, runs_most } = settings;
  const buckets = bucketsFor(width);
  return useMemo(() => {
    const runs = pane.runs.slice(0, runs_most).map(({ id }) => id);
    const groups = pane.groups?.groups.slice(0, runs_most);
    const lines = (groups?.length ?? runs.length) * keys.length;
    return {
      keys,
      runs,
      groups,
      band,
      range,
      buckets,
      axis: { kind: x, key: x_key, log: x_log },
      extremes: envelope && lines <= kEnvelopeMost,
    };
  }, [
    pane.runs,
    pane.groups,
    keys,
    x,
    x_key,
    x_log,
    range?.min,
    range?.max,
    band,
    envelope,
    runs_most,
    buckets,
  ]);
}

/** What is not shown is said. */
function noteOf(pane: Pane, { runs_most }: Settings): string | undefined {
  const [count, noun] = pane.groups
    ? [pane.groups.groups.length, "group"]
    : [pane.runs.length, "run"];
  if (count > runs_most) return `first ${runs_most} of ${formatCount(count, noun)}`;
  const { runs, total } = pane.groups ?? { runs: 0, total: 0 };
  return runs < total ? `over ${formatNumber(runs)} of ${formatCount(total, "run")}` : undefined;
}

const kDashes = 2;

function seriesOf(
  pane: Pane,
  curves: readonly PanelCurve[],
  keys: readonly string[],
): LineSeries[] {
  const many_keys = keys.length > 1;
  const one_subject = pane.lines.size === 1;
  return curves.flatMap(({ subject, key, ...curve }) => {
    const line = pane.lines.get(subject);
    if (!line) return [];
    const place = keys.indexOf(key);
    return [
      {
        ...curve,
        id: many_keys ? `${subject}\n${key}` : subject,
        label: !many_keys ? line.label : one_subject ? key : `${line.label} ${key}`,
        // With one run its keys are told apart by colour, with several by their dashes.
        color: many_keys && one_subject ? runColor(key) : line.color,
        dashed: many_keys && !one_subject && place % kDashes === 1,
      },
    ];
  });
}
