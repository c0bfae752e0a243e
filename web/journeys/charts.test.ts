// The charts of a project: sections, axes, smoothing, zoom, bands, and what leaves the page.
import type { Locator, Page, Request } from "playwright-core";
import { expect, test } from "vitest";
import { downloadOf, drawn, filter, panel, panelIn, row, tableOf, type Table } from "./project";
import { useSite } from "./site";

const site = useSite();
/** The run with 20,000 steps and its spike at step 12,345. */
const kLong = "/p/sweep?q=name+%3D+run-00";
const kThree = "/p/sweep?q=name+in+(run-21,run-22,run-23)";

const sections = (page: Page) => page.locator(".charts-head h2").allInnerTexts();
const titles = (page: Page) => page.locator(".chart-panel h3").allInnerTexts();
const steps = (table: Table) => table.map((each) => Number(each["step"]));

async function settings(page: Page): Promise<Locator> {
  await page.getByRole("button", { name: "Settings of all charts" }).click();
  return page.locator(".chart-settings").first();
}

interface Asked {
  axis?: string;
  min?: number;
  max?: number;
  buckets: number;
  log_x?: boolean;
  band?: string;
  axis_key?: string;
  groups?: { name: string; runs: string[] }[];
}

/** The next request for points, and its answer awaited. */
async function nextAsked(page: Page, act: () => Promise<unknown>, to = "series"): Promise<Asked> {
  const is_it = (request: Request) => request.url().endsWith(`/${to}`);
  const [request] = await Promise.all([page.waitForRequest(is_it), act()]);
  await request.response();
  return request.postDataJSON() as Asked;
}

async function drag(page: Page, chart: Locator, from: number, to: number): Promise<void> {
  const box = (await chart.locator(".chart-body").boundingBox())!;
  const at = (part: number) => [box.x + part * box.width, box.y + box.height / 2] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at((from + to) / 2));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

test("EveryKeyIsAChartInTheSectionOfItsPrefix", async () => {
  const { page } = await site.open("/p/sweep");
  await expect.poll(() => sections(page)).toEqual(["General", "train", "val"]);
  await expect.poll(() => titles(page)).toEqual(["epoch", "loss", "tokens", "acc", "loss"]);
  await page.getByRole("button", { name: /^train/ }).click();
  await expect.poll(() => titles(page)).toEqual(["epoch", "acc", "loss"]);
});

test("ChartsAreFoundByARegularExpression", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  await page.getByLabel("Search charts by key").fill("^val|tok");
  await expect.poll(() => titles(page)).toEqual(["tokens", "acc", "loss"]);
  await page.getByLabel("Search charts by key").fill("(");
  await page.getByText(/as plain text/).waitFor();
  await page.getByLabel("Search charts by key").fill("nothing-is-called-this");
  await page.getByText("No key matches").waitFor();
});

test("TheAxisIsStepsTimeTimeSinceStartOrAMetric", async () => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "train", "loss");
  const axis = page.getByRole("combobox", { name: "X axis" });
  expect(Math.max(...steps(await tableOf(page, chart)))).toBe(199);
  expect(await nextAsked(page, () => axis.selectOption("time"))).toMatchObject({ axis: "time" });
  const times = (await tableOf(page, chart)).map((each) => Number(each["time"]));
  const { created_ns } = await site.run("sweep", "run-23");
  expect(Math.abs(Math.max(...times) - created_ns / 1e9)).toBeLessThan(60);
  const relative = await nextAsked(page, () => axis.selectOption("relative"));
  expect(relative).toMatchObject({ axis: "relative" });
  const since = (await tableOf(page, chart)).map((each) => Number(each["relative"]));
  expect(Math.min(...since)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...since)).toBeLessThan(60);
  await axis.selectOption("metric");
  const key = page.getByLabel("Key of the x axis");
  await key.fill("train/tokens");
  const metric = await nextAsked(page, async () => {
    await key.press("Escape");
    await key.press("Enter");
  });
  expect(metric).toMatchObject({ axis: "metric", axis_key: "train/tokens" });
  const tokens = (await tableOf(page, chart)).map((each) => Number(each["train/tokens"]));
  expect(Math.max(...tokens)).toBe(199_000);
});

test("WithoutSamplesTheAxisOfEnergySaysWhyItIsEmpty", async () => {
  const { page } = await site.open(kThree);
  await page.getByRole("combobox", { name: "X axis" }).selectOption("energy");
  await panelIn(page, "train", "loss").getByText("No energy was measured in this run").waitFor();
});

