// The report of a project: what stands in the paper, live, and taken away.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { readAll } from "./project";
import { useSite } from "./site";

// A search of forty runs whose result depends on the learning rate and hardly on the batch.
const kSearch = `
import math, random
import cairn

random.seed(1)
for i in range(40):
    lr, batch = 10 ** random.uniform(-4, -1), random.choice([16, 32, 64])
    with cairn.init(project="paper", name=f"run-{i}", config={"lr": lr, "batch": batch}, sample_period_s=0) as run:
        run.define_metric("val_acc", summary="max", goal="maximize")
        run.log({"val_acc": 0.9 - 0.1 * abs(math.log10(lr) + 2.5) + random.gauss(0, 0.003)})
print("made", flush=True)
`;

const kReport = "/p/paper/report";

const site = useSite({
  empty: true,
  before: async () => {
    const program = site.python(kSearch);
    await program.line();
    await program.end();
  },
});

const figure = (page: Page, title: RegExp) => page.getByRole("figure", { name: title });

async function taken(page: Page, entry: string): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: entry, exact: true }).click(),
  ]);
  const content = await readAll(await file.createReadStream());
  return { name: file.suggestedFilename(), text: content.toString("latin1") };
}

test("AProjectLeadsToItsReportWithTablesAndFigures", async () => {
  const { page } = await site.open("/p/paper");
  await page.getByRole("button", { name: "Report" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("table").first().waitFor();
  await figure(page, /parameter/i).first().locator("svg.figure").waitFor();
  await expect.poll(() => page.getByText("lr", { exact: true }).count()).toBeGreaterThan(0);
});

test("AFigureIsTakenAwayAsSvgPngAndCsv", async () => {
  const { page } = await site.open(kReport);
  const first = figure(page, /parameter/i).first();
  for (const [entry, begins] of [
    ["SVG", /^<svg/],
    ["PNG", /^.PNG/],
    ["CSV", /^parameter,/],
  ] as const) {
    await first.getByRole("button", { name: /^Export/ }).click();
    const { name, text } = await taken(page, entry);
    expect(name).toBe(`importance.${entry.toLowerCase()}`);
    expect(text).toMatch(begins);
  }
});

test("TheWholeReportIsOneFileForAPaperOrACard", async () => {
  const { page } = await site.open(kReport);
  await page.getByRole("heading", { level: 1 }).waitFor();
  for (const [entry, has] of [
    ["LaTeX", /\\begin\{document\}/],
    ["One HTML file", /^<!doctype html>/],
  ] as const) {
    await page.getByRole("button", { name: "Export", exact: true }).click();
    expect((await taken(page, entry)).text).toMatch(has);
  }
});

test("AFilterAndAResultAreInTheAddress", async () => {
  const visit = await site.open(kReport);
  const { page } = visit;
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("combobox", { name: "Result" }).selectOption("val_acc");
  expect(visit.query("r.metric")).toBe("val_acc");
  const filter = page.getByLabel("Filter runs");
  await filter.fill("config.lr > 1");
  await filter.press("Enter");
  await expect.poll(() => visit.query("r.q")).toBe("config.lr > 1");
  await expect.poll(() => page.locator(".report-paper, .empty, .failure").count()).toBe(1);
});
