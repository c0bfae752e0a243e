// The run list of a project: what is drawn, filtered, sorted, grouped; and how columns are chosen.
import { expect, test } from "vitest";
import {
  cell,
  expectNames,
  filter,
  fromMenu,
  group,
  heads,
  names,
  panelIn,
  readAll,
  readCsv,
  row,
  runs,
  tableOf,
  choose,
} from "./project";
import { useSite } from "./site";

const site = useSite();
const kNewestFirst = runs(...Array.from({ length: 24 }, (_, i) => 23 - i));

test("TheNewestRunsComeFirstAndTenOfThemAreDrawn", async () => {
  const { page } = await site.open("/p/sweep");
  const top = async () => (await names(page)).slice(0, 20);
  await expect.poll(top).toEqual(kNewestFirst.slice(0, 20));
  await page.getByText("10 drawn").waitFor();
  const table = await tableOf(page, panelIn(page, "train", "loss"));
  expect([...new Set(table.map(({ line }) => line))]).toEqual(kNewestFirst.slice(0, 10));
});

test("TheEyeTakesARunOutOfTheChartsAndBringsItBack", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  const eye = row(page, "run-22").getByRole("button", { name: "Draw" });
  await eye.click();
  await page.getByText("9 drawn").waitFor();
  const table = await tableOf(page, panelIn(page, "train", "loss"));
  expect(table.map(({ line }) => line)).not.toContain("run-22");
  expect(visit.query("hide")).toBeTruthy();
  await eye.click();
  await page.getByText("10 drawn").waitFor();
  await row(page, "run-03").getByRole("button", { name: "Draw" }).click();
  await page.getByText("11 drawn").waitFor();
});

test("ARunKeepsTheColourThatItWasGiven", async () => {
  const { page } = await site.open("/p/sweep");
  const dot = row(page, "run-22").getByRole("button", { name: "Colour" });
  await dot.click();
  await page.locator(".popover button").first().click();
  await page.keyboard.press("Escape");
  const chosen = await dot.evaluate((element) => getComputedStyle(element).color);
  expect(chosen).toBe("rgb(0, 114, 178)");
  await page.reload();
  await expect.poll(() => dot.evaluate((element) => getComputedStyle(element).color)).toBe(chosen);
});

test("APinnedRunStaysAtTheTopWhateverIsFiltered", async () => {
  const { page } = await site.open("/p/sweep");
  await fromMenu(page, "run-03", "Pin to the top");
  await expect.poll(async () => (await names(page))[0]).toBe("run-03");
  await filter(page, "config.optimizer = 'lion' and config.lr = 1");
  await expectNames(page, runs(3, 23, 11));
});

test("ABaselineShowsTheDifferenceOfEveryNumber", async () => {
  const { page } = await site.open("/p/sweep?view=table&cols=summary.val/loss,config.lr");
  await fromMenu(page, "run-13", "Use as baseline");
  const lr = cell(page, "run-15", "config.lr");
  await expect.poll(() => lr.innerText()).toMatch(/^1\s*\+0\.99\s*\+9900%$/);
  await expect.poll(() => cell(page, "run-13", "config.lr").innerText()).toBe("0.01");
  await expect.poll(() => cell(page, "run-17", "config.lr").innerText()).toMatch(/^0\.01\s*=$/);
});

test("AFilterIsTheLanguageOfTheCommandLine", async () => {
  const { page } = await site.open("/p/sweep");
  for (const text of [
    "config.optimizer = 'adam' and config.lr >= 0.1",
    "summary.val/acc > 0.95 or tags contains best",
    "not (name ~ '^run-[01]')",
  ]) {
    await filter(page, text);
    const said = await site.cairn("ls", "sweep", "--filter", text, "--all", "--json");
    const { runs: listed } = JSON.parse(said) as { runs: { name: string }[] };
    const expected = listed.map(({ name }) => name);
    expect(expected.length).toBeGreaterThan(0);
    await expectNames(page, expected);
  }
});

test("AFilterIsCompletedWhileOneTypes", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  const box = page.getByLabel("Filter runs");
  const offers = page.locator(".offers .offer");
  await box.focus();
  await box.pressSequentially("opt");
  await expect.poll(() => offers.first().innerText()).toMatch(/config\.optimizer/);
  await box.press("Tab");
  await expect.poll(() => box.inputValue()).toMatch(/^config\.optimizer/);
  await box.pressSequentially("= ");
  const offered = async () => (await offers.allInnerTexts()).sort();
  await expect.poll(offered).toEqual(["adam", "lion", "sgd"]);
  await box.pressSequentially("li");
  await box.press("Tab");
  await box.press("Escape");
  await box.press("Enter");
  await expect.poll(async () => (await names(page)).length).toBe(8);
  expect(visit.query("q")).toBe("config.optimizer = 'lion'");
});

test("AWrongFilterShowsWhereItIsWrongAndKeepsTheRuns", async () => {
  const visit = await site.open("/p/sweep");
  visit.expectFault(/status of 400/);
  const { page } = visit;
  await expectNames(page, kNewestFirst);
  await filter(page, "config.lr >> 3");
  const error = page.locator(".search-error");
  await error.waitFor();
  const [above = "", below = ""] = (await error.locator("pre").innerText()).split("\n");
  expect(above).toBe("config.lr >> 3");
  expect(below.indexOf("^")).toBe(above.indexOf(">>") + 1);
  await expectNames(page, kNewestFirst);
  await filter(page, "config.lr > 0.5");
  await expect.poll(async () => (await names(page)).length).toBe(6);
  expect(await error.count()).toBe(0);
});

