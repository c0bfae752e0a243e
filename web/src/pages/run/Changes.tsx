// What was changed in the checkout and is in no commit: the run's code is the commit and this.
import { formatBytes } from "../../format";
import type { RunDetail } from "../../api/types";
import { DiffView } from "../../text/DiffView";
import { parseDiff } from "../../text/diff";
import { Copy, Failure } from "../../ui";
import { blobUrl, readBlobText } from "./blob";
import { useLoad } from "../../state/load";
import { gitOf } from "./nouns";

export function Changes({ run }: { run: RunDetail }) {
  const git = gitOf(run);
  const { data, error, reload } = useLoad(git?.diff || null, (signal) =>
    readBlobText(git?.diff ?? "", signal),
  );
  if (!git || (!git.dirty && !git.untracked.length)) return null;
  const files = data === undefined ? [] : parseDiff(data);
  return (
    <section class="part" id="changes">
      <header class="part-head">
        <h2>
          Uncommitted changes <small>{files.length || ""}</small>
        </h2>
        {data && <Copy text={data} label="Copy the diff" />}
        {git.diff && (
          <a class="link" href={blobUrl(git.diff)} download={`${run.name}.diff`}>
            Download, {formatBytes(git.diff_bytes)}
          </a>
        )}
      </header>
      {git.truncated && (
        <p class="notice warn">The diff was longer than what is kept; its end is missing.</p>
      )}
      {error !== undefined && <Failure error={error} onRetry={reload} />}
      <DiffView files={files} />
      {git.untracked.length > 0 && <Untracked names={git.untracked} />}
    </section>
  );
}

const kNamesShown = 30;

function Untracked({ names }: { names: string[] }) {
  const more = names.length - kNamesShown;
  return (
    <p class="untracked">
      <span class="soft">Not under git: </span>
      {names.slice(0, kNamesShown).map((name) => (
        <code key={name}>{name}</code>
      ))}
      {more > 0 && <span class="soft"> and {more} more</span>}
    </p>
  );
}
