// The API of a real store for `vite`, over `cairn door`, with stand-ins for what only a server has.
//
// node dev/door_api.mjs FOLDER [--port 8420] [--cairn ../build/release/cairn] [--dist dist]
// Streams /live by looking at the store once a second. With --dist it serves the built page too,
// under the strict Content-Security-Policy of the real server.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: "string", default: "8420" },
    cairn: { type: "string", default: "../build/release/cairn" },
    dist: { type: "string", default: "" },
  },
});
const folder = positionals[0] ?? ".cairn";
// As core/server/answer_style.cc has it.
const kCsp =
  "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; " +
  "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; " +
  "form-action 'self'";

const child = spawn(options.cairn, ["door", "--fd", "3", "--dir", folder], {
  stdio: ["ignore", "inherit", "inherit", "pipe"],
});
child.on("exit", (code) => process.exit(code ?? 1));
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
agent.createConnection = () => child.stdio[3];

let x_queue = Promise.resolve();

/** One request through the door, which answers one after another. */
function ask(method, path, headers = {}, body = undefined) {
  const answer = x_queue.then(
    () =>
      new Promise((resolve, reject) => {
        const kept = Object.fromEntries(
          ["content-type", "range"].filter((n) => headers[n]).map((n) => [n, headers[n]]),
        );
        if (body?.length) kept["content-length"] = body.length;
        const request = http.request({ agent, method, path, headers: { host: "x", ...kept } });
        request.on("error", reject);
        request.on("response", (response) => {
          const parts = [];
          response.on("data", (part) => parts.push(part));
          response.on("end", () => resolve({ ...pick(response), body: Buffer.concat(parts) }));
        });
        request.end(body);
      }),
  );
  x_queue = answer.catch(() => {});
  return answer;
}

const pick = ({ statusCode: status, headers }) => ({ status, headers });
const number = (text) => text.replace(/:\s*(-?Infinity|NaN)/g, ": null");
const get = async (path) => JSON.parse(number((await ask("GET", path)).body.toString()));
const asJson = (value, status = 200) => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify(value)),
});

async function artifactsOf(project) {
  const { runs } = await get(`/api/v1/projects/${project}/runs?limit=1000&sort=created`);
  const found = new Map();
  for (const { id } of runs) {
    const { artifacts } = await get(`/api/v1/projects/${project}/runs/${id}/artifacts`);
    const { meta } = await get(`/api/v1/projects/${project}/runs/${id}`);
    for (const made of artifacts.filter((artifact) => artifact.aliases.length)) {
      if (!found.has(made.name))
        found.set(made.name, { name: made.name, type: made.type, versions: [] });
      const versions = found.get(made.name).versions;
      for (const older of versions)
        older.aliases = older.aliases.filter((a) => !made.aliases.includes(a));
      versions.push({
        ...made,
        version: `v${versions.length}`,
        created_ns: 0,
        run: id,
        used_by: [],
      });
    }
    for (const [name, { sha256 }] of Object.entries(meta.used_artifacts ?? {}))
      found
        .get(name)
        ?.versions.find((v) => v.sha256 === sha256)
        ?.used_by.push(id);
  }
  return [...found.values()];
}

async function standIn(method, path, query) {
  if (path === "/api/v1/me")
    return asJson({ user: "local", scopes: ["admin"], projects: [], csrf: "" });
  const [, project, what, name, more] =
    /^\/api\/v1\/projects\/([^/]+)\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
  if (what === "views") return asJson({ views: [] });
  if (what === "artifacts") {
    const all = await artifactsOf(project);
    const one = all.find(
      (artifact) => artifact.name === decodeURIComponent(name ?? "").split(":")[0],
    );
    if (name)
      return one
        ? asJson(one)
        : asJson({ error: { code: "not_found", message: "expected an artifact" } }, 404);
    return asJson({
      artifacts: all.map(({ versions, ...rest }) => ({
        ...rest,
        versions: versions.length,
        latest: versions.at(-1).version,
      })),
    });
  }
  if (more === "lineage") {
    const { id } = await get(`/api/v1/projects/${project}/runs/${name}`);
    const all = (await artifactsOf(project)).flatMap(({ name, type, versions }) =>
      versions.map((v) => ({ ...v, name, type })),
    );
    const brief = ({ name, type, version }) => ({ name, type, version });
    return asJson({
      made: all.filter((v) => v.run === id).map(brief),
      used: all.filter((v) => v.used_by.includes(id)).map(brief),
    });
  }
  if (what === "keys") return asJson({ keys: [], total: 0, next_cursor: null });
  return undefined;
}

