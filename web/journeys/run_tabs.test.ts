// The parts of a run: reached by key and by address; curves, the machine, and what teaches.
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { addressOf, openRun } from "./run";
import { useSite } from "./site";

const site = useSite();

const kTabs = [
  "overview",
  "charts",
  "system",
  "console",
  "media",
  "files",
  "artifacts",
  "identity",
];

test("EachPartHasAKeyAndAnAddressAndBackGoesBack", async () => {
  const visit = await openRun(site, "quiet", "nothing-yet");
  const { page } = visit;
  const tabs = page.getByRole("tablist", { name: "Parts of the run" });
  await tabs.waitFor();
  for (const [index, tab] of kTabs.entries()) {
    await page.keyboard.press(String(index + 1));
    await expect.poll(() => visit.query("tab") ?? "overview").toBe(tab);
    await expect.poll(() => tabs.locator("[aria-selected=true]").innerText().then(lower)).toBe(tab);
  }
  await page.goBack();
  await expect.poll(() => visit.query("tab")).toBe("artifacts");
  await tabs.getByRole("tab", { name: "Artifacts" }).focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => visit.query("tab")).toBe("files");
});

const lower = (text: string) => text.toLowerCase();

test("ARunThatNeverLoggedTeachesWhatToDo", async () => {
  const { page } = await openRun(site, "quiet", "nothing-yet");
  await page.getByText('run.log({"loss": loss})').waitFor();
  const lessons = {
    charts: 'run.log({"loss": loss, "val/acc": accuracy})',
    system: "sample_period_s",
    console: "cairn run -- python train.py",
    media: "cairn.Image(array)",
    files: 'run.save("model.pt")',
    artifacts: "artifact",
    identity: "cairn run -- python train.py",
  };
  const address = await addressOf(site, "quiet", "nothing-yet");
  for (const [tab, lesson] of Object.entries(lessons)) {
    await page.goto(`${site.url}${address}?tab=${tab}`);
    await page.getByRole("tabpanel").getByText(lesson).first().waitFor();
  }
});

test("TheChartsOfARunStandInSectionsByPrefix", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=charts");
  for (const title of ["epoch", "grad_norm", "loss", "lr"])
    await page.locator(".chart-panel").filter({ hasText: title }).first().waitFor();
  await expect.poll(() => inked(page.locator(".chart-panel").first())).toBe(true);
});

test("TheMachineIsDrawnAndItsFiguresAreTold", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=system");
  await page.locator(".figures").getByText("Memory of the run, peak").waitFor();
  expect(await page.locator(".figures").innerText()).toMatch(/[\d.]+ [KMG]iB/);
  await page.getByRole("heading", { name: "CPU", exact: true }).waitFor();
  const memory = page.locator(".chart-panel").filter({ hasText: "Memory, " }).first();
  await memory.scrollIntoViewIfNeeded();
  await expect.poll(() => inked(memory)).toBe(true);
});

test("ARunThatGoesOnIsFollowedWithoutReloading", async () => {
  const program = site.python(`
import cairn, sys
run = cairn.init(project="live", name="goes-on", sample_period_s=0)
run.log({"loss": 2.0}, step=0)
print(run.id)
for step, line in enumerate(sys.stdin, 1):
    run.log({"loss": 1.0 / step}, step=step)
run.finish()
`);
  const id = await program.line();
  const visit = await site.open(`/p/live/runs/${id}`);
  const last = visit.page.getByRole("row").filter({ hasText: "loss" }).getByRole("cell").nth(1);
  await expect.poll(() => last.innerText()).toBe("2");
  await visit.page.locator(".state-pill.running").waitFor();
  const loads = visit.count(/GET \/p\//);
  for (let step = 1; step <= 4; step++) program.tell("more");
  await expect.poll(() => last.innerText()).toBe("0.25");
  await program.end();
  await visit.page.locator(".state-pill.finished").waitFor();
  expect(visit.count(/GET \/p\//)).toBe(loads);
});

test("WhatHappensBeforeTheStreamStandsIsShownToo", async () => {
  const program = site.python(`
import cairn, sys
run = cairn.init(project="live", name="was-faster", sample_period_s=0)
run.log({"loss": 2.0}, step=0)
print(run.id)
sys.stdin.readline()
run.log({"loss": 0.5}, step=1)
run.finish()
`);
  const id = await program.line();
  const visit = await site.open("/p/live");
  let letThrough = () => {};
  const held = new Promise<void>((done) => (letThrough = done));
  await visit.page.route("**/live", async (route) => {
    await held;
    await route.continue();
  });
  await visit.go(`/p/live/runs/${id}`);
  const last = visit.page.getByRole("row").filter({ hasText: "loss" }).getByRole("cell").nth(1);
  await expect.poll(() => last.innerText()).toBe("2");
  program.tell("more");
  await program.end();
  letThrough();
  await expect.poll(() => last.innerText()).toBe("0.5");
});

async function inked(panel: Locator): Promise<boolean> {
  return panel
    .locator("canvas")
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const pen = canvas.getContext("2d");
      if (!pen || !canvas.width || !canvas.height) return false;
      const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, at) => at % 4 === 3 && value > 0);
    });
}
