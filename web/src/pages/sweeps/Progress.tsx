// How the sweep got better: best so far, the front of several objectives, all settings at once.
import { useMemo } from "preact/hooks";
import type { Trial } from "../../api/sweeps";
import { ChartPanel, ParallelChart, ScatterChart, type Column } from "../../chart";
import { theme, themeColor } from "../../state/theme";
import { query } from "../../state/url";
import { Tabs } from "../../ui";
import type { SweepView } from "./SweepPage";
import {
  axesOf,
  columnOf,
  isResult,
  kAxes,
  kLooks,
  lookOf,
  nameOf,
  placesOn,
  valueOf,
  varied,
  type AxisId,
  type Look,
} from "./trials";

const kHeight_px = 390;

export function ProgressTab(view: SweepView) {
  return (
    <div class="sweep-panels">
      {view.sweep.objectives.length > 1 ? <Front {...view} /> : <BestSoFar {...view} />}
      <Parallel {...view} />
    </div>
  );
}

/** What trials are to a chart of points: those with a value, or with a result only. */
export function usePoints(trials: readonly Trial[], which: "valued" | "results" = "valued") {
  const dark = theme.value;
  return useMemo(() => {
    const has_place = (trial: Trial) => Number.isFinite(valueOf(trial));
    const shown = trials.filter(which === "results" ? isResult : has_place);
    const looks = shown.map(lookOf);
    return {
      shown,
      ids: shown.map(({ number }) => String(number)),
      labels: shown.map(nameOf),
      colors: looks.map((look) => themeColor(kLooks[look].token)),
      hollow: new Set(
        shown.filter((_, i) => looks[i] === "stopped").map(({ number }) => String(number)),
      ),
      looks: new Set(looks),
    };
  }, [trials, dark]);
}

interface LegendProps {
  looks: ReadonlySet<Look>;
  /** What the line says. */
  line?: string;
}

export function Legend({ looks, line }: LegendProps) {
  return (
    <ul class="sweep-legend">
      {line && (
        <li>
          <i class="line" />
          {line}
        </li>
      )}
      {(Object.keys(kLooks) as Look[])
        .filter((look) => looks.has(look))
        .map((look) => (
          <li key={look}>
            <i
              class={look === "stopped" ? "ring" : ""}
              style={{ color: `var(${kLooks[look].token})` }}
            />
            {kLooks[look].label}
          </li>
        ))}
    </ul>
  );
}

function BestSoFar({ sweep, trials, chosen, choose }: SweepView) {
  const axis = query<string>("s.x", "trial");
  const axes = axesOf(trials);
  const selected = axes.find((id) => id === axis.value) ?? "trial";
  const { shown, ids, labels, colors, hollow, looks } = usePoints(trials);
  const { metric, goal } = sweep.objectives[0]!;
  const x = useMemo(
    (): Column => ({ name: kAxes[selected], values: placesOn(selected, shown, sweep.created_ns) }),
    [shown, selected, sweep.created_ns],
  );
  const y = useMemo(
    (): Column => ({ name: metric, values: Float64Array.from(shown, (trial) => valueOf(trial)) }),
    [shown, metric],
  );
  return (
    <ChartPanel title="Best so far" height={kHeight_px}>
      <div class="sweep-chart-head">
        <Legend looks={looks} line="best so far" />
        {axes.length > 1 && (
          <Tabs<AxisId>
            kind="box"
            label="Along"
            selected={selected}
            onSelect={(id) => (axis.value = id)}
            tabs={axes.map((id) => ({ id, label: kAxes[id] }))}
          />
        )}
      </div>
      <ScatterChart
        title="Best so far"
        empty="No trial has a result yet"
        running={goal === "maximize" ? "max" : "min"}
        focused={chosen}
        onPick={choose}
        {...{ ids, labels, x, y, colors, hollow }}
      />
    </ChartPanel>
  );
}

function Front({ sweep, trials, chosen, choose }: SweepView) {
  const { shown, ids, labels } = usePoints(trials);
  const [first, second] = sweep.objectives;
  const dark = theme.value;
  const columns = useMemo(
    () =>
      [first!, second!].map(
        ({ metric, goal }, i): Column => ({
          name: `${metric}, ${goal === "maximize" ? "more" : "less"} is better`,
          values: Float64Array.from(shown, (trial) => valueOf(trial, i)),
        }),
      ),
    [shown],
  );
  const colors = useMemo(() => {
    const front = new Set(sweep.front);
    const [good, other] = [themeColor("--accent"), themeColor("--faint")];
    return shown.map(({ number }) => (front.has(number) ? good : other));
  }, [shown, sweep.front, dark]);
  return (
    <ChartPanel
      title="Front"
      note={`${sweep.front.length} trials that no other is better than in all`}
      height={kHeight_px}
    >
      <ScatterChart
        title="Front"
        empty="No trial has a result yet"
        focused={chosen}
        onPick={choose}
        x={columns[0]!}
        y={columns[1]!}
        {...{ ids, labels, colors }}
      />
    </ChartPanel>
  );
}

function Parallel({ sweep, trials, chosen, choose }: SweepView) {
  const { shown, ids, labels } = usePoints(trials, "results");
  const columns = useMemo(() => {
    const documents = varied(sweep);
    const params = shown.map((trial) => trial.params);
    const names = new Set([...documents.keys(), ...params.flatMap((each) => Object.keys(each))]);
    const settings = [...names]
      .map((name) => columnOf(name, params, documents.get(name)))
      .filter(({ values }) => new Set(values).size > 1);
    const results = sweep.objectives.map(
      ({ metric }, i): Column => ({
        name: metric,
        values: Float64Array.from(shown, (trial) => valueOf(trial, i)),
      }),
    );
    return [...settings, ...results];
  }, [shown, sweep.version]);
  return (
    <ChartPanel
      title="All settings"
      note="drag along an axis to keep what passes there; without what was stopped early"
      height={kHeight_px}
    >
      <ParallelChart
        title="All settings"
        empty="No trial has a result yet"
        focused={chosen}
        onPick={choose}
        {...{ ids, labels, columns }}
      />
    </ChartPanel>
  );
}
