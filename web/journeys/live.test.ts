// A program logs while the page is open.
import { expect, test } from "vitest";
import { names, panel, panelIn, row, tableOf } from "./project";
import { useSite, type Program } from "./site";

const site = useSite();

/** A program that logs `loss` once for each line that it is told. */
function training(name: string): Program {
  return site.python(`
import sys, cairn
with cairn.init("live", name=${JSON.stringify(name)}, sample_period_s=0) as run:
    run.log({"train/loss": 1.0}, step=0)
    run.sync()
    print("ready")
    for line in sys.stdin:
        step = int(line)
        run.log({"train/loss": 1.0 / (1 + step)}, step=step)
        print(step)
`);
}

test("NewPointsAppearWithinTwoSecondsWithoutARefetch", async () => {
  const program = training("alive");
  expect(await program.line()).toBe("ready");
  const visit = await site.open("/p/live");
  const { page } = visit;
  const chart = panelIn(page, "train", "loss");
  const last = async () => (await tableOf(page, chart)).at(-1)?.["step"];
  await expect.poll(last).toBe("0");
  await expect.poll(() => visit.count(/POST .*\/live$/)).toBeGreaterThan(1);
  // What came between the first answer and the stream is asked for once more; then never again.
  await expect.poll(() => visit.count(/POST .*\/series$/)).toBe(2);
  const told: number[] = [];
  for (let step = 1; step <= 5; ++step) {
    program.tell(String(step));
    await program.line();
    const began_ms = performance.now();
    await expect.poll(last, { timeout: 5000 }).toBe(String(step));
    told.push(performance.now() - began_ms);
  }
  expect(Math.min(...told)).toBeLessThan(2000);
  expect(told.sort((a, b) => a - b)[2]).toBeLessThan(2000);
  expect(visit.count(/POST .*\/series$/)).toBe(2);
  await program.end();
});

test("AStepThatIsLoggedAgainMakesThePageFetchAnew", async () => {
  const program = training("again");
  await program.line();
  for (const step of [1, 2, 3]) {
    program.tell(String(step));
    await program.line();
  }
  const { page } = await site.open("/p/live?q=name+%3D+again");
  const chart = panelIn(page, "train", "loss");
  await expect.poll(async () => (await tableOf(page, chart)).length).toBe(4);
  program.tell("2");
  await program.line();
  program.tell("4");
  await program.line();
  await expect
    .poll(async () => (await tableOf(page, chart)).map((each) => each["step"]))
    .toEqual(["0", "1", "2", "3", "4"]);
  await program.end();
});

test("ANewRunAndItsStateAppearByThemselves", async () => {
  const { page } = await site.open("/p/live");
  const program = training("newcomer");
  await program.line();
  await expect.poll(async () => (await names(page))[0]).toBe("newcomer");
  await expect.poll(() => row(page, "newcomer").locator(".row-state.running").count()).toBe(1);
  await program.end();
  await expect.poll(() => row(page, "newcomer").locator(".row-state").count()).toBe(0);
});

test("AKeyThatIsNewBecomesAChart", async () => {
  const program = site.python(`
import sys, cairn
with cairn.init("fresh", name="grows", sample_period_s=0) as run:
    run.log({"loss": 1.0}, step=0)
    print("ready")
    for line in sys.stdin:
        run.log({line.strip(): 2.0}, step=1)
        print("done")
`);
  await program.line();
  const { page } = await site.open("/p/fresh");
  await panel(page, "loss").waitFor();
  program.tell("extra");
  await program.line();
  await expect.poll(() => panel(page, "extra").count(), { timeout: 15_000 }).toBe(1);
  await program.end();
});

test("WhatWasMissedWhileTheNetworkWasAwayIsFetched", async () => {
  const program = training("stubborn");
  await program.line();
  const visit = await site.open("/p/live?q=name+%3D+stubborn");
  visit.expectFault(/Failed to load resource: net::ERR_/);
  const { page } = visit;
  const chart = panelIn(page, "train", "loss");
  await expect.poll(async () => (await tableOf(page, chart)).length).toBe(1);
  await visit.context.setOffline(true);
  program.tell("1");
  await program.line();
  await visit.context.setOffline(false);
  await expect.poll(async () => (await tableOf(page, chart)).length, { timeout: 20_000 }).toBe(2);
  await program.end();
});
