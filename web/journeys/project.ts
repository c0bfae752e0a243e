// What journeys of the project page say and see.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** The names in the run list, from the top. */
export async function names(page: Page): Promise<string[]> {
  const rows = await page.locator(".vt-row").evaluateAll((all) =>
    all
      .map((row) => ({
        at: Number((row as HTMLElement).dataset["row"]),
        name: row.querySelector(".row-name a, .group-name span")?.textContent ?? "",
      }))
      .sort((a, b) => a.at - b.at)
      .map(({ name }) => name),
  );
  return rows.filter(Boolean);
}

/** Waits until the run list shows exactly these, in this order. */
export async function expectNames(page: Page, wanted: readonly string[]): Promise<void> {
  await expect.poll(() => names(page)).toEqual(wanted);
}

/** run-23, run-22, …: numbers as the store of the journeys names them. */
export function runs(...numbers: number[]): string[] {
  return numbers.map((number) => `run-${String(number).padStart(2, "0")}`);
}

export function row(page: Page, name: string): Locator {
  return page.locator(".vt-row", { has: page.getByRole("link", { name, exact: true }) });
}

export function group(page: Page, value: string): Locator {
  return page.locator(".vt-row.group-row", { has: page.getByText(value, { exact: true }) });
}

export function cell(page: Page, name: string, column: string): Locator {
  return row(page, name).locator(`[data-column="${column}"]`);
}

/** The heads of the columns in sight, from the left. */
export function heads(page: Page): Promise<string[]> {
  return page
    .locator(".vt-head [role=columnheader]")
    .evaluateAll((all) => all.map((head) => (head as HTMLElement).dataset["column"] ?? ""));
}

/** Writes a filter as one who types it, and commits it. */
export async function filter(page: Page, text: string): Promise<void> {
  const box = page.getByLabel("Filter runs");
  await box.fill(text);
  await box.press("Escape");
  await box.press("Enter");
}

/** Chooses from a run's context menu. */
export async function fromMenu(page: Page, name: string, entry: string): Promise<void> {
  await row(page, name).click({ button: "right", position: { x: 180, y: 12 } });
  await page.locator(".menu-item", { hasText: entry }).click();
}

/** Chooses from the menu behind a button. */
export async function choose(page: Page, button: Locator, entry: string | RegExp): Promise<void> {
  await button.click();
  await page.locator(".menu-item", { hasText: entry }).click();
}

export function panel(page: Page, title: string): Locator {
  return page.locator(".chart-panel").filter({
    has: page.getByRole("heading", { name: title, exact: true }),
  });
}

/** A panel of a section: "loss" stands below "train" and below "val". */
export function panelIn(page: Page, section: string, title: string): Locator {
  return page
    .locator(`.charts-section[aria-label="${section}"] .chart-panel`)
    .filter({ has: page.getByRole("heading", { name: title, exact: true }) });
}

/** Waits until a panel has drawn something and waits for nothing more. */
export async function drawn(chart: Locator): Promise<void> {
  await chart.locator("canvas").first().waitFor();
  await expect.poll(() => chart.locator(".chart-loading").count()).toBe(0);
}

export type Table = Record<string, string>[];

/** What a chart shows, read from its own download. */
export async function tableOf(page: Page, chart: Locator): Promise<Table> {
  await drawn(chart);
  return readCsv(await downloadOf(page, chart, "Download CSV"));
}

export async function downloadOf(page: Page, chart: Locator, entry: string): Promise<Buffer> {
  await chart.hover();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    choose(page, chart.getByRole("button", { name: "Chart menu" }), entry),
  ]);
  return readAll(await download.createReadStream());
}

export async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** RFC 4180, rows by the names of the first. */
export function readCsv(content: Buffer): Table {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of content
    .toString("utf8")
    .matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    lines.at(-1)!.push(quoted?.replace(/""/g, '"') ?? plain ?? "");
    if (end !== ",") lines.push([]);
  }
  const [head = [], ...rows] = lines.filter((line) => line.some(Boolean));
  return rows.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i] ?? ""])));
}
