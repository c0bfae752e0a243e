// The filter language from the page's side: writing it, completing it, pointing at mistakes.
import { describe, expect, it } from "vitest";
import type { Column } from "../api/types";
import { completeFilter } from "./complete";
import { pointAt, readFilterError } from "./error";
import { joinFilters, printEqual, printField, printIds } from "./text";

describe("fields", () => {
  it.each([
    ["name", "name"],
    ["config.opt.lr", "config.opt.lr"],
    ["summary.val/acc", "summary.val/acc"],
    ["summary.top-1@5:x", "summary.top-1@5:x"],
    ["summary.val/acc top 1", "summary.`val/acc top 1`"],
    ["summary./leading", "summary.`/leading`"],
    ["config.a`b", "config.`a``b`"],
    ["config.größe", "config.`größe`"],
  ])("%s is written %s", (name, text) => expect(printField(name)).toBe(text));
});

describe("comparisons", () => {
  it.each([
    ["adam", "config.x = 'adam'"],
    ["it's", "config.x = 'it''s'"],
    [0.001, "config.x = 0.001"],
    [1e-9, "config.x = 1e-9"],
    [-Infinity, "config.x = -inf"],
    [NaN, "config.x is nan"],
    [true, "config.x = true"],
    [null, "config.x is null"],
    [["a", "b"], "'a' in config.x and 'b' in config.x"],
  ])("with %s", (value, text) => expect(printEqual("config.x", value)).toBe(text));

  it("are joined so that each keeps its meaning", () => {
    expect(joinFilters("", "a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and (c = 3)");
    expect(joinFilters("a = 1", " ")).toBe("a = 1");
    expect(joinFilters()).toBe("");
  });

  it("name runs by id", () => {
    expect(printIds(["a", "b"])).toBe("id in ('a', 'b')");
    expect(printIds(["a"], true)).toBe("id not in ('a')");
    expect(printIds([])).toBe("");
  });
});

describe("completion", () => {
  const columns: Column[] = [
    { name: "state", type: "text", count: 9 },
    { name: "tags", type: "list", count: 9 },
    { name: "created", type: "time", count: 9 },
    { name: "config.lr", type: "float", count: 9 },
    { name: "config.augment", type: "bool", count: 9 },
    { name: "summary.val/loss", type: "float", count: 9 },
    { name: "summary.val loss", type: "float", count: 1 },
  ];
  const valuesOf = (field: string) => (field === "state" ? ["finished", "failed"] : []);

  /** Offers at the bar in the text. */
  const at = (marked: string) => {
    const caret = marked.indexOf("|");
    return completeFilter(marked.replace("|", ""), caret, { columns, valuesOf });
  };
  const labels = (marked: string) => at(marked).map((offer) => offer.label ?? offer.text);
  /** The text after the first offer was taken. */
  const taken = (marked: string) => {
    const text = marked.replace("|", "");
    const [offer] = at(marked);
    return offer ? text.slice(0, offer.from) + offer.text + text.slice(offer.to) : text;
  };

  it("offers fields where a field must stand", () => {
    expect(labels("|")).toHaveLength(columns.length);
    expect(labels("lr|")).toEqual(["config.lr"]);
    expect(labels("state = finished and au|")).toEqual(["config.augment"]);
    expect(labels("not (st|")).toEqual(["state"]);
    expect(labels("tags contains 'a' or (val/lo|")).toEqual(["summary.val/loss"]);
  });

  it("offers statistics of series by what was logged", () => {
    expect(labels("min:val/lo|")).toEqual(["min:val/loss"]);
    expect(taken("state = finished and best:val/l|")).toBe(
      "state = finished and best:val/loss ",
    );
  });

  it("offers the operators of the field's type", () => {
    expect(labels("config.lr |")).toContain("<");
    expect(labels("config.lr |")).not.toContain("~");
    expect(labels("state |")).toContain("~");
    expect(labels("tags |")[0]).toBe("contains");
    expect(labels("config.augment |")).toEqual(["=", "!=", "is null", "is not null"]);
    expect(labels("state i|")).toEqual(["in", "is null", "is not null"]);
  });

  it("offers values where a value must stand, in lists too", () => {
    expect(labels("state = |")).toEqual(["finished", "failed"]);
    expect(labels("state = fin|")).toEqual(["finished"]);
    expect(labels("state = 'fa|")).toEqual(["failed"]);
    expect(labels("state in (finished, fa|")).toEqual(["failed"]);
    expect(labels("config.augment = t|")).toEqual(["true"]);
    expect(labels("created > |")).toContain("-7d");
    expect(labels("created > |").every((label) => label.startsWith("-"))).toBe(true);
  });

  it("offers and, or after a comparison", () => {
    expect(labels("state = finished |")).toEqual(["and", "or"]);
    expect(labels("state in (a, b) |")).toEqual(["and", "or"]);
    expect(labels("config.lr is not null |")).toEqual(["and", "or"]);
  });

  it("replaces the word at the caret, and quotes what needs quotes", () => {
    expect(taken("config.l|")).toBe("config.lr ");
    expect(taken("state = 'fin|")).toBe("state = 'finished' ");
    expect(taken("st| = 1")).toBe("state  = 1");
    expect(at("`val loss|").map((offer) => offer.text)).toContain("summary.`val loss` ");
  });

  it("is silent within a text that is done", () => {
    expect(at("state = 'finished'|")).toEqual([]);
  });
});

describe("mistakes", () => {
  const message =
    "expected a value after '>=' at character 14\n  config.lr >= and x\n               ^";

  it("are read with their place", () => {
    expect(readFilterError(message)).toEqual({ sentence: "expected a value after '>='", at: 13 });
    expect(readFilterError("the store is busy")).toEqual({
      sentence: "the store is busy",
      at: null,
    });
  });

  it("are pointed at", () => {
    expect(pointAt("config.lr >= and x", 13)).toBe("config.lr >= and x\n             ^");
    expect(pointAt("a = ", 4)).toBe("a = \n    ^");
  });

  it("in a long filter are shown with what is around them", () => {
    const filter = "name = 'x' and ".repeat(10) + "oops and " + "name = 'y' and ".repeat(10);
    const [line = "", caret = ""] = pointAt(filter, filter.indexOf("oops")).split("\n");
    expect(line.length).toBeLessThan(64);
    expect(line.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("oops");
  });
});
