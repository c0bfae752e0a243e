// Sweeps: what one found, what is done to it, and what comes to it while somebody looks on.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { panel, tableOf } from "./project";
import { useSite } from "./site";

const kProject = "sweep";
const kWorker = "journey";
const kDefinition = {
  metric: { name: "val_acc", goal: "maximize" },
  parameters: {
    lr: { min: 1e-5, max: 1e-1, log: true },
    depth: { min: 1, max: 8 },
    opt: { values: ["sgd", "adam"] },
    momentum: { min: 0, max: 0.99, when: { opt: "sgd" } },
    epochs: { value: 20 },
  },
  budget: { trials: 40 },
  early_terminate: { type: "threshold", low: 0.2 },
};

const site = useSite();

interface Trial {
  number: number;
  params: Record<string, number | string>;
}

const post = <T = any>(path: string, body: object): Promise<T> =>
  site.api<T>(path, { method: "POST", body: JSON.stringify(body) });

/** Asks for a trial and answers it, as an agent does. */
async function runTrial(id: string, answer: object): Promise<Trial> {
  const { trials } = await post<{ trials: Trial[] }>(`/sweeps/${id}/ask`, { worker: kWorker });
  await post(`/sweeps/${id}/trials/${trials[0]!.number}/tell`, answer);
  return trials[0]!;
}

/** A sweep of which trials came to these values. */
async function makeSweep(name: string, values: number[] = []): Promise<string> {
  const made = await post("/sweeps", { project: kProject, name, definition: kDefinition });
  for (const value of values) await runTrial(made.id, { values: [value] });
  return made.id;
}

const openSweep = (id: string, query = "") => site.open(`/p/${kProject}/sweeps/${id}${query}`);

/** The cells of a column of the table, from the top. */
async function cells(page: Page, column: string): Promise<string[]> {
  const rows = page.locator(".sweep-table .vt-row");
  const found = await rows.evaluateAll(
    (all, id) =>
      all.map((row) => ({
        at: Number((row as HTMLElement).dataset["row"]),
        text: row.querySelector(`[data-column="${id}"]`)?.textContent ?? "",
      })),
    column,
  );
  return found.sort((a, b) => a.at - b.at).map(({ text }) => text);
}

const expectCells = (page: Page, column: string, wanted: readonly string[]) =>
  expect.poll(() => cells(page, column)).toEqual(wanted);

const tab = (page: Page, name: string) => page.getByRole("tab", { name });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const dialog = (page: Page) => page.getByRole("dialog");

let found = ""; // a sweep that nobody changes

beforeAll(async () => {
  found = await makeSweep("found", [0.5, 0.8, 0.7]);
  const failed = { state: "failed", error: "Traceback:\nRuntimeError: out of memory" };
  await runTrial(found, failed);
  await runTrial(found, { values: [0.9], is_reused: true });
});

test("AProjectLeadsToItsSweepsAndEachToItsTrials", async () => {
  const visit = await site.open(`/p/${kProject}`);
  const { page } = visit;
  await button(page, "Sweeps").click();
  await page.getByRole("row", { name: /found.*running.*maximize val_acc.*4 of 40/ }).waitFor();
  await page.getByRole("link", { name: "found" }).click();
  await page.getByRole("heading", { name: "found" }).waitFor();
  const points = await tableOf(page, panel(page, "Best so far"));
  expect(points.map(({ trial, val_acc }) => [trial, val_acc])).toEqual([
    ["0", "0.5"],
    ["1", "0.8"],
    ["2", "0.7"],
    ["4", "0.9"],
  ]);
  await page.getByRole("link", { name: "Sweeps" }).click();
  await page.getByRole("row", { name: /found/ }).waitFor();
});

test("AProjectWithoutSweepsSaysHowToBeginOne", async () => {
  const { page } = await site.open("/p/vision/sweeps");
  await page.getByRole("heading", { name: "No sweep yet" }).waitFor();
  await page.getByText("cairn sweep -- python train.py").waitFor();
});

test("ATrialSaysWhyItWasTriedAndWhatCameOfIt", async () => {
  const visit = await openSweep(found, "?s.tab=trials");
  const { page } = visit;
  await button(page, "trial 3").click();
  const why = page.getByRole("complementary", { name: "About trial 3" });
  await why.getByText("RuntimeError: out of memory").waitFor();
  await why.getByText("(sobol)").waitFor();
  expect(visit.query("s.trial")).toBe("3");
  await page.keyboard.press("Escape");
  await expect.poll(() => why.count()).toBe(0);
});

test("TheTableIsSortedByAnyColumnAndWithoutAMouse", async () => {
  const { page } = await openSweep(found);
  await tab(page, "Trials").waitFor();
  await page.keyboard.press("4");
  await expectCells(page, "number", ["trial 0", "trial 1", "trial 2", "trial 3", "trial 4"]);
  expect(await cells(page, "state")).toContain("known before, not run");
  await button(page, "val_acc").focus();
  await page.keyboard.press("Enter");
  await expectCells(page, "value.0", ["0.5", "0.7", "0.8", "0.9", "–"]);
  await page.keyboard.press("Enter");
  await expectCells(page, "value.0", ["0.9", "0.8", "0.7", "0.5", "–"]);
  await button(page, "trial 4").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "About trial 4" }).waitFor();
});

