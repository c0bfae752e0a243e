// Whatever a program logs or a person types is text: nothing of it runs, nothing of it is fetched.
//
// The canary: what is logged here would set window.canary and ask the server for /canary/…, and
// the server's own log must be without it. The visits themselves fail on any error of the page.
import { randomUUID } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { openCompare, openRun } from "./run";
import { useSite, type Visit } from "./site";

const site = useSite({ serve: ["--access-log", "-"] });

const kProgram = String.raw`
import contextlib, io, os, sys
import cairn
import numpy as np

def bad(where, most=None):
    call = f"fetch('/canary/{where}');window.canary='{where}'"
    return (f'<script>{call}</script><img src="/canary/{where}" onerror="{call}">'
            f'[x](javascript:{call}) <svg onload="{call}"></svg>')[:most]

PAGE = """<!doctype html><title>owned</title><h1>A page</h1>
<style>
@import url(/canary/import);
h1 { color: rgb(1, 2, 3); background: url(/canary/background) }
</style>
<link rel=stylesheet href=/canary/sheet><link rel=prefetch href=/canary/prefetch>
<meta http-equiv=refresh content="0;url=/canary/refresh">
<img src=/canary/picture onerror="top.canary=1;parent.canary=1">
<iframe src=/canary/frame></iframe><object data=/canary/object></object><embed src=/canary/embed>
<script>
fetch('/canary/fetch'); top.canary = 1; parent.document.title = 'owned';
top.location = '/canary/top'
</script>
<form action=/canary/form target=_top><button>Send</button></form>
<a id=out href=/canary/link target=_top>go</a><a id=js href="javascript:top.canary=1">js</a>"""

NOTES = f"""# {bad("heading")}

{bad("notes")}

[a](javascript:window.canary=5) [b](JaVaScRiPt:window.canary=6)
[c](data:text/html,<script>window.canary=7</script>) ![d](/canary/image)

| <img src=/canary/head> |
|---|
| <script>window.canary=8</script> |
"""

folder = "bad <img src=canary onerror=window.canary=1>"
file = os.path.join(folder, "<img src=canary onerror=window.canary=2>.txt")
os.makedirs(folder)
with open(file, "w") as text:
    text.write(bad("file"))
with open(os.path.join(folder, "drawing.svg"), "w") as drawing:
    drawing.write("<svg xmlns='http://www.w3.org/2000/svg' onload='window.canary=3'>"
                  "<script>window.canary=4</script></svg>")

def log(run):
    print(bad("console"))
    print("\x1b]8;;javascript:window.canary=9\x07link\x1b]8;;\x07 \x1b[31m" + bad("colour"))
    rows = [[1, bad("cell")], [2, "javascript:window.canary=10"]]
    run.log({
        bad("key"): 1.0,
        "loss": 0.5,
        "page": cairn.Html(PAGE, inject=False),
        "table": cairn.Table(columns=["id", bad("column")], data=rows),
        "text": bad("text"),
        "json": {bad("json"): [bad("json")]},
        "picture": cairn.Image(np.zeros((8, 8, 3), np.uint8), caption=bad("caption")),
        bad("histogram"): cairn.Histogram(np.arange(10.0)),
    })
    run.summary[bad("summary")] = bad("result")
    with contextlib.redirect_stderr(io.StringIO()):
        run.alert(bad("alert"), bad("words"))
    artifact = cairn.Artifact("weights", type=bad("type", 60).replace("/", "_"),
                              description=bad("description"), metadata={bad("meta"): bad("data")})
    artifact.add_dir(folder)
    artifact.add_reference("javascript:window.canary=11", name="linked", checksum=False)
    run.log_artifact(artifact)
    run.save(file)

for number in range(2):
    with cairn.init(project="wild", name=f"bad-{number}", group=bad("group"), job_type=bad("job"),
                    tags=[bad("tag", 60)], notes=NOTES, sample_period_s=0,
                    config={bad("config"): bad("value"), "list": [bad("item")], "seed": number}
                    ) as run:
        log(run)
print("written")
`;

let page_sha256 = "";

beforeAll(async () => {
  const program = site.python(kProgram);
  while ((await program.line()) !== "written") continue;
  await program.end();
  const { records } = await site.api("/projects/wild/runs/bad-0/records?type=html");
  page_sha256 = records[0].record.sha256;
});

/** Nothing ran, and the server was asked for nothing. */
async function expectSilence({ page }: Visit): Promise<void> {
  expect(await page.evaluate(() => (window as { canary?: unknown }).canary)).toBeUndefined();
  expect(await page.title()).not.toBe("owned");
  await expectSilenceOfTheServer();
}

/** Its log is read up to this moment. */
async function expectSilenceOfTheServer(): Promise<void> {
  const marker = `/marker-${randomUUID()}`;
  await fetch(site.url + marker);
  await expect.poll(() => site.log).toContain(marker);
  expect(site.log.split("\n").filter((line) => line.includes("/canary/"))).toEqual([]);
}

// What the browser says when it refuses what a logged page wanted.
const kRefused = /Blocked script execution|Content Security Policy|sandboxed/;

