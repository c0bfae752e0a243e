// The runs that are compared: taken away, moved to the front, added by name.
import { useCallback, useEffect, useState } from "preact/hooks";
import { api, isAborted, path } from "../../api/client";
import type { Run, RunDetail, RunsPage } from "../../api/types";
import { runColor } from "../../color";
import { formatAgo } from "../../format";
import { hrefOf } from "../../state/url";
import { Button, Icon, Popover, SearchBox, toastError, useCommands } from "../../ui";

export interface RunPickerProps {
  project: string;
  runs: RunDetail[];
  onRuns: (ids: string[]) => void;
}

export function RunPicker({ project, runs, onRuns }: RunPickerProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const ids = runs.map((run) => run.id);
  const close = useCallback(() => setAnchor(null), []);
  useCommands([
    {
      label: "Add a run to compare",
      keys: "a",
      group: "Compare",
      run: () => setAnchor(document.querySelector<HTMLElement>(".compare-add")),
    },
  ]);
  return (
    <div class="compare-runs" role="list" aria-label="Compared runs">
      {runs.map((run, index) => (
        <span key={run.id} class="compare-run" role="listitem">
          <span class="run-dot" style={{ background: runColor(run.id) }} />
          <a href={hrefOf({ page: "run", project, run: run.id })}>{run.name}</a>
          {index > 0 && (
            <button
              type="button"
              data-tip="Compare the others with this one"
              aria-label={`Compare the others with ${run.name}`}
              onClick={() => onRuns([run.id, ...ids.filter((id) => id !== run.id)])}
            >
              <Icon name="flag" size={12} />
            </button>
          )}
          <button
            type="button"
            aria-label={`Remove ${run.name}`}
            onClick={() => onRuns(ids.filter((id) => id !== run.id))}
          >
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
      <Button
        small
        icon="plus"
        kind="plain"
        class="compare-add"
        onClick={(event) => setAnchor(event.currentTarget as HTMLElement)}
      >
        Add run
      </Button>
      {anchor && (
        <Popover anchor={anchor} onClose={close} label="Add a run">
          <Finder
            project={project}
            known={ids}
            onPick={(id) => {
              onRuns([...ids, id]);
              close();
            }}
          />
        </Popover>
      )}
    </div>
  );
}

interface FinderProps {
  project: string;
  known: string[];
  onPick: (id: string) => void;
}

const kOffered = 12;
const kAskAfter_ms = 150;

function Finder({ project, known, onPick }: FinderProps) {
  const [text, setText] = useState("");
  const [found, setFound] = useState<{ of: string; runs: Run[] }>();
  useEffect(() => {
    const leaving = new AbortController();
    const timer = setTimeout(
      () => {
        const params = { filter: filterOf(text), limit: kOffered + known.length };
        api.get<RunsPage>(path`/projects/${project}/runs`, params, { signal: leaving.signal }).then(
          ({ runs }) => {
            const others = runs.filter((run) => !known.includes(run.id));
            setFound({ of: text, runs: others.slice(0, kOffered) });
          },
          (error: unknown) => !isAborted(error) && toastError(error),
        );
      },
      text ? kAskAfter_ms : 0,
    );
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [project, text]);
  const key = (event: KeyboardEvent) => {
    const first = found?.of === text && found.runs[0]; // never one of an older text
    if (event.key === "Enter" && first && (event.target as Element).tagName === "INPUT")
      onPick(first.id);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const box = event.currentTarget as HTMLElement;
    const items = [...box.querySelectorAll<HTMLElement>("input, .finder-run")];
    items[items.indexOf(document.activeElement as HTMLElement) + step]?.focus();
  };
  return (
    <div class="finder" onKeyDown={key}>
      <SearchBox
        value=""
        onInput={setText}
        label="Find a run by name"
        placeholder="Find a run by name"
        inputRef={(input) => input?.focus()}
      />
      {found?.runs.map((run) => (
        <button key={run.id} type="button" class="finder-run" onClick={() => onPick(run.id)}>
          <span class="run-dot" style={{ background: runColor(run.id) }} />
          <span class="finder-name">{run.name}</span>
          <small>{formatAgo(run.created_ns)}</small>
        </button>
      ))}
      {found?.runs.length === 0 && <p class="soft">No run is called that.</p>}
    </div>
  );
}

/** Runs whose name has the text anywhere, whatever its case. */
function filterOf(text: string): string {
  const wanted = text.trim();
  if (!wanted) return "";
  const pattern = wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(/'/g, "''");
  return `name ~ '(?i)${pattern}' or id ~ '^${pattern}'`;
}
