// A store that holds nothing.
import { expect, test } from "vitest";
import { useSite } from "./site";

const site = useSite({ empty: true });

test("AnEmptyStoreTeachesTheFirstRunAndShowsItWhenItIsThere", async () => {
  const { page } = await site.open("/");
  await page.getByText("No project yet").waitFor();
  await page.getByText('run = cairn.init("my-project"').waitFor();
  const program = site.python(`
import cairn
run = cairn.init("my-project", config={"lr": 0.1}, sample_period_s=0)
for step in range(100):
    run.log({"loss": 1 / (step + 1)})
run.finish()
print("done")
`);
  await program.line();
  await page.getByRole("link", { name: /my-project/ }).waitFor();
  await page.getByRole("link", { name: /my-project/ }).click();
  await expect.poll(() => page.locator(".chart-panel h3").allInnerTexts()).toEqual(["loss"]);
});

test("AProjectWhoseRunsAreAllArchivedTeachesHowToBeginAnew", async () => {
  const { runs } = await site.api("/projects/my-project/runs");
  const body = JSON.stringify({ archived: true });
  await site.api(`/projects/my-project/runs/${runs[0].id}`, { method: "PATCH", body });
  const { page } = await site.open("/p/my-project");
  await page.getByText("No runs here yet").waitFor();
  await page.getByText('run = cairn.init("my-project"').waitFor();
  await page.getByRole("button", { name: "Show archived runs" }).click();
  await expect.poll(() => page.locator(".vt-row.archived").count()).toBe(1);
});
