// The lineage drawn: boxes that lead to runs and artifacts, all within the keyboard's reach.
import { useMemo } from "preact/hooks";
import { hrefOf } from "../../../state/url";
import { kNode, layOut, type Graph, type PlacedNode } from "./lineage";

export interface LineageViewProps {
  project: string;
  run: string;
  graph: Graph;
  /** The artifact that is shown below, as "name:version". */
  selected: string;
  onSelect: (artifact: string) => void;
}

export function LineageView({ project, run, graph, selected, onSelect }: LineageViewProps) {
  const drawing = useMemo(() => layOut(graph), [graph]);
  return (
    <div
      class="lineage"
      role="group"
      aria-label="Lineage: what was used at the left, what was made at the right"
    >
      <div
        class="lineage-sheet"
        style={{ width: `${drawing.width}px`, height: `${drawing.height}px` }}
      >
        <svg width={drawing.width} height={drawing.height} aria-hidden="true">
          <defs>
            <marker
              id="lineage-end"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M1,1 L7,4 L1,7" class="lineage-arrow" />
            </marker>
          </defs>
          {drawing.edges.map((edge) => (
            <path
              key={`${edge.from}>${edge.to}`}
              d={edge.path}
              class={`lineage-edge ${edge.from === selected || edge.to === selected ? "chosen" : ""}`}
              marker-end="url(#lineage-end)"
            />
          ))}
        </svg>
        {drawing.nodes.map((node) => (
          <NodeView
            key={node.id}
            node={node}
            here={node.id === run}
            chosen={node.id === selected}
            project={project}
            onSelect={onSelect}
          />
        ))}
      </div>
    </div>
  );
}

interface NodeViewProps {
  node: PlacedNode;
  here: boolean;
  chosen: boolean;
  project: string;
  onSelect: (artifact: string) => void;
}

function NodeView({ node, here, chosen, project, onSelect }: NodeViewProps) {
  const look = `lineage-node of-${node.kind} ${here ? "here" : ""} ${chosen ? "chosen" : ""}`;
  const text = (
    <>
      <strong>{node.label}</strong>
      <span>{node.detail}</span>
    </>
  );
  const style = {
    left: `${node.x}px`,
    top: `${node.y}px`,
    width: `${kNode.width}px`,
    height: `${kNode.height}px`,
  };
  if (node.kind === "artifact")
    return (
      <button
        type="button"
        class={look}
        style={style}
        aria-pressed={chosen}
        onClick={() => onSelect(node.id)}
      >
        {text}
      </button>
    );
  const href = `${hrefOf({ page: "run", project, run: node.id })}?tab=artifacts`;
  return (
    <a class={look} style={style} href={href} aria-current={here ? "page" : undefined}>
      {text}
    </a>
  );
}
