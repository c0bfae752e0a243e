// The head of the run page: name, state, when and how long, and what can be done with the run.
import { useEffect, useState } from "preact/hooks";
import { api, urlOf } from "../../api/client";
import type { Run, RunDetail } from "../../api/types";
import { runColor } from "../../color";
import { formatAgo, formatDuration, formatNumber, formatTime } from "../../format";
import { go } from "../../state/url";
import { Button, copyText, Dialog, Menu, toast, toastError, useCommands } from "../../ui";
import { kReadOnly, may_write } from "../Login";
import type { TabProps } from ".";
import { changeRun, runPath } from "./change";
import { EditLine } from "./EditLine";
import { treeOf, textOf } from "./nouns";

export function RunHead({ run, onChange }: TabProps) {
  const [removing, setRemoving] = useState(false);
  const rename = (name: string) => void changeRun(run, { name }, onChange, "Renamed");
  const copyId = () => void copyText(run.id).then(() => toast("Copied the run's id"));
  useCommands([
    { label: "Copy the run's id", group: "Run", run: copyId },
    { label: "Compare with other runs", group: "Run", run: () => go(compareHref(run)) },
  ]);
  return (
    <header class="run-head">
      <div class="run-title">
        <span class="run-dot" style={{ background: runColor(run.id) }} />
        <h1>
          <EditLine class="run-name" value={run.name} label="Rename" required onSave={rename} />
        </h1>
        <StatePill run={run} />
        <span class="run-space" />
        <Button kind="plain" icon="compare" onClick={() => go(compareHref(run))}>
          Compare
        </Button>
        <Menu
          icon="menu"
          label="More"
          kind="plain"
          align="end"
          entries={[
            { heading: "Points of this run" },
            { label: "Download as CSV", icon: "download", onSelect: () => download(run, "csv") },
            {
              label: "Download as JSON lines",
              icon: "download",
              onSelect: () => download(run, "jsonl"),
            },
            "line",
            { label: "Copy id", icon: "copy", onSelect: copyId },
            ...(may_write.value
              ? [
                  {
                    label: run.archived ? "Take out of the archive" : "Archive",
                    icon: "archive" as const,
                    onSelect: () => void archive(run, onChange),
                  },
                  {
                    label: "Delete…",
                    icon: "trash" as const,
                    danger: true,
                    onSelect: () => setRemoving(true),
                  },
                ]
              : [{ heading: kReadOnly }]),
          ]}
        />
      </div>
      <Facts run={run} />
      {removing && <RemoveDialog run={run} onClose={() => setRemoving(false)} />}
    </header>
  );
}

function compareHref(run: RunDetail): string {
  return `/p/${encodeURIComponent(run.project)}/compare/${encodeURIComponent(run.id)}`;
}

async function archive(run: RunDetail, onChange: TabProps["onChange"]): Promise<void> {
  const archived = !run.archived;
  await changeRun(run, { archived }, onChange, archived ? "Archived" : "Taken out of the archive");
}

function download(run: RunDetail, format: "csv" | "jsonl"): void {
  const link = document.createElement("a");
  link.href = urlOf(`${runPath(run)}/export`, { format });
  link.download = `${run.name}.${format}`;
  link.click();
}

export function StatePill({ run }: { run: Run }) {
  const code = run.state === "failed" && run.exit_code ? ` · exit ${run.exit_code}` : "";
  return (
    <span class={`state-pill ${run.state}`}>
      <span class="state-dot" />
      {run.state}
      {code}
    </span>
  );
}

function Facts({ run }: { run: RunDetail }) {
  const host = treeOf(run.meta["host"]);
  const facts = [
    <span data-tip={formatTime(run.created_ns)}>started {formatAgo(run.created_ns)}</span>,
    <Lasting run={run} />,
    run.last_step !== null && <span>step {formatNumber(run.last_step)}</span>,
    textOf(host["hostname"]) && (
      <span>{[textOf(host["user"]), textOf(host["hostname"])].filter(Boolean).join(" on ")}</span>
    ),
    <button
      type="button"
      class="run-id"
      data-tip="Copy the run's id"
      onClick={() => void copyText(run.id).then(() => toast("Copied the run's id"))}
    >
      {run.id}
    </button>,
  ].filter(Boolean);
  return <p class="run-facts">{facts}</p>;
}

/** How long it took; a run that lives counts on between the server's words. */
function Lasting({ run }: { run: RunDetail }) {
  const alive = run.liveness === "alive";
  const [, tick] = useState(0);
  useEffect(() => {
    if (!alive) return;
    const timer = setInterval(() => tick((old) => old + 1), 1000);
    return () => clearInterval(timer);
  }, [alive]);
  const lasted_s = alive
    ? Math.max(run.duration_s, Date.now() / 1000 - run.created_ns / 1e9)
    : run.duration_s;
  return (
    <span>
      {alive ? "running for " : "took "}
      {formatDuration(lasted_s)}
    </span>
  );
}

function RemoveDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const alive = run.liveness === "alive";
  const remove = async () => {
    try {
      await api.remove(runPath(run), { force: alive ? 1 : 0 });
      toast(`Deleted ${run.name}`);
      go({ page: "project", project: run.project });
    } catch (error) {
      toastError(error);
      onClose();
    }
  };
  return (
    <Dialog
      title={`Delete ${run.name}?`}
      onClose={onClose}
      actions={
        <>
          <Button kind="plain" onClick={onClose}>
            Keep it
          </Button>
          <Button kind="danger" onClick={() => void remove()}>
            Delete for good
          </Button>
        </>
      }
    >
      Its points, console, media and notes go for good.
      {alive && " The run is still going on; what it logs from now on is lost too."}
    </Dialog>
  );
}
