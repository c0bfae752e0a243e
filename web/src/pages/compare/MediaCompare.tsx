// The media of the runs side by side: one row for each key, all at the same step.
import { useMemo } from "preact/hooks";
import { api } from "../../api/client";
import type { RunDetail } from "../../api/types";
import { runColor } from "../../color";
import { query, replacing } from "../../state/url";
import { Empty, Failure, Loading, useCommands } from "../../ui";
import { runPath } from "../run/change";
import { FindBox, findText } from "../run/FindBox";
import { useLoad } from "../../state/load";
import {
  allSteps,
  compareKinds,
  compareNames,
  gatherMedia,
  type MediaKey,
} from "../run/media/gallery";
import { MediaCard } from "../run/media/MediaCard";
import { moveStep, StepBar } from "../run/media/StepBar";
import type { Media } from "../run/nouns";

interface KeyRow {
  key: string;
  kind: string;
  /** One for each run. */
  cells: (MediaKey | undefined)[];
}

export function MediaCompare({ runs }: { runs: RunDetail[] }) {
  const ids = runs.map((run) => run.id).join(",");
  const { data, error, reload } = useLoad(`media ${ids}`, (signal) =>
    Promise.all(
      runs.map((run) => api.get<{ records: Media[] }>(`${runPath(run)}/records`, {}, { signal })),
    ),
  );
  const galleries = useMemo(() => (data ?? []).map(({ records }) => gatherMedia(records)), [data]);
  if (error !== undefined && !data) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Loading />;
  const rows = rowsOf(galleries);
  if (!rows.length)
    return (
      <Empty
        icon="image"
        title="None of these runs has media"
        command={'run.log({"samples": cairn.Image(array)})'}
      >
        Images, tables and histograms of several runs stand side by side here, step by step. Log
        one:
      </Empty>
    );
  return <Rows runs={runs} rows={rows} />;
}

function rowsOf(galleries: MediaKey[][]): KeyRow[] {
  const rows = new Map<string, KeyRow>();
  galleries.forEach((gallery, run) => {
    for (const media of gallery) {
      const row = rows.get(media.key) ?? {
        key: media.key,
        kind: media.kind,
        cells: galleries.map(() => undefined),
      };
      rows.set(media.key, row);
      row.cells[run] = media;
    }
  });
  // What all have stands before what only some have.
  const count = (row: KeyRow) => row.cells.filter(Boolean).length;
  return [...rows.values()].sort(
    (one, other) =>
      count(other) - count(one) ||
      compareKinds(one.kind, other.kind) ||
      compareNames(one.key, other.key),
  );
}

function Rows({ runs, rows }: { runs: RunDetail[]; rows: KeyRow[] }) {
  const text = findText();
  const step = query("step", -1);
  const shown = rows.filter((row) => row.key.toLowerCase().includes(text.value.toLowerCase()));
  const steps = allSteps(shown.flatMap((row) => row.cells.filter((cell) => cell !== undefined)));
  const move = (by: number) => replacing(() => (step.value = moveStep(steps, step.value, by)));
  useCommands([
    { label: "Step before", keys: "arrowleft", group: "Media", hidden: true, run: () => move(-1) },
    { label: "Next step", keys: "arrowright", group: "Media", hidden: true, run: () => move(1) },
  ]);
  const columns = `repeat(${runs.length}, minmax(260px, 1fr))`;
  return (
    <div class="media media-compare">
      <div class="media-bar">
        <FindBox label="Search keys" />
        <span class="run-space" />
        {steps.length > 1 && (
          <StepBar
            steps={steps}
            step={step.value}
            onStep={(now) => replacing(() => (step.value = now))}
            onMove={move}
          />
        )}
      </div>
      {shown.map((row) => (
        <section key={row.key} class="media-section">
          <h2>{row.key}</h2>
          <div class="media-columns" style={{ gridTemplateColumns: columns }}>
            {row.cells.map((media, index) => {
              const run = runs[index];
              return media && run ? (
                <MediaCard
                  key={run.id}
                  media={media}
                  step={step.value}
                  title={run.name}
                  color={runColor(run.id)}
                />
              ) : (
                <div key={run?.id ?? index} class="media-absent">
                  {run?.name} has none
                </div>
              );
            })}
          </div>
        </section>
      ))}
    </div>
  );
}
