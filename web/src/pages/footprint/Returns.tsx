// What the energy bought: each run's result against its kWh, and the runs that no other beats.
import { batch } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api, path } from "../../api/client";
import { goalOf, metricsOf, type Goal } from "../../api/metrics";
import type { CellsPage, Column as ColumnInfo } from "../../api/types";
import { ChartPanel, ScatterChart, type Column } from "../../chart";
import { energyUnit } from "../../footprint/quantity";
import { useLoad } from "../../state/load";
import { theme, themeColor } from "../../state/theme";
import { go } from "../../state/url";
import { Tabs } from "../../ui";
import { choiceSignals, kKnown, runFilter } from "./choices";
import type { Asked } from "./load";
import { paretoFront, resultsOf } from "./numbers";

const kHeight_px = 380;
const kRunsMost = 10_000;
const kWide = 50; // from here on, energies stand on a logarithmic scale
const kNone = { runs: [], total: 0, next_cursor: null, warnings: [] };

export function Returns({ project, choices }: Asked) {
  const { metric: chosen, goal: better } = choiceSignals();
  const { data: known } = useLoad(path`/projects/${project}/columns`, (signal) =>
    api.get<{ columns: ColumnInfo[] }>(path`/projects/${project}/columns`, {}, { signal }),
  );
  const metrics = useMemo(() => metricsOf(known?.columns ?? []), [known]);
  const metric = chosen.value || metrics[0] || "";
  const goal = (better.value || goalOf(metric)) as Goal;
  const filter = runFilter(choices, kKnown);
  const { data, error, loading } = useLoad(
    metric && JSON.stringify([project, metric, filter]),
    (signal) =>
      api.get<CellsPage>(
        path`/projects/${project}/runs`,
        {
          columns: ["name", "summary.footprint.kwh", `summary.${metric}`],
          filter,
          limit: kRunsMost,
        },
        { signal },
      ),
  );
  const { note, ...points } = usePoints(data ?? kNone, metric, goal);
  return (
    <ChartPanel
      title="Result against energy"
      note={note}
      height={kHeight_px}
      loading={loading && metric !== ""}
      error={error ? String(error) : null}
    >
      <div class="footprint-chart-head">
        <select
          class="input"
          aria-label="Result"
          value={metric}
          onChange={({ currentTarget: { value } }) =>
            batch(() => {
              chosen.value = value;
              better.value = goalOf(value);
            })
          }
        >
          {metrics.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <Tabs<Goal>
          kind="box"
          label="Better is"
          selected={goal}
          onSelect={(id) =>
            batch(() => {
              chosen.value = metric;
              better.value = id;
            })
          }
          tabs={[
            { id: "maximize", label: "More is better" },
            { id: "minimize", label: "Less is better" },
          ]}
        />
      </div>
      <ScatterChart
        title="Result against energy"
        empty={metrics.length ? "No run has both" : "No run has a number in its summary"}
        running={goal === "maximize" ? "max" : "min"}
        onPick={(run) => go({ page: "run", project, run })}
        {...points}
      />
    </ChartPanel>
  );
}

function usePoints(page: CellsPage, metric: string, goal: Goal) {
  const dark = theme.value;
  return useMemo(() => {
    const results = resultsOf(page);
    const front = new Set(paretoFront(results, goal));
    const [good, other] = [themeColor("--accent"), themeColor("--faint")];
    const most = Math.max(...results.kwh);
    const { unit, size } = energyUnit(most);
    const x: Column = {
      name: unit,
      values: results.kwh.map((kwh) => kwh / size),
      log: most / Math.min(...results.kwh) > kWide,
    };
    const y: Column = { name: metric, values: results.metric };
    const colors = results.ids.map((_, i) => (front.has(i) ? good : other));
    const read = page.runs.length < page.total ? `, of the newest ${page.runs.length}` : "";
    const note = front.size > 0 ? `${front.size} that no other beats in both${read}` : undefined;
    return { ids: results.ids, labels: results.names, x, y, colors, note };
  }, [page, metric, goal, dark]);
}
