// The files that a run kept with save(), apart from its artifacts.
import { api } from "../../api/client";
import { formatBytes, formatCount } from "../../format";
import { Empty, Failure, Loading } from "../../ui";
import type { TabProps } from ".";
import { runPath } from "./change";
import { FileTable } from "./FileTable";
import { useLoad, useSlow } from "../../state/load";
import type { ArtifactFile, Manifest } from "./nouns";

const kAgainAfter_ms = 10_000;

export function Files({ run }: TabProps) {
  const to = `${runPath(run)}/artifacts`;
  const { data, error, reload } = useLoad(
    to,
    (signal) => api.get<{ artifacts: Manifest[] }>(to, {}, { signal }),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  if (error !== undefined && !data) return <Failure error={error} onRetry={reload} />;
  if (!data) return <Loading />;
  const files = savedFiles(data.artifacts);
  if (!files.length)
    return (
      <Empty icon="folder" title="No files" command={'run.save("model.pt")'}>
        Files that the run keeps appear here; artifacts have a tab of their own. Keep one:
      </Empty>
    );
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return (
    <div class="files">
      <p class="soft">
        {formatCount(files.length, "file")}, {formatBytes(bytes)}
      </p>
      <FileTable files={files} />
    </div>
  );
}

/** Each path once, as it was kept last. What save() keeps are artifacts without an alias. */
function savedFiles(artifacts: Manifest[]): ArtifactFile[] {
  const files = new Map<string, ArtifactFile>();
  for (const { name, aliases = [], files: kept = [] } of artifacts) {
    if (aliases.length > 0) continue;
    for (const file of kept)
      files.set(kept.length === 1 ? name : file.path, {
        ...file,
        path: kept.length === 1 ? name : file.path,
      });
  }
  return [...files.values()].sort((one, other) =>
    one.path.localeCompare(other.path, "en", { numeric: true }),
  );
}
