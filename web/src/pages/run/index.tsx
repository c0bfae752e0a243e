// The page of one run: its head, its tabs, and what changes while it lives.
import { useEffect, useRef } from "preact/hooks";
import { api, path } from "../../api/client";
import { openLive } from "../../api/live";
import type { RunDetail } from "../../api/types";
import { query } from "../../state/url";
import { Empty, Failure, Loading, Tabs, useCommands, type Tab } from "../../ui";
import { TopBar } from "../../ui/TopBar";
import { Artifacts } from "./artifacts/Artifacts";
import { Charts } from "./Charts";
import { Console } from "./console/Console";
import { Files } from "./Files";
import { Identity } from "./identity/Identity";
import { MediaTab } from "./media/MediaTab";
import { Overview } from "./Overview";
import { RunHead } from "./RunHead";
import { System } from "./system/System";
import { useLoad } from "../../state/load";
import { consoleCount } from "./state";
import "./run.css";

type TabId =
  "overview" | "charts" | "system" | "console" | "media" | "files" | "artifacts" | "identity";

const kTabs: Tab<TabId>[] = [
  { id: "overview", label: "Overview" },
  { id: "charts", label: "Charts" },
  { id: "system", label: "System" },
  { id: "console", label: "Console" },
  { id: "media", label: "Media" },
  { id: "files", label: "Files" },
  { id: "artifacts", label: "Artifacts" },
  { id: "identity", label: "Identity" },
];

/** What every tab is given. */
export interface TabProps {
  run: RunDetail;
  /** Shows the run as the server answered it after a change. */
  onChange: (run: RunDetail) => void;
}

export default function RunPage({ project, run }: { project: string; run: string }) {
  const where = path`/projects/${project}/runs/${run}`;
  const { data, error, reload, set } = useLoad(where, (signal) =>
    api.get<RunDetail>(where, {}, { signal }),
  );
  useEffect(() => {
    document.title = `${data?.name ?? run} · ${project} · Cairn`;
  }, [data?.name, project, run]);
  useFollow(data, reload);
  return (
    <div class="frame run-page">
      <TopBar project={project} here={data?.name ?? run} />
      {data ? (
        <RunBody run={data} onChange={set} />
      ) : error ? (
        <NotShown error={error} project={project} run={run} onRetry={reload} />
      ) : (
        <Loading />
      )}
    </div>
  );
}

function RunBody(props: TabProps) {
  const tab = query<string>("tab", "overview");
  const known = kTabs.find((known) => known.id === tab.value);
  const selected: TabId = known?.id ?? "overview";
  useCommands(
    kTabs.map(({ id, label }, index) => ({
      label: `Show ${label.toLowerCase()}`,
      keys: String(index + 1),
      group: "Run",
      run: () => (tab.value = id),
    })),
  );
  return (
    <main class="run-body">
      <RunHead {...props} />
      <div class="run-tabs">
        <Tabs
          tabs={kTabs}
          selected={selected}
          onSelect={(id) => (tab.value = id)}
          label="Parts of the run"
        />
      </div>
      <div class={`run-content run-content-${selected}`} role="tabpanel" aria-label={known?.label}>
        <Selected tab={selected} {...props} />
      </div>
    </main>
  );
}

function Selected({ tab, ...props }: TabProps & { tab: TabId }) {
  switch (tab) {
    case "charts":
      return <Charts {...props} />;
    case "system":
      return <System {...props} />;
    case "console":
      return <Console {...props} />;
    case "media":
      return <MediaTab {...props} />;
    case "files":
      return <Files {...props} />;
    case "artifacts":
      return <Artifacts {...props} />;
    case "identity":
      return <Identity {...props} />;
    default:
      return <Overview {...props} />;
  }
}

const kReloadEvery_ms = 1000;

/** While the run lives: its facts are asked for again when they changed, at most once a second. */
function useFollow(run: RunDetail | undefined, reload: () => void): void {
  const alive = run !== undefined && run.liveness !== "ended";
  const id = run?.id;
  const project = run?.project;
  const reload_now = useRef(reload);
  reload_now.current = reload;
  useEffect(() => {
    if (!alive || !id || !project) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload_now.current();
      }, kReloadEvery_ms);
    };
    const hear = (count: number) => {
      consoleCount.value = { run: id, count, round: consoleCount.peek().round + 1 };
    };
    const live = openLive(
      project,
      { console: [id] },
      {
        // What changed before the stream stood, or while it was broken, nobody told.
        hello: () => {
          soon();
          const { run: of, count } = consoleCount.peek();
          hear(of === id ? count : 0);
        },
        runs: (changed, removed) => (changed.includes(id) || removed.includes(id)) && soon(),
        console: (of, count) => of === id && hear(count),
      },
    );
    return () => {
      live.close();
      clearTimeout(timer);
    };
  }, [alive, id, project]);
}

interface NotShownProps {
  error: unknown;
  project: string;
  run: string;
  onRetry: () => void;
}

function NotShown({ error, project, run, onRetry }: NotShownProps) {
  const missing = error instanceof Error && "status" in error && error.status === 404;
  if (!missing) return <Failure error={error} onRetry={onRetry} />;
  return (
    <Empty
      icon="search"
      title={`There is no run “${run}” in ${project}`}
      command={`cairn ls ${project}`}
    >
      It may have been removed, or belong to another project or folder. This lists the runs that are
      here:
    </Empty>
  );
}
