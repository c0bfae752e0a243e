// The curves that trials reported, and where and why some of them were stopped.
import { useMemo } from "preact/hooks";
import type { Decision, Trial } from "../../api/sweeps";
import { ChartPanel, LineChart, type LineSeries } from "../../chart";
import { formatNumber } from "../../format";
import { theme, themeColor } from "../../state/theme";
import { Empty } from "../../ui";
import type { SweepView } from "./SweepPage";
import { Legend } from "./Progress";
import { TrialLink } from "./Why";
import { kLooks, lookOf, nameOf } from "./trials";

const kHeight_px = 410;
const kCurvesMost = 500;

/** A trial's curve; the last point stands alone as a dot where the trial was stopped. */
function curveOf(trial: Trial, decision: Decision | undefined): LineSeries {
  const reports = trial.reports.filter(([step]) => step !== null);
  const x = reports.map(([step]) => step!);
  const value = reports.map(([, first]) => first ?? NaN);
  if (decision && x.length > 0) {
    x.push(x[x.length - 1]!, x[x.length - 1]!);
    value.push(NaN, value[value.length - 1]!);
  }
  return {
    id: String(trial.number),
    label: nameOf(trial),
    color: themeColor(kLooks[lookOf(trial)].token),
    x: Float64Array.from(x),
    value: Float64Array.from(value),
  };
}

function stopOf({ decisions }: Trial): Decision | undefined {
  return decisions.find(({ stop }) => stop);
}

export function StopsTab({ sweep, trials, chosen, choose }: SweepView) {
  const dark = theme.value;
  const [curves, looks] = useMemo(() => {
    const shown = trials.filter(({ reports }) => reports.length > 0).slice(-kCurvesMost);
    return [shown.map((trial) => curveOf(trial, stopOf(trial))), new Set(shown.map(lookOf))];
  }, [trials, dark]);
  const stopped = trials.filter(stopOf);
  const has_chance = stopped.some((trial) => stopOf(trial)!.chance !== null);
  if (curves.length === 0)
    return (
      <Empty
        icon="chart"
        title="No curves yet"
        command="early_terminate: auto"
      >
        Trials that report their metric as they go are shown here, and can be stopped early where
        they cannot become the best. In the sweep's file:
      </Empty>
    );
  return (
    <div class="sweep-panels">
      <ChartPanel
        title={sweep.objectives[0]!.metric}
        note={`${sweep.counts.stopped} of ${trials.length} trials stopped early`}
        height={kHeight_px}
      >
        <div class="sweep-chart-head">
          <Legend looks={looks} />
        </div>
        <LineChart
          title={sweep.objectives[0]!.metric}
          series={curves}
          xAxis={{ kind: "step", label: "step" }}
          legend={false}
          focused={chosen}
          onPick={choose}
        />
      </ChartPanel>
      {stopped.length > 0 && (
        <table class="sweeps-list">
          <thead>
            <tr>
              <th>Trial</th>
              <th class="number">Step</th>
              <th>Rule</th>
              <th>Reason</th>
              {has_chance && <th class="number">Chance to be best</th>}
            </tr>
          </thead>
          <tbody>
            {stopped.map((trial) => {
              const { step, rule, reason, chance, is_dry } = stopOf(trial)!;
              return (
                <tr key={trial.number}>
                  <td>
                    <TrialLink number={trial.number} choose={choose} />
                  </td>
                  <td class="number">{formatNumber(step)}</td>
                  <td>{is_dry ? `${rule} (would stop)` : rule}</td>
                  <td>{reason}</td>
                  {has_chance && (
                    <td class="number">{chance === null ? "–" : formatNumber(chance, 2)}</td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </div>
  );
}
