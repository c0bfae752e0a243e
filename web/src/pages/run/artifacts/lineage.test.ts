// Where the nodes of a lineage stand.
import { describe, expect, it } from "vitest";
import { kNode, layOut, type LineageNode } from "./lineage";

const node = (id: string, layer: number): LineageNode => ({
  id,
  kind: "run",
  label: id,
  detail: "",
  layer,
});
const edges = (...pairs: string[]) =>
  pairs.map((pair) => ({ from: pair[0] as string, to: pair[1] as string }));

describe("lineage", () => {
  it("layers become columns from left to right, no two nodes in one place", () => {
    const { nodes, width, height } = layOut({
      nodes: [node("r", 0), node("a", -1), node("b", -1), node("m", 1), node("p", -2)],
      edges: edges("ar", "br", "rm", "pa"),
    });
    const x = Object.fromEntries(nodes.map((each) => [each.id, each.x]));
    expect(x["p"]).toBeLessThan(x["a"] as number);
    expect(x["a"]).toBe(x["b"]);
    expect(x["a"]).toBeLessThan(x["r"] as number);
    expect(x["r"]).toBeLessThan(x["m"] as number);
    expect(new Set(nodes.map((each) => `${each.x},${each.y}`)).size).toBe(5);
    for (const each of nodes) {
      expect(each.x + kNode.width).toBeLessThanOrEqual(width);
      expect(each.y + kNode.height).toBeLessThanOrEqual(height);
    }
  });

  it("crossings that an order avoids are avoided", () => {
    const { nodes } = layOut({
      nodes: [node("a", 0), node("b", 0), node("c", 0), node("x", 1), node("y", 1), node("z", 1)],
      edges: edges("az", "by", "cx"),
    });
    const y = Object.fromEntries(nodes.map((each) => [each.id, each.y])) as Record<string, number>;
    expect(y["a"]! < y["b"]! === y["z"]! < y["y"]!).toBe(true);
    expect(y["b"]! < y["c"]! === y["y"]! < y["x"]!).toBe(true);
  });

  it("edges to nowhere are left out, a single node is no trouble", () => {
    const drawing = layOut({ nodes: [node("r", 0)], edges: edges("rq") });
    expect(drawing.edges).toEqual([]);
    expect(drawing.width).toBe(kNode.width);
    expect(layOut({ nodes: [], edges: [] }).nodes).toEqual([]);
  });
});
