// What was logged and is no number: pictures, tables, histograms, sound and more, by key and step.
import { useMemo, useState } from "preact/hooks";
import { api } from "../../../api/client";
import { query, replacing } from "../../../state/url";
import { Button, Empty, Failure, Fold, Loading, Tabs, useCommands } from "../../../ui";
import type { TabProps } from "..";
import { runPath } from "../change";
import { FindBox, findText } from "../FindBox";
import { useLoad, useSlow } from "../../../state/load";
import type { Media } from "../nouns";
import {
  allSteps,
  compareKinds,
  gatherMedia,
  sectionsOf,
  type MediaKey,
  type MediaSection,
} from "./gallery";
import { MediaCard } from "./MediaCard";
import { moveStep, StepBar } from "./StepBar";

const kKindNames: Record<string, string> = {
  image: "Images",
  chart: "Charts",
  table: "Tables",
  histogram: "Histograms",
  audio: "Audio",
  video: "Video",
  text: "Text",
  json: "JSON",
  html: "HTML",
  object3d: "3D",
  molecule: "Molecules",
  plotly: "Plotly",
};

const kAgainAfter_ms = 10_000;

export function MediaTab({ run }: TabProps) {
  const to = `${runPath(run)}/records`;
  // A run that goes on logs more pictures; all records come at once, so not too often.
  const { data, error, reload } = useLoad(
    to,
    (signal) => api.get<{ records: Media[] }>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  const keys = useMemo(() => gatherMedia(data?.records ?? []), [data]);
  if (error && !data) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Loading />;
  if (!keys.length) return <NoMedia />;
  return <Gallery keys={keys} />;
}

function NoMedia() {
  return (
    <Empty icon="image" title="No media" command={'run.log({"samples": cairn.Image(array)})'}>
      Images, tables, histograms, sound, film and text appear here by key and step. Log one:
    </Empty>
  );
}

function Gallery({ keys }: { keys: MediaKey[] }) {
  const kind = query<string>("kind", "all");
  const text = findText();
  const linked = query("linked", true);
  const step = query("step", -1); // -1: the last
  const kinds = [...new Set(keys.map((key) => key.kind))].sort(compareKinds);
  const wanted = text.value.toLowerCase();
  const shown = keys.filter(
    (key) =>
      (kind.value === "all" || key.kind === kind.value) && key.key.toLowerCase().includes(wanted),
  );
  const steps = useMemo(() => allSteps(shown), [keys, kind.value, wanted]);
  const move = (by: number) => replacing(() => (step.value = moveStep(steps, step.value, by)));
  useCommands([
    { label: "Step before", keys: "arrowleft", group: "Media", hidden: true, run: () => move(-1) },
    { label: "Next step", keys: "arrowright", group: "Media", hidden: true, run: () => move(1) },
  ]);
  return (
    <div class="media">
      <div class="media-bar">
        <Tabs
          kind="box"
          label="Kind of media"
          selected={kind.value}
          onSelect={(id) => (kind.value = id)}
          tabs={[
            { id: "all", label: "All" },
            ...kinds.map((id) => ({ id, label: kKindNames[id] ?? id })),
          ]}
        />
        <FindBox label="Search keys" />
        <span class="run-space" />
        {linked.value && steps.length > 1 && (
          <StepBar
            steps={steps}
            step={step.value}
            onStep={(now) => replacing(() => (step.value = now))}
            onMove={move}
          />
        )}
        <Button
          small
          icon="link"
          label="Move all keys to the same step"
          pressed={linked.value}
          onClick={() => replacing(() => (linked.value = !linked.value))}
        >
          Link steps
        </Button>
      </div>
      {shown.length === 0 && <p class="soft media-none">No key fits.</p>}
      {sectionsOf(shown).map((section) => (
        <Section
          key={section.name}
          section={section}
          step={linked.value ? step.value : undefined}
        />
      ))}
    </div>
  );
}

function Section({ section, step }: { section: MediaSection; step: number | undefined }) {
  const [open, setOpen] = useState(true);
  const cards = (
    <div class="media-grid">
      {section.keys.map((key) => (
        <MediaCard key={key.key} media={key} step={step} />
      ))}
    </div>
  );
  if (!section.name) return cards;
  return (
    <section class="media-section">
      <h2>
        <Fold open={open} onTurn={setOpen}>
          {section.name} <small>{section.keys.length}</small>
        </Fold>
      </h2>
      {open && cards}
    </section>
  );
}
