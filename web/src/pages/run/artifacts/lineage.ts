// What made what: runs and artifacts in layers, left to right, with as few crossings as is easy.

export interface LineageNode {
  id: string;
  kind: "run" | "artifact";
  label: string;
  detail: string;
  /** 0 is the run one looks at; artifacts it used are at -1, those who made them at -2 … */
  layer: number;
}

export interface LineageEdge {
  from: string;
  to: string;
}

export interface Graph {
  nodes: LineageNode[];
  edges: LineageEdge[];
}

export interface PlacedNode extends LineageNode {
  x: number;
  y: number;
}

export interface PlacedEdge extends LineageEdge {
  path: string;
}

export interface Drawing {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

export const kNode = { width: 176, height: 44 };
const kGap = { x: 64, y: 14 };
const kSweeps = 6;

/** Places every node: layers are columns; within one, near those that it is joined to. */
export function layOut({ nodes, edges }: Graph): Drawing {
  const known = new Set(nodes.map((node) => node.id));
  const joined = edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  const layers = columnsOf(nodes);
  const order = new Map<string, number>();
  const number = (column: LineageNode[]) =>
    column.forEach((node, place) => order.set(node.id, place - (column.length - 1) / 2));
  layers.forEach(number);
  for (let sweep = 0; sweep < kSweeps; sweep++) {
    const walk = sweep % 2 === 0 ? layers : [...layers].reverse();
    for (const column of walk) {
      sortByNeighbours(column, joined, order);
      number(column);
    }
  }
  const tallest = Math.max(1, ...layers.map((column) => column.length));
  const height = tallest * (kNode.height + kGap.y) - kGap.y;
  const placed = layers.flatMap((column, at) => {
    const own = column.length * (kNode.height + kGap.y) - kGap.y;
    return column.map((node, place): PlacedNode => ({
      ...node,
      x: at * (kNode.width + kGap.x),
      y: (height - own) / 2 + place * (kNode.height + kGap.y),
    }));
  });
  const places = new Map(placed.map((node) => [node.id, node]));
  return {
    nodes: placed,
    edges: joined.map((edge) => ({
      ...edge,
      path: curve(places.get(edge.from), places.get(edge.to)),
    })),
    width: layers.length * (kNode.width + kGap.x) - kGap.x,
    height,
  };
}

function columnsOf(nodes: LineageNode[]): LineageNode[][] {
  const layers = new Map<number, LineageNode[]>();
  for (const node of nodes) {
    const column = layers.get(node.layer);
    if (column) column.push(node);
    else layers.set(node.layer, [node]);
  }
  return [...layers].sort(([one], [other]) => one - other).map(([, column]) => column);
}

/** Each node goes to the mean place of its neighbours in the other columns. */
function sortByNeighbours(
  column: LineageNode[],
  edges: LineageEdge[],
  order: Map<string, number>,
): void {
  const wish = new Map<string, number>();
  for (const node of column) {
    const near = edges.flatMap((edge) =>
      edge.from === node.id ? [edge.to] : edge.to === node.id ? [edge.from] : [],
    );
    const sum = near.reduce((total, id) => total + (order.get(id) ?? 0), 0);
    wish.set(node.id, near.length ? sum / near.length : (order.get(node.id) ?? 0));
  }
  column.sort((one, other) => (wish.get(one.id) ?? 0) - (wish.get(other.id) ?? 0));
}

function curve(from: PlacedNode | undefined, to: PlacedNode | undefined): string {
  if (!from || !to) return "";
  const [x0, y0] = [from.x + kNode.width, from.y + kNode.height / 2];
  const [x1, y1] = [to.x, to.y + kNode.height / 2];
  const bend = Math.max(24, (x1 - x0) / 2);
  return `M${x0},${y0} C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`;
}
