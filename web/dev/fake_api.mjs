// A made-up API for looking at the page at scale: 100,000 runs x 400 columns, without any store.
//
// node dev/fake_api.mjs [--port 8420] [--runs 100000] [--dist dist]
// It knows the routes of the project page, and of the filter language only comparisons joined by
// "and". With --dist it serves the built page under the real server's Content-Security-Policy.
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8420" },
    runs: { type: "string", default: "100000" },
    dist: { type: "string", default: "" },
  },
});
const kCsp =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const kRuns = Number(options.runs);
const kExtraColumns = 400;
const kNow_ns = Date.now() * 1e6;

const kAdjectives =
  "amber brisk calm dusty eager fleet gentle hollow ivory jolly lucid misty noble quiet rapid silver tidal vivid".split(
    " ",
  );
const kNouns =
  "brook cedar delta ember fjord grove heron inlet juniper knoll lark meadow otter peak ridge spruce thorn vale".split(
    " ",
  );
const kTags = ["baseline", "sweep", "ablation", "long", "paper", "broken"];
const kNotes = [
  "Warm-up of 500 steps",
  "Same as the baseline, with dropout",
  "Diverged at step 4,000: try a lower rate",
];

/** A generator of numbers that are the same for the same seed. */
function random(seed) {
  let x = (seed + 1) * 2654435761;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 4294967296;
  };
}

const kExtra = Array.from({ length: kExtraColumns }, (_, i) =>
  i % 2 ? `summary.layer_${i >> 1}/grad_norm` : `config.model.block_${i >> 1}.width`,
);

const extra_index = new Map(kExtra.map((name, i) => [name, i]));

function makeRun(i) {
  const next = random(i);
  next();
  const pick = (list) => list[Math.floor(next() * list.length)];
  const age_s = i * 37 + next() * 30;
  const state =
    i < 12 ? "running" : next() < 0.06 ? "crashed" : next() < 0.05 ? "failed" : "finished";
  const lr = pick([0.0001, 0.0003, 0.001, 0.003, 0.01]);
  const loss = 0.15 + next() * 0.6 + lr * 8;
  return {
    id: (i * 7919 + 1e7).toString(36).padStart(8, "0"),
    name: `${pick(kAdjectives)}-${pick(kNouns)}-${kRuns - i}`,
    state,
    created: kNow_ns - age_s * 1e9,
    updated: kNow_ns - age_s * 0.4e9,
    duration: next() * 7200e9 + 20e9,
    tags: kTags.filter(() => next() < 0.14),
    notes: next() < 0.1 ? pick(kNotes) : null,
    user: pick(["ada", "grace", "lin"]),
    host: pick(["gpu-01", "gpu-02", "laptop"]),
    last_step: Math.floor(next() * 20000),
    "config.lr": lr,
    "config.optimizer": pick(["adam", "sgd", "lion"]),
    "config.batch_size": pick([32, 64, 128, 256]),
    "config.seed": Math.floor(next() * 1000),
    "config.model.depth": pick([6, 12, 24]),
    "config.augment": next() < 0.5,
    "summary.train/loss": state === "failed" ? NaN : loss,
    "summary.val/loss": loss * (1.05 + next() * 0.2),
    "summary.val/accuracy": 1 - loss * 0.7 - next() * 0.02,
    "summary.epoch": Math.floor(next() * 90),
    "summary.throughput": 800 + next() * 900,
    index: i,
  };
}

const runs = Array.from({ length: kRuns }, (_, i) => makeRun(i));
const by_id = new Map(runs.map((run) => [run.id, run]));
const views = new Map();
const watchers = new Set();

function valueOf(run, name) {
  if (name in run) return run[name];
  const extra = extra_index.get(name);
  if (extra === undefined) return null;
  const next = random(run.index * 131 + extra);
  next();
  return extra % 2 ? next() * 4 : [64, 128, 256, 512][Math.floor(next() * 4)];
}

function columns() {
  const [first] = runs;
  const typeOf = (name, value) => {
    if (["created", "updated"].includes(name)) return "time";
    if (name === "duration") return "duration";
    if (Array.isArray(value)) return "list";
    if (typeof value === "boolean") return "bool";
    if (typeof value === "number")
      return name.startsWith("summary") || name === "config.lr" ? "float" : "int";
    return "text";
  };
  const plain = Object.keys(first ?? {}).filter((name) => name !== "index");
  return [
    ...plain.map((name) => ({ name, type: typeOf(name, first[name]), count: kRuns })),
    ...kExtra.map((name, i) => ({ name, type: i % 2 ? "float" : "int", count: kRuns - 50 - i })),
  ];
}

