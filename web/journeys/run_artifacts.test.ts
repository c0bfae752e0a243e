// Files and artifacts of a run: looked into, downloaded, named by aliases, and who made what.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { openRun, readDownload } from "./run";
import { useSite } from "./site";

const site = useSite();

test("AKeptFileIsLookedIntoAndDownloaded", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=files");
  await page.getByText("1 file, 15 B").waitFor();
  await page.getByRole("button", { name: "notes.txt" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("kept as a file").waitFor();
  const get = page.getByRole("dialog").getByRole("link", { name: "Download" });
  const { name, bytes } = await readDownload(page, () => get.click());
  expect(name).toBe("notes.txt");
  expect(bytes.toString()).toBe("kept as a file\n");
});

test("TheLineageShowsWhatWasMadeAndWhoUsedIt", async () => {
  const visit = await openRun(site, "vision", "resnet-baseline", "?tab=artifacts");
  const lineage = visit.page.getByRole("group", { name: /^Lineage/ });
  await lineage.getByRole("button", { name: /resnet.*model · v2/ }).waitFor();
  expect(await lineage.getByRole("button").count()).toBe(4);
  const user = lineage.getByRole("link", { name: /resnet-lr-0\.1/ });
  const lines = lineage.locator("path.lineage-edge");
  expect(await lines.count()).toBeGreaterThanOrEqual(6);
  await user.focus();
  await visit.page.keyboard.press("Enter");
  await expect.poll(() => visit.page.title()).toContain("resnet-lr-0.1");
  expect(visit.query("tab")).toBe("artifacts");
  await lineage.getByRole("link", { name: /resnet-baseline/ }).waitFor(); // who made what it used
});

test("AnArtifactShowsItsVersionsAliasesMetadataAndFiles", async () => {
  const visit = await openRun(site, "vision", "resnet-baseline", "?tab=artifacts");
  const { page } = visit;
  await page.getByRole("button", { name: /resnet.*model · v1/ }).click();
  expect(visit.query("artifact")).toBe("resnet:v1");
  const version = page.getByRole("article");
  await version.getByText("cairn artifact get resnet:v1").waitFor();
  await version.getByRole("treeitem", { name: /epoch.*10/ }).waitFor();
  await version.getByRole("button", { name: "Add: alias" }).click();
  await page.keyboard.type("kept");
  await page.keyboard.press("Enter");
  const versions = page.getByRole("navigation", { name: "Versions of resnet" });
  await versions.getByRole("button", { name: /v1.*kept/ }).waitFor();
  expect(await versions.getByRole("button").first().innerText()).toMatch(/^v5/); // newest first
  const told = await site.api("/projects/vision/artifacts/resnet:kept");
  expect(told.versions[0].version).toBe("v1");
});

test("AFileOfAnArtifactComesByteForByte", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=artifacts");
  await page.getByRole("button", { name: /cifar-small.*dataset · v0/ }).click();
  const row = page.getByRole("row").filter({ hasText: "part-03.bin" });
  const { name, bytes } = await readDownload(page, () => row.getByRole("link").click());
  expect(name).toBe("part-03.bin");
  expect(bytes.length).toBe(3300);
  const told = await site.api("/projects/vision/artifacts/cifar-small:v0");
  const file = told.versions[0].files.find((each: { path: string }) => each.path === name);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(file.sha256);
});

test("TheArtifactThatIsShownStandsInTheAddress", async () => {
  const { page } = await openRun(
    site,
    "vision",
    "resnet-lr-0.1",
    "?tab=artifacts&artifact=cifar-small:v0",
  );
  await page.getByText("A tenth of CIFAR-10").waitFor();
  await page.getByRole("article").getByRole("link", { name: "resnet-baseline" }).click();
  await expect.poll(() => page.title()).toContain("resnet-baseline");
});

test("AnOldVersionThatARunUsedIsShownAmongManyNewer", async () => {
  const program = site.python(`
import cairn
with cairn.init(project="many", name="maker", sample_period_s=0) as run:
    for number in range(25):
        artifact = cairn.Artifact("weights", type="model", metadata={"number": number})
        with artifact.new_file("weights.txt") as file:
            file.write(str(number))
        run.log_artifact(artifact)
with cairn.init(project="many", name="user", sample_period_s=0) as run:
    run.use_artifact("weights:v1")
print("done")
`);
  while ((await program.line()) !== "done") continue;
  const { page } = await openRun(site, "many", "user", "?tab=artifacts");
  await page.getByRole("article").getByRole("treeitem", { name: /number.*1/ }).waitFor();
  const versions = page.getByRole("navigation", { name: "Versions of weights" });
  expect(await versions.locator("[aria-current=true]").innerText()).toMatch(/^v1\b/);
  const lineage = page.getByRole("group", { name: /^Lineage/ });
  await lineage.getByRole("link", { name: /maker/ }).waitFor();
});
