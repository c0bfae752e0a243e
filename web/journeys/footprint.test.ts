// Footprints: what a project used, whose it was, what it bought, and what it would be elsewhere.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { expectNames, panel, readAll, tableOf } from "./project";
import { useSite } from "./site";

// Energy as machines measured it, put into runs that were over at once: [name, kWh of GPU, accuracy].
const kMakeRuns = `
import os, time
import cairn

BEGAN_NS = 1_750_000_000_000_000_000  # June 2025
HOUR_NS = 3_600_000_000_000

def record(kwh):
    joules = kwh * 3.6e6
    return {
        "machine": {
            "boot_id": "1", "hostname": "node", "cpu_model": "Intel Xeon Gold 6148",
            "sockets": 2, "threads": 80, "memory_bytes": 256 * 2**30,
        },
        "began_ns": BEGAN_NS, "ended_ns": BEGAN_NS + HOUR_NS,
        "watched_s": 3600.0, "lost_s": 0.0, "cpu_s": 7200.0,
        "share_s": 900.0, "even_s": 3600.0, "load_s": 600.0,
        "sensors": [{
            "sensor": "nvml:GPU-1", "name": "NVIDIA H100 80GB HBM3",
            "part": "gpu", "share": "exclusive", "device_j": joules, "run_j": joules,
            "idle_j": joules / 10, "even_idle_j": joules / 10, "covered_s": 3600.0,
        }],
        "unmeasured": [],
    }

for name, kwh, accuracy in [("small", 0.5, 0.7), ("large", 4.0, 0.9), ("vain", 2.0, 0.6)]:
    with cairn.init(project="cost", name=name, sample_period_s=0) as run:
        run.define_metric("val_acc", goal="maximize")
        run._add_capture({"energy": {"journey": record(kwh)}})
        run.log({"val_acc": accuracy})
print("made", flush=True)
`;

// A run that is watched while it works, for as long as it takes to be seen working.
const kWatch = `
import time
import cairn

with cairn.init(project="watched", name="busy", sample_period_s=0.2) as run:
    ends = time.monotonic() + 2.5
    while time.monotonic() < ends:
        run.log({"loss": 1 / (1 + sum(i % 7 for i in range(20_000)))})
print("made", flush=True)
`;

const kFootprint = "/p/cost/footprint";

const site = useSite({
  empty: true,
  before: async () => {
    const programs = [kMakeRuns, kWatch].map((code) => site.python(code));
    for (const program of programs) {
      await program.line();
      await program.end();
    }
  },
});

const card = (page: Page, title: string) =>
  page.locator(".footprint-card", { has: page.getByRole("heading", { name: title, exact: true }) });
const rows = (page: Page) => page.locator(".part .footprint-table tbody tr");
const firstCells = (page: Page) =>
  rows(page).evaluateAll((all) => all.map((row) => row.querySelector("td")!.textContent));

test("AProjectLeadsToItsFootprintAndThatToTheRunsWhichMadeIt", async () => {
  const { page } = await site.open("/p/cost");
  await page.getByRole("button", { name: "Footprint" }).click();
  await card(page, "Energy").getByText("kWh").waitFor();
  await card(page, "Energy")
    .getByText(/\d % measured/)
    .waitFor();
  await expect.poll(() => firstCells(page)).toEqual(["large", "vain", "small"]);
  await page.getByRole("link", { name: "large" }).click();
  const run = page.getByRole("region", { name: "Footprint" });
  const gpu = run.getByRole("row", { name: /GPU, NVIDIA H100/ });
  await gpu.getByText("measured").waitFor();
  expect(await gpu.getByRole("cell").nth(1).textContent()).toMatch(/^4 kWh/);
  await run.getByRole("link", { name: "In other zones and hours" }).click();
  await expect.poll(() => page.getByLabel("Run", { exact: true }).inputValue()).toBeTruthy();
});

test("WithoutAZoneCarbonIsUnknownAndItIsSaidHowToTellIt", async () => {
  const visit = await site.open(kFootprint);
  const { page } = visit;
  await card(page, "CO₂e").getByText("unknown", { exact: true }).waitFor();
  await card(page, "CO₂e").getByText("CAIRN_ZONE=FR").waitFor();
  const zone = page.getByRole("combobox", { name: "Zone" });
  await zone.fill("US-CAL");
  await page.getByRole("button", { name: /^US-CAL-CISO/ }).click();
  await zone.press("Escape");
  await zone.press("Enter");
  await card(page, "CO₂e")
    .getByText(/^US-CAL-CISO 2025, \d+ g\/kWh/)
    .waitFor();
  expect(visit.query("f.zone")).toBe("US-CAL-CISO");
  await page.reload();
  await card(page, "CO₂e")
    .getByText(/^US-CAL-CISO 2025/)
    .waitFor();
});

