// What one learns of a run at first: how it ended, notes, results, configuration, code and machine.
import { expect, test } from "vitest";
import { openRun } from "./run";
import { useSite } from "./site";

const site = useSite();

test("TheSummaryShowsTheLastValueOfEachSeriesAndItsExtremes", async () => {
  const { page } = await openRun(site, "sweep", "run-03");
  const row = page.getByRole("row").filter({ hasText: "train/tokens" });
  await row.waitFor();
  await expect
    .poll(() => row.getByRole("cell").allTextContents())
    .toEqual(["train/tokens", "199000", "0", "199000", "200"]);
});

test("TheConfigIsATreeThatKeysOpenAndASearchNarrows", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline");
  const tree = page.getByRole("tree", { name: "Config" });
  const optimizer = tree.getByRole("treeitem", { name: /^optimizer/ });
  const momentum = tree.getByRole("treeitem", { name: /^momentum/ });
  await momentum.waitFor();
  await optimizer.focus();
  await page.keyboard.press("ArrowLeft");
  await momentum.waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await momentum.waitFor();
  await page.getByRole("textbox", { name: "Search the config" }).fill("nesterov");
  await tree.getByRole("treeitem", { name: /^lr/ }).waitFor({ state: "detached" });
  expect(await tree.getByRole("treeitem", { name: /nesterov/ }).innerText()).toContain("true");
});

test("NotesAreEditedInMarkdownSavedAndTakenBack", async () => {
  const { page } = await openRun(site, "sweep", "run-05");
  await page.getByRole("heading", { name: "Notes" }).waitFor();
  await page.keyboard.press("e");
  const area = page.getByRole("textbox", { name: "Notes in Markdown" });
  await area.fill("# Found\n\nThe **best** so far, see [why](https://example.org/why)");
  await page.keyboard.press("Escape"); // what was typed is not lost by it
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "Found" }).waitFor();
  expect(await page.locator(".markdown strong").innerText()).toBe("best");
  expect(await page.getByRole("link", { name: "why" }).getAttribute("rel")).toContain("noopener");
  expect((await site.run("sweep", "run-05")).notes).toContain("**best**");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(async () => (await site.run("sweep", "run-05")).notes).toBe("");
  await page.getByRole("button", { name: /Add a note/ }).waitFor();
});

test("NameTagsAndGroupAreChangedInPlaceByKeyboard", async () => {
  const { page } = await openRun(site, "sweep", "run-06");
  await page.getByRole("button", { name: "run-06" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("the chosen one");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.title()).toContain("the chosen one");
  await page.getByRole("button", { name: "Add: tag" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("keep, final");
  await page.keyboard.press("Enter");
  await page.getByText("final", { exact: true }).waitFor();
  const { id, tags } = await site.run("sweep", "the chosen one");
  expect(tags).toEqual(["sweep", "keep", "final"]);
  await page.getByRole("button", { name: "Remove tag keep" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await site.run("sweep", id)).tags).toEqual(["sweep", "final"]);
});

test("TheCodeIsToldByCommitCommandAndWhatWasChangedSince", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline");
  const facts = page.locator(".overview-side");
  const commit = facts.getByRole("link", { name: /^[0-9a-f]{10}$/ });
  expect(await commit.getAttribute("href")).toMatch(
    /^https:\/\/github\.com\/ada\/vision\/commit\/[0-9a-f]{40}$/,
  );
  expect(await facts.locator(".fact", { hasText: "Command" }).innerText()).toContain("python");
  const changes = page.locator("#changes");
  await changes.getByRole("button", { name: /train\.py/ }).waitFor();
  await changes.locator(".diff-line.added", { hasText: "clip(model, 1.0)" }).waitFor();
  await changes.locator(".diff-line.removed", { hasText: "batch: 128" }).waitFor();
  expect(await changes.locator(".untracked").innerText()).toContain("sketch.ipynb");
});

test("TheMachineItsEnvironmentAndItsPackagesAreTold", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline");
  const facts = page.locator(".overview-side");
  await facts.getByText("Host", { exact: true }).waitFor();
  expect(await facts.locator(".fact", { hasText: "CPU" }).innerText()).toMatch(/\d+ threads?/);
  await facts.getByRole("button", { name: /^Environment/ }).click();
  expect(await facts.locator(".names").innerText()).toContain("OMP_NUM_THREADS");
  await facts.getByRole("button", { name: /^Packages/ }).click();
  await facts.getByRole("textbox", { name: "Search packages" }).fill("numpy");
  await expect.poll(() => facts.locator(".names").last().innerText()).toMatch(/^numpy\n/m);
});

test("AFailedRunSaysWhyWithoutAClick", async () => {
  const { page } = await openRun(site, "vision", "resnet-diverged");
  const ending = page.getByRole("alert");
  await ending.getByText("Failed with exit code 1").waitFor();
  await ending.getByText("ValueError: loss is NaN at step 1200").waitFor();
});

test("ACrashedRunShowsItsLastLinesAndLeadsToItsConsole", async () => {
  const visit = await openRun(site, "vision", "resnet-killed");
  const ending = visit.page.getByRole("alert");
  await ending.getByText("Crashed: it ended without a word").waitFor();
  const lines = ending.locator(".ending-lines > div");
  await expect.poll(() => lines.last().innerText()).toMatch(/out-of-memory killer, perhaps/);
  await ending.getByRole("button", { name: /Whole console/ }).click();
  await visit.page.getByRole("log", { name: "Console" }).waitFor();
  expect(visit.query("tab")).toBe("console");
});

test("ARunThatIsNotThereTeachesWhichAre", async () => {
  const visit = await site.open("/p/sweep/runs/nobody");
  visit.expectFault(/404/);
  await visit.page.getByText("There is no run “nobody” in sweep").waitFor();
  await visit.page.getByText("cairn ls sweep").waitFor();
});
