// The report of a project: the same words, tables and figures as in the paper, live.
import { useEffect } from "preact/hooks";
import { messageOf } from "../../api/client";
import { Empty, Failure, Loading } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { ChoiceBar } from "./ChoiceBar";
import { DocumentView } from "./DocumentView";
import { Export } from "./Export";
import { choiceSignals, useReport, type Asked } from "./load";
import "./report.css";

export default function ReportPage({ project }: { project: string }) {
  const signals = choiceSignals();
  const { filter, metric, goal } = signals;
  const asked = { project, filter: filter.value, metric: metric.value, goal: goal.value };
  useEffect(() => {
    document.title = `Report · ${project} · Cairn`;
  }, [project]);
  return (
    <div class="frame">
      <TopBar project={project} here="Report">
        <Export asked={asked} />
      </TopBar>
      <main class="report">
        <ChoiceBar project={project} signals={signals} />
        <Body asked={asked} />
      </main>
    </div>
  );
}

function Body({ asked }: { asked: Asked }) {
  const { data, error, reload } = useReport(asked);
  if (!data) return error ? <Failure error={error} onRetry={reload} /> : <Loading />;
  if (data.sections.length === 0)
    return (
      <Empty icon="notes" title="No run here" command={`cairn run -p ${asked.project} -- python train.py`}>
        {asked.filter
          ? "No run fits the filter above."
          : "A report of training time, sensitivity and cost appears with the first runs."}
      </Empty>
    );
  return (
    <>
      {error !== undefined && <p class="bad">{messageOf(error)}</p>}
      <DocumentView of={data} asked={asked} />
    </>
  );
}