test("LogarithmicAxesAskForLogarithmicBuckets", async () => {
  const visit = await site.open(kLong);
  const { page } = visit;
  await drawn(panelIn(page, "train", "loss"));
  const form = await settings(page);
  expect(await nextAsked(page, () => form.getByLabel("Log x").check())).toMatchObject({
    log_x: true,
  });
  await form.getByLabel("Log y").check();
  await expect.poll(() => visit.query("c.set")).toBe("xl=1;yl=1");
  await page.keyboard.press("Escape");
  const x = steps(await tableOf(page, panelIn(page, "train", "loss")));
  // As many points below 141 as above it: half of the decades.
  expect(x.filter((step) => step < 141).length).toBeGreaterThan(x.length / 5);
});

test.each([
  ["ema", "Exponential"],
  ["twema", "Time-weighted"],
  ["gaussian", "Gaussian"],
  ["running", "Running"],
])("SmoothingBy_%s_CalmsTheLineAndKeepsTheOriginal", async (kind, name) => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  await page.getByRole("button", { name: "Smoothing" }).click();
  await page.getByLabel("Kind of smoothing").selectOption(kind);
  await page.getByRole("button", { name }).waitFor();
  await page.keyboard.press("Escape");
  const roughness = (table: Table, column: string) => {
    const one = table.filter(({ line }) => line === "run-23");
    const values = one.map((each) => Number(each[column]));
    const bend = (i: number) => Math.abs(values[i]! - 2 * values[i - 1]! + values[i - 2]!);
    return values.reduce((sum, _, i) => (i < 2 ? 0 : sum + bend(i)), 0);
  };
  const smoothed = async () => (await tableOf(page, chart)).every((each) => each["original"]);
  await expect.poll(smoothed).toBe(true);
  const table = await tableOf(page, chart);
  expect(roughness(table, "value")).toBeLessThan(0.7 * roughness(table, "original"));
});

test("ZoomingFetchesExactDataOfTheRange", async () => {
  const visit = await site.open(kLong);
  const { page } = visit;
  const chart = panelIn(page, "train", "loss");
  const whole = steps(await tableOf(page, chart));
  expect(whole.length).toBeLessThan(2500); // of 20,000
  const asked = await nextAsked(page, () => drag(page, chart, 0.55, 0.7));
  expect(asked.min).toBeGreaterThan(9_000);
  expect(asked.max).toBeLessThan(16_000);
  const second = await nextAsked(page, () => drag(page, chart, 0.3, 0.4));
  expect(second.min).toBeGreaterThan(asked.min!);
  expect(second.max! - second.min!).toBeLessThan(600);
  await drawn(chart);
  // Every step of the range is there now, and no other but its neighbours.
  const inside = (step: number) => step >= second.min! && step <= second.max!;
  const zoomed = steps(await tableOf(page, chart)).filter(inside);
  expect(zoomed.length).toBe(second.max! - second.min! + 1);
  await chart.getByRole("button", { name: "Reset zoom" }).click();
  await expect.poll(async () => steps(await tableOf(page, chart)).length).toBe(whole.length);
});

test("NoSpikeIsLostHoweverFewPixelsThereAre", async () => {
  const { page } = await site.open(kLong);
  const table = await tableOf(page, panelIn(page, "train", "loss"));
  expect(Math.max(...table.map((each) => Number(each["high"])))).toBe(50);
});

test("OutliersAreLeftOutOfTheScale", async () => {
  const { page } = await site.open(kLong);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  const highestTick = async () => {
    const svg = (await downloadOf(page, chart, "Download SVG")).toString();
    const ticks = svg.matchAll(/text-anchor="end" dominant-baseline="central"[^>]*>([\d.]+)</g);
    return Math.max(...Array.from(ticks, ([, text]) => Number(text)));
  };
  expect(await highestTick()).toBe(50);
  await page.keyboard.press("o");
  await expect.poll(highestTick).toBeLessThan(2);
});

test("AGroupIsItsMeanWithABandOverAllRunsAndAllPoints", async () => {
  const { page } = await site.open(
    "/p/sweep?q=config.lr+%3E+0.001&by=config.model.name&n=3",
  );
  const chart = panelIn(page, "val", "acc");
  // Three runs are drawn one by one, but a group is all its runs.
  const rows = await tableOf(page, chart);
  expect([...new Set(rows.map(({ line }) => line))]).toEqual(["resnet (9)", "vit (9)"]);
  const last = rows.filter(({ line }) => line === "resnet (9)").at(-1)!;
  const accuracies = [1, 2, 3, 5, 6, 7, 9, 10, 11].map((i) => 0.995 * (0.99 - i / 100));
  const mean = accuracies.reduce((a, b) => a + b) / 9;
  expect(Number(last["value"])).toBeCloseTo(mean, 6);
  expect(Number(last["low"])).toBeCloseTo(Math.min(...accuracies), 6);
  expect(Number(last["high"])).toBeCloseTo(Math.max(...accuracies), 6);
  const form = await settings(page);
  const std = Math.sqrt(accuracies.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 8);
  for (const [band, half] of [["std", std], ["stderr", std / 3]] as const) {
    const select = () => form.getByLabel("Band of a group").selectOption(band);
    const asked = await nextAsked(page, select, "bands");
    expect(asked.band).toBe(band);
    expect(asked.groups!.map(({ runs }) => runs.length)).toEqual([9, 9]);
    const high = async () => {
      const table = await tableOf(page, chart);
      return Number(table.filter(({ line }) => line === "resnet (9)").at(-1)!["high"]);
    };
    await expect.poll(high).toBeCloseTo(mean + half, 2);
    await settings(page);
  }
});

