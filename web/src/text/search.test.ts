// Marks on what was searched for.
import { describe, expect, it } from "vitest";
import { makeFinder } from "./search";

function find(query: string, line: string, regex = false) {
  const finder = makeFinder(query, regex);
  if (typeof finder === "string") throw new Error(finder);
  return finder(line).map((range) => line.slice(range.from, range.to));
}

describe("search", () => {
  it("a text is found wherever it stands, its signs are no expression", () => {
    expect(find("loss", "Loss=1 loss=2")).toEqual(["Loss", "loss"]);
    expect(find("a.b*(c)", "axb a.b*(c)")).toEqual(["a.b*(c)"]);
    expect(find("[1/2]-{3}\\", "x [1/2]-{3}\\ y")).toEqual(["[1/2]-{3}\\"]);
  });

  it("an upper-case letter makes the case matter", () => {
    expect(find("Loss", "Loss loss")).toEqual(["Loss"]);
  });

  it("expressions are found, empty matches are none", () => {
    expect(find("e(poch)? \\d+", "epoch 12, e 3", true)).toEqual(["epoch 12", "e 3"]);
    expect(find("x*", "axxb", true)).toEqual(["xx"]);
  });

  it("a wrong expression is a sentence", () => {
    expect(makeFinder("(", true)).toMatch(/group/i);
    expect(typeof makeFinder("(", false)).toBe("function");
  });

  it("an empty query finds nothing", () => {
    expect(find("", "abc")).toEqual([]);
  });
});
