// Runs beside each other: where they differ, their curves, code and media.
import { expect, test } from "vitest";
import { openCompare, readDownload } from "./run";
import { useSite } from "./site";

const site = useSite();
const kBoth = ["resnet-baseline", "resnet-lr-0.1"];

test("OnlyWhatDiffersIsShownUntilAllIsAskedFor", async () => {
  const visit = await openCompare(site, "sweep", ["run-00", "run-05", "run-12"]);
  const { page } = visit;
  const name = (text: string) => page.getByRole("rowheader", { name: text, exact: true });
  await name("lr").waitFor();
  const row = page.getByRole("row").filter({ has: name("lr") });
  expect((await row.getByRole("cell").allInnerTexts()).slice(0, 3)).toEqual([
    "0.001",
    "0.01",
    "0.001",
  ]);
  expect(await row.locator("td.other").count()).toBe(1);
  expect(await name("host.hostname").or(name("hostname")).count()).toBe(0);
  await page.keyboard.press("d");
  await name("hostname").waitFor();
  expect(visit.query("diff")).toBe("0");
  await page.getByRole("textbox", { name: "Search names and values" }).fill("optim");
  await name("lr").waitFor({ state: "detached" });
  await name("optimizer").waitFor();
});

test("ResultsShowHowFarTheyAreFromTheFirstRun", async () => {
  const { page } = await openCompare(site, "sweep", ["run-01", "run-21"]);
  const row = page.getByRole("row").filter({ hasText: "val/loss" });
  await row.waitFor();
  expect(await row.locator(".change").innerText()).toMatch(/^\+\d+ %$/);
});

test("RunsAreAddedByNameTakenAwayAndPutFirst", async () => {
  const visit = await openCompare(site, "sweep", ["run-00", "run-01"]);
  const { page } = visit;
  const runs = page.getByRole("list", { name: "Compared runs" }).getByRole("listitem");
  await runs.first().waitFor();
  await page.keyboard.press("a");
  await page.getByRole("textbox", { name: "Find a run by name" }).fill("run-17");
  await expect.poll(() => page.locator(".finder-run").allInnerTexts()).toHaveLength(1);
  await page.keyboard.press("Enter");
  await expect.poll(() => runs.allInnerTexts()).toEqual(["run-00", "run-01", "run-17"]);
  await page.getByRole("button", { name: "Compare the others with run-17" }).click();
  await expect.poll(() => runs.allInnerTexts()).toEqual(["run-17", "run-00", "run-01"]);
  await page.getByRole("button", { name: "Remove run-00" }).click();
  await expect.poll(() => runs.allInnerTexts()).toEqual(["run-17", "run-01"]);
  await page.reload();
  await expect.poll(() => runs.allInnerTexts()).toEqual(["run-17", "run-01"]);
});

test("OneRunAloneAsksForAnother", async () => {
  const { page } = await openCompare(site, "sweep", ["run-04"]);
  await page.getByText("What shall run-04 be compared with?").waitFor();
  await page.getByText("cairn compare run-04 OTHER").waitFor();
});

test("TheCurvesOfAllRunsLieInOneChart", async () => {
  const { page } = await openCompare(site, "sweep", ["run-03", "run-21"], "?tab=charts");
  const chart = page.locator(".chart-panel").filter({ hasText: "acc" }).first();
  await chart.waitFor();
  await chart.hover();
  await chart.getByRole("button", { name: "Chart menu" }).click();
  const save = page.getByRole("menuitem", { name: /CSV/ });
  const { bytes } = await readDownload(page, () => save.click());
  const [head, ...rows] = bytes.toString().trim().split(/\r?\n/);
  expect(head).toBe("line,step,value,low,high");
  expect([...new Set(rows.map((row) => row.split(",")[0]))]).toEqual(["run-03", "run-21"]);
});

test("TheCodeOfTwoRunsOfOneCommitDiffersInWhatEachChanged", async () => {
  const { page } = await openCompare(site, "vision", kBoth, "?tab=code");
  await page.getByText("The same commit.").waitFor();
  const file = page.locator(".diff-file").filter({ hasText: "train.py" });
  await file.locator(".diff-line.added").filter({ hasText: "build(depth=18)" }).waitFor();
  await file.locator(".diff-line.removed").filter({ hasText: "lr=0.05" }).waitFor();
  expect(await file.locator(".diff-line.added").count()).toBe(2);
  expect(await file.getByText("clip(model").count()).toBe(0); // both changed it alike
  await page.getByText("1 more changed file is the same in both.").waitFor();
});

test("WithoutACheckoutTheCodeTabTeachesHowToHaveOne", async () => {
  const { page } = await openCompare(site, "sweep", ["run-01", "run-02"], "?tab=code");
  const panel = page.getByRole("tabpanel");
  await panel.getByText(/No git checkout was found|The same (commit|code)/).first().waitFor();
});

test("TheMediaOfTheRunsStandSideBySideAtTheSameStep", async () => {
  const visit = await openCompare(site, "vision", kBoth, "?tab=media&find=samples");
  const cards = visit.page.getByRole("region", { name: "samples", exact: true });
  await expect.poll(() => cards.count()).toBe(2);
  await cards.nth(1).getByText("9 of 9").waitFor();
  await visit.page.keyboard.press("ArrowLeft");
  await cards.nth(0).getByText("8 of 9").waitFor();
  await cards.nth(1).getByText("8 of 9").waitFor();
  expect(visit.query("step")).toBe("700");
  const [one, other] = await cards
    .locator("img")
    .evaluateAll((images) => images.map((image) => image.getBoundingClientRect().top));
  expect(one).toBe(other);
});

test("PartsOfTheComparisonHaveKeysAndAddresses", async () => {
  const visit = await openCompare(site, "vision", kBoth);
  await visit.page.getByRole("rowheader", { name: "seed" }).waitFor();
  for (const [index, tab] of ["values", "charts", "code", "media"].entries()) {
    await visit.page.keyboard.press(String(index + 1));
    await expect.poll(() => visit.query("tab") ?? "values").toBe(tab);
  }
});
