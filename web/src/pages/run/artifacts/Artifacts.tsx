// The artifacts of a run: what it used and made as a graph, and one of them in full.
import { useMemo } from "preact/hooks";
import { ApiError, api, path } from "../../../api/client";
import { query } from "../../../state/url";
import { Empty, Failure, Loading } from "../../../ui";
import type { TabProps } from "..";
import { runPath } from "../change";
import { useLoad, useSlow } from "../../../state/load";
import type { ArtifactDetail, ArtifactRef, Lineage } from "../nouns";
import { ArtifactView } from "./ArtifactView";
import { artifactId, gather } from "./graph";
import { LineageView } from "./LineageView";
import "./artifacts.css";

interface Around {
  lineage: Lineage;
  details: Map<string, ArtifactDetail>;
  names: Map<string, string>;
}

const kDetailsMax = 40;
const kAgainAfter_ms = 10_000;

export function Artifacts({ run }: TabProps) {
  const to = runPath(run);
  const { data, error, reload, loading } = useLoad(
    to,
    (signal) => loadAround(run.project, to, signal),
    useSlow(run.updated_ns, kAgainAfter_ms),
  );
  const chosen = query("artifact", "");
  const graph = useMemo(
    () =>
      data && gather(run, data.lineage, data.details, { run: (id) => data.names.get(id) ?? id }),
    [data, run.id, run.name],
  );
  if (error && !data) return <Failure error={error} onRetry={reload} />;
  if (!data || !graph) return loading ? <Loading /> : null;
  const all = [...data.lineage.made, ...data.lineage.used];
  if (!all.length) return <NoArtifacts />;
  const first = all[0] as ArtifactRef;
  const selected = chosen.value || artifactId(first.name, first.version);
  const detail = data.details.get(selected.slice(0, selected.lastIndexOf(":")));
  return (
    <div class="artifacts">
      <LineageView
        project={run.project}
        run={run.id}
        graph={graph}
        selected={selected}
        onSelect={(id) => (chosen.value = id)}
      />
      {detail ? (
        <ArtifactView
          run={run}
          detail={detail}
          version={selected.slice(selected.lastIndexOf(":") + 1)}
          names={data.names}
          onVersion={(version) => (chosen.value = artifactId(detail.name, version))}
          onChange={reload}
        />
      ) : (
        <p class="soft artifact-gone">Of this artifact nothing is kept here but its name.</p>
      )}
    </div>
  );
}

function NoArtifacts() {
  return (
    <Empty
      icon="archive"
      title="No artifacts"
      command={'run.log_artifact("model.pt", name="model", type="model")'}
    >
      Datasets and models that runs make and use, with versions, and the graph of who made what.
      Keep one:
    </Empty>
  );
}

async function loadAround(project: string, to: string, signal: AbortSignal): Promise<Around> {
  const lineage = await api.get<Lineage>(`${to}/lineage`, {}, { signal });
  const wanted = new Map<string, Set<string>>();
  for (const { name, version } of [...lineage.made, ...lineage.used]) {
    const versions = wanted.get(name) ?? new Set();
    wanted.set(name, version ? versions.add(version) : versions);
  }
  const details = new Map<string, ArtifactDetail>();
  await Promise.all(
    [...wanted].slice(0, kDetailsMax).map(async ([name, versions]) => {
      try {
        details.set(name, await loadArtifact(project, name, versions, signal));
      } catch (error) {
        // An artifact of another project, or one that was removed: the graph shows its name.
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    }),
  );
  return { lineage, details, names: await runNames(project, details, signal) };
}

/** Its newest versions, and those of the older ones that are wanted. */
async function loadArtifact(
  project: string,
  name: string,
  wanted: Set<string>,
  signal: AbortSignal,
): Promise<ArtifactDetail> {
  const get = (reference: string) =>
    api.get<ArtifactDetail>(path`/projects/${project}/artifacts/${reference}`, {}, { signal });
  const newest = await get(name);
  for (const { version } of newest.versions) wanted.delete(version);
  const older = await Promise.all(
    [...wanted].slice(0, kDetailsMax).map((version) => get(`${name}:${version}`)),
  );
  return { ...newest, versions: [newest, ...older].flatMap(({ versions }) => versions) };
}

interface Cells {
  runs: { id: string; cells: unknown[] }[];
}

const kNamesMax = 500;

/** The names of the runs that the artifacts speak of. */
async function runNames(
  project: string,
  details: Map<string, ArtifactDetail>,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const ids = new Set<string>();
  for (const { versions } of details.values())
    for (const version of versions)
      for (const id of [version.run, ...version.used_by]) if (id) ids.add(id);
  const list = [...ids].slice(0, kNamesMax);
  if (!list.length) return new Map();
  const filter = `id in (${list.map((id) => `'${id.replace(/'/g, "''")}'`).join(", ")})`;
  const { runs } = await api.get<Cells>(
    path`/projects/${project}/runs`,
    { filter, columns: "name", limit: kNamesMax },
    { signal },
  );
  return new Map(runs.map(({ id, cells }) => [id, String(cells[0] ?? id)]));
}
