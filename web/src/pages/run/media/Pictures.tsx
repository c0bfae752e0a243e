// Pictures of one step side by side; one opens large, and arrows walk through its steps.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Tree } from "../../../api/types";
import { formatNumber } from "../../../format";
import { Button, Dialog, useCommands } from "../../../ui";
import { blobUrl, readBlobText } from "../blob";
import { useLoad } from "../../../state/load";
import { numberOf, textOf } from "../nouns";
import type { MediaKey } from "./gallery";
import { fileNameOf } from "./items";

const kShown = 64;

export function Pictures({ media, index }: { media: MediaKey; index: number }) {
  const [open, setOpen] = useState<number>();
  const [most, setMost] = useState(kShown);
  const items = media.steps[index]?.items ?? [];
  return (
    <div class={`pictures ${items.length === 1 ? "one" : ""}`}>
      {items.slice(0, most).map((item, place) => (
        <figure key={place}>
          <button
            type="button"
            class="picture"
            aria-label={`Open ${textOf(item["caption"]) || media.key}`}
            onClick={() => setOpen(place)}
          >
            <Picture item={item} name={media.key} />
          </button>
          {textOf(item["caption"]) && <figcaption>{textOf(item["caption"])}</figcaption>}
        </figure>
      ))}
      {items.length > most && (
        <Button kind="plain" onClick={() => setMost(most + 4 * kShown)}>
          Show more of {String(items.length)}
        </Button>
      )}
      {open !== undefined && (
        <LightBox media={media} index={index} place={open} onClose={() => setOpen(undefined)} />
      )}
    </div>
  );
}

export function Picture({ item, name }: { item: Tree; name: string }) {
  const [broken, setBroken] = useState(false);
  const sha256 = textOf(item["sha256"]);
  const width = numberOf(item["width"]);
  const height = numberOf(item["height"]);
  const url = usePictureUrl(sha256, textOf(item["format"]));
  useEffect(() => setBroken(false), [sha256]);
  if (broken || !sha256)
    return (
      <span class="picture-broken">cannot be shown: {textOf(item["format"]) || "unknown"}</span>
    );
  return (
    <img
      src={url}
      alt={textOf(item["caption"]) || name}
      loading="lazy"
      decoding="async"
      width={width}
      height={height}
      // Small pictures are shown pixel by pixel.
      class={width !== undefined && width <= 128 ? "pixels" : ""}
      onError={() => setBroken(true)}
    />
  );
}

/**
 * Blobs come without a type, which browsers tell by looking, but for SVG: that is fetched and given
 * its type here. Inside <img> it can run nothing.
 */
function usePictureUrl(sha256: string, format: string): string | undefined {
  const drawn = format === "svg" && sha256 !== "";
  const { data } = useLoad(drawn ? sha256 : null, (signal) => readBlobText(sha256, signal));
  const url = useMemo(
    () => data && URL.createObjectURL(new Blob([data], { type: "image/svg+xml" })),
    [data],
  );
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return drawn ? url : blobUrl(sha256);
}

interface LightBoxProps {
  media: MediaKey;
  index: number;
  place: number;
  onClose: () => void;
}

function LightBox({ media, index, place, onClose }: LightBoxProps) {
  const [at, setAt] = useState({ index, place });
  const step = media.steps[at.index];
  const items = step?.items ?? [];
  const item = items[Math.min(at.place, items.length - 1)];
  const move = (steps: number, places: number) => {
    const next = Math.max(0, Math.min(media.steps.length - 1, at.index + steps));
    const count = media.steps[next]?.items.length ?? 1;
    setAt({ index: next, place: Math.max(0, Math.min(count - 1, at.place + places)) });
  };
  const command = (label: string, keys: string, steps: number, places: number) => ({
    label,
    keys,
    group: "Media",
    hidden: true,
    anywhere: true,
    run: () => move(steps, places),
  });
  useCommands([
    command("Step before", "arrowleft", -1, 0),
    command("Next step", "arrowright", 1, 0),
    command("Picture before", "arrowup", 0, -1),
    command("Next picture", "arrowdown", 0, 1),
  ]);
  if (!step || !item) return null;
  return (
    <Dialog title={media.key} class="light-box" onClose={onClose}>
      <div class="light-box-body" tabIndex={0} autofocus>
        <Picture item={item} name={media.key} />
      </div>
      <footer class="light-box-foot">
        <Walk
          what="step"
          keys="←→"
          at={at.index}
          count={media.steps.length}
          onMove={(by) => move(by, 0)}
        />
        <span>step {formatNumber(step.step)}</span>
        <Walk
          what="picture"
          keys="↑↓"
          at={at.place}
          count={items.length}
          onMove={(by) => move(0, by)}
        />
        <span class="soft light-box-caption">{textOf(item["caption"])}</span>
        <span class="faint">{sizeText(item)}</span>
        <a
          class="button plain small"
          href={blobUrl(textOf(item["sha256"]))}
          download={fileNameOf(media.key, item, step.step)}
        >
          Download
        </a>
      </footer>
    </Dialog>
  );
}

interface WalkProps {
  what: string;
  keys: string;
  at: number;
  count: number;
  onMove: (by: number) => void;
}

/** Two arrows, where there is more than one. */
function Walk({ what, keys, at, count, onMove }: WalkProps) {
  if (count < 2) return null;
  const [back, on] = keys;
  return (
    <>
      <Button
        small
        icon="chevron_left"
        label={`The ${what} before  ${back}`}
        disabled={at === 0}
        onClick={() => onMove(-1)}
      />
      <Button
        small
        icon="chevron_right"
        label={`The next ${what}  ${on}`}
        disabled={at === count - 1}
        onClick={() => onMove(1)}
      />
    </>
  );
}

function sizeText(item: Tree): string {
  const width = numberOf(item["width"]);
  const height = numberOf(item["height"]);
  return width && height ? `${width} × ${height}` : "";
}
