// The run table without a browser: which columns, which rows, which text.
import { signal } from "@preact/signals";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Column } from "../../../api/types";
import { defaultColumns, makeColumns, printCell, printExactCell, titleOf } from "./columns";
import { csvLine } from "../../../save";
import { printField } from "./csv";
import type { Group, GroupLevel } from "./groups";
import { layRows, rowAt } from "./rows";
import { RunSource } from "./source";
import { printStat, readStat } from "./stat";

describe("columns", () => {
  const column = (name: string, count = 10): Column => ({ name, type: "float", count });

  it("begin with what most runs have", () => {
    const many = Array.from({ length: 20 }, (_, i) => column(`summary.m${i}`, 100 - i));
    const shown = defaultColumns([column("tags"), ...many, column("config.lr")]);
    expect(shown.slice(0, 4)).toEqual(["created", "duration", "summary.m0", "summary.m1"]);
    expect(shown).toContain("config.lr");
    expect(shown).toContain("tags");
    expect(shown).not.toContain("notes");
    expect(shown.filter((name) => name.startsWith("summary."))).toHaveLength(6);
  });

  it("begin with the energy of a footprint, and with nothing else of it", () => {
    const parts = ["kwh", "kwh_low", "gco2e"].map((name) => column(`summary.footprint.${name}`, 99));
    expect(defaultColumns([...parts, column("summary.loss")])).toEqual([
      "created",
      "duration",
      "summary.loss",
      "summary.footprint.kwh",
    ]);
    expect(titleOf("summary.footprint.kwh")).toEqual(["Energy (kWh)", ""]);
  });

  it("say where they come from only when titles are alike", () => {
    const looks = { widths: new Map([["config.lr", 77]]), with_diff: false, with_spread: false };
    const names = ["config.lr", "summary.lr", "summary.loss", "min:loss"];
    const made = makeColumns(
      names.map((name) => ({ name, type: "float" as const })),
      looks,
    );
    expect(made.map(({ title, origin }) => `${origin}|${title}`)).toEqual([
      "config|lr",
      "summary|lr",
      "summary|loss",
      "min|loss",
    ]);
    expect(made[0]?.width_px).toBe(77);
  });

  it("of a series name what they ask", () => {
    expect(readStat(printStat("max", "a(b)/c"))).toEqual({ what: "max", key: "a(b)/c" });
    expect(readStat("summary.min(x)")).toBeNull();
  });

  it("print cells by their type", () => {
    expect(printCell(90e9, "duration")).toBe("1m 30s");
    expect(printCell(0.123456789, "float")).toBe("0.12346");
    expect(printExactCell(0.123456789, "float")).toBe("0.123456789");
    expect(printCell(["a", "b"], "list")).toBe("a, b");
    expect(printCell(null, "text")).toBe("");
    expect(printCell(false, "bool")).toBe("false");
  });
});

describe("CSV", () => {
  it("quotes what would break a line", () => {
    expect(csvLine(["a", 'b"c', "d,e", "f\ng"])).toBe('a,"b""c","d,e","f\ng"\r\n');
  });

  it("keeps all digits and disarms formulas", () => {
    expect(printField(0.1 + 0.2, "float")).toBe("0.30000000000000004");
    expect(printField(-5, "int")).toBe("-5");
    expect(printField("=cmd()", "text")).toBe("'=cmd()");
    expect(printField(1.5e9, "duration")).toBe("1.5");
    expect(printField(1_700_000_000e9, "time")).toBe("2023-11-14T22:13:20.000Z");
  });
});

