// Rules of what the footprint page makes of the server's numbers.
import { describe, expect, it } from "vitest";
import type { Footprint, FootprintGroup } from "../../api/footprint";
import { kKnown, pageParams, placeParams, runFilter, type Choices } from "./choices";
import { daysOf, likely, paretoFront, resultsOf, rowsOf } from "./numbers";

const used = (kwh: number) => ({ energy_kwh: { value: kwh } }) as Footprint;
const group = (key: FootprintGroup["key"], kwh: number | null): FootprintGroup => ({
  key,
  runs: 1,
  footprint: kwh === null ? null : used(kwh),
});

const choices: Choices = {
  filter: "",
  since: "",
  zone: "",
  pue: "",
  price: "",
  idle: "",
  kind: "",
  metric: "",
  goal: "",
};

describe("rows", () => {
  const groups = [
    group({ run: "a" }, null),
    group({ run: "b" }, 1),
    group({ run: "c" }, 3),
    group({ run: null }, 0),
  ];

  it("begin with the most energy; what is unknown comes last, after none", () => {
    expect(rowsOf(groups, "run").map(({ name, share }) => [name, share])).toEqual([
      ["c", 0.75],
      ["b", 0.25],
      [null, 0],
      ["a", 0],
    ]);
  });
});

describe("days", () => {
  it("follow each other without a gap, however long they are", () => {
    const { edges, kwh } = daysOf([
      group({ day: "2026-04-02" }, 4),
      group({ day: "2026-03-16" }, 2),
      group({ day: "2026-03-29" }, null),
    ]);
    expect([...kwh]).toEqual([2, ...Array(16).fill(0), 4]);
    const dates = [...edges].map((edge) => new Date(edge * 1000).getDate());
    expect([dates.slice(0, 2), dates.slice(-4)]).toEqual([
      [16, 17],
      [31, 1, 2, 3],
    ]);
  });

  it("are a fortnight at least", () => {
    const { kwh } = daysOf([group({ day: "2026-03-31" }, 4)]);
    expect([...kwh]).toEqual([...Array(13).fill(0), 4]);
  });

  it("are none where none is known", () => {
    expect(daysOf([group({ day: null }, 3)]).kwh).toHaveLength(0);
  });
});

describe("the front", () => {
  const kwh = Float64Array.from([1, 2, 3, 4, 1]);
  const metric = Float64Array.from([0.5, 0.7, 0.6, 0.9, 0.4]);

  it("holds what no other run beats in both", () => {
    expect(paretoFront({ kwh, metric }, "maximize")).toEqual([0, 1, 3]);
    expect(paretoFront({ kwh, metric }, "minimize")).toEqual([4]);
  });

  it("holds the first of equals only", () => {
    const same = { kwh: Float64Array.from([1, 2]), metric: Float64Array.from([0.5, 0.5]) };
    expect(paretoFront(same, "maximize")).toEqual([0]);
  });
});

describe("results", () => {
  it("are of runs that have both energy and result", () => {
    const runs = [
      { id: "a", cells: ["one", 1, 0.5] },
      { id: "b", cells: ["two", null, 0.5] },
      { id: "c", cells: ["three", 1, NaN] },
      { id: "d", cells: [null, 2, 0.7] },
    ];
    expect(resultsOf({ runs, total: 4, next_cursor: null, warnings: [] })).toEqual({
      ids: ["a", "d"],
      names: ["one", "d"],
      kwh: Float64Array.from([1, 2]),
      metric: Float64Array.from([0.5, 0.7]),
    });
  });

  it("have a goal for the server when they have a name", () => {
    const goal = { ...choices, goal: "minimize" };
    expect(pageParams(goal)).toMatchObject({ metric: "", goal: "" });
    expect(pageParams({ ...goal, metric: "loss" })).toMatchObject({ goal: "minimize" });
  });
});

describe("what it is as much as", () => {
  it("is told in amounts that one can imagine, in the order of the server", () => {
    const like = (amount: number) => ({ name: `${amount}`, unit: "", amount, source: "" });
    const all = [1e-6, 26, 0.4, 1e7, 300, 4].map(like);
    expect(likely(all).map(({ amount }) => amount)).toEqual([26, 0.4, 300, 4]);
  });
});

describe("choices", () => {
  it("split a price into amount and currency, and leave what is no price to the server", () => {
    const price = (text: string) => {
      const { price_per_kwh, currency } = placeParams({ ...choices, price: text });
      return [price_per_kwh, currency];
    };
    expect(price("0.25 eur")).toEqual(["0.25", "EUR"]);
    expect(price("0.25")).toEqual(["0.25", ""]);
    expect(price("")).toEqual(["", ""]);
    expect(price("cheap")).toEqual(["cheap", ""]);
  });

  it("say which runs, in the filter language too", () => {
    const some = { ...choices, filter: "user = 'a' or user = 'b'", since: "7d" };
    expect(pageParams(some)).toMatchObject({ filter: some.filter, since: "7d" });
    expect(runFilter(some)).toBe("(user = 'a' or user = 'b') and created > -7d");
    expect(runFilter(some, kKnown)).toMatch(/ and created > -7d and summary.footprint.kwh >= 0$/);
    expect(runFilter(choices, kKnown)).toBe("summary.footprint.kwh >= 0");
  });
});
