// The page in a real Chromium against the real binary: how soon things are painted, what stalls.
//
// Usage: node page_bench.mjs CAIRN MAKE_STORE [FOLDER [PART,PART...]]
//
// Needs web/node_modules (playwright-core) and Debian's chromium. Times are the browser's own, from
// the start of the navigation to the frame after the last change; each is the median of rounds in a
// fresh browser context (an empty cache), with the server's caches warm after the first.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [cairn, make_store, folder = "/tmp", parts = "table,screen,keys,long"] = process.argv.slice(2);
const require = createRequire(new URL("../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const kRounds = 5;
const kScroll_ms = 3000;
// A window on which twenty charts are in sight.
const kScreen = { width: 2560, height: 1600 };
const kTable = { width: 1440, height: 900 };

const figure = (name, value, unit) =>
  console.log(`${name.padEnd(44)} ${Number(value.toPrecision(4))} ${unit}`);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** A served store of one kind, if it is to be measured; `work` gets its URL. */
async function withStore(kind, work) {
  if (!parts.split(",").includes(kind)) return;
  const store = mkdtempSync(join(folder, `cairn-page-${kind}-`));
  try {
    execFileSync(make_store, [store, kind], { stdio: "inherit" });
    const server = spawn(cairn, ["serve", "--dir", store, "--port", "0", "--access-log", "/dev/null"]);
    try {
      const url = await new Promise((resolve, reject) => {
        server.stdout.on("data", (text) => {
          const found = /http:\/\/[\w.:]+/.exec(String(text));
          if (found) resolve(found[0]);
        });
        server.on("exit", (code) => reject(new Error(`cairn serve ended with ${code}`)));
      });
      await fetch(`${url}/api/v1/projects`);
      await work(url);
    } finally {
      server.kill();
    }
  } finally {
    rmSync(store, { recursive: true });
  }
}

// Runs in the page from its beginning: notes long tasks, and the first frame in which `cairnDone`
// (set per question) holds.
function watch() {
  globalThis.cairnTasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) globalThis.cairnTasks.push([task.startTime, task.duration]);
  }).observe({ type: "longtask", buffered: true });
}

/** Milliseconds from now (or the navigation) until `done` holds in a painted frame. */
function painted(page, done, from = "navigation") {
  return page.evaluate(
    ([test, since]) =>
      new Promise((resolve) => {
        const holds = new Function(`return (${test})()`);
        const begin = since === "navigation" ? 0 : performance.now();
        const look = () => {
          if (holds()) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin)));
          else requestAnimationFrame(look);
        };
        look();
      }),
    [String(done), from],
  );
}

const hasRows = () => document.querySelectorAll(".vt-body .vt-row .vt-cell").length > 20;

/**
 * Every chart in sight has curves on its canvas, and nothing is being loaded. To read pixels back is
 * dear, so a chart that has been seen with curves is not looked at again.
 */
const hasCurves = () => {
  const seen = (globalThis.cairnSeen ??= new WeakSet());
  const charts = [...document.querySelectorAll(".chart-panel")].filter((panel) => {
    const box = panel.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  });
  if (charts.length === 0 || charts.some((panel) => panel.querySelector(".chart-loading")))
    return false;
  return charts.every((panel) => {
    if (seen.has(panel)) return true;
    const canvas = panel.querySelector("canvas");
    if (!canvas || !canvas.width) return false;
    const pixels = canvas
      .getContext("2d")
      .getImageData(canvas.width >> 2, 0, canvas.width >> 1, canvas.height).data;
    let colours = 0;
    for (let i = 0; i < pixels.length; i += 4)
      if (pixels[i + 3] > 40 && Math.abs(pixels[i] - pixels[i + 2]) > 24 && ++colours > 50)
        return Boolean(seen.add(panel));
    return false;
  });
};