describe("rows", () => {
  const source = (total: number | null) => {
    const made = new RunSource("p", "", "");
    made.total.value = total;
    return made;
  };
  const group = (path: string, inside: Group["inside"]) => ({ path, inside }) as Group;
  const level = (groups: Group[], has_more = false) =>
    ({ groups: signal(groups), total: signal(groups.length), has_more }) as unknown as GroupLevel;

  it("are pinned runs, then all runs", () => {
    const pinned = source(2);
    const all = source(5);
    const body = layRows(pinned, { source: all }, () => false);
    expect(body.rows).toBe(7);
    expect(rowAt(body, 1)).toMatchObject({ kind: "run", source: pinned, index: 1 });
    expect(rowAt(body, 2)).toMatchObject({ kind: "run", source: all, index: 0 });
    expect(rowAt(body, 6)).toMatchObject({ kind: "run", source: all, index: 4 });
    expect(rowAt(body, 7)).toBeNull();
  });

  it("open groups within groups", () => {
    const runs = source(3);
    const inner = level([group("/a/1", { groups: null, source: runs })]);
    const outer = level(
      [
        group("/a", { groups: inner, source: null }),
        group("/b", { groups: null, source: source(9) }),
      ],
      true,
    );
    const kinds = (opened: string[]) => {
      const body = layRows(null, { level: outer }, (path) => opened.includes(path));
      return Array.from({ length: body.rows }, (_, i) => {
        const row = rowAt(body, i);
        return row ? `${row.kind}${row.depth}` : "none";
      });
    };
    expect(kinds([])).toEqual(["group0", "group0", "more0"]);
    expect(kinds(["/a"])).toEqual(["group0", "group1", "group0", "more0"]);
    expect(kinds(["/a", "/a/1"])).toEqual([
      "group0",
      "group1",
      "run2",
      "run2",
      "run2",
      "group0",
      "more0",
    ]);
  });

  it("hold a place for a group that is on its way", () => {
    const outer = level([group("/a", { groups: null, source: source(null) })]);
    expect(layRows(null, { level: outer }, () => true).rows).toBe(2);
  });
});

describe("RunSource", () => {
  afterEach(() => vi.unstubAllGlobals());

  const kTotal = 1000;
  const asked: URLSearchParams[] = [];

  /** A server whose runs are called by their place, and whose cells by run and column. */
  function serve(): void {
    asked.length = 0;
    vi.stubGlobal("fetch", (url: string) => {
      const params = new URL(url, "http://x").searchParams;
      asked.push(params);
      const at = Number(params.get("cursor"));
      const columns = params.get("columns")?.split(",") ?? [];
      const runs = Array.from({ length: Math.min(100, kTotal - at) }, (_, i) => ({
        id: `r${at + i}`,
        cells: columns.map((column) => `${column}-${at + i}`),
      }));
      const page = { runs, total: kTotal, next_cursor: null, warnings: [] };
      return Promise.resolve(new Response(JSON.stringify(page)));
    });
  }

  const settled = () => new Promise((done) => setTimeout(done, 20));

  it("fetches the blocks in sight, and columns only once", async () => {
    serve();
    const source = new RunSource("p", "state = finished", "-created");
    source.want(90, 130, ["name"]);
    await settled();
    expect(asked.map((params) => params.get("cursor"))).toEqual(["0", "100"]);
    expect(source.id(101)).toBe("r101");
    expect(source.value(99, "name")).toBe("name-99");
    source.want(90, 130, ["name", "loss"]);
    await settled();
    expect(asked.slice(2).map((params) => params.get("columns"))).toEqual(["loss", "loss"]);
    expect(source.value(130, "loss")).toBe("loss-130");
    expect(source.total.value).toBe(kTotal);
  });

  it("never asks for what was scrolled past", async () => {
    serve();
    const source = new RunSource("p", "", "");
    for (let first = 0; first < 900; first += 50) source.want(first, first + 50, ["name"]);
    await settled();
    expect(asked.length).toBeLessThan(6);
    expect(source.id(899)).toBe("r899");
  });

  it("shows the old cells until the new ones have come", async () => {
    serve();
    const source = new RunSource("p", "", "");
    source.want(0, 50, ["name"]);
    await settled();
    source.refresh();
    expect(source.value(3, "name")).toBe("name-3");
    await settled();
    expect(asked).toHaveLength(2);
  });

  it("shows a change before the server has confirmed it", async () => {
    serve();
    const source = new RunSource("p", "", "");
    source.want(0, 50, ["name"]);
    await settled();
    source.patch("r7", { name: "renamed" });
    expect(source.value(source.find("r7"), "name")).toBe("renamed");
  });

  it("keeps the server's words when it refuses", async () => {
    const refusal = { error: { code: "invalid", message: "no such field" } };
    vi.stubGlobal("fetch", () =>
      Promise.resolve(new Response(JSON.stringify(refusal), { status: 400 })),
    );
    const source = new RunSource("p", "?", "");
    source.want(0, 50, ["name"]);
    await settled();
    expect(source.error.value).toBe("no such field");
  });
});
