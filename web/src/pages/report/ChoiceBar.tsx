// The choices above a report: which runs, and by which result they are judged.
import { batch } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api, path } from "../../api/client";
import { goalOf, metricsOf, type Goal } from "../../api/metrics";
import type { Column } from "../../api/types";
import { useLoad } from "../../state/load";
import { SearchBox, Tabs } from "../../ui";
import type { choiceSignals } from "./load";

export interface ChoiceBarProps {
  project: string;
  signals: ReturnType<typeof choiceSignals>;
}

export function ChoiceBar({ project, signals }: ChoiceBarProps) {
  const { filter, metric, goal } = signals;
  const to = path`/projects/${project}/columns`;
  const { data } = useLoad(to, (signal) => api.get<{ columns: Column[] }>(to, {}, { signal }));
  const metrics = useMemo(() => metricsOf(data?.columns ?? []), [data]);
  const choose = (name: string) =>
    batch(() => {
      metric.value = name;
      goal.value = name ? goalOf(name) : "";
    });
  return (
    <form class="report-choices" onSubmit={(event) => event.preventDefault()}>
      <SearchBox
        class="report-filter"
        icon="filter"
        mono
        label="Filter runs"
        placeholder="All runs; config.opt = 'adam' and summary.loss < 1"
        value={filter.value}
        onCommit={(text) => (filter.value = text.trim())}
      />
      <label>
        Result
        <select
          class="input"
          aria-label="Result"
          value={metric.value}
          onChange={({ currentTarget: { value } }) => choose(value)}
        >
          <option value="">As the project says</option>
          {metrics.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {metric.value && (
        <Tabs<Goal>
          kind="box"
          label="Better is"
          selected={goal.value || goalOf(metric.value)}
          onSelect={(id) => (goal.value = id)}
          tabs={[
            { id: "maximize", label: "More is better" },
            { id: "minimize", label: "Less is better" },
          ]}
        />
      )}
    </form>
  );
}
