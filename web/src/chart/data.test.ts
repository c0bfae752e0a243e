// How charts in sight get their points: together, once, and afresh when it must be.
import { beforeEach, describe, expect, it } from "vitest";
import type { Columns } from "../api/columns";
import type { Handlers, Want } from "../api/live";
import { ChartData, type Outside, type PanelData, type SeriesWant } from "./data";

interface Asked {
  to: string;
  body: { runs: string[]; keys: string[]; min?: number };
  answer: (columns?: Columns) => Promise<void>;
  fail: (error: Error) => Promise<void>;
  signal: AbortSignal;
}

/** A world in which nothing happens until it is told to. */
class World implements Outside {
  asked: Asked[] = [];
  streams: { want: Want; handlers: Handlers; closed: boolean }[] = [];
  time_ms = 0;
  private frames: (() => void)[] = [];
  private timers: { at_ms: number; work: () => void }[] = [];

  fetch = (to: string, body: unknown, signal: AbortSignal): Promise<Columns> =>
    new Promise((done, failed) => {
      const asked = body as Asked["body"];
      this.asked.push({
        to,
        body: asked,
        signal,
        answer: async (columns = ramps(asked.runs, asked.keys)) => (done(columns), this.settle()),
        fail: async (error) => (failed(error), this.settle()),
      });
      signal.addEventListener("abort", () => failed(new DOMException("aborted", "AbortError")));
    });

  live = (want: Want, handlers: Handlers) => {
    const stream = { want, handlers, closed: false };
    this.streams.push(stream);
    return { close: () => (stream.closed = true) };
  };

  frame = (work: () => void) => void this.frames.push(work);
  now_ms = () => this.time_ms;
  later = (work: () => void, after_ms: number) =>
    void this.timers.push({ at_ms: this.time_ms + after_ms, work });

  /** Lets frames and answers come until nothing moves. */
  async settle(): Promise<void> {
    for (let i = 0; i < 10; ++i) {
      await Promise.resolve();
      for (const work of this.frames.splice(0)) work();
    }
  }

  async pass(ms: number): Promise<void> {
    this.time_ms += ms;
    const due = this.timers.filter(({ at_ms }) => at_ms <= this.time_ms);
    this.timers = this.timers.filter(({ at_ms }) => at_ms > this.time_ms);
    for (const { work } of due) work();
    await this.settle();
  }
}

function ramps(runs: string[], keys: string[], last = 9): Columns {
  const x = Float64Array.from({ length: last + 1 }, (_, i) => i);
  return {
    series: runs.flatMap((run) =>
      keys.map((key) => ({ run, key, exact: true, columns: { x, mean: x } })),
    ),
    missing: [],
  };
}

const want = (key: string, more: Partial<SeriesWant> = {}): SeriesWant => ({
  keys: [key],
  runs: ["a", "b"],
  axis: { kind: "step" },
  range: null,
  buckets: 200,
  extremes: false,
  ...more,
});

let world: World;
let data: ChartData;

/** A chart in sight, and what it was told last. */
function chart(wanted: SeriesWant, seen = true) {
  const told: { last: PanelData | null; times: number } = { last: null, times: 0 };
  const watch = data.watch((panel) => {
    told.last = panel;
    ++told.times;
  });
  watch.want(wanted);
  watch.see(seen);
  return { watch, told };
}

beforeEach(() => {
  world = new World();
  data = new ChartData("p", world);
  data.setRuns([
    { id: "a", alive: false },
    { id: "b", alive: false },
  ]);
});

describe("charts in sight", () => {
  it("are brought by one request", async () => {
    const charts = ["loss", "acc", "lr"].map((key) => chart(want(key)));
    await world.settle();
    expect(world.asked).toHaveLength(1);
    expect(world.asked[0]!.body).toMatchObject({ runs: ["a", "b"], keys: ["loss", "acc", "lr"] });
    await world.asked[0]!.answer();
    for (const { told } of charts) expect(told.last).toMatchObject({ loading: false, error: null });
    expect(charts[0]!.told.last!.curves.map(({ subject }) => subject)).toEqual(["a", "b"]);
  });
  it("out of sight are not asked for", async () => {
    chart(want("loss"), false);
    await world.settle();
    expect(world.asked).toHaveLength(0);
  });
  it("are not asked for twice", async () => {
    const { watch } = chart(want("loss"));
    await world.settle();
    watch.want(want("loss"));
    await world.settle();
    await world.asked[0]!.answer();
    watch.see(false);
    watch.see(true);
    await world.settle();
    expect(world.asked).toHaveLength(1);
  });
  it("ask only for the run that was added", async () => {
    const { watch, told } = chart(want("loss"));
    await world.settle();
    await world.asked[0]!.answer();
    watch.want(want("loss", { runs: ["a", "b", "c"] }));
    await world.settle();
    expect(world.asked[1]!.body.runs).toEqual(["c"]);
    expect(told.last!.curves).toHaveLength(2);
    await world.asked[1]!.answer();
    expect(told.last!.curves).toHaveLength(3);
  });
  it("keep what they show until the range that was zoomed to is there", async () => {
    const { watch, told } = chart(want("loss"));
    await world.settle();
    await world.asked[0]!.answer();
    watch.want(want("loss", { range: { min: 2, max: 4 } }));
    await world.settle();
    expect(told.last).toMatchObject({ loading: true });
    expect(told.last!.curves).toHaveLength(2);
  });
  it("that are scrolled away stop their request", async () => {
    const { watch } = chart(want("loss"));
    await world.settle();
    watch.see(false);
    await world.settle();
    expect(world.asked[0]!.signal.aborted).toBe(true);
    watch.see(true);
    await world.settle();
    expect(world.asked).toHaveLength(2);
  });
  it("say what went wrong and try again later", async () => {
    const { told } = chart(want("loss"));
    await world.settle();
    await world.asked[0]!.fail(new Error("the disk is gone"));
    expect(told.last).toMatchObject({ error: "the disk is gone", loading: false });
    expect(world.asked).toHaveLength(1);
    await world.pass(6000);
    expect(world.asked).toHaveLength(2);
    await world.asked[1]!.answer();
    expect(told.last).toMatchObject({ error: null });
  });
  it("do not wait for a key that a run lacks", async () => {
    const { told } = chart(want("loss"));
    await world.settle();
    await world.asked[0]!.answer(ramps(["a"], ["loss"]));
    expect(told.last).toMatchObject({ loading: false });
    expect(told.last!.curves).toHaveLength(1);
  });
});

