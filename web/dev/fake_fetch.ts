// Answers the page's requests from made-up runs: the charts pane runs without a server.
import { curve, dice, seedOf } from "./synthetic";

const kSteps = 10_000;
const kBegun_s = 1_767_000_000;
const kStep_s = 1.7;

export interface FakeOptions {
  runs: number;
  keys: string[];
  alive: number;
}

interface FakeRun {
  id: string;
  name: string;
  state: "running" | "finished";
  cells: Record<string, unknown>;
}

export const x_requests: { path: string; ms: number; bytes: number }[] = [];

export function makeRuns({ runs, alive }: FakeOptions): FakeRun[] {
  const words = [
    "calm",
    "brave",
    "amber",
    "quick",
    "still",
    "bright",
    "early",
    "proud",
    "keen",
    "vivid",
  ];
  const things = [
    "river",
    "falcon",
    "meadow",
    "cedar",
    "harbor",
    "summit",
    "ember",
    "willow",
    "comet",
    "delta",
  ];
  return Array.from({ length: runs }, (_, i) => {
    const roll = dice(i + 7);
    const lr = 10 ** (-4.5 + roll() * 3);
    const layers = 2 + Math.floor(roll() * 6);
    const dropout = Math.round(roll() * 50) / 100;
    const optimizer = ["adam", "sgd", "lion", "adafactor"][Math.floor(roll() * 4)]!;
    const batch = [16, 32, 64, 128, 256][Math.floor(roll() * 5)]!;
    const quality =
      -((Math.log10(lr) + 3.1) ** 2) * 0.12 - (layers - 5) ** 2 * 0.006 - dropout * 0.1;
    const accuracy = Math.min(0.99, Math.max(0.1, 0.9 + quality + (roll() - 0.5) * 0.06));
    const id = `r${String(i).padStart(6, "0")}`;
    const cells = {
      name: `${words[i % 10]}-${things[Math.floor(i / 10) % 10]}-${i}`,
      created: (kBegun_s + i * 600) * 1e9,
      "config.lr": lr,
      "config.layers": layers,
      "config.dropout": dropout,
      "config.optimizer": optimizer,
      "config.batch": batch,
      "val/acc": roll() < 0.03 ? null : accuracy,
      "train/loss": 2.4 * (1 - accuracy) + roll() * 0.1,
    };
    return { id, name: cells.name, state: i < alive ? "running" : "finished", cells };
  });
}

const kColumns = [
  ["name", "text"],
  ["created", "time"],
  ["config.lr", "float"],
  ["config.layers", "int"],
  ["config.dropout", "float"],
  ["config.optimizer", "text"],
  ["config.batch", "int"],
  ["val/acc", "float"],
  ["train/loss", "float"],
] as const;

/** Replaces fetch for /api; everything else goes its way. */
export function installFake(options: FakeOptions): FakeRun[] {
  const runs = makeRuns(options);
  const real = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const url = String(input);
    if (!url.startsWith("/api/")) return real(input, init);
    const begun = performance.now();
    const body = init?.body ? JSON.parse(String(init.body)) : {};
    await new Promise((done) => setTimeout(done, 15));
    if (init?.signal?.aborted) throw new DOMException("aborted", "AbortError");
    const answer = answerTo(
      new URL(url, location.href),
      body,
      runs,
      options,
      init?.signal ?? undefined,
    );
    const bytes = Number(answer.headers.get("x-bytes") ?? 0);
    x_requests.push({ path: url, ms: performance.now() - begun, bytes });
    return answer;
  };
  return runs;
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
}

function answerTo(
  url: URL,
  body: any,
  runs: FakeRun[],
  options: FakeOptions,
  signal?: AbortSignal,
): Response {
  const what = url.pathname.split("/").slice(5).join("/");
  if (what === "columns")
    return json({ columns: kColumns.map(([name, type]) => ({ name, type, count: runs.length })) });
  if (what === "keys" || what.endsWith("/keys"))
    return json({
      keys: options.keys.map((key) => ({
        key,
        stream: key.startsWith("gpu") ? "system" : "history",
        runs: runs.length,
      })),
      total: options.keys.length,
      next_cursor: null,
    });
  if (what === "runs") {
    const columns = (url.searchParams.get("columns") ?? "").split(",");
    return json({
      runs: runs.map(({ id, cells }) => ({
        id,
        cells: columns.map((name) => cells[name] ?? null),
      })),
      total: runs.length,
      next_cursor: null,
      warnings: [],
    });
  }
  if (what === "series") return seriesAnswer(body, runs);
  if (what === "bands") return bandsAnswer(body);
  if (what === "live") return liveAnswer(body, signal);
  return new Response("{}", { status: 404 });
}

interface Out {
  run: string;
  key: string;
  columns: Record<string, Float64Array>;
}

