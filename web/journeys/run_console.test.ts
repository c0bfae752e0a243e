// What a run wrote: its colours, any line by address, search, times, and the end as it comes.
import { expect, test } from "vitest";
import { openRun, readDownload } from "./run";
import { useSite } from "./site";

const site = useSite();

test("ColoursOfTheTerminalAreDrawnAndNoEscapeIsShown", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=console");
  const log = page.getByRole("log", { name: "Console" });
  const line = log.locator(".console-line").filter({ hasText: "epoch   0" });
  await line.waitFor();
  expect(await line.locator(".a-bold").innerText()).toBe("epoch   0");
  expect(await line.locator(".a-fg3").innerText()).toMatch(/^\d\.\d{4}$/);
  expect(await line.locator(".a-own").innerText()).toMatch(/^0\.\d{3}$/);
  expect(await log.innerText()).not.toMatch(/\x1b|\[33m/);
  await log.locator(".console-line.stderr").filter({ hasText: "warning" }).first().waitFor();
});

test("AColourThatAProgramChoseIsReadableOnEitherGround", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const query = "?tab=console";
    const { page } = await openRun(site, "vision", "resnet-baseline", query, { colorScheme });
    const text = page.locator(".console-text .a-own").first();
    await text.waitFor();
    const lightness = await text.evaluate((element) => {
      const found = /oklch\(([\d.]+)/.exec(getComputedStyle(element).color);
      return Number(found?.[1]);
    });
    if (colorScheme === "light") expect(lightness).toBeLessThanOrEqual(0.56);
    else expect(lightness).toBeGreaterThanOrEqual(0.66);
  }
});

test("ASearchWalksThroughTheLinesFoundAndStandsInTheAddress", async () => {
  const visit = await openRun(site, "vision", "resnet-baseline", "?tab=console");
  const { page } = visit;
  await page.getByRole("log", { name: "Console" }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("epoch");
  await page.getByText("1 of 9 lines").waitFor();
  expect(visit.query("find")).toBe("epoch");
  expect(await page.locator(".console-line.chosen mark").innerText()).toBe("epoch");
  await page.keyboard.press("Enter");
  await page.getByText("2 of 9 lines").waitFor();
  const line = visit.query("line");
  await page.reload();
  await page.getByText("2 of 9 lines").waitFor();
  expect(visit.query("line")).toBe(line);
  await page.getByRole("log", { name: "Console" }).focus();
  await page.keyboard.press("Shift+N");
  await page.getByText("1 of 9 lines").waitFor();
});

test("ARegularExpressionIsTakenAndAWrongOneExplained", async () => {
  const { page } = await openRun(site, "vision", "resnet-baseline", "?tab=console");
  await page.getByRole("button", { name: ".*" }).click();
  const box = page.getByRole("textbox", { name: "Search the console" });
  await box.fill("epoch +[357] ");
  await page.getByText("1 of 3 lines").waitFor();
  await box.fill("epoch (");
  await expect.poll(() => box.getAttribute("aria-invalid")).toBe("true");
  await box.fill("no such words");
  await page.getByText("not found").waitFor();
});

test("TimesAreShownOfTheDayOrSinceTheBeginning", async () => {
  const visit = await openRun(site, "vision", "resnet-baseline", "?tab=console");
  const { page } = visit;
  await page.locator(".console-text").first().waitFor();
  expect(await page.locator(".console-time").count()).toBe(0);
  await page.keyboard.press("t");
  await expect.poll(() => page.locator(".console-time").first().innerText()).toMatch(/^\d\d:\d\d/);
  await page.keyboard.press("t");
  await expect.poll(() => page.locator(".console-time").first().innerText()).toMatch(/^\+/);
  expect(visit.query("times")).toBe("since");
});

test("TheWholeTextIsSavedWithoutColours", async () => {
  const { page } = await openRun(site, "vision", "resnet-killed", "?tab=console");
  const save = page.getByRole("button", { name: "Save as text" });
  const { name, bytes } = await readDownload(page, () => save.click());
  expect(name).toBe("resnet-killed.log");
  const text = bytes.toString();
  expect(text).toMatch(/^epoch {3}0 {2}loss \d\.\d+ {2}acc 0\.\d+\n/);
  expect(text).toContain("Killed by the out-of-memory killer, perhaps\n");
});

test("TheEndIsFollowedWhileAProgramPrintsUntilOneScrollsAway", async () => {
  const program = site.python(`
import cairn, sys
run = cairn.init(project="live", name="prints", sample_period_s=0)
print(run.id)
for count in sys.stdin:
    for _ in range(int(count)):
        print("\\x1b[32mline\\x1b[0m", _)
    print("done", int(count))
`);
  const id = await program.line();
  program.tell("300");
  const visit = await site.open(`/p/live/runs/${id}?tab=console`);
  const { page } = visit;
  const log = page.getByRole("log", { name: "Console" });
  await log.getByText("done 300").waitFor();
  const follow = page.getByRole("button", { name: "Follow" });
  await expect.poll(() => follow.getAttribute("aria-pressed")).toBe("true");
  program.tell("200");
  await log.getByText("done 200").waitFor();

  await log.focus();
  await page.keyboard.press("Home");
  await log.getByText(id, { exact: true }).waitFor();
  await expect.poll(() => follow.getAttribute("aria-pressed")).toBe("false");
  program.tell("100");
  await page.getByText("604 lines").waitFor();
  expect(await log.getByText(id, { exact: true }).isVisible()).toBe(true); // where one was
  await page.keyboard.press("f");
  await log.getByText("done 100").waitFor();
  await program.end();
});

test("AnyLineOfAVeryLongConsoleIsReachedByItsAddress", async () => {
  const program = site.python(`
import cairn, sys
run = cairn.init(project="live", name="long", sample_period_s=0)
print(run.id)
sys.stdin.readline()
for i in range(200_000):
    sys.stdout.write(f"number {i}\\n")
run.finish()
print("ended")
`);
  const id = await program.line();
  program.tell("go");
  while ((await program.line()) !== "ended") continue;
  await program.end();
  const { page } = await site.open(`/p/live/runs/${id}?tab=console&line=150002`);
  const log = page.getByRole("log", { name: "Console" });
  await log.getByText("number 150000", { exact: true }).waitFor();
  expect(await log.locator(".console-line").count()).toBeLessThan(200);
  await log.focus();
  await page.keyboard.press("End");
  await log.getByText("number 199999", { exact: true }).waitFor();
});