class Wrong extends Error {}

// --- a little of the filter language

function parseFilter(text) {
  const tests = [];
  const rest = text.replace(/^\((.*)\) and \(archived = false\)$/s, "$1");
  for (const part of splitAnd(rest)) {
    const clause = part.text.trim().replace(/^\((.*)\)$/s, "$1");
    if (!clause || /^archived = false$/.test(clause)) continue;
    if (/ and /.test(clause) && !/^'/.test(clause)) {
      tests.push(...parseFilter(clause));
      continue;
    }
    const either = clause.split(" or ");
    if (either.length > 1) {
      const sides = either.map((side) => parseClause(side, 0));
      tests.push((run) => sides.some((side) => side(run)));
    } else tests.push(parseClause(clause, part.at));
  }
  return tests;
}

function splitAnd(text) {
  const parts = [];
  let depth = 0;
  let at = 0;
  for (let i = 0; i < text.length; ++i) {
    if (text[i] === "(") ++depth;
    if (text[i] === ")") --depth;
    if (depth === 0 && text.startsWith(" and ", i)) {
      parts.push({ text: text.slice(at, i), at });
      at = i + 5;
    }
  }
  return [...parts, { text: text.slice(at), at }];
}

function parseClause(clause, at) {
  const match =
    /^`?([\w./@:-]+?)`?\s*(<=|>=|!=|!~|=|<|>|~|not in|in|contains|is not null|is null|is nan)\s*(.*)$/s.exec(
      clause,
    );
  if (!match)
    throw new Wrong(
      `expected a comparison such as = < in ~ or is after '${clause}' at character ${at + clause.length + 1}`,
    );
  const [, name, operator, literal] = match;
  const values = literal
    .replace(/^\(|\)$/g, "")
    .split(/,\s*/)
    .map(readLiteral);
  if (!/null|nan/.test(operator) && literal.trim() === "")
    throw new Wrong(`expected a value after '${operator}' at character ${at + clause.length + 1}`);
  const [value] = values;
  const tests = {
    "=": (x) => x === value || (Array.isArray(x) && x.includes(value)),
    "!=": (x) => x !== null && x !== value,
    "<": (x) => x !== null && x < value,
    "<=": (x) => x !== null && x <= value,
    ">": (x) => x !== null && x > value,
    ">=": (x) => x !== null && x >= value,
    "~": (x) => typeof x === "string" && new RegExp(String(value).replace("(?i)", ""), "i").test(x),
    "!~": (x) => typeof x === "string" && !new RegExp(String(value)).test(x),
    in: (x) => values.includes(x),
    "not in": (x) => !values.includes(x),
    contains: (x) => (Array.isArray(x) || typeof x === "string") && x.includes(value),
    "is null": (x) => x === null,
    "is not null": (x) => x !== null,
    "is nan": (x) => Number.isNaN(x),
  };
  const test = tests[operator];
  return (run) => test(valueOf(run, name));
}

function readLiteral(text) {
  const word = text.trim();
  if (/^'.*'$/s.test(word)) return word.slice(1, -1).replace(/''/g, "'");
  if (word === "true" || word === "false") return word === "true";
  return word !== "" && Number.isFinite(Number(word)) ? Number(word) : word;
}

const sorted = new Map();

function select(filter, sort) {
  const key = filter + "\n" + sort;
  if (sorted.has(key)) return sorted.get(key);
  const tests = parseFilter(filter);
  const archived = /archived = false/.test(filter);
  const found = runs.filter(
    (run) => !(archived && run.archived) && tests.every((test) => test(run)),
  );
  const keys = sort
    .split(",")
    .filter(Boolean)
    .map((each) => [each.replace(/^-/, ""), each.startsWith("-") ? -1 : 1]);
  const order = (a, b, sign) => {
    const none = (x) => x === null || Number.isNaN(x);
    if (none(a) || none(b)) return Number(none(a)) - Number(none(b));
    return a < b ? -sign : a > b ? sign : 0;
  };
  found.sort((a, b) => {
    for (const [name, sign] of keys) {
      const at = order(valueOf(a, name), valueOf(b, name), sign);
      if (at) return at;
    }
    return 0;
  });
  if (sorted.size > 20) sorted.clear();
  sorted.set(key, found);
  return found;
}

