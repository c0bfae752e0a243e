// All series of the run, in the same pane as the project's charts, so that one learns it once.
import { useMemo } from "preact/hooks";
import type { VisibleRun } from "../../api/types";
import { runColor } from "../../color";
import { lazy } from "../../lazy";
import { Empty } from "../../ui";
import type { TabProps } from ".";

/** The project page's charts; loaded when they are first shown. */
export const ChartsPane = lazy(() => import("../project/charts"));

const kNone: string[] = [];

export function Charts({ run }: TabProps) {
  const { id, name, state, project } = run;
  const runs = useMemo(
    (): VisibleRun[] => [{ id, name, state, color: runColor(id) }],
    [id, name, state],
  );
  if (run.last_step === null)
    return (
      <Empty
        icon="chart"
        title="No points yet"
        command={'run.log({"loss": loss, "val/acc": accuracy})'}
      >
        {run.liveness === "alive"
          ? "The run has begun. Its curves appear here as soon as it logs numbers:"
          : "This run ended without logging a number. Log some in the loop:"}
      </Empty>
    );
  return <ChartsPane project={project} runs={runs} filter="" group_by={kNone} />;
}
