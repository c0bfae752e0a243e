// Changing a run in place: the answer is shown at once, and can be taken back.
import { api, path } from "../../api/client";
import type { Run, RunChange, RunDetail } from "../../api/types";
import { toast, toastError } from "../../ui";

export const runPath = (run: Pick<Run, "project" | "id">) =>
  path`/projects/${run.project}/runs/${run.id}`;

/** Changes the run and says so, with undo. Answers whether it was done. */
export async function changeRun(
  run: RunDetail,
  change: RunChange,
  onChange: (run: RunDetail) => void,
  said: string,
): Promise<boolean> {
  const before = Object.fromEntries(
    Object.keys(change).map((name) => [name, run[name as keyof Run]]),
  ) as RunChange;
  const send = async (what: RunChange) => {
    const answer = await api.patch<Run>(runPath(run), what);
    onChange({ ...run, ...answer });
  };
  try {
    await send(change);
  } catch (error) {
    toastError(error);
    return false;
  }
  toast(said, { undo: () => void send(before).catch(toastError) });
  return true;
}
