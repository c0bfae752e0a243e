// The neighbourhood of a run: what it used and made, who made that, who uses this.
import type { ArtifactDetail, ArtifactRef, Lineage } from "../nouns";
import type { Graph, LineageNode } from "./lineage";

export interface Names {
  /** The name of a run by its id, where it is known. */
  run: (id: string) => string;
}

const kUsersMax = 12;

export const artifactId = (name: string, version: string | null) => `${name}:${version ?? "?"}`;

/** The graph around one run. `details` are the artifacts it names, with all their versions. */
export function gather(
  run: { id: string; name: string },
  lineage: Lineage,
  details: Map<string, ArtifactDetail>,
  names: Names,
): Graph {
  const nodes = new Map<string, LineageNode>();
  const edges = new Set<string>();
  const add = (node: LineageNode) => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
  };
  const join = (from: string, to: string) => edges.add(JSON.stringify([from, to]));
  const addRun = (id: string, layer: number) =>
    add({ id, kind: "run", label: names.run(id), detail: id, layer });
  const addArtifact = (ref: ArtifactRef, layer: number) => {
    const id = artifactId(ref.name, ref.version);
    const type = ref.type || details.get(ref.name)?.type || "artifact";
    const detail = ref.version ? `${type} · ${ref.version}` : type;
    add({ id, kind: "artifact", label: ref.name, detail, layer });
    return id;
  };
  const versionOf = (ref: ArtifactRef) =>
    details.get(ref.name)?.versions.find((known) => known.version === ref.version);

  add({ id: run.id, kind: "run", label: run.name, detail: run.id, layer: 0 });
  for (const ref of lineage.used) {
    const id = addArtifact(ref, -1);
    join(id, run.id);
    const maker = versionOf(ref)?.run;
    if (!maker || maker === run.id) continue;
    addRun(maker, -2);
    join(maker, id);
  }
  for (const ref of lineage.made) {
    const id = addArtifact(ref, 1);
    join(run.id, id);
    for (const user of (versionOf(ref)?.used_by ?? []).slice(0, kUsersMax)) {
      if (user === run.id) continue;
      addRun(user, 2);
      join(id, user);
    }
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges].map((pair) => {
      const [from, to] = JSON.parse(pair) as [string, string];
      return { from, to };
    }),
  };
}
