// What identifies a run: its keys, what it used and made, its relatives, and whose result it took.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { bareEnv, kCairn, kPython } from "./places";
import { openRun } from "./run";
import { useSite, type Visit } from "./site";

const kTrain = `
import argparse, glob, json, os, random
import cairn
import helper

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--seed", type=int, default=0)
a = parser.parse_args()
random.seed(a.seed)
total = sum(len(open(name).read()) for name in sorted(glob.glob("shards/*.txt")))
total *= float(os.environ.get("SCALE", "1"))
if os.path.exists("extra.json"):
    total += json.load(open("extra.json"))
with cairn.init(config=vars(a), sample_period_s=0) as run:
    run.define_metric("val_acc", goal="maximize")
    run.log({"loss": a.lr, "val_acc": 0.5 + helper.half(a.lr)})
open("model.txt", "w").write(str(total))
`;
const kHelper = "def half(x):\n    return x / 2\n";
const kShards = 30;

const home = mkdtempSync(join(tmpdir(), "cairn-traced-"));
const work = join(home, "work");
afterAll(() => rmSync(home, { recursive: true, force: true }));

const site = useSite({ empty: true, before: makeRuns });

/** Two seeds and another rate, one of them asked for again, and a program that may not be reused. */
async function makeRuns(): Promise<void> {
  const files: Record<string, string> = {
    "cairn.toml": "",
    "train.py": kTrain,
    "helper.py": kHelper,
    "impure.py": "# cairn: impure\nprint(1)\n",
  };
  for (let i = 0; i < kShards; i++) files[`shards/part-${String(i).padStart(2, "0")}.txt`] = `${i}`;
  mkdirSync(join(work, "shards"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
  await sleep(50); // what was written just now must be older than the run
  record("first", "never", "train.py", "--seed", "0");
  record("second", "never", "train.py", "--seed", "1");
  record("faster", "never", "train.py", "--seed", "0", "--lr", "0.2");
  record("again", "auto", "train.py", "--seed", "0", "--lr", "0.2");
  record("impure", "never", "impure.py");
}

function record(name: string, reuse: string, ...command: string[]): void {
  const words = ["run", "--dir", site.folder, "-p", "traced", "-n", name, "--reuse", reuse];
  const own = { XDG_CACHE_HOME: join(home, "cache"), XDG_CONFIG_HOME: join(home, "none") };
  execFileSync(kCairn, [...words, "--sample-period", "0", "--", kPython, ...command], {
    cwd: work,
    env: { ...bareEnv(), ...own, SCALE: "2" },
    stdio: ["ignore", "pipe", "pipe"], // what comes through a pipe would unseal the run
  });
}

const list = ({ page }: Visit, title: string) =>
  page.getByRole("region", { name: title, exact: true });

/** The row of a relative. */
const relative = ({ page }: Visit, name: string) =>
  page.locator(".kin tr").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

test("TheProgramItsSealAndItsKeysAreToldAndCopied", async () => {
  const visit = await openRun(site, "traced", "first", "", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const { page } = visit;
  await page.getByRole("heading", { name: "Summary" }).waitFor();
  await page.keyboard.press("8");
  await page.getByText("train.py", { exact: true }).first().waitFor();
  expect(visit.query("tab")).toBe("identity");
  await page.getByText("sealed", { exact: true }).waitFor();
  const { F } = (await site.run("traced", "first")).meta.recall;
  await page.getByText(F.slice(0, 8), { exact: true }).waitFor();
  expect(await page.locator(".keys").first().locator("dt").count()).toBe(6);
  await page.getByRole("button", { name: "Copy F", exact: true }).first().click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`F:${F}`);
});

test("WhatARunUsedAndMadeIsListedAndSearched", async () => {
  const visit = await openRun(site, "traced", "first", "?tab=identity");
  const { page } = visit;
  await list(visit, "Code").getByText("helper.py").waitFor();
  await list(visit, "Code").getByText(`${kHelper.length} B`, { exact: true }).waitFor();
  await list(visit, "Outputs").getByText("model.txt").waitFor();
  await list(visit, "Folders listed").getByText("shards").waitFor();
  await list(visit, "Seeds").getByText("random.seed").waitFor();
  const search = page.getByRole("textbox", { name: "Search files, variables, packages" });
  await search.fill("extra.json");
  await list(visit, "Looked for, not there").getByText("extra.json").waitFor();
  expect(await list(visit, "Code").count()).toBe(0);
  expect(visit.query("find")).toBe("extra.json");
  await search.fill("scale");
  await list(visit, "Variables read").getByText("SCALE").waitFor();
  await list(visit, "Variables read").getByText("set", { exact: true }).waitFor();
});

test("ALongListIsCutUntilAllOfItIsWanted", async () => {
  const visit = await openRun(site, "traced", "first", "?tab=identity&find=shards/");
  const data = list(visit, "Data and settings read");
  await data.getByText("part-00.txt").waitFor();
  expect(await data.getByText("part-29.txt").count()).toBe(0);
  await data.getByRole("button", { name: `Show all ${kShards}` }).click();
  await data.getByText("part-29.txt").waitFor();
});

test("TheManifestIsFetchedOnlyWhenItIsLookedAt", async () => {
  const visit = await openRun(site, "traced", "first");
  await visit.page.getByRole("heading", { name: "Summary" }).waitFor();
  const { manifest } = (await site.run("traced", "first")).meta.recall;
  const blob = new RegExp(manifest);
  expect(visit.count(blob)).toBe(0);
  await visit.page.getByRole("tab", { name: "Identity" }).click();
  await list(visit, "Code").waitFor();
  expect(visit.count(blob)).toBe(1);
});

test("RelativesAreToldInWordsAndChosenToCompare", async () => {
  const visit = await openRun(site, "traced", "first", "?tab=identity");
  const { page } = visit;
  const second = relative(visit, "second");
  await second.getByText("Replicate").waitFor();
  await second.getByText("seed: 0 → 1").waitFor();
  const faster = relative(visit, "faster");
  await faster.getByText("Same code").waitFor();
  await faster.getByText("lr: 0.1 → 0.2").waitFor();
  await faster.getByText("0.6", { exact: true }).waitFor(); // its val_acc, which has a goal
  const compare = page.getByRole("tabpanel").getByRole("button", { name: /^Compare/ });
  expect(await compare.isDisabled()).toBe(true);
  await page.getByLabel("Choose second").check();
  await page.getByLabel("Choose faster").check();
  await page.getByRole("button", { name: "Compare 3 runs" }).click();
  const ids = await Promise.all(["first", "second", "faster"].map((n) => site.run("traced", n)));
  await expect
    .poll(() => new URL(page.url()).pathname)
    .toBe(`/p/traced/compare/${ids.map(({ id }) => id).join(",")}`);
});

test("AReusedRunSaysWhoseResultItIs", async () => {
  const visit = await openRun(site, "traced", "again");
  const { page } = visit;
  const banner = page.locator(".notice.reused");
  await banner.getByText(/saved \d/).waitFor();
  await page.keyboard.press("8");
  await relative(visit, "faster").getByText("Source").waitFor();
  await banner.getByRole("link", { name: "traced/faster" }).click();
  await expect.poll(() => page.title()).toContain("faster");
  await page.keyboard.press("8");
  await relative(visit, "again").getByText("Reused by").waitFor();
});

test("TheOverviewTellsOfRelativesAndLeadsToThem", async () => {
  const visit = await openRun(site, "traced", "second");
  const { page } = visit;
  await page.getByRole("link", { name: /1 replicate/ }).click();
  await relative(visit, "first").getByText("seed: 1 → 0").waitFor();
  expect(visit.query("tab")).toBe("identity");
});

test("ARunThatIsNotSealedSaysWhy", async () => {
  const { page } = await openRun(site, "traced", "impure", "?tab=identity");
  await page.getByText("not sealed", { exact: true }).waitFor();
  await page.getByText(/not reused by itself: .*impure\.py/).waitFor();
  await page.getByText("None yet.").waitFor();
});
