// Single media: sound and film, text, JSON, pages, and what can only be downloaded.
import type { Tree, Value } from "../../../api/types";
import { formatBytes } from "../../../format";
import { isTree, printValue } from "../../../text/tree";
import { ValueTree } from "../../../text/ValueTree";
import { blobUrl, pageUrl } from "../blob";
import { numberOf, textOf } from "../nouns";

/** A name for a file of this medium: its key, its step, and what it is. */
export function fileNameOf(name: string, item: Tree, step?: number): string {
  const plain = name.replace(/[^\w.-]+/g, "_").replace(/^\.+/, "");
  const format = textOf(item["format"]).replace(/[^\w]+/g, "") || "bin";
  return `${plain}${step === undefined ? "" : `_${step}`}.${format}`;
}

export function Download({ name, item }: { name: string; item: Tree }) {
  const bytes = numberOf(item["bytes"]);
  const sha256 = textOf(item["sha256"]);
  if (!sha256) return null;
  return (
    <a class="link" href={blobUrl(sha256)} download={fileNameOf(name, item)}>
      Download{bytes !== undefined && ` ${formatBytes(bytes)}`}
    </a>
  );
}

export function PlayItem({ name, item }: { name: string; item: Tree }) {
  const url = blobUrl(textOf(item["sha256"]));
  const format = textOf(item["format"]);
  const caption = textOf(item["caption"]);
  const film = item["type"] === "video";
  return (
    <figure class="play">
      {film && format === "gif" ? (
        <img src={url} alt={caption || name} loading="lazy" />
      ) : film ? (
        <video src={url} controls loop muted preload="metadata" aria-label={caption || name} />
      ) : (
        <audio src={url} controls preload="none" aria-label={caption || name} />
      )}
      <figcaption>
        {caption} <Download name={name} item={item} />
      </figcaption>
    </figure>
  );
}

export function TextItem({ item }: { item: Tree }) {
  return (
    <pre class="media-text" tabIndex={0}>
      {textOf(item["text"])}
    </pre>
  );
}

export function JsonItem({ item }: { item: Tree }) {
  const value: Value = item["value"] ?? null;
  if (isTree(value)) return <ValueTree tree={value} label="JSON" />;
  if (Array.isArray(value))
    return (
      <ValueTree
        tree={Object.fromEntries(value.map((part, index) => [String(index), part]))}
        label="JSON"
      />
    );
  return <pre class="media-text">{printValue(value)}</pre>;
}

/**
 * A page that somebody logged, in a frame that may run nothing, send nothing and reach nothing of
 * ours: twice so, by the frame here and by the policy that the server sends with it.
 */
export function HtmlItem({ name, item }: { name: string; item: Tree }) {
  return (
    <div class="html-item">
      <iframe
        sandbox=""
        src={pageUrl(textOf(item["sha256"]))}
        title={name}
        referrerpolicy="no-referrer"
        loading="lazy"
      />
      <p class="soft">
        Shown without scripts. <Download name={name} item={item} />
      </p>
    </div>
  );
}

export function OtherItem({ name, item }: { name: string; item: Tree }) {
  const kind = textOf(item["type"]) || "unknown";
  return (
    <div class="other-item">
      <p class="soft">{aboutOf(kind)}</p>
      {textOf(item["caption"]) && <p>{textOf(item["caption"])}</p>}
      <Download name={name} item={item} />
    </div>
  );
}

function aboutOf(kind: string): string {
  if (kind === "plotly") return "A Plotly figure. The file opens with plotly.io.read_json.";
  if (kind === "object3d") return "A 3D scene. The file opens in any viewer of its format.";
  if (kind === "molecule") return "A molecule. The file opens in any viewer of its format.";
  return `A medium of kind “${kind}”.`;
}
