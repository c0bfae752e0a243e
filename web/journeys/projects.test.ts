// The list of projects, and the way into one.
import { expect, test } from "vitest";
import { useSite } from "./site";

const site = useSite();

test("TheListOfProjectsLeadsToAProject", async () => {
  const { page } = await site.open("/");
  await page.getByRole("link", { name: /sweep.*24 runs/ }).click();
  await expect.poll(() => new URL(page.url()).pathname).toBe("/p/sweep");
  await page.getByText("run-23", { exact: true }).first().waitFor();
});

test("ASearchKeepsTheProjectsOfThatName", async () => {
  const visit = await site.open("/");
  await visit.page.getByRole("textbox", { name: "Search projects" }).fill("vis");
  await expect.poll(() => visit.page.locator(".projects-list li").count()).toBe(1);
  expect(visit.query("q")).toBe("vis");
});
