// One key of the gallery: what it held at a step, and a slider over its steps.
import { useState } from "preact/hooks";
import type { Tree } from "../../../api/types";
import { formatNumber } from "../../../format";
import { indexAt, type MediaKey, type MediaStep } from "./gallery";
import { HistogramCard } from "./HistogramCard";
import { HtmlItem, JsonItem, OtherItem, PlayItem, TextItem } from "./items";
import { Pictures } from "./Pictures";
import { TableItem } from "./TableItem";
import "./media.css";

export interface MediaCardProps {
  media: MediaKey;
  /** The step that all cards show, -1 for the last; undefined: this card has its own. */
  step: number | undefined;
  /** What stands in its head instead of the key, and the colour before it. */
  title?: string;
  color?: string;
}

const kWide = new Set(["table"]);

export function MediaCard({ media, step, title = media.key, color }: MediaCardProps) {
  const [own, setOwn] = useState<number>(); // an index; undefined: the last
  const { steps } = media;
  const last = steps.length - 1;
  const linked = step === undefined ? undefined : step < 0 ? last : indexAt(steps, step);
  const index = Math.min(linked ?? own ?? last, last);
  const at = steps[index];
  if (!at) return null;
  const many = at.items.length > 1 && at.items.every((item) => item["type"] === "image");
  return (
    <section
      class={`media-card ${kWide.has(media.kind) || many ? "wide" : ""}`}
      aria-label={media.key}
    >
      <header>
        <h3 title={title}>
          {color && <span class="media-dot" style={{ background: color }} />}
          {title}
        </h3>
        <span class="media-step">
          step {formatNumber(at.step)}
          {steps.length > 1 && (
            <span class="faint">
              {" "}
              · {index + 1} of {steps.length}
            </span>
          )}
        </span>
      </header>
      <Body media={media} at={at} index={index} onIndex={step === undefined ? setOwn : undefined} />
      {step === undefined && steps.length > 1 && (
        <input
          type="range"
          class="media-slider"
          min={0}
          max={last}
          value={index}
          aria-label={`Step of ${media.key}`}
          aria-valuetext={`step ${at.step}`}
          onInput={(event) => setOwn(Number(event.currentTarget.value))}
        />
      )}
    </section>
  );
}

interface BodyProps {
  media: MediaKey;
  at: MediaStep;
  index: number;
  onIndex: ((index: number) => void) | undefined;
}

function Body({ media, at, index, onIndex }: BodyProps) {
  if (at.items.every((item) => item["type"] === "image"))
    return <Pictures media={media} index={index} />;
  if (at.items.length === 1 && at.items[0]?.["type"] === "histogram")
    return <HistogramCard media={media} index={index} onIndex={onIndex} />;
  return (
    <div class="media-items">
      {at.items.map((item, place) => (
        <Item key={place} name={media.key} item={item} />
      ))}
    </div>
  );
}

function Item({ name, item }: { name: string; item: Tree }) {
  switch (item["type"]) {
    case "image":
      return (
        <Pictures
          media={{ key: name, kind: "image", steps: [{ step: 0, time_ns: 0, items: [item] }] }}
          index={0}
        />
      );
    case "table":
      return <TableItem name={name} item={item} />;
    case "audio":
    case "video":
      return <PlayItem name={name} item={item} />;
    case "text":
      return <TextItem item={item} />;
    case "json":
      return <JsonItem item={item} />;
    case "html":
      return <HtmlItem name={name} item={item} />;
    default:
      return <OtherItem name={name} item={item} />;
  }
}