describe("runs that are alive", () => {
  const points = (step: number[], run = "a") => ({
    run,
    key: "loss",
    step,
    time_ns: step.map((s) => s * 1e9),
    value: step.map(() => 5),
  });
  let stream: World["streams"][number];
  let told: ReturnType<typeof chart>["told"];

  beforeEach(async () => {
    data.setRuns([
      { id: "a", alive: true },
      { id: "b", alive: false },
    ]);
    ({ told } = chart(want("loss")));
    await world.settle();
    await world.pass(0);
    stream = world.streams[0]!;
    stream.handlers.hello!(1, false);
    await world.asked[0]!.answer();
    // The first answer may be older than the stream; the second cannot be.
    await world.pass(5000);
    await world.asked[1]!.answer();
    world.asked = [];
  });

  it("are followed for the keys in sight", () => {
    expect(stream.want).toEqual({ runs: ["a"], keys: ["loss"] });
  });
  it("grow by their points without a request", async () => {
    stream.handlers.points!(points([10, 11]));
    await world.settle();
    expect([...told.last!.curves[0]!.x].slice(-3)).toEqual([9, 10, 11]);
    expect(told.last!.curves[1]!.x).toHaveLength(10);
    expect(world.asked).toHaveLength(0);
  });
  it("tell a chart once a frame, however many events came", async () => {
    const before = told.times;
    for (let step = 10; step < 60; ++step) stream.handlers.points!(points([step]));
    await world.settle();
    expect(told.times).toBe(before + 1);
  });
  it("are asked for again when they outgrew their buckets, and only then", async () => {
    await world.pass(5000);
    for (let step = 10; step < 380; ++step) stream.handlers.points!(points([step]));
    await world.settle();
    expect(world.asked).toHaveLength(0);
    for (let step = 380; step < 500; ++step) stream.handlers.points!(points([step]));
    await world.settle();
    expect(world.asked).toHaveLength(1);
    expect(world.asked[0]!.body.runs).toEqual(["a"]);
  });
  it("lose no point that came while an answer was on its way", async () => {
    await world.pass(5000);
    for (let step = 10; step < 500; ++step) stream.handlers.points!(points([step]));
    await world.settle();
    stream.handlers.points!(points([500, 501]));
    await world.settle();
    await world.asked[0]!.answer(ramps(["a"], ["loss"], 499));
    expect(told.last!.curves[0]!.x.at(-1)).toBe(501);
    expect(told.last!.curves[0]!.x.length).toBeLessThan(510); // and none of them twice
  });
  it("are asked for again where a step was logged anew", async () => {
    await world.pass(5000);
    stream.handlers.points!(points([4]));
    await world.settle();
    expect(world.asked).toHaveLength(1);
  });
  it("are asked for again when the server says so, and grow anew from there", async () => {
    await world.pass(5000);
    stream.handlers.points!(points([10]));
    stream.handlers.points!({ ...points([]), again: true });
    await world.settle();
    expect(world.asked).toHaveLength(1);
    await world.asked[0]!.answer(ramps(["a"], ["loss"], 2));
    stream.handlers.points!(points([3]));
    await world.settle();
    expect([...told.last!.curves[0]!.x]).toEqual([0, 1, 2, 3]);
  });
  it("take no new point before that answer, and ask once more for what it may lack", async () => {
    await world.pass(5000);
    stream.handlers.points!({ ...points([]), again: true });
    await world.settle();
    stream.handlers.points!(points([3]));
    await world.settle();
    await world.asked[0]!.answer(ramps(["a"], ["loss"], 2));
    expect([...told.last!.curves[0]!.x]).toEqual([0, 1, 2]);
    await world.pass(5000);
    expect(world.asked).toHaveLength(2);
  });
  it("are asked for again after the stream broke", async () => {
    await world.pass(5000);
    stream.handlers.hello!(7, true);
    await world.settle();
    expect(world.asked).toHaveLength(1);
  });
  it("of a chart that comes into sight get a new stream before the old one ends", async () => {
    chart(want("acc"));
    await world.settle();
    await world.pass(1000);
    expect(world.streams).toHaveLength(2);
    expect(stream.closed).toBe(false);
    world.streams[1]!.handlers.hello!(2, false);
    expect(stream.closed).toBe(true);
  });
  it("do not move a chart that shows a part of the past", async () => {
    const { watch, told: zoomed } = chart(want("loss", { range: { min: 0, max: 5 } }));
    await world.settle();
    await world.asked[0]!.answer(ramps(["a", "b"], ["loss"], 5));
    stream.handlers.points!(points([10]));
    await world.settle();
    expect(zoomed.last!.curves[0]!.x).toHaveLength(6);
    watch.close();
  });
});

it("after close nothing is asked any more", async () => {
  chart(want("loss"));
  await world.settle();
  data.close();
  expect(world.asked[0]!.signal.aborted).toBe(true);
  data.setRuns([]);
  await world.pass(60_000);
  expect(world.asked).toHaveLength(1);
});