let x_grown = 0;

/** Steps that runs which are alive have by now. */
function lastStep(alive: boolean): number {
  return alive ? 6000 + x_grown : kSteps;
}

/** Some keys are logged by some runs only. */
function lacks(run: string, key: string): boolean {
  return key.includes("rare") && seedOf(run + key) % 3 > 0;
}

function seriesAnswer(body: any, runs: FakeRun[]): Response {
  const by_id = new Map(runs.map((run) => [run.id, run]));
  const out: Out[] = [];
  for (const run of body.runs) {
    for (const key of body.keys) {
      if (lacks(run, key)) continue;
      const place = placer(body, run);
      const last = lastStep(by_id.get(run)?.state === "running");
      const from = Math.max(0, Math.floor(place.back(body.min ?? -Infinity)));
      const to = Math.min(last, Math.ceil(place.back(body.max ?? Infinity)));
      const { x, mean, min, max } = curve(
        run + key,
        Math.max(0, from),
        Math.max(from, to),
        body.buckets ?? 1000,
      );
      const columns: Record<string, Float64Array> = { x: x.map(place.to), mean };
      if (body.columns?.includes("min")) Object.assign(columns, { min, max });
      if (body.axis !== "energy" || seedOf(run) % 4) out.push({ run, key, columns });
    }
  }
  return encode(out);
}

function placer(
  body: any,
  run: string,
): { to: (step: number) => number; back: (x: number) => number } {
  const begun = kBegun_s + Number(run.slice(1)) * 600;
  const inverse = (to: (s: number) => number, back: (x: number) => number) => ({ to, back });
  if (body.axis === "time")
    return inverse(
      (s) => (begun + s * kStep_s) * 1e9,
      (x) => (x / 1e9 - begun) / kStep_s,
    );
  if (body.axis === "relative")
    return inverse(
      (s) => s * kStep_s,
      (x) => x / kStep_s,
    );
  if (body.axis === "energy")
    return inverse(
      (s) => s * 0.00042,
      (x) => x / 0.00042,
    );
  if (body.axis === "metric")
    return inverse(
      (s) => s / 500,
      (x) => x * 500,
    );
  return inverse(
    (s) => s,
    (x) => x,
  );
}

function bandsAnswer(body: any): Response {
  const out = body.groups.flatMap((group: { name: string; runs: string[] }) =>
    body.keys.map((key: string) => {
      const last = kSteps;
      const { x, mean } = curve(
        group.name + key,
        Math.max(0, body.min ?? 0),
        Math.min(last, body.max ?? last),
        body.buckets ?? 1000,
      );
      const wide = body.band === "stderr" ? 0.03 : body.band === "std" ? 0.1 : 0.25;
      return {
        run: group.name,
        key,
        columns: {
          x,
          mean,
          low: mean.map((v) => v * (1 - wide)),
          high: mean.map((v) => v * (1 + wide)),
        },
      };
    }),
  );
  return encode(out);
}

function encode(series: Out[]): Response {
  let offset = 0;
  const head = JSON.stringify({
    series: series.map(({ run, key, columns }) => ({
      run,
      key,
      exact: true,
      columns: Object.entries(columns).map(([name, values]) => {
        const column = { name, type: "f64", offset, count: values.length };
        offset += values.byteLength;
        return column;
      }),
    })),
    missing: [],
  });
  const text = new TextEncoder().encode(head);
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(16 + padded + offset);
  bytes.fill(32, 16, 16 + padded);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x4c4f4343, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, padded, true);
  bytes.set(text, 16);
  let at = 16 + padded;
  for (const { columns } of series)
    for (const values of Object.values(columns)) {
      new Float64Array(bytes.buffer, at, values.length).set(values);
      at += values.byteLength;
    }
  return new Response(bytes, { headers: { "x-bytes": String(bytes.length) } });
}

function liveAnswer(body: any, signal?: AbortSignal): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(out) {
      const send = (event: string, data: unknown) =>
        out.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      send("hello", { revision: 1 });
      const timer = setInterval(() => {
        const from = 6000 + x_grown;
        x_grown += 25;
        for (const run of body.runs)
          for (const key of body.keys) {
            if (lacks(run, key)) continue;
            const { x, mean } = curve(run + key, from + 1, from + 25, 25);
            const begun = kBegun_s + Number(run.slice(1)) * 600;
            send("points", {
              run,
              key,
              step: [...x],
              time_ns: Array.from(x, (s) => (begun + s * kStep_s) * 1e9),
              value: [...mean],
            });
          }
      }, 1000);
      signal?.addEventListener("abort", () => {
        clearInterval(timer);
        out.error(new DOMException("aborted", "AbortError"));
      });
    },
  });
  return new Response(stream);
}
