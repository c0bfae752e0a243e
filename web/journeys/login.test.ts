// A server with users: who is asked, who is let in, what a reader is offered, how a session ends.
import { execFileSync, type StdioOptions } from "node:child_process";
import { expect, test } from "vitest";
import { kCairn } from "./places";
import { cell, row } from "./project";
import { useSite, type Visit } from "./site";

const kPasswords = {
  ada: "correct horse battery staple",
  guest: "only looking around here",
  visitor: "one project is enough",
};
type User = keyof typeof kPasswords;

const site = useSite({
  before: async () => {
    tell("user", "add", "ada", "--admin");
    tell("user", "add", "guest", "--scope", "read");
    tell("user", "add", "visitor", "--scope", "write", "--project", "sweep");
  },
});

/** `cairn user …` with the password of that user. */
function tell(...words: string[]): void {
  const password = kPasswords[words[2] as User] + "\n";
  const where = ["--password-stdin", "--dir", site.folder];
  const stdio: StdioOptions = ["pipe", "ignore", "pipe"];
  execFileSync(kCairn, [...words, ...where], { input: password, stdio });
}

async function signIn(user: User, path: string): Promise<Visit> {
  const visit = await site.open(path);
  visit.expectFault(/401/);
  await enter(visit, user, kPasswords[user]);
  await visit.page.locator(".topbar").waitFor();
  return visit;
}

async function enter({ page }: Visit, user: string, password: string): Promise<void> {
  await page.getByRole("textbox", { name: "User" }).fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("ThePageAsksWhoOneIsAndGoesOnWhereOneWanted", async () => {
  const visit = await site.open("/p/sweep/runs/run-00?tab=console");
  const { page } = visit;
  visit.expectFault(/401/);
  await page.getByRole("heading", { name: "Sign in to Cairn" }).waitFor();
  expect(await page.getByText("run-00").count()).toBe(0);
  await enter(visit, "ada", "not her password");
  await page.getByRole("alert").getByText("wrong user or password").waitFor();
  await enter(visit, "ada", kPasswords.ada);
  await page.getByRole("heading", { name: "run-00" }).waitFor();
  expect(visit.query("tab")).toBe("console");
});

test("OneSignsInWithoutAMouse", async () => {
  const visit = await site.open("/");
  visit.expectFault(/401/);
  const user = visit.page.getByRole("textbox", { name: "User" });
  await expect.poll(() => user.evaluate((input) => input === document.activeElement)).toBe(true);
  await visit.page.keyboard.type("ada");
  await visit.page.keyboard.press("Tab");
  await visit.page.keyboard.type(kPasswords.ada);
  await visit.page.keyboard.press("Enter");
  await visit.page.getByRole("link", { name: /sweep/ }).waitFor();
});

test("TheSessionIsACookieThatNoScriptAndNoOtherSiteCanUse", async () => {
  const visit = await signIn("ada", "/");
  const cookies = await visit.context.cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(await visit.page.evaluate(() => document.cookie)).toBe("");
  const kept = await visit.page.evaluate(() => JSON.stringify({ ...localStorage }));
  expect(kept).not.toContain(cookies[0]!.value);
});

test("AChangeNeedsWhatOnlyThePageKnows", async () => {
  const visit = await signIn("ada", "/p/sweep");
  visit.expectFault(/403/);
  const status = await visit.page.evaluate(async () => {
    const answer = await fetch("/api/v1/projects/sweep/runs/run-00", {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ notes: "forged" }),
    });
    return answer.status;
  });
  expect(status).toBe(403);
});

test("SigningOutEndsTheSession", async () => {
  const visit = await signIn("ada", "/");
  const [cookie] = await visit.context.cookies();
  await visit.page.getByRole("button", { name: "ada" }).click();
  await visit.page.getByRole("menuitem", { name: "Sign out" }).click();
  await visit.page.getByRole("heading", { name: "Sign in to Cairn" }).waitFor();
  expect(await visit.context.cookies()).toEqual([]);
  await visit.context.addCookies([cookie!]); // whoever kept it has nothing
  await visit.page.reload();
  await visit.page.getByRole("heading", { name: "Sign in to Cairn" }).waitFor();
});

test("AForgedSessionIsAskedToSignIn", async () => {
  const visit = await signIn("ada", "/p/sweep/runs/run-00");
  const [cookie] = await visit.context.cookies();
  const forged = cookie!.value.replace(/./g, (c) => (c === "a" ? "b" : "a"));
  await visit.context.addCookies([{ ...cookie!, value: forged }]);
  await visit.page.reload();
  await visit.page.getByRole("heading", { name: "Sign in to Cairn" }).waitFor();
  expect(await visit.page.getByText("train/loss").count()).toBe(0);
});

