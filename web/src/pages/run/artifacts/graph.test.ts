// Who made and who used what, around one run.
import { describe, expect, it } from "vitest";
import type { ArtifactDetail } from "../nouns";
import { gather } from "./graph";

const version = (name: string, run: string, used_by: string[]) => ({
  version: name,
  run,
  used_by,
  aliases: [],
  created_ns: 0,
  sha256: "",
  bytes: 0,
  files: [],
});
const details = new Map<string, ArtifactDetail>([
  ["data", { name: "data", type: "dataset", versions: [version("v0", "maker", ["me", "other"])] }],
  [
    "model",
    { name: "model", type: "model", versions: [version("v3", "me", ["eval", "eval2", "me"])] },
  ],
]);
const names = { run: (id: string) => id.toUpperCase() };

describe("the graph around a run", () => {
  it("used and made, their makers and users, each once", () => {
    const graph = gather(
      { id: "me", name: "Me" },
      {
        used: [{ name: "data", version: "v0" }],
        made: [
          { name: "model", version: "v3" },
          { name: "log", version: "v0" },
        ],
      },
      details,
      names,
    );
    expect(graph.nodes.map((node) => [node.label, node.layer])).toEqual([
      ["Me", 0],
      ["data", -1],
      ["MAKER", -2],
      ["model", 1],
      ["EVAL", 2],
      ["EVAL2", 2],
      ["log", 1],
    ]);
    expect(graph.edges.map((edge) => `${edge.from}>${edge.to}`)).toEqual([
      "data:v0>me",
      "maker>data:v0",
      "me>model:v3",
      "model:v3>eval",
      "model:v3>eval2",
      "me>log:v0",
    ]);
  });
});