test("AHeadSortsDownUpAndNotAtAll", async () => {
  const visit = await site.open("/p/sweep?view=table");
  const { page } = visit;
  const head = page.locator('.vt-head [data-column="summary.val/acc"] button');
  const first = () => names(page).then((all) => all[0]);
  await head.click();
  await expect.poll(first).toBe("run-00");
  await head.click();
  await expect.poll(first).toBe("run-23");
  await head.click();
  expect(visit.query("sort")).toBeNull();
  // With Shift a second column decides among equals.
  await page.locator('.vt-head [data-column="config.lr"] button').click();
  await head.click({ modifiers: ["Shift"] });
  await expect.poll(async () => (await names(page)).slice(0, 3)).toEqual(runs(3, 7, 11));
});

test("NestedGroupsHaveTheStatisticsOfAllTheirRuns", async () => {
  const visit = await site.open("/p/sweep?view=table");
  const { page } = visit;
  await page.getByRole("button", { name: "Group by" }).click();
  const search = page.getByLabel("Group runs by");
  await search.fill("model.name");
  await search.press("Enter");
  await search.fill("optimizer");
  await search.press("Enter");
  await page.keyboard.press("Escape");
  await expectNames(page, ["resnet", "vit"]);
  const resnet = group(page, "resnet");
  expect(await resnet.locator("em").innerText()).toBe("12");
  // The rates are 0.001, 0.01, 0.1 and 1, each as often.
  await expect
    .poll(() => resnet.locator('[data-column="config.lr"]').innerText())
    .toMatch(/^0\.277\d\s*± 0\.4\d$/);
  await resnet.click();
  await expectNames(page, ["resnet", "adam", "lion", "sgd", "vit"]);
  await group(page, "sgd").click();
  await expectNames(page, ["resnet", "adam", "lion", "sgd", ...runs(3, 2, 1, 0), "vit"]);
  expect(visit.query("by")).toBe("config.model.name,config.optimizer");
});

test("ColumnsAreFoundShownHiddenAndPutInOrder", async () => {
  const visit = await site.open("/p/sweep?view=table");
  const { page } = visit;
  await expect.poll(() => heads(page)).toContain("summary.val/acc");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByLabel("Search columns").fill("exit");
  await page.locator(".picker-list .picker-row", { hasText: "Exit code" }).click();
  await expect.poll(() => visit.query("cols")).toMatch(/,exit_code$/);
  await page.getByLabel("Search columns").fill("val/acc");
  await page.getByLabel("Hide summary.val/acc").click();
  await expect.poll(() => heads(page)).not.toContain("summary.val/acc");
  await page.getByLabel("Search columns").fill("exit");
  await page.getByRole("button", { name: "To the left" }).click();
  await expect.poll(() => visit.query("cols")).toMatch(/,exit_code,[^,]+$/);
  await page.keyboard.press("Escape");
  const kept = await heads(page);
  await page.reload();
  await expect.poll(() => heads(page)).toEqual(kept);
});

test("AColumnIsDraggedToAnotherPlace", async () => {
  const columns = "config.lr,config.optimizer,config.seed";
  const { page } = await site.open(`/p/sweep?view=table&cols=${columns}`);
  const head = (name: string) => page.locator(`.vt-head [data-column="${name}"] .vt-head-cell`);
  await head("config.seed").dragTo(head("config.lr"));
  await expect
    .poll(() => heads(page))
    .toEqual(["name", "config.seed", "config.lr", "config.optimizer"]);
});

test("AMetricHasColumnsOfItsExtremesItsLastAndItsBest", async () => {
  const { page } = await site.open("/p/sweep?view=table&cols=config.lr");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("tab", { name: "Min, max, best" }).click();
  await page.getByLabel("Search columns").fill("train/loss");
  const metric = page.locator(".picker-list .picker-row", { hasText: "train/loss" });
  for (const stat of ["min", "max", "last", "best"])
    await metric.getByRole("button", { name: stat, exact: true }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => cell(page, "run-00", "max:train/loss").innerText()).toBe("50");
  await expect.poll(() => cell(page, "run-00", "last:train/loss").innerText()).toBe("0.1");
  // The loss ends a little above its least.
  const least = Number(await cell(page, "run-00", "min:train/loss").innerText());
  expect(least).toBeLessThan(0.1);
  // The run says by define_metric that the lowest is best.
  await expect.poll(() => cell(page, "run-00", "best:train/loss").innerText()).toBe(String(least));
  await page.locator('.vt-head [data-column="max:train/loss"] button').click();
  await expect.poll(async () => (await names(page))[0]).toBe("run-00");
  await filter(page, "min:train/loss < 0.11");
  await expectNames(page, runs(0, 1));
});

test("TheTableIsDownloadedAsCsvWithEveryRunAndAllDigits", async () => {
  const { page } = await site.open("/p/sweep?view=table&cols=config.lr,summary.val/acc&sort=name");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    choose(page, page.getByRole("button", { name: "More" }), "Export as CSV"),
  ]);
  expect(download.suggestedFilename()).toBe("sweep.csv");
  const rows = readCsv(await readAll(await download.createReadStream()));
  expect(rows.map((each) => each["name"])).toEqual([...kNewestFirst].reverse());
  const api = await site.run("sweep", "run-07");
  expect(Number(rows[7]!["summary.val/acc"])).toBe(api.summary["val/acc"]);
  expect(rows[7]!["id"]).toBe(api.id);
});