/** Series over an axis that the door itself does not know: time since each run began. */
async function relativeSeries(project, body) {
  const want = JSON.parse(body.toString());
  const began = new Map();
  for (const run of want.runs)
    began.set(run, (await get(`/api/v1/projects/${project}/runs/${run}`)).created_ns / 1e9);
  const first = Math.min(...began.values());
  for (const end of ["min", "max"]) if (want[end] != null) want[end] = (want[end] + first) * 1e9;
  const asked = Buffer.from(JSON.stringify({ ...want, axis: "time" }));
  const found = await ask(
    "POST",
    `/api/v1/projects/${project}/series`,
    { "content-type": "application/json" },
    asked,
  );
  if (found.status !== 200) return found;
  const json_bytes = found.body.readUInt32LE(8);
  const { series } = JSON.parse(found.body.subarray(16, 16 + json_bytes).toString());
  for (const { run, columns } of series) {
    const x = columns.find((column) => column.name === "x");
    for (let i = 0; x && i < x.count; i++) {
      const at = 16 + json_bytes + x.offset + 8 * i;
      found.body.writeDoubleLE(found.body.readDoubleLE(at) / 1e9 - began.get(run), at);
    }
  }
  return found;
}

/** POST /live: changes of runs, console counts and new points, found by asking again and again. */
async function live(project, want, response) {
  const base = `/api/v1/projects/${project}/runs`;
  const seen = new Map();
  const counts = new Map();
  const send = (event, data) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  send("hello", { revision: 1 });
  const last = new Map();
  const look = async (first) => {
    const { runs } = await get(`${base}?limit=1000`);
    const changed = runs
      .filter((run) => seen.get(run.id) !== run.updated_ns + run.state)
      .map((run) => run.id);
    for (const run of runs) seen.set(run.id, run.updated_ns + run.state);
    if (changed.length && !first) send("runs", { changed, removed: [] });
    for (const run of want.console ?? []) {
      const { count } = await get(`${base}/${run}/console?tail=1`);
      if (counts.get(run) !== count && !first) send("console", { run, count });
      counts.set(run, count);
    }
    for (const run of want.runs ?? [])
      await sendPoints(base, run, want.keys ?? [], last, first, send);
  };
  await look(true);
  const timer = setInterval(() => look(false).catch(() => {}), 1000);
  response.on("close", () => clearInterval(timer));
}

async function sendPoints(base, run, wanted, last, first, send) {
  const { keys } = await get(`${base}/${run}/keys`);
  for (const { key, last_step, last_time_ns, last: value } of keys) {
    if (!wanted.includes(key) || last.get(run + key) === last_step) continue;
    last.set(run + key, last_step);
    if (!first)
      send("points", { run, key, step: [last_step], time_ns: [last_time_ns], value: [value] });
  }
}

const kTypes = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

async function page(path) {
  const file = path.startsWith("/assets/") ? normalize(path) : "/index.html";
  const body = await readFile(join(options.dist, file));
  return {
    status: 200,
    headers: {
      "content-type": kTypes[extname(file)] ?? "application/octet-stream",
      "content-security-policy": kCsp,
      "x-content-type-options": "nosniff",
    },
    body,
  };
}

async function answer(request, body, response) {
  const { pathname, search } = new URL(request.url, "http://x");
  if (!pathname.startsWith("/api/")) return page(pathname);
  const follow = /^\/api\/v1\/projects\/([^/]+)\/live$/.exec(pathname);
  if (follow) return live(follow[1], JSON.parse(body.toString() || "{}"), response);
  const series = /^\/api\/v1\/projects\/([^/]+)\/series$/.exec(pathname);
  if (series && JSON.parse(body.toString()).axis === "relative")
    return relativeSeries(series[1], body);
  const found = await ask(request.method, pathname + search, request.headers, body);
  if (found.status === 404 || found.status === 405)
    return (await standIn(request.method, pathname, search)) ?? found;
  return found;
}

http
  .createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", async () => {
      try {
        const found = await answer(request, Buffer.concat(parts), response);
        if (!found) return;
        found.headers["x-content-type-options"] = "nosniff";
        const {
          "content-length": _,
          connection: __,
          "keep-alive": ___,
          ...headers
        } = found.headers;
        response.writeHead(found.status, headers);
        response.end(found.body);
      } catch (error) {
        if (!response.headersSent) response.writeHead(500, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: { code: "io", message: String(error) } }));
      }
    });
  })
  .listen(Number(options.port), "127.0.0.1", () =>
    console.log(`http://127.0.0.1:${options.port} shows ${folder}`),
  );
