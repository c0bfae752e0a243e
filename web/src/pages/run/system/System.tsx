// How the machine fared meanwhile: metrics of the system stream, grouped.
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../../api/client";
import type { RunKey } from "../../../api/types";
import { ChartData } from "../../../chart";
import { Empty, Failure, Loading } from "../../../ui";
import type { TabProps } from "..";
import { runPath } from "../change";
import { useLoad, useSlow } from "../../../state/load";
import { figuresOf, systemSections } from "./groups";
import { MachineChart } from "./MachineChart";
import "./system.css";

const kAgainAfter_ms = 10_000;

export function System({ run }: TabProps) {
  const to = `${runPath(run)}/keys`;
  const { data, error, reload } = useLoad(
    to,
    (signal) => api.get<{ keys: RunKey[] }>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  const chart_data = useMemo(() => new ChartData(run.project), [run.project]);
  useEffect(() => () => chart_data.close(), [chart_data]);
  const alive = run.liveness !== "ended";
  useEffect(() => {
    chart_data.setRuns([{ id: run.id, alive, created_s: run.created_ns / 1e9 }]);
  }, [chart_data, run.id, alive, run.created_ns]);

  const keys = useMemo(() => (data?.keys ?? []).filter((key) => key.stream === "system"), [data]);
  const names = keys.map(({ key }) => key).join("\n");
  const sections = useMemo(() => systemSections(names ? names.split("\n") : []), [names]);
  if (error && !data) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Loading />;
  if (!keys.length) return <NoMetrics alive={alive} />;
  return (
    <div class="system">
      <dl class="figures">
        {figuresOf(keys).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {sections.map(({ name, charts }) => (
        <section key={name}>
          <h2>{name}</h2>
          <div class="system-grid">
            {charts.map((chart) => (
              <MachineChart key={chart.title} run={run.id} chart={chart} data={chart_data} />
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

function NoMetrics({ alive }: { alive: boolean }) {
  return (
    <Empty
      icon="chart"
      title="No machine metrics"
      command={'cairn.init(project="…", sample_period_s=10)'}
    >
      {alive
        ? "The first sample comes after some seconds: CPU, memory, disk, network and GPUs."
        : "The run ended before the first sample, or sampling was off. By default it is every 10 s:"}
    </Empty>
  );
}
