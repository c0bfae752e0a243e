// Panels that are added by hand: lines of several keys, and charts over the columns of all runs.
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { drawn, filter, panel, tableOf } from "./project";
import { useSite } from "./site";

const site = useSite();

async function begin(page: Page, kind: string): Promise<Locator> {
  await page.getByRole("button", { name: "Add panel" }).click();
  const dialog = page.getByRole("dialog", { name: "Panel" });
  await dialog.getByRole("tab", { name: kind }).click();
  return dialog;
}

async function pick(dialog: Locator, label: string, column: string): Promise<void> {
  await dialog.getByRole("combobox", { name: label, exact: true }).fill(column);
  await dialog.getByRole("combobox", { name: label, exact: true }).press("Escape");
}

const show = (dialog: Locator) => dialog.getByRole("button", { name: "Show" }).click();

test("AScatterShowsAllRunsOfTheFilterAndTheBestSoFar", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  const dialog = await begin(page, "Scatter");
  expect(await dialog.getByRole("button", { name: "Show" }).isDisabled()).toBe(true);
  await pick(dialog, "X", "config.seed");
  await pick(dialog, "Y", "summary.val/loss");
  await pick(dialog, "Colour", "config.optimizer");
  await dialog.getByRole("combobox", { name: "Line of" }).selectOption("min");
  await show(dialog);
  const chart = panel(page, "val/loss against seed");
  const table = await tableOf(page, chart);
  expect(table).toHaveLength(24);
  expect(table.map((each) => Number(each["seed"])).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 24 }, (_, i) => i),
  );
  await filter(page, "config.optimizer = 'lion'");
  await expect.poll(async () => (await tableOf(page, chart)).length).toBe(8);
  expect(visit.query("c.add")).toMatch(/scatter/);
  await page.reload();
  await expect.poll(async () => (await tableOf(page, chart)).length).toBe(8);
});

test("BarsCompareGroupsByTheirMeans", async () => {
  const { page } = await site.open("/p/sweep?by=config.optimizer");
  const dialog = await begin(page, "Bars");
  await pick(dialog, "Value", "summary.val/acc");
  await show(dialog);
  const table = await tableOf(page, panel(page, "val/acc"));
  expect(table).toHaveLength(3);
});

test("ABoxPlotShowsTheSpreadOfEachGroup", async () => {
  const { page } = await site.open("/p/sweep");
  const dialog = await begin(page, "Box plot");
  await pick(dialog, "Value", "summary.val/acc");
  await pick(dialog, "By", "config.model.name");
  await show(dialog);
  expect(await tableOf(page, panel(page, "val/acc by model.name"))).toHaveLength(2);
});

test("AHeatMapShowsAPairOfTheConfiguration", async () => {
  const { page } = await site.open("/p/sweep");
  const dialog = await begin(page, "Heat map");
  await pick(dialog, "X", "config.lr");
  await pick(dialog, "Y", "config.optimizer");
  await pick(dialog, "Value", "summary.val/loss");
  await dialog.getByRole("combobox", { name: "Of several runs" }).selectOption("min");
  await show(dialog);
  const table = await tableOf(page, panel(page, "val/loss by lr and optimizer"));
  // Three optimizers, and the least loss of each of four rates.
  expect(table).toHaveLength(3);
  const filled = table.map((each) => Object.values(each).slice(1).filter(Boolean).length);
  expect(filled).toEqual([4, 4, 4]);
});

test("ParallelCoordinatesAreBrushedAndTheBrushTakenAway", async () => {
  const { page } = await site.open("/p/sweep");
  const dialog = await begin(page, "Parallel coordinates");
  for (const column of ["config.seed", "config.lr", "summary.val/acc"])
    await pick(dialog, "Add to Axes", column);
  await show(dialog);
  const chart = panel(page, "seed · lr · val/acc");
  await drawn(chart);
  const body = chart.locator(".chart-body");
  await body.scrollIntoViewIfNeeded();
  const box = (await body.boundingBox())!;
  // The lower half of the first axis: seeds from 0 to 11.
  const middle = box.y + 34 + (box.height - 60) / 2;
  await page.mouse.move(box.x + 46, box.y + box.height - 22);
  await page.mouse.down();
  await page.mouse.move(box.x + 46, middle + 30);
  await page.mouse.move(box.x + 46, middle);
  await page.mouse.up();
  await chart.getByText("12 of 24 runs").waitFor();
  await chart.getByRole("button", { name: "Clear brushes" }).click();
  await expect.poll(() => chart.getByText("of 24 runs").count()).toBe(0);
});

test("SeveralKeysShareOnePanelAndItIsChangedAndRemoved", async () => {
  const visit = await site.open("/p/sweep?q=name+%3D+run-05");
  const { page } = visit;
  const dialog = await begin(page, "Lines");
  await pick(dialog, "Add to Keys", "train/loss");
  await pick(dialog, "Add to Keys", "val/loss");
  await show(dialog);
  const chart = panel(page, "train/loss, val/loss");
  const lines = new Set((await tableOf(page, chart)).map(({ line }) => line));
  expect([...lines].sort()).toEqual(["train/loss", "val/loss"]);
  await chart.hover();
  await chart.getByRole("button", { name: "Chart menu" }).click();
  await page.locator(".menu-item", { hasText: /^Remove/ }).click();
  await expect.poll(() => chart.count()).toBe(0);
  expect(visit.query("c.add")).toBeNull();
});
