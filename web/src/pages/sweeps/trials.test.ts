// Rules of what trials are to charts.
import { describe, expect, it } from "vitest";
import type { Sweep, Trial } from "../../api/sweeps";
import { changesOf } from "./ChangeRanges";
import {
  axesOf,
  columnOf,
  lookOf,
  placesOn,
  printBudget,
  printValue,
  shareSpent,
} from "./trials";

function trial(part: Partial<Trial>): Trial {
  return {
    number: 0,
    state: "complete",
    params: {},
    values: [1],
    limits: {},
    run: null,
    is_reused: false,
    worker: null,
    sampler: "",
    reason: "",
    mean: null,
    sd: null,
    improvement: null,
    nearest: null,
    replicate_of: null,
    created_ns: 0,
    began_ns: 0,
    ended_ns: 0,
    cost: { seconds: null, kwh: null, gco2e: null, money: null },
    reports: [],
    decisions: [],
    error: null,
    attempt: 1,
    ...part,
  };
}

const hours = (seconds: number | null) => ({ seconds, kwh: null, gco2e: null, money: null });

describe("trials on an axis", () => {
  const trials = [
    trial({ number: -1, state: "prior" }),
    trial({ number: 0, ended_ns: 2 * 3.6e12, cost: hours(3600) }),
    trial({ number: 1, ended_ns: 1 * 3.6e12, cost: hours(1800) }),
    trial({ number: 2, ended_ns: null, state: "running" }),
  ];

  it("stand by their number, earlier runs at the left", () => {
    expect([...placesOn("trial", trials, 0)]).toEqual([-1, 0, 1, 2]);
  });

  it("add their costs up in the order in which they ended", () => {
    expect([...placesOn("seconds", trials, 0)]).toEqual([NaN, 1.5, 0.5, NaN]);
  });

  it("stand nowhere once a cost is unknown", () => {
    const unknown = [...trials, trial({ number: 3, ended_ns: 1.5 * 3.6e12, cost: hours(null) })];
    expect([...placesOn("seconds", unknown, 0)]).toEqual([NaN, NaN, 0.5, NaN, NaN]);
  });

  it("offer only axes that something is known about", () => {
    expect(axesOf(trials)).toEqual(["trial", "time", "seconds"]);
  });
});

describe("a parameter as a column", () => {
  it("has numbers, and none where it is inactive", () => {
    const document = { min: 0.01, max: 1, distribution: "log_uniform_values" };
    const column = columnOf("lr", [{ lr: 0.1 }, {}], document);
    expect([...column.values]).toEqual([0.1, NaN]);
    expect(column.log).toBe(true);
  });

  it("has categories in the order of the space", () => {
    const document = { type: "choice", values: ["adam", "sgd"] };
    const column = columnOf("opt", [{ opt: "sgd" }, { opt: "lion" }], document);
    expect(column.categories).toEqual(["adam", "sgd", "lion"]);
    expect([...column.values]).toEqual([1, 2]);
  });

  it("names numbers that are choices, for there is nothing between them", () => {
    const sizes = { type: "ordinal", values: [16, 32, 64] };
    const column = columnOf("batch_size", [{ batch_size: 64 }, { batch_size: 16 }], sizes);
    expect(column.categories).toEqual(["16", "32", "64"]);
    expect([...column.values]).toEqual([2, 0]);
  });

  it("has numbers where it has too many choices to name", () => {
    const many = { type: "ordinal", values: Array.from({ length: 100 }, (_, i) => i) };
    const column = columnOf("n", [{ n: 7 }], many);
    expect(column.categories).toBeUndefined();
    expect([...column.values]).toEqual([7]);
  });

  it("is a whole subset, not one of its members", () => {
    const document = { type: "subset", values: ["a", "b"] };
    expect(columnOf("tags", [{ tags: ["a", "b"] }], document).categories).toEqual(['["a","b"]']);
  });
});

describe("words", () => {
  it("tell reused trials from those that ran", () => {
    expect(lookOf(trial({ is_reused: true }))).toBe("reused");
    expect(lookOf(trial({ state: "lost" }))).toBe("failed");
    expect(lookOf(trial({ state: "running" }))).toBe("open");
  });

  it("never say 0 for what nobody knows", () => {
    expect(printValue(null)).toBe("–");
    const sweep = {
      used: { trials: 3, seconds: null, kwh: null, gco2e: null, money: null },
      budget: { trials: null, hours: null, kwh: 2, gco2e: null, money: null },
    } as unknown as Sweep;
    expect(printBudget(sweep)).toEqual(["– of 2 kWh"]);
    expect(shareSpent(sweep)).toBeNull();
  });
});

describe("a change of a sweep", () => {
  const definition = {
    parameters: { lr: { min: 0.1, max: 1, distribution: "uniform" }, opt: { values: ["sgd", 3] } },
  };

  it("sends whole parameters, as the server takes them", () => {
    expect(changesOf(definition, { "lr\nmax": "2" })).toEqual({
      parameters: { lr: { min: 0.1, max: 2, distribution: "uniform" } },
    });
    const changes = changesOf(definition, { "opt\nvalues": "sgd, 3, adam" });
    expect(changes?.parameters?.opt?.values).toEqual(["sgd", 3, "adam"]);
  });

  it("takes a budget away where its field is empty", () => {
    expect(changesOf(definition, { "\ntrials": "", "\nhours": "2" })).toEqual({
      budget: { trials: null, hours: 2 },
    });
  });

  it("is nothing where nothing was typed", () => {
    expect(changesOf(definition, {})).toBeNull();
  });
});