function group(by, filter, measures, limit, cursor) {
  const groups = new Map();
  for (const run of select(filter, "")) {
    const value = valueOf(run, by);
    const key = JSON.stringify(value);
    if (!groups.has(key)) groups.set(key, { values: [value], list: [] });
    groups.get(key).list.push(run);
  }
  const all = [...groups.values()];
  const page = all.slice(cursor, cursor + limit).map(({ values, list }) => ({
    values,
    runs: list.length,
    cells: measures.map((name) => {
      const numbers = list
        .map((run) => valueOf(run, name))
        .filter((x) => typeof x === "number" && !Number.isNaN(x));
      if (numbers.length === 0) return null;
      const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
      const std = Math.sqrt(numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length);
      return {
        min: Math.min(...numbers.slice(0, 1e4)),
        max: Math.max(...numbers.slice(0, 1e4)),
        mean,
        std,
        count: numbers.length,
      };
    }),
  }));
  const end = cursor + page.length;
  return { groups: page, total: all.length, next_cursor: end < all.length ? String(end) : null };
}

// --- series

function columnsOf(list, missing = []) {
  const arrays = [];
  let offset = 0;
  const add = (type, values) => {
    const array =
      type === "i64"
        ? BigInt64Array.from(values.map((x) => BigInt(Math.round(x))))
        : type === "u32"
          ? Uint32Array.from(values)
          : Float64Array.from(values);
    const bytes = Buffer.alloc(Math.ceil(array.byteLength / 8) * 8);
    Buffer.from(array.buffer).copy(bytes);
    arrays.push(bytes);
    const at = offset;
    offset += bytes.length;
    return { type, offset: at, count: values.length };
  };
  const series = list.map(({ run, key, columns: each }) => ({
    run,
    key,
    exact: true,
    columns: Object.entries(each).map(([name, [type, values]]) => ({ name, ...add(type, values) })),
  }));
  let json = JSON.stringify({ series, missing });
  json += " ".repeat((8 - (Buffer.byteLength(json) % 8)) % 8);
  const head = Buffer.alloc(16);
  head.write("CCOL");
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(Buffer.byteLength(json), 8);
  return Buffer.concat([head, Buffer.from(json), ...arrays]);
}

function seriesOf({ runs: ids, keys, buckets = 0 }) {
  const list = [];
  for (const id of ids) {
    const run = by_id.get(id);
    for (const key of keys) {
      const count = buckets || 500;
      const next = random((run?.index ?? 0) + key.length);
      const end = valueOf(run, "summary." + key) || 0.3;
      const mean = Array.from(
        { length: count },
        (_, i) => end + Math.exp((-5 * (i + 1)) / count) * (1 + next() * 0.1),
      );
      const x = mean.map((_, i) => ((i + 1) * 10000) / count);
      list.push(
        buckets
          ? {
              run: id,
              key,
              columns: {
                x: ["f64", x],
                min: ["f64", mean.map((y) => y * 0.97)],
                max: ["f64", mean.map((y) => y * 1.03)],
                mean: ["f64", mean],
                last: ["f64", mean],
                count: ["u32", mean.map(() => 20)],
              },
            }
          : {
              run: id,
              key,
              columns: {
                step: ["i64", x],
                time: ["i64", x.map((s) => 1.7e18 + s * 1e8)],
                value: ["f64", mean],
              },
            },
      );
    }
  }
  return columnsOf(list);
}

// --- routes

const kKeys = ["train/loss", "train/lr", "val/loss", "val/accuracy", "throughput", "epoch"];

