// The sweeps of a project, and one of them.
import { useEffect, useState } from "preact/hooks";
import { api, messageOf } from "../../api/client";
import type { Sweep } from "../../api/sweeps";
import { formatAgo, formatTime } from "../../format";
import { hrefOf } from "../../state/url";
import { Empty, Failure, Loading } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { StatePill } from "./StatePill";
import { SweepPage } from "./SweepPage";
import "../run/run.css";
import "./sweeps.css";
import { printBudget, printGoal, printValue } from "./trials";

const kRefresh_ms = 2000;
const kShownMost = 500;

export interface SweepsPageProps {
  project: string;
  /** One of them, or "" for the list. */
  sweep: string;
}

export default function SweepsPage({ project, sweep }: SweepsPageProps) {
  return sweep ? <SweepPage project={project} id={sweep} /> : <SweepList project={project} />;
}

function SweepList({ project }: { project: string }) {
  const [sweeps, setSweeps] = useState<Sweep[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const load = async () => {
    try {
      const page = await api.get<{ sweeps: Sweep[] }>("/sweeps", { project, limit: kShownMost });
      setSweeps(page.sweeps);
      setError(null);
    } catch (reason) {
      setError(messageOf(reason));
    }
  };
  useEffect(() => {
    document.title = `Sweeps · ${project} · Cairn`;
    void load();
    const timer = setInterval(() => void (document.hidden || load()), kRefresh_ms);
    return () => clearInterval(timer);
  }, [project]);
  return (
    <div class="frame">
      <TopBar project={project} here="Sweeps" />
      {sweeps ? (
        <List project={project} sweeps={sweeps} />
      ) : error ? (
        <Failure error={error} onRetry={() => void load()} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

function List({ project, sweeps }: { project: string; sweeps: readonly Sweep[] }) {
  if (sweeps.length === 0)
    return (
      <Empty
        icon="sweep"
        title="No sweep yet"
        command={"cairn sweep -- python train.py --lr '~loguniform(1e-5,1e-1)' --depth '~int(1,8)'"}
      >
        A sweep tries configurations of a program and learns from each which to try next. Write what
        may vary into its command line, or into a file:
      </Empty>
    );
  return (
    <main class="sweeps">
      <h1>Sweeps</h1>
      <table class="sweeps-list">
        <thead>
          <tr>
            <th>Name</th>
            <th>State</th>
            <th>Goal</th>
            <th class="number">Best</th>
            <th>Spent</th>
            <th>Method</th>
            <th>Begun</th>
          </tr>
        </thead>
        <tbody>
          {sweeps.map((sweep) => (
            <tr key={sweep.id}>
              <td>
                <a href={hrefOf({ page: "sweeps", project, sweep: sweep.id })}>
                  {sweep.name || sweep.id}
                </a>
              </td>
              <td>
                <StatePill state={sweep.state} reason={sweep.reason} />
              </td>
              <td>{sweep.objectives.map(printGoal).join(", ")}</td>
              <td class="number">
                {sweep.objectives.length > 1
                  ? `${sweep.front.length} in the front`
                  : printValue(sweep.best?.mean ?? null, sweep.best?.sd)}
              </td>
              <td>{printBudget(sweep).join(" · ")}</td>
              <td>{sweep.method}</td>
              <td>
                <time title={formatTime(sweep.created_ns)}>{formatAgo(sweep.created_ns)}</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </main>
  );
}