/** Charts are in sight, and none of these is being loaded. */
const hasCharts = () => {
  const charts = [...document.querySelectorAll(".chart-panel")].filter((panel) => {
    const box = panel.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  });
  return (
    charts.length > 0 &&
    charts.every((panel) => panel.querySelector("canvas") && !panel.querySelector(".chart-loading"))
  );
};

async function open(browser, url, viewport) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.addInitScript(watch);
  await page.goto(url, { waitUntil: "commit" });
  return { page, close: () => context.close() };
}

/** The median over rounds of how long after the navigation `done` was painted. */
async function measureOpening(browser, name, url, viewport, done) {
  const times = [];
  for (let round = 0; round < kRounds; ++round) {
    const { page, close } = await open(browser, url, viewport);
    times.push(await painted(page, done));
    await close();
  }
  figure(`page.${name}`, median(times), "ms");
}

async function longestTask(page, since_ms) {
  await page.waitForTimeout(100);
  return page.evaluate(
    (since) => Math.max(0, ...globalThis.cairnTasks.filter(([at]) => at >= since).map(([, ms]) => ms)),
    since_ms,
  );
}

/** Rolls through the table for a while: frames a second and the longest task. */
async function measureScroll(page) {
  await page.locator(".vt").hover();
  const begin = await page.evaluate(() => performance.now());
  const frames = page.evaluate(
    (time) =>
      new Promise((resolve) => {
        const until = performance.now() + time;
        let count = 0;
        const tick = () => {
          ++count;
          if (performance.now() < until) requestAnimationFrame(tick);
          else resolve((count * 1000) / time);
        };
        requestAnimationFrame(tick);
      }),
    kScroll_ms,
  );
  while ((await page.evaluate(() => performance.now())) < begin + kScroll_ms - 100)
    await page.mouse.wheel(0, 900);
  figure("page.table.scroll.rate", await frames, "fps");
  figure("page.table.scroll.longest_task", await longestTask(page, begin), "ms");
}

/** From the last key of a filter, and from a click on a head, to the rows that it asked for. */
async function measureQuestions(page) {
  const first = () => page.locator(".vt-body .vt-row").first().innerText();
  const changed = async (act) => {
    const before = await first();
    await page.evaluate((text) => (globalThis.cairnBefore = text), before);
    await act();
    return painted(
      page,
      () => document.querySelector(".vt-body .vt-row")?.innerText !== globalThis.cairnBefore,
      "now",
    );
  };
  const filter = page.getByRole("combobox").or(page.getByPlaceholder(/^Filter/)).first();
  const times = [];
  for (const bound of [0.5, 0.6, 0.7]) {
    await filter.fill(`config.rate_0 > ${bound}`);
    times.push(await changed(() => filter.press("Enter")));
  }
  figure("page.table.filter", median(times), "ms");
}

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await withStore("table", async (url) => {
    const table = `${url}/p/bench?view=table`;
    await measureOpening(browser, "table.first_paint", table, kTable, hasRows);
    const { page, close } = await open(browser, table, kTable);
    await painted(page, hasRows);
    await measureScroll(page);
    await measureQuestions(page);
    await close();
  });
  await withStore("screen", (url) =>
    measureOpening(browser, "screen.painted", `${url}/p/bench?n=100&c.h=220`, kScreen, hasCurves),
  );
  await withStore("keys", async (url) => {
    const { page, close } = await open(browser, `${url}/p/wide`, kTable);
    await painted(page, hasCharts);
    const search = page.getByPlaceholder(/^Search charts/);
    const begin = await page.evaluate(() => performance.now());
    await search.pressSequentially("layer.99.*grad", { delay: 40 });
    await painted(page, hasCharts, "now");
    figure("page.keys.search.longest_task", await longestTask(page, begin), "ms");
    await close();
  });
  await withStore("long", async (url) => {
    for (const run of ["short", "long"])
      await measureOpening(browser, `long.${run}`, `${url}/p/long/runs/${run}?tab=charts`, kTable, hasCurves);
  });
} finally {
  await browser.close();
}
