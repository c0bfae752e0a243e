// A project: its runs at the left, their charts at the right; or the runs alone, as a table.
import { useEffect, useMemo } from "preact/hooks";
import { api, path } from "../../api/client";
import type { RunsPage } from "../../api/types";
import { lazy } from "../../lazy";
import { joinFilters, printText } from "../../filter/text";
import { go } from "../../state/url";
import { kept } from "../../state/kept";
import { Button, Empty, Failure, Loading, Splitter, Tabs, useCommands } from "../../ui";
import { palette_search } from "../../ui/Layers";
import { TopBar } from "../../ui/TopBar";
import { SelectionBar } from "./bulk";
import "./project.css";
import { RunTable } from "./RunTable";
import { ProjectState } from "./state";
import { Toolbar } from "./Toolbar";
import { Views } from "./Views";

const loadCharts = () => import("./charts");
const ChartsPane = lazy(loadCharts);

const kFoundMost = 8;

export default function ProjectPage({ project }: { project: string }) {
  const state = useMemo(() => new ProjectState(project), [project]);
  useEffect(() => {
    if (state.view.peek() === "charts")
      void loadCharts().then(({ askForKeys }) => askForKeys(project));
    return state.start();
  }, [state]);
  useEffect(() => {
    document.title = `${project} · Cairn`;
    palette_search.value = (text) => findRuns(project, text);
    return () => {
      palette_search.value = null;
    };
  }, [project]);
  return (
    <div class="frame">
      <TopBar project={project}>
        <Tabs
          kind="box"
          label="How to look at the runs"
          selected={state.view.value}
          onSelect={(id) => (state.view.value = id)}
          tabs={[
            { id: "charts", label: "Charts" },
            { id: "table", label: "Table" },
          ]}
        />
        <Button icon="sweep" onClick={() => go({ page: "sweeps", project })}>
          Sweeps
        </Button>
        <Button icon="energy" onClick={() => go({ page: "footprint", project })}>
          Footprint
        </Button>
        <Button icon="notes" onClick={() => go({ page: "report", project })}>
          Report
        </Button>
        <Views project={project} />
        <span class="topbar-line" />
      </TopBar>
      <Body state={state} />
    </div>
  );
}

async function findRuns(project: string, text: string) {
  const like = text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const filter = joinFilters(`name ~ ${printText("(?i)" + like)} or id ~ ${printText(like)}`);
  const page = await api.get<RunsPage>(path`/projects/${project}/runs`, {
    filter,
    limit: kFoundMost,
  });
  return page.runs.map((run) => ({
    label: run.name,
    group: run.id,
    run: () => go({ page: "run", project, run: run.id }),
  }));
}

function Body({ state }: { state: ProjectState }) {
  const collapsed = kept("runs.collapsed", false);
  const is_table = state.view.value === "table";
  useCommands([
    {
      label: collapsed.value ? "Show the run list" : "Hide the run list",
      keys: "mod+j",
      group: "Project",
      anywhere: true,
      run: () => (collapsed.value = !collapsed.value),
    },
    {
      label: is_table ? "Show charts" : "Show the full table",
      keys: "shift+t",
      group: "Project",
      run: () => (state.view.value = is_table ? "charts" : "table"),
    },
  ]);
  if (state.failure.value)
    return <Failure error={state.failure.value} onRetry={() => state.retry()} />;
  if (state.is_empty.value) return <NoRuns state={state} />;
  if (state.total.value === null && !state.filter_error.value) return <Loading />;
  const runs = (
    <section class="runs-pane" aria-label="Runs">
      <Toolbar state={state} />
      <RunTable state={state} />
      <SelectionBar state={state} />
    </section>
  );
  if (is_table) return runs;
  return (
    <Splitter name="runs" initial_px={380} min_px={240} collapsed={collapsed.value}>
      {runs}
      <ChartsPane
        project={state.project}
        runs={state.visible.value}
        filter={state.full_filter.value}
        group_by={state.by.value}
        focused={state.pointed_row}
        onFocus={(run) => (state.pointed_line.value = run)}
      />
    </Splitter>
  );
}

function NoRuns({ state }: { state: ProjectState }) {
  const name = JSON.stringify(state.project);
  const command = `run = cairn.init(${name}, config={"lr": 0.1})\nrun.log({"loss": 0.5})`;
  return (
    <Empty icon="chart" title="No runs here yet" command={command}>
      A run appears here within two seconds of its first log call.
      {!state.archived.value && (
        <Button onClick={() => (state.archived.value = true)}>Show archived runs</Button>
      )}
    </Empty>
  );
}