test("TheOverviewShowsHostileTextAsText", async () => {
  const visit = await openRun(site, "wild", "bad-0");
  const { page } = visit;
  await page.locator(".markdown").getByText("<script>fetch('/canary/notes')").waitFor();
  await page.getByRole("tree", { name: "Config" }).waitFor();
  const made = await page
    .locator("main")
    .evaluate((main) => main.querySelectorAll("img, script, iframe, [onerror], [onload]").length);
  expect(made).toBe(0);
  const links = await page
    .locator("a")
    .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).protocol));
  expect(links.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([]);
  await expectSilence(visit);
});

test("EveryPartOfARunStaysSilent", async () => {
  const visit = await openRun(site, "wild", "bad-0");
  visit.expectFault(kRefused);
  const shown: Record<string, string> = {
    charts: ".chart-panel",
    console: ".console-text",
    media: ".media-card",
    files: ".file-table tr",
    artifacts: ".lineage-node",
  };
  for (const [tab, thing] of Object.entries(shown)) {
    await visit.page.getByRole("tab", { name: new RegExp(`^${tab}$`, "i") }).click();
    await visit.page.locator(thing).first().waitFor();
    await expectSilence(visit);
  }
});

test("AFileIsShownAsTextAlsoWhenItIsADrawingOrAScript", async () => {
  const visit = await openRun(site, "wild", "bad-0", "?tab=artifacts");
  const { page } = visit;
  await page.getByRole("button", { name: "drawing.svg" }).click();
  await page.getByRole("dialog").getByText("window.canary=4").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /onerror=window\.canary=2/ }).click();
  await page.getByRole("dialog").getByText("/canary/file").waitFor();
  const links = page.getByRole("dialog").getByRole("link");
  expect(await links.getAttribute("download")).toContain(".txt");
  await expectSilence(visit);
});

test("ALoggedPageIsDrawnInASandboxAndReachesNothing", async () => {
  const visit = await openRun(site, "wild", "bad-0", "?tab=media&kind=html");
  visit.expectFault(kRefused);
  const frame = visit.page.locator("iframe");
  const logged = frame.contentFrame();
  const heading = logged.getByRole("heading", { name: "A page" });
  await heading.waitFor();
  expect(await heading.evaluate((h1) => getComputedStyle(h1).color)).toBe("rgb(1, 2, 3)");
  expect(await logged.locator("html").evaluate(() => self.origin)).toBe("null");
  await logged.getByRole("button", { name: "Send" }).click();
  await logged.locator("#out").click();
  await logged.locator("#js").click();
  await heading.waitFor();
  await expectSilence(visit);
  expect(new URL(visit.page.url()).pathname).toContain("/runs/");
  expect(await visit.page.locator("iframe:not([sandbox=''])").count()).toBe(0);
});

test("ALoggedPageInATabOfItsOwnIsAPageOfNobody", async () => {
  const visit = await site.open("/");
  visit.expectFault(kRefused);
  await visit.go(`/api/v1/blobs/${page_sha256}?as=html`);
  await visit.page.getByRole("heading", { name: "A page" }).waitFor();
  expect(await visit.page.evaluate(() => self.origin)).toBe("null");
  await expectSilenceOfTheServer();
});

test("ABlobWithoutAWordIsADownloadNeverAPage", async () => {
  const answer = await fetch(`${site.url}/api/v1/blobs/${page_sha256}`);
  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'self'");
  await answer.arrayBuffer();
});

test("ComparingHostileRunsStaysSilent", async () => {
  const visit = await openCompare(site, "wild", ["bad-0", "bad-1"]);
  visit.expectFault(kRefused);
  await visit.page.getByRole("rowheader", { name: "seed" }).waitFor();
  await visit.page.keyboard.press("d");
  await visit.page.getByText("/canary/value").first().waitFor();
  await expectSilence(visit);
  for (const [tab, thing] of [["Charts", ".chart-panel"], ["Media", ".media-card"]] as const) {
    await visit.page.getByRole("tab", { name: tab }).click();
    await visit.page.locator(thing).first().waitFor();
    await expectSilence(visit);
  }
});

test("TheProjectAndItsRunListStaySilent", async () => {
  for (const project of ["wild", "hostile"]) {
    const visit = await site.open(`/p/${project}`);
    await visit.page.getByRole("row").nth(1).waitFor();
    await visit.page.locator(".chart-panel").first().waitFor();
    await expectSilence(visit);
  }
});

test("AnAddressCannotSmuggleAScriptIn", async () => {
  const script = encodeURIComponent("\"><script>window.canary=1</script><img src=/canary/address>");
  const visit = await site.open(`/p/wild?q=${script}&view=${script}&sort=${script}`);
  visit.expectFault(/40[04]/);
  await visit.page.locator(".topbar").waitFor();
  await expectSilence(visit);
  await visit.go(`/p/${script}/runs/${script}?tab=${script}&find=${script}`);
  await visit.page.getByText(/There is no run|could not be shown/).first().waitFor();
  await expectSilence(visit);
});

test("ThePolicyOfThePageAllowsNoScriptOfItsText", async () => {
  const visit = await openRun(site, "wild", "bad-0");
  visit.expectFault(kRefused);
  await visit.page.locator(".markdown").first().waitFor();
  // Even if markup of a run ever came into the page: the browser would not run it.
  await visit.page.evaluate(() => {
    const box = document.createElement("div");
    box.innerHTML = `<button id="trap" onclick="window.canary=1">x</button>`;
    document.body.append(box);
    const script = document.createElement("script");
    script.textContent = "window.canary=2";
    document.body.append(script);
    document.getElementById("trap")!.click();
  });
  await expectSilence(visit);
});