test("TheCursorOfOneChartIsShownInAll", async () => {
  const { page } = await site.open(kThree);
  const [train, val] = [panelIn(page, "train", "loss"), panelIn(page, "val", "acc")];
  await drawn(train);
  await drawn(val);
  expect(await val.locator("canvas").count()).toBe(1);
  await train.locator(".chart-body").hover();
  const tip = page.locator(".chart-tip");
  await expect.poll(() => tip.locator(".chart-tip-row").count()).toBe(3);
  await expect.poll(() => val.locator("canvas").count()).toBe(2);
  await page.mouse.move(2, 2);
  await expect.poll(() => val.locator("canvas").count()).toBe(1);
});

test("ValuesUnderTheCursorAreCopied", async () => {
  const visit = await site.open(kThree);
  const { page } = visit;
  await visit.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  await chart.locator(".chart-body").click();
  await page.locator(".chart-tip.pinned").getByRole("button", { name: "Copy values" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split("\n")[0]).toBe("line\tstep\tvalue");
  expect(copied).toMatch(/run-22\t\d+\t0\.\d+/);
});

test("ARunPointedAtInTheListIsStrongInTheChartsAndTheOtherWayRound", async () => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  expect(await chart.locator("canvas").count()).toBe(1);
  await row(page, "run-22").hover();
  await expect.poll(() => chart.locator("canvas").count()).toBe(2);
  await page.mouse.move(700, 30);
  await expect.poll(() => chart.locator("canvas").count()).toBe(1);
  await chart.locator(".chart-body").focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => page.locator(".vt-row.pointed").count()).toBe(1);
});

test("AChartFillsTheScreenAndComesBack", async () => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  await chart.hover();
  await chart.getByRole("button", { name: "Full screen" }).click();
  const full = page.getByRole("dialog", { name: "loss" });
  const box = (await full.locator("canvas").first().boundingBox())!;
  expect(box.width).toBeGreaterThan(1000);
  await page.keyboard.press("Escape");
  await expect.poll(() => full.count()).toBe(0);
  await drawn(chart);
});

test("AChartIsSavedAsPngSvgAndCsv", async () => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "train", "loss");
  await drawn(chart);
  const png = await downloadOf(page, chart, "Download PNG");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(1600);
  const svg = (await downloadOf(page, chart, "Download SVG")).toString();
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).toContain("run-22");
  const table = await tableOf(page, chart);
  const { summary } = await site.run("sweep", "run-22");
  const last = table.filter(({ line }) => line === "run-22").at(-1)!;
  expect(last["step"]).toBe("199");
  expect(Number(last["value"])).toBeCloseTo(summary["train/loss"], 7);
  expect(last["value"]!.length).toBeLessThan(11); // as many digits as are meant
});

test("AChartIsATableForThoseWhoCannotSeeIt", async () => {
  const { page } = await site.open(kThree);
  const chart = panelIn(page, "val", "acc");
  await drawn(chart);
  await chart.hover();
  await chart.getByRole("button", { name: "Chart menu" }).click();
  await page.getByText("Show as table").click();
  await expect.poll(() => page.locator(".chart-table tbody tr").count()).toBe(60);
});

test("APinnedChartStandsFirstAndSettingsOfOneAreItsOwn", async () => {
  const visit = await site.open(kThree);
  const { page } = visit;
  const chart = panelIn(page, "val", "acc");
  await chart.hover();
  await chart.getByRole("button", { name: "Chart menu" }).click();
  await page.getByText("Pin to the top").click();
  await expect.poll(async () => (await sections(page))[0]).toMatch(/Pinned/i);
  await expect.poll(() => panel(page, "val/acc").count()).toBe(1);
  expect(visit.query("c.pin")).toBe("val/acc");
});

test("AFilterTakesItsRunsOutOfTheCharts", async () => {
  const { page } = await site.open("/p/sweep");
  await filter(page, "name = run-05");
  const lines = async () => [
    ...new Set((await tableOf(page, panelIn(page, "train", "loss"))).map(({ line }) => line)),
  ];
  await expect.poll(lines).toEqual(["run-05"]);
});