test("APriceAndAPueAreTheReadersOwn", async () => {
  const visit = await site.open(`${kFootprint}?f.zone=FR`);
  const { page } = visit;
  const energy = card(page, "Energy").locator(".footprint-value");
  await energy.waitFor();
  await page.getByLabel("PUE").fill("2");
  await page.getByLabel("PUE").press("Tab");
  await card(page, "Energy").getByText("with a PUE of 2").waitFor();
  await page.getByLabel("Price").fill("1 eur");
  await page.getByLabel("Price").press("Tab");
  await card(page, "Electricity").getByText("EUR").waitFor();
  const [, kwh] = /^([\d.]+) kWh/.exec((await energy.textContent())!)!;
  const money = await card(page, "Electricity").locator(".footprint-value").textContent();
  expect(Number.parseFloat(money!)).toBeCloseTo(Number(kwh), 1);
  expect(visit.query("f.price")).toBe("1 eur");
});

test("AnUnknownZoneOffersTheNearest", async () => {
  const visit = await site.open(`${kFootprint}?f.zone=US-CAL-CIS`);
  visit.expectFault(/400/);
  await visit.page.getByRole("alert").getByText("US-CAL-CISO").waitFor();
});

test("TheFrontIsWhatNoOtherRunBeats", async () => {
  const visit = await site.open(kFootprint);
  const { page } = visit;
  const chart = panel(page, "Result against energy");
  await chart.getByText("2 that no other beats in both").waitFor();
  const points = await tableOf(page, chart);
  expect(points.map(({ run, val_acc }) => [run, val_acc]).sort()).toEqual([
    ["large", "0.9"],
    ["small", "0.7"],
    ["vain", "0.6"],
  ]);
  await page.getByRole("tab", { name: "Less is better" }).click();
  await chart.getByText("2 that no other beats in both").waitFor();
  expect(visit.query("f.goal")).toBe("minimize");
});

test("OtherZonesAreComparedForTheRunThatUsedMost", async () => {
  const { page } = await site.open(`${kFootprint}?f.zone=PL&f.zones=SE,PL`);
  const table = page.getByRole("region", { name: "What if" }).getByRole("table");
  await table.getByRole("row", { name: /^SE at any time .* -\d+%$/ }).waitFor();
});

test("ItIsTakenAwayAsATableAndAsWords", async () => {
  const { page } = await site.open(`${kFootprint}?f.zone=FR`);
  const menu = page.getByRole("button", { name: "Export" });
  const coming = page.waitForEvent("download");
  await menu.click();
  await page.getByRole("menuitem", { name: /^CSV/ }).click();
  const file = await readAll(await (await coming).createReadStream());
  const lines = file.toString().trim().split(/\r?\n/);
  expect(lines[0]).toMatch(/^timestamp,project_name,run_id,.*emissions.*energy_consumed/);
  expect(lines).toHaveLength(4);
});

test("WordsForAModelCardAreCopied", async () => {
  const permissions = ["clipboard-read", "clipboard-write"];
  const { page } = await site.open(`${kFootprint}?f.zone=FR`, { permissions });
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /model card/ }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/\| Energy \| [\d.]+ kWh/);
});

test("EnergyIsAColumnOfTheRunTable", async () => {
  const { page } = await site.open("/p/cost?view=table&sort=-summary.footprint.kwh");
  await expectNames(page, ["large", "vain", "small"]);
});

test("CurvesStandAlongTheEnergyThatWasUsed", async () => {
  const { page } = await site.open("/p/watched");
  const chart = panel(page, "loss");
  await chart.waitFor();
  await page.getByRole("combobox", { name: "X axis" }).selectOption("energy");
  const axis = async () => (await tableOf(page, chart)).map((row) => Number(row["energy"]));
  await expect.poll(async () => (await axis()).some((kwh) => kwh > 0)).toBe(true);
  const kwh = await axis();
  expect(kwh.every((each, i) => i === 0 || each >= kwh[i - 1]!)).toBe(true);
});

test("AllProjectsAreAddedUpToo", async () => {
  const { page } = await site.open("/");
  await page.getByRole("button", { name: "Footprint" }).click();
  await expect.poll(() => firstCells(page)).toEqual(["cost", "watched"]);
  await page.getByRole("link", { name: "cost" }).click();
  await expect.poll(() => firstCells(page)).toEqual(["large", "vain", "small"]);
});

test("TheFormIsUsedWithoutAMouse", async () => {
  const visit = await site.open(kFootprint);
  const { page } = visit;
  await page.getByRole("tab", { name: "Run", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => visit.query("f.by")).toBe("user");
  await page.getByRole("heading", { name: /By user/ }).waitFor();
  await page.getByRole("button", { name: /Tables in use/ }).focus();
  await page.keyboard.press("Enter");
  await page
    .getByRole("row", { name: /Carbon intensity .* ODbL-1.0/ })
    .first()
    .waitFor();
});
