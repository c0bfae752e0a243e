// All projects of the store.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import type { Project } from "../../api/types";
import { formatAgo, formatCount, formatTime } from "../../format";
import { go, projectHref, query, replacing } from "../../state/url";
import { Button, Empty, Failure, Loading, SearchBox } from "../../ui";
import { rank } from "../../ui/rank";
import { TopBar } from "../../ui/TopBar";
import "./projects.css";

const kRefresh_ms = 5000;

const kFirstRun = `import cairn

run = cairn.init("my-project", config={"lr": 0.1})
for step in range(100):
    run.log({"loss": 1 / (step + 1)})`;

export default function ProjectsPage() {
  const projects = useSignal<Project[] | null>(null);
  const error = useSignal<unknown>(null);
  const load = async () => {
    try {
      const answer = await api.get<{ projects: Project[] }>("/projects");
      projects.value = answer.projects;
      error.value = null;
    } catch (reason) {
      error.value = reason;
    }
  };
  useEffect(() => {
    document.title = "Cairn";
    void load();
    const timer = setInterval(() => void (document.hidden || load()), kRefresh_ms);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="frame">
      <TopBar>
        <Button icon="energy" onClick={() => go({ page: "footprint" })}>
          Footprint
        </Button>
      </TopBar>
      <Body projects={projects.value} error={error.value} onRetry={() => void load()} />
    </div>
  );
}

function Body(props: { projects: Project[] | null; error: unknown; onRetry: () => void }) {
  const { projects, error, onRetry } = props;
  if (!projects) return error ? <Failure error={error} onRetry={onRetry} /> : <Loading />;
  if (projects.length === 0)
    return (
      <Empty title="No project yet" icon="chart" command={kFirstRun}>
        A project begins with its first run. Run this in the folder that this server shows, or set{" "}
        <code>CAIRN_URL</code> to its address.
      </Empty>
    );
  return <List projects={projects} />;
}

function List({ projects }: { projects: Project[] }) {
  const search = query("q", "");
  const shown = rank(
    [...projects].sort((a, b) => b.updated_ns - a.updated_ns),
    search.value,
    (project) => project.name,
  );
  return (
    <main class="projects">
      <div class="projects-head">
        <h1>Projects</h1>
        <span class="projects-count">{projects.length}</span>
        <SearchBox
          label="Search projects"
          placeholder="Search projects"
          value={search.value}
          onInput={(text) => replacing(() => (search.value = text))}
        />
      </div>
      <ul class="projects-list">
        {shown.map((project) => (
          <li key={project.name}>
            <a href={projectHref(project.name)}>
              <strong>{project.name}</strong>
              <span class="projects-running">
                {project.running > 0 && <i class="dot running" />}
                {project.running > 0 && `${project.running} running`}
              </span>
              <span class="projects-runs">{formatCount(project.runs, "run")}</span>
              <time title={formatTime(project.updated_ns)}>{formatAgo(project.updated_ns)}</time>
            </a>
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="projects-none">No project is called that.</p>}
    </main>
  );
}