test("WhatIsBelievedIsShownAlongEachSetting", async () => {
  const { page } = await openSweep(found, "?s.tab=belief");
  const settings = page.locator(".sweep-slices .chart-panel");
  await expect.poll(() => settings.count()).toBe(4); // epochs is a constant
  expect(await tableOf(page, panel(page, "lr"))).toHaveLength(4);
  await panel(page, "Two settings together").getByLabel("Up").selectOption("opt");
  await expect
    .poll(async () => (await tableOf(page, panel(page, "Two settings together"))).length)
    .toBe(2);
});

test("NothingIsBelievedOnTooLittleEvidence", async () => {
  const { page } = await openSweep(await makeSweep("young", [0.5]), "?s.tab=belief");
  await panel(page, "What matters").getByText("Not enough evidence yet").waitFor();
  await panel(page, "Two settings together").getByText("Not enough evidence yet").waitFor();
});

test("ASweepIsPausedAndGoesOn", async () => {
  const id = await makeSweep("paused");
  const { page } = await openSweep(id);
  await button(page, "Pause").click();
  await page.getByText("Paused: by its user", { exact: false }).waitFor();
  expect(await site.api(`/sweeps/${id}`)).toMatchObject({ state: "paused" });
  await button(page, "Resume").click();
  await button(page, "Pause").waitFor();
  expect(await site.api(`/sweeps/${id}`)).toMatchObject({ state: "running" });
});

test("APointOfOnesOwnWaitsToBeTriedNext", async () => {
  const id = await makeSweep("own point", [0.5]);
  const visit = await openSweep(id, "?s.tab=trials");
  visit.expectFault(/400/);
  const { page } = visit;
  await button(page, "Add a point").click();
  await expect
    .poll(() => page.getByLabel("lr").evaluate((field) => field === document.activeElement))
    .toBe(true);
  await page.getByLabel("lr").fill("7");
  await page.getByLabel("depth").fill("3");
  await page.getByLabel("opt").selectOption("adam");
  await page.getByLabel("momentum").fill("");
  await page.keyboard.press("Enter");
  await dialog(page).getByRole("alert").getByText("'lr'").waitFor();
  await page.getByLabel("lr").fill("0.003");
  await page.keyboard.press("Enter");
  await expectCells(page, "state", ["complete", "waiting"]);
  expect((await cells(page, "param.lr"))[1]).toBe("0.003");
  const { trials } = await post(`/sweeps/${id}/ask`, { worker: kWorker });
  expect(trials[0].params).toMatchObject({ lr: 0.003, depth: 3, opt: "adam" });
  await expectCells(page, "state", ["complete", "running"]);
});

test("ARangeIsChangedAndAWrongOneIsRefused", async () => {
  const id = await makeSweep("changed");
  const visit = await openSweep(id);
  visit.expectFault(/400/);
  const { page } = visit;
  await button(page, "Change").click();
  const depth = page.getByLabel("depth min");
  await depth.fill("9");
  await dialog(page).getByRole("button", { name: "Change" }).click();
  await dialog(page).getByRole("alert").getByText("min <= max in 'depth'").waitFor();
  await depth.fill("4");
  await page.getByLabel("trials").fill("60");
  await dialog(page).getByRole("button", { name: "Change" }).click();
  await expect.poll(() => dialog(page).count()).toBe(0);
  await page.getByText("0 of 60 trials").waitFor();
  const { definition, version } = await site.api(`/sweeps/${id}`);
  expect(definition.parameters.depth).toMatchObject({ min: 4, max: 8 });
  expect(definition.parameters.lr).toMatchObject({ min: 1e-5, max: 0.1 });
  expect(version).toBe(2);
});

test("WhatIsToldMeanwhileAppears", async () => {
  const id = await makeSweep("live", [0.5]);
  const { page } = await openSweep(id, "?s.tab=trials");
  await expectCells(page, "state", ["complete"]);
  const { trials } = await post(`/sweeps/${id}/ask`, { worker: kWorker });
  await expectCells(page, "state", ["complete", "running"]);
  const here = `/sweeps/${id}/trials/${trials[0].number}`;
  const { stop } = await post(`${here}/report`, { step: 1, values: [0.1] });
  expect(stop).toBe(true);
  await post(`${here}/tell`, { state: "stopped" });
  await expectCells(page, "state", ["complete", "stopped early"]);
  await tab(page, "Early stops").click();
  await page.getByRole("row", { name: /trial 1.*threshold/ }).waitFor();
});

test("StoppingAsksFirst", async () => {
  const id = await makeSweep("stopped");
  const { page } = await openSweep(id);
  await button(page, "Stop").click();
  await dialog(page).getByRole("button", { name: "Go on" }).click();
  expect(await site.api(`/sweeps/${id}`)).toMatchObject({ state: "running" });
  await button(page, "Stop").click();
  await dialog(page).getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped: by its user").waitFor();
  expect(await button(page, "Stop").count()).toBe(0);
  expect(await site.api(`/sweeps/${id}`)).toMatchObject({ state: "stopped" });
});

test("SeveralObjectivesHaveAFront", async () => {
  const metrics = [
    { name: "val_acc", goal: "maximize" },
    { name: "latency_ms", goal: "minimize" },
  ];
  const definition = { metrics, parameters: { depth: { min: 1, max: 8 } } };
  const { id } = await post("/sweeps", { project: kProject, name: "two", definition });
  for (const values of [
    [0.9, 20],
    [0.8, 10],
    [0.7, 30],
  ])
    await runTrial(id, { values });
  const { page } = await openSweep(id);
  await page.getByText("2 trials that no other is better than in all").waitFor();
  expect(await tableOf(page, panel(page, "Front"))).toHaveLength(3);
});
