// The frame around all pages: which page, sign-in, and the layers above it.
import { Login, needs_login } from "./pages/Login";
import { lazy } from "./lazy";
import ProjectsPage from "./pages/projects";
import { route } from "./state/url";
import { GlobalCommands, Layers } from "./ui/Layers";
import { Toasts } from "./ui/Toast";
import { Tooltips } from "./ui/Tooltip";

const ProjectPage = lazy(() => import("./pages/project"));
const RunPage = lazy(() => import("./pages/run"));
const ComparePage = lazy(() => import("./pages/compare"));
const FootprintPage = lazy(() => import("./pages/footprint"));
const ReportPage = lazy(() => import("./pages/report"));
const SweepsPage = lazy(() => import("./pages/sweeps"));

/** Fetches the page that the address names while the server is asked who we are. */
export function preload(): void {
  const pages = {
    project: ProjectPage,
    run: RunPage,
    compare: ComparePage,
    sweeps: SweepsPage,
    footprint: FootprintPage,
    report: ReportPage,
    projects: null,
  };
  pages[route.peek().page]?.start();
}

export function App() {
  return (
    <>
      {needs_login.value ? <Login /> : <Page />}
      <GlobalCommands />
      <Layers />
      <Toasts />
      <Tooltips />
    </>
  );
}

function Page() {
  const { page, project, run, runs, sweep } = route.value;
  switch (page) {
    case "project":
      return <ProjectPage key={project} project={project} />;
    case "run":
      return <RunPage key={project + "/" + run} project={project} run={run} />;
    case "compare":
      return <ComparePage key={project} project={project} runs={runs} />;
    case "sweeps":
      return <SweepsPage key={project + "/" + sweep} project={project} sweep={sweep} />;
    case "footprint":
      return <FootprintPage key={project} project={project} />;
    case "report":
      return <ReportPage key={project} project={project} />;
    default:
      return <ProjectsPage />;
  }
}