test("ASessionThatEndsMeanwhileLeadsToTheSignInAndBack", async () => {
  const visit = await signIn("guest", "/p/sweep/runs/run-01");
  const { page } = visit;
  await page.getByRole("cell", { name: "train/loss" }).waitFor();
  tell("user", "passwd", "guest"); // ends his sessions
  await page.getByRole("tab", { name: "Console" }).click();
  await page.getByRole("heading", { name: "Sign in to Cairn" }).waitFor();
  await enter(visit, "guest", kPasswords.guest);
  await page.getByRole("heading", { name: "run-01" }).waitFor();
  expect(visit.query("tab")).toBe("console");
});

test("WhoMayOnlyReadIsOfferedNoChange", async () => {
  const visit = await signIn("guest", "/p/vision/runs/resnet-baseline");
  const { page } = visit;
  await page.getByRole("heading", { name: "resnet-baseline" }).waitFor();
  await page.getByRole("heading", { name: "Notes" }).waitFor();
  for (const name of ["Edit notes", "Add: tag", "Remove tag cifar", "resnet-baseline"])
    expect(await page.getByRole("button", { name }).count(), name).toBe(0);
  await page.keyboard.press("e");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Download as CSV" }).waitFor();
  expect(await page.getByRole("menuitem", { name: /Delete|Archive/ }).count()).toBe(0);
  expect(await page.getByRole("textbox", { name: "Notes in Markdown" }).count()).toBe(0);
});

test("WhoMayOnlyReadIsOfferedNoChangeInTheListEither", async () => {
  const { page } = await signIn("guest", "/p/sweep?view=table&cols=tags");
  await row(page, "run-22").click({ button: "right", position: { x: 180, y: 12 } });
  await page.getByText("Read only: your user may not write").waitFor();
  expect(await page.getByRole("menuitem", { name: /Rename|Edit|Archive|Delete/ }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByText("Read only: your user may not write").waitFor();
  expect(await page.getByRole("menuitem", { name: /Save/ }).count()).toBe(0);
  await page.keyboard.press("Escape");
  await row(page, "run-22").getByLabel("Select").click();
  const bar = page.getByRole("toolbar", { name: "Selected runs" });
  await bar.getByText("Read only").waitFor();
  for (const name of ["Tag", "Archive", "Delete"])
    expect(await bar.getByRole("button", { name }).count(), name).toBe(0);
  await page.keyboard.press("Delete");
  await page.keyboard.press("e");
  expect(await page.getByRole("textbox", { name: "Name", exact: true }).count()).toBe(0);
  expect(await row(page, "run-22").count()).toBe(1);
  await cell(page, "run-22", "tags").dblclick(); // opens the run, as elsewhere in the row
  await page.getByRole("heading", { name: "run-22" }).waitFor();
});

test("WhoMayOnlyReadIsOfferedNoChangeOfASweepEither", async () => {
  const { page: adas } = await signIn("ada", "/p/sweep");
  const id = await adas.evaluate(async () => {
    const { csrf } = await (await fetch("/api/v1/me")).json();
    const definition = { metric: "loss", parameters: { lr: { min: 0, max: 1 } } };
    const answer = await fetch("/api/v1/sweeps", {
      method: "POST",
      headers: { "content-type": "application/json", "x-cairn-csrf": csrf },
      body: JSON.stringify({ project: "sweep", definition }),
    });
    return (await answer.json()).id as string;
  });
  const { page } = await signIn("guest", `/p/sweep/sweeps/${id}`);
  await page.getByText("Read only: your user may not write").waitFor();
  for (const name of ["Add a point", "Change", "Pause", "Stop"])
    expect(await page.getByRole("button", { name }).count(), name).toBe(0);
});

test("AReaderWhoTriesAllTheSameIsToldWhy", async () => {
  const visit = await signIn("guest", "/p/sweep");
  visit.expectFault(/403/);
  const told = await visit.page.evaluate(async () => {
    const { csrf } = await (await fetch("/api/v1/me")).json();
    const answer = await fetch("/api/v1/projects/sweep/runs/run-00", {
      method: "PATCH",
      headers: { "content-type": "application/json", "x-cairn-csrf": csrf },
      body: JSON.stringify({ notes: "mine" }),
    });
    return `${answer.status} ${(await answer.json()).error.message}`;
  });
  expect(told).toMatch(/^403 .*write/);
});

test("AUserOfOneProjectSeesThatOne", async () => {
  const visit = await signIn("visitor", "/");
  await visit.page.getByRole("link", { name: /sweep/ }).waitFor();
  expect(await visit.page.getByRole("link", { name: /vision/ }).count()).toBe(0);
  visit.expectFault(/403|404/);
  await visit.go("/p/vision/runs/resnet-baseline");
  await visit.page.getByText(/vision/).nth(1).waitFor();
  expect(await visit.page.getByText("Baseline for the").count()).toBe(0);
});