function runJson(run, detail) {
  const tree = (prefix) =>
    Object.fromEntries(
      Object.entries(run)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return {
    id: run.id,
    project: "vision",
    name: run.name,
    state: run.state,
    liveness: run.state === "running" ? "alive" : "ended",
    created_ns: run.created,
    ended_ns: run.state === "running" ? null : run.updated,
    updated_ns: run.updated,
    duration_s: run.duration / 1e9,
    exit_code: 0,
    tags: run.tags,
    notes: run.notes ?? "",
    group: "",
    job_type: "",
    config: tree("config."),
    summary: tree("summary."),
    last_step: run.last_step,
    sessions: 1,
    lost: 0,
    ...(detail ? { meta: {}, metrics: {}, losses: {} } : {}),
  };
}

function answer(method, path, query, body) {
  const [, project, what, id] =
    /^\/projects(?:\/([^/]+)(?:\/([a-z]+)(?:\/(.+))?)?)?$/.exec(path) ?? [];
  if (path === "/me")
    return { user: null, key: null, scopes: ["admin"], projects: null, csrf: null };
  if (path === "/projects")
    return {
      projects: [
        { name: "vision", runs: kRuns, running: 12, updated_ns: kNow_ns },
        { name: "language-small", runs: 842, running: 1, updated_ns: kNow_ns - 4e12 },
        { name: "speech", runs: 61, running: 0, updated_ns: kNow_ns - 3e14 },
        { name: "reinforcement", runs: 1, running: 0, updated_ns: kNow_ns - 9e15 },
      ],
    };
  if (!project) throw new Wrong("no such path");
  if (what === "columns") return { columns: columns() };
  if (what === "keys")
    return {
      keys: kKeys
        .filter((key) => new RegExp((query.search ?? "").replace("(?i)", ""), "i").test(key))
        .map((key) => ({ key, stream: "history", runs: kRuns })),
      total: kKeys.length,
      next_cursor: null,
    };
  if (what === "groups")
    return group(
      query.by,
      query.filter ?? "",
      (query.columns ?? "").split(",").filter(Boolean),
      Number(query.limit ?? 100),
      Number(query.cursor ?? 0),
    );
  if (what === "views" && method === "GET") return { views: [...views.values()] };
  if (what === "views") {
    const name = decodeURIComponent(id);
    if (method === "PUT")
      views.set(name, { name, state: body.state, updated_ns: Date.now() * 1e6 });
    else views.delete(name);
    return {};
  }
  if (what === "runs" && id) {
    const run = by_id.get(id.split("/")[0]);
    if (!run) throw new Wrong(`no run ${id}`);
    if (id.endsWith("/keys"))
      return {
        keys: kKeys.map((key) => ({
          key,
          stream: "history",
          count: 500,
          nan_count: 0,
          first_step: 0,
          last_step: 10000,
          last_time_ns: kNow_ns,
          first: 1,
          last: 0.3,
          min: 0.3,
          max: 1,
          mean: 0.5,
          min_step: 1,
          max_step: 2,
        })),
      };
    if (method === "PATCH") {
      Object.assign(run, body);
      sorted.clear();
      changed([run.id]);
    }
    if (method === "DELETE") {
      runs.splice(runs.indexOf(run), 1);
      sorted.clear();
      return { removed: run.id };
    }
    return runJson(run, true);
  }
  if (what === "runs") {
    const found = select(query.filter ?? "", query.sort ?? "");
    const at = Number(query.cursor ?? 0);
    const names = query.columns?.split(",");
    const page = found.slice(at, at + Number(query.limit ?? 50));
    const end = at + page.length;
    return {
      runs: page.map((run) =>
        names
          ? { id: run.id, cells: names.map((name) => valueOf(run, name) ?? null) }
          : runJson(run, false),
      ),
      total: found.length,
      next_cursor: end < found.length && page.length > 0 ? String(end) : null,
      warnings: [],
    };
  }
  throw new Wrong("no such path");
}

function changed(ids) {
  for (const stream of watchers)
    stream.write(`event: runs\ndata: ${JSON.stringify({ changed: ids, removed: [] })}\n\n`);
}

function printJson(value) {
  const marks = JSON.stringify(value, (_, each) =>
    typeof each === "number" && Number.isNaN(each) ? "\u0001NaN" : each,
  );
  return marks.replaceAll('"\\u0001NaN"', "NaN");
}

const kTypes = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

async function serveFile(path, response) {
  const file = path.startsWith("/assets/") ? normalize(path) : "/index.html";
  try {
    const body = await readFile(join(options.dist, file));
    response.writeHead(200, {
      "content-type": kTypes[extname(file)] ?? "application/octet-stream",
      "content-security-policy": kCsp,
      "x-content-type-options": "nosniff",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function handle(request, response) {
  const url = new URL(request.url, "http://localhost");
  if (!url.pathname.startsWith("/api/v1")) return serveFile(url.pathname, response);
  const path = decodeURI(url.pathname.slice(7));
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString()) : {};
  if (path.endsWith("/live")) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('event: hello\ndata: {"revision": 1}\n\n');
    watchers.add(response);
    request.on("close", () => watchers.delete(response));
    return undefined;
  }
  try {
    if (path.endsWith("/series")) {
      response.writeHead(200, { "content-type": "application/vnd.cairn.columns" });
      return response.end(seriesOf(body));
    }
    const json = printJson(
      answer(request.method, path, Object.fromEntries(url.searchParams), body),
    );
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(json);
  } catch (error) {
    const [status, code] = error instanceof Wrong ? [400, "invalid"] : [500, "io"];
    response.writeHead(status, { "content-type": "application/json" });
    return response.end(JSON.stringify({ error: { code, message: error.message } }));
  }
}

http
  .createServer((request, response) => void handle(request, response))
  .listen(Number(options.port), "127.0.0.1");
