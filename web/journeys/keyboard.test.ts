// The project page without a mouse, in light and in dark, empty, and with scripts in every text.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { drawn, names, panelIn, row } from "./project";
import { useSite } from "./site";

const site = useSite();
const kScript = "<img src=x onerror=\"document.title='owned'\">";

const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement | null;
    return at?.getAttribute("aria-label") ?? at?.innerText ?? "";
  });

test("TheRunListIsWalkedSelectedAndOpenedByKeys", async () => {
  const visit = await site.open("/p/sweep");
  const { page } = visit;
  await row(page, "run-23").waitFor();
  for (const key of ["j", "j", "k", "x", "j", "x"]) await page.keyboard.press(key);
  await page.getByRole("toolbar", { name: "Selected runs" }).getByText("2 runs").waitFor();
  expect(await page.locator(".vt-row.selected .row-name a").allInnerTexts()).toEqual([
    "run-23",
    "run-22",
  ]);
  await page.keyboard.press("Space");
  await page.getByText("9 drawn").waitFor();
  await page.keyboard.press("p");
  await expect.poll(async () => (await names(page))[0]).toBe("run-22");
  await page.keyboard.press("b");
  await expect.poll(() => visit.query("base")).toBeTruthy();
  await page.keyboard.press("Enter");
  await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/p\/sweep\/runs\//);
});

test("SlashFiltersAndEscapeLeavesTheBox", async () => {
  const { page } = await site.open("/p/sweep");
  await row(page, "run-23").waitFor();
  await page.keyboard.press("/");
  expect(await focused(page)).toBe("Filter runs");
  await page.keyboard.type("state = finished");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  expect(await focused(page)).not.toBe("Filter runs");
});

test("QuestionMarkShowsEveryShortcut", async () => {
  const { page } = await site.open("/p/sweep");
  await row(page, "run-23").waitFor();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  for (const text of ["Filter runs", "Next run", "Log y on all charts", "Search and commands"])
    await help.getByText(text, { exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => help.count()).toBe(0);
});

test("ThePaletteFindsRunsAndRunsCommands", async () => {
  const { page } = await site.open("/p/sweep");
  await row(page, "run-23").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("full table");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Table", selected: true }).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("RUN-07");
  await page.getByRole("option", { name: /run-07/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "run-07" }).waitFor();
});

test("ThePaletteTakesWhatFitsTheTextWhileItStillSearches", async () => {
  const { page } = await site.open("/p/sweep");
  await row(page, "run-23").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("run-0");
  await page.getByRole("option", { name: /run-07/ }).waitFor();
  await page.route(/\/runs\?/, () => new Promise(() => {})); // no answer from now on
  await page.keyboard.type("7");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "run-07" }).waitFor();
});

test("TabReachesEverythingAndTheFocusIsSeen", async () => {
  const { page } = await site.open("/p/sweep");
  await drawn(panelIn(page, "train", "loss"));
  const reached = new Set<string>();
  for (let i = 0; i < 60; ++i) {
    await page.keyboard.press("Tab");
    reached.add(await focused(page));
    const seen = await page.evaluate(() => {
      const at = document.activeElement;
      if (!at || at === document.body) return true;
      const of = (element: Element) => {
        const { outlineStyle, boxShadow, borderColor } = getComputedStyle(element);
        return outlineStyle !== "none" || boxShadow !== "none" ? borderColor + boxShadow : "";
      };
      return of(at) !== "" || of(at.parentElement!) !== "" || at.matches("input");
    });
    expect(seen, `the focus on ${await focused(page)}`).toBe(true);
  }
  for (const name of [
    "Filter runs",
    "Group by",
    "Sort by",
    "Columns",
    "More",
    "Width of the left pane",
    "Search charts by key",
    "X axis",
    "Add panel",
    "Chart menu",
    "Full screen",
  ])
    expect([...reached]).toContain(name);
  expect([...reached].some((name) => name.startsWith("loss: 10 lines by"))).toBe(true);
});

test("AChartIsReadByKeys", async () => {
  const { page } = await site.open("/p/sweep?q=name+%3D+run-05");
  const chart = panelIn(page, "val", "acc");
  await drawn(chart);
  await chart.locator(".chart-body").focus();
  await page.keyboard.press("End");
  await expect.poll(() => chart.locator(".unseen").innerText()).toMatch(/199.*run-05 0\.93/);
  await page.keyboard.press("+");
  await chart.getByRole("button", { name: "Reset zoom" }).waitFor();
  await page.keyboard.press("0");
  await expect.poll(() => chart.getByRole("button", { name: "Reset zoom" }).count()).toBe(0);
  await page.keyboard.press("f");
  await page.getByRole("dialog", { name: "acc" }).waitFor();
});

test("LightAndDarkFollowTheSystemAndTheChoice", async () => {
  const { page } = await site.open("/p/sweep", { colorScheme: "dark" });
  await row(page, "run-23").waitFor();
  const luminance = () =>
    page.evaluate(() => {
      const { backgroundColor } = getComputedStyle(document.body);
      const [r = 0, g = 0, b = 0] = backgroundColor.match(/\d+/g)!.map(Number);
      return (r + g + b) / 765;
    });
  expect(await luminance()).toBeLessThan(0.2);
  await page.keyboard.press("Shift+D");
  await expect.poll(luminance).toBeGreaterThan(0.9);
  await page.reload();
  await expect.poll(luminance).toBeGreaterThan(0.9);
});

test("ARunThatLoggedNothingTeachesHowToLog", async () => {
  const { page } = await site.open("/p/quiet");
  await page.getByText("Nothing was logged yet").waitFor();
  await page.getByText('run.log({"loss": loss').waitFor();
});

test("AnUnknownProjectSaysWhichThereAreAndIsShownOnceItIsThere", async () => {
  const visit = await site.open("/p/late");
  visit.expectFault(/status of 404/);
  const { page } = visit;
  await page.getByText("No project 'late'; there are: hostile, quiet, sweep, vision").waitFor();
  const program = site.python(
    'import cairn\ncairn.init("late", name="first", sample_period_s=0).finish()\nprint("done")',
  );
  await program.line();
  await page.getByRole("button", { name: "Try again" }).click();
  await row(page, "first").waitFor();
});

test("NoMatchOffersToClearTheFilter", async () => {
  const { page } = await site.open("/p/sweep?q=name+%3D+nobody");
  await page.getByText("No run matches the filter").waitFor();
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await row(page, "run-23").waitFor();
});

test("ScriptsInNamesTagsNotesAndKeysAreText", async () => {
  const { page } = await site.open("/p/hostile?view=table");
  await expect.poll(() => names(page)).toEqual([`${kScript} 1`, `${kScript} 0`]);
  await page.getByText(kScript, { exact: true }).first().waitFor();
  for (const path of [
    "/p/hostile",
    `/p/hostile?by=config.${encodeURIComponent(kScript)}`,
    `/p/hostile?q=${encodeURIComponent(kScript)}`,
    `/p/${encodeURIComponent(kScript)}`,
    `/?q=${encodeURIComponent(kScript)}`,
  ]) {
    const visit = await site.open(path);
    visit.expectFault(/status of 40[04]/);
    await visit.page.locator("main, .charts, .empty, .search-error, .failure").first().waitFor();
    expect(await visit.page.locator("img").count()).toBe(0);
    expect(await visit.page.title()).not.toBe("owned");
  }
  await page.keyboard.press("j");
  await page.keyboard.press("t");
  await page.getByLabel(`Remove ${kScript}`).waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.title()).toBe("hostile · Cairn");
});
