// What is changed in the run list is kept by the server, and can be undone.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { cell, expectNames, filter, fromMenu, names, row, runs } from "./project";
import { useSite } from "./site";

const site = useSite();
const kTable = "/p/sweep?view=table&cols=tags,notes,config.lr";

async function select(page: Page, ...chosen: string[]): Promise<void> {
  for (const name of chosen) await row(page, name).getByLabel("Select").click();
  await page.getByRole("toolbar", { name: "Selected runs" }).waitFor();
}

const bulk = (page: Page, name: string) =>
  page.getByRole("toolbar", { name: "Selected runs" }).getByRole("button", { name });

const undo = (page: Page) => page.getByRole("button", { name: "Undo" }).last().click();

test("ANameIsEditedInPlaceAndUndone", async () => {
  const { page } = await site.open(kTable);
  const { id } = await site.run("sweep", "run-22");
  await fromMenu(page, "run-22", "Rename");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("the best one");
  await page.keyboard.press("Enter");
  await row(page, "the best one").waitFor();
  const told = () => site.run("sweep", id).then(({ name }) => name);
  await expect.poll(told).toBe("the best one");
  await undo(page);
  await expect.poll(told).toBe("run-22");
  await row(page, "run-22").waitFor();
});

test("TagsAreEditedInPlace", async () => {
  const { page } = await site.open(kTable);
  await cell(page, "run-20", "tags").dblclick();
  const box = page.getByLabel("Add a tag");
  await box.fill("good");
  await box.press("Enter");
  await page.getByRole("button", { name: "Remove sweep" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => site.run("sweep", "run-20").then(({ tags }) => tags)).toEqual(["good"]);
  await expect.poll(() => cell(page, "run-20", "tags").innerText()).toBe("good");
});

test("NotesAreEditedInPlaceInSeveralLines", async () => {
  const { page } = await site.open(kTable);
  await cell(page, "run-19", "notes").dblclick();
  const box = page.getByRole("textbox", { name: "Notes" });
  await box.fill("first");
  await box.press("Enter");
  await box.pressSequentially("second");
  await box.press("Control+Enter");
  await expect
    .poll(() => site.run("sweep", "run-19").then(({ notes }) => notes))
    .toBe("first\nsecond");
});

test("SeveralRunsAreTaggedTogetherAndUndone", async () => {
  const { page } = await site.open(kTable);
  await select(page, "run-18", "run-16");
  await bulk(page, "Tag").click();
  await page.getByRole("textbox", { name: "Tag" }).fill("chosen");
  await page.getByRole("button", { name: "Add tag" }).click();
  const tagged = async () => {
    const filter = encodeURIComponent("tags contains chosen");
    const { runs: found } = await site.api(`/projects/sweep/runs?filter=${filter}&sort=name`);
    return found.map(({ name }: { name: string }) => name);
  };
  await expect.poll(tagged).toEqual(runs(16, 18));
  await undo(page);
  await expect.poll(tagged).toEqual([]);
});

test("SeveralRunsAreArchivedTogetherAndUndone", async () => {
  const { page } = await site.open(kTable);
  await select(page, "run-15", "run-14");
  await bulk(page, "Archive").click();
  await expect.poll(() => names(page)).not.toContain("run-15");
  const archived = () => site.run("sweep", "run-15").then((run) => run.archived);
  await expect.poll(archived).toBe(true);
  await undo(page);
  await expect.poll(archived).toBe(false);
  await row(page, "run-15").waitFor();
});

test("DeletedRunsAreOutOfSightAtOnceAndComeBackWithUndo", async () => {
  const { page } = await site.open(kTable);
  await select(page, "run-13", "run-12");
  await bulk(page, "Delete").click();
  await expect.poll(() => names(page)).not.toContain("run-13");
  await undo(page);
  await row(page, "run-13").waitFor();
  expect((await site.run("sweep", "run-13")).name).toBe("run-13");
});

test("DeletedRunsAreGoneForGoodWhenThePageIsLeft", async () => {
  const { page } = await site.open(kTable);
  const { id } = await site.run("sweep", "run-11");
  await fromMenu(page, "run-11", "Delete");
  await expect.poll(() => names(page)).not.toContain("run-11");
  await page.goto(site.url + "/");
  const there = async () => (await fetch(`${site.url}/api/v1/projects/sweep/runs/${id}`)).status;
  await expect.poll(there).toBe(404);
});

test("EveryRunThatTheFilterLetsThroughCanBeSelected", async () => {
  const { page } = await site.open(kTable);
  await filter(page, "config.optimizer = 'sgd'");
  await expect.poll(async () => (await names(page)).length).toBe(8);
  await select(page, "run-00");
  await page.getByRole("button", { name: "Select all 8" }).click();
  await page.getByRole("toolbar", { name: "Selected runs" }).getByText("8 runs").waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator(".vt-row.selected").count()).toBe(0);
});

test("TheWholeViewIsInTheAddress", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  await filter(page, "config.optimizer = 'adam'");
  await page.locator('.vt-head [data-column="created"] button').click();
  await row(page, "run-17").getByRole("button", { name: "Draw" }).click();
  await fromMenu(page, "run-05", "Use as baseline");
  await page.getByLabel("Search charts by key").fill("val");
  await expect.poll(() => page.locator(".chart-panel").count()).toBe(2);
  const seen = async () => ({
    names: await names(page),
    drawn: await page.locator(".toolbar-count").innerText(),
    charts: await page.locator(".chart-panel h3").allInnerTexts(),
  });
  await page.getByText("7 drawn").waitFor();
  const before = await seen();
  const other = await site.open(page.url().slice(site.url.length));
  await expect.poll(() => names(other.page)).toEqual(before.names);
  await page.reload();
  await expect.poll(seen).toEqual(before);
  // One step back is one change back.
  await page.goBack();
  await expect.poll(() => visit.query("base")).toBeNull();
});

test("ANamedViewIsSavedForEverybodyShownAndDeleted", async () => {
  const { page } = await site.open("/p/sweep?view=table&q=config.lr+%3D+1&cols=config.lr");
  await expectNames(page, runs(23, 19, 15, 7, 3));
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByText("Save as a new view").click();
  await page.getByLabel("Name of the view").fill("fast ones");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "fast ones" }).waitFor();
  const other = await site.open("/p/sweep");
  await other.page.getByRole("button", { name: "Views" }).click();
  await other.page.locator(".menu-item", { hasText: "fast ones" }).click();
  await expectNames(other.page, runs(23, 19, 15, 7, 3));
  await other.page.getByRole("button", { name: "fast ones" }).click();
  await other.page.locator(".menu-item", { hasText: "Delete fast ones" }).click();
  await expect
    .poll(() => site.api("/projects/sweep/views").then(({ views }) => views))
    .toEqual([]);
});
