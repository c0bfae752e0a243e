// Runs beside each other: where they differ, their curves in the same charts, their code and media.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api, path } from "../../api/client";
import type { RunDetail, VisibleRun } from "../../api/types";
import { runColor } from "../../color";
import { go, hrefOf, query } from "../../state/url";
import { Empty, Failure, Loading, Tabs, useCommands, type Tab } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { ChartsPane } from "../run/Charts";
import { useLoad } from "../../state/load";
import { CodeTab } from "./CodeTab";
import { MediaCompare } from "./MediaCompare";
import { RunPicker } from "./RunPicker";
import { Values } from "./Values";
import "../run/run.css";
import "./compare.css";

type TabId = "values" | "charts" | "code" | "media";

const kTabs: Tab<TabId>[] = [
  { id: "values", label: "Values" },
  { id: "charts", label: "Charts" },
  { id: "code", label: "Code" },
  { id: "media", label: "Media" },
];

const kRunsMax = 50;

export default function ComparePage({ project, runs }: { project: string; runs: string[] }) {
  const wanted = runs.slice(0, kRunsMax);
  const list = wanted.join(",");
  const { data, error, reload } = useLoad(list ? `${project} ${list}` : null, (signal) =>
    Promise.all(
      wanted.map((run) =>
        api.get<RunDetail>(path`/projects/${project}/runs/${run}`, {}, { signal }),
      ),
    ),
  );
  useEffect(() => {
    document.title = `Compare · ${project} · Cairn`;
  }, [project]);
  // Runs that are added or taken away leave the others where they are until the answer comes.
  const last = useRef<RunDetail[]>();
  if (data) last.current = data;
  const shown = data ?? (wanted.length > 0 ? last.current : []);
  const setRuns = (ids: string[]) => go(compareHref(project, ids), { replace: true });
  return (
    <div class="frame compare-page">
      <TopBar project={project} here="Compare" />
      <main class="run-body">
        {error !== undefined && !data ? (
          <Failure error={error} onRetry={reload} />
        ) : !shown ? (
          <Loading />
        ) : (
          <Compared
            project={project}
            runs={shown}
            left_out={runs.length - wanted.length}
            onRuns={setRuns}
          />
        )}
      </main>
    </div>
  );
}

/** The address with other runs; the view stays as it is. */
function compareHref(project: string, runs: string[]): string {
  return hrefOf({ page: "compare", project, runs }) + location.search;
}

interface ComparedProps {
  project: string;
  runs: RunDetail[];
  left_out: number;
  onRuns: (ids: string[]) => void;
}

function Compared({ project, runs, left_out, onRuns }: ComparedProps) {
  const tab = query<string>("tab", "values");
  const known = kTabs.find((known) => known.id === tab.value);
  const selected = known?.id ?? "values";
  useCommands(
    kTabs.map(({ id, label }, index) => ({
      label: `Compare ${label.toLowerCase()}`,
      keys: String(index + 1),
      group: "Compare",
      run: () => (tab.value = id),
    })),
  );
  return (
    <>
      <header class="compare-head">
        <RunPicker project={project} runs={runs} onRuns={onRuns} />
        {left_out > 0 && (
          <p class="soft">
            The first {kRunsMax} runs are compared; {left_out} more are left out.
          </p>
        )}
        <Tabs
          tabs={kTabs}
          selected={selected}
          onSelect={(id) => (tab.value = id)}
          label="What is compared"
        />
      </header>
      <div class="run-content" role="tabpanel" aria-label={known?.label}>
        {runs.length < 2 ? (
          <TooFew project={project} runs={runs} />
        ) : (
          <Selected tab={selected} project={project} runs={runs} />
        )}
      </div>
    </>
  );
}

function TooFew({ project, runs }: { project: string; runs: RunDetail[] }) {
  const [first] = runs;
  return (
    <Empty
      icon="compare"
      title={first ? `What shall ${first.name} be compared with?` : "Which runs shall be compared?"}
      command={first ? `cairn compare ${first.name} OTHER` : `cairn ls ${project}`}
    >
      Add runs above, or select them in the project's list and press “Compare”. In a terminal:
    </Empty>
  );
}

const kNone: string[] = [];

function Selected({ tab, project, runs }: { tab: TabId; project: string; runs: RunDetail[] }) {
  const visible = useMemo(
    () => runs.map(({ id, name, state }): VisibleRun => ({ id, name, state, color: runColor(id) })),
    [runs],
  );
  switch (tab) {
    case "charts":
      return <ChartsPane project={project} runs={visible} filter="" group_by={kNone} />;
    case "code":
      return <CodeTab runs={runs} />;
    case "media":
      return <MediaCompare runs={runs} />;
    default:
      return <Values runs={runs} />;
  }
}
