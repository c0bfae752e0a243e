// What was logged and is no number: pictures, histograms, tables, sound, text, pages; step by step.
import { expect, test } from "vitest";
import { openRun, readDownload } from "./run";
import { useSite, type Visit } from "./site";

const site = useSite();

async function openMedia(query = ""): Promise<Visit> {
  const visit = await openRun(site, "vision", "resnet-baseline", `?tab=media${query}`);
  visit.expectFault(/Blocked script execution/); // of the page that was logged
  await visit.page.locator(".media-card").first().waitFor();
  return visit;
}

const card = ({ page }: Visit, key: string) =>
  page.getByRole("region", { name: key, exact: true });

test("PicturesFollowTheStepThatArrowsAndTheSliderChoose", async () => {
  const visit = await openMedia("&kind=image");
  const samples = card(visit, "samples");
  await samples.getByText("step 800", { exact: false }).first().waitFor();
  const last = await samples.locator("img").getAttribute("src");
  await expect
    .poll(() => samples.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(96);
  await visit.page.keyboard.press("ArrowLeft");
  await samples.getByText("8 of 9").waitFor();
  expect(visit.query("step")).toBe("700");
  await expect.poll(() => samples.locator("img").getAttribute("src")).not.toBe(last);
  const slider = visit.page.getByRole("slider", { name: "Step of all keys" });
  await slider.focus();
  await visit.page.keyboard.press("Home");
  await samples.getByText("1 of 9").waitFor();
  await card(visit, "val/predictions").getByText("1 of 9").waitFor();
  await visit.page.reload();
  await samples.getByText("1 of 9").waitFor();
});

test("APictureOpensLargeAndKeysWalkThroughStepsAndPictures", async () => {
  const visit = await openMedia("&kind=image");
  const { page } = visit;
  await page.getByRole("button", { name: "Open class 2" }).focus();
  await page.keyboard.press("Enter");
  const box = page.getByRole("dialog");
  await box.getByText("class 2").waitFor();
  await page.keyboard.press("ArrowDown");
  await box.getByText("class 3").waitFor();
  await box.getByText("step 800").waitFor();
  await page.keyboard.press("ArrowLeft");
  await box.getByText("step 700").waitFor();
  const get = box.getByRole("link", { name: "Download" });
  const { name, bytes } = await readDownload(page, () => get.click());
  expect(name).toBe("val_predictions_700.png");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
});

test("KeysAreUnlinkedSoThatEachHasAStepOfItsOwn", async () => {
  const visit = await openMedia("&kind=image");
  await visit.page.getByRole("button", { name: "Link steps" }).click();
  const slider = visit.page.getByRole("slider", { name: "Step of samples" });
  await slider.focus();
  await visit.page.keyboard.press("ArrowLeft");
  await card(visit, "samples").getByText("8 of 9").waitFor();
  await card(visit, "val/predictions").getByText("9 of 9").waitFor();
});

test("AHistogramIsShownOverItsStepsAndAtOne", async () => {
  const visit = await openMedia("&kind=histogram");
  const weights = card(visit, "weights/conv1");
  const strip = weights.getByRole("img", { name: "weights/conv1 over 9 steps" });
  await strip.waitFor();
  const columns = await strip.evaluate((canvas: HTMLCanvasElement) => canvas.width);
  expect(columns).toBe(9);
  const mark = weights.locator(".strip-mark");
  const left = () => mark.evaluate((element: HTMLElement) => element.style.left);
  const last = await left();
  await visit.page.keyboard.press("ArrowLeft");
  await expect.poll(left).not.toBe(last);
});

test("ATableIsSortedSearchedPagedAndSaved", async () => {
  const visit = await openMedia("&kind=table");
  const errors = card(visit, "errors");
  const firstRow = () => errors.locator("tbody tr").first().locator("td").allInnerTexts();
  await errors.getByText("240 rows").waitFor();
  await errors.getByRole("button", { name: "id", exact: true }).click();
  await errors.getByRole("button", { name: "id", exact: true }).click();
  await expect.poll(async () => (await firstRow())[1]).toBe("img_0239.png");
  const header = errors.getByRole("columnheader", { name: "id", exact: true });
  expect(await header.getAttribute("aria-sort")).toBe("descending");
  await errors.getByRole("button", { name: "Next page" }).click();
  await errors.getByText("26–50 of 240").waitFor();
  expect(visit.query("rows.errors")).toBe("-1,2");
  await visit.page.reload(); // the address says how it was looked at
  await errors.getByText("26–50 of 240").waitFor();
  expect((await firstRow())[1]).toBe("img_0214.png");
  await errors.getByRole("textbox", { name: "Search errors" }).fill("ship");
  await errors.getByText("80 rows").waitFor();
  expect((await firstRow())[2]).toBe("ship");
  await errors.getByRole("textbox", { name: "Search errors" }).fill("not bold");
  await expect.poll(async () => (await firstRow())[5]).toBe("<b>not bold</b>");
  const save = errors.getByRole("button", { name: "Download as CSV" });
  const { bytes } = await readDownload(visit.page, () => save.click());
  const [head, row] = bytes.toString().split(/\r?\n/);
  expect(head).toBe("id,file,label,confidence,image,remark");
  expect(row).toMatch(/^3,img_0003\.png,cat,/);
});

test("SoundHasAPlayerAndTextAndJsonAreShownAsTheyAre", async () => {
  const visit = await openMedia();
  const tone = card(visit, "tone").locator("audio");
  expect(await tone.getAttribute("aria-label")).toBe("440 Hz");
  await tone.evaluate((audio: HTMLAudioElement) => audio.load());
  await tone.evaluate((audio: HTMLAudioElement) => void (audio.preload = "metadata"));
  await expect.poll(() => tone.evaluate((audio: HTMLAudioElement) => audio.duration)).toBe(1);
  await card(visit, "sample_text").getByText("At step 0 the model says:").waitFor();
  await card(visit, "tags_seen").getByRole("treeitem", { name: /deep/ }).waitFor();
});

test("AChartThatWasLoggedAsATableIsDrawnAndItsRowsShownOnDemand", async () => {
  const visit = await openMedia("&kind=chart");
  const confusion = card(visit, "confusion");
  await confusion.locator("canvas").first().waitFor();
  expect(await confusion.getByRole("row").count()).toBe(0);
  await confusion.getByRole("button", { name: "Show the 16 rows" }).click();
  await confusion.getByText("16 rows", { exact: true }).waitFor();
});

test("ALoggedPageStandsInAFrameThatRunsNothing", async () => {
  const visit = await openMedia("&kind=html");
  const frame = card(visit, "report").locator("iframe");
  expect(await frame.getAttribute("sandbox")).toBe("");
  await frame.contentFrame().getByRole("heading", { name: "Report" }).waitFor();
  expect(await visit.page.title()).toContain("resnet-baseline");
});

test("KindsAndASearchNarrowTheGallery", async () => {
  const visit = await openMedia();
  await visit.page.getByRole("tab", { name: "Histograms" }).click();
  await expect.poll(() => visit.page.locator(".media-card").count()).toBe(2);
  await visit.page.getByRole("textbox", { name: "Search keys" }).fill("head");
  await expect.poll(() => visit.page.locator(".media-card").count()).toBe(1);
  expect(visit.query("kind")).toBe("histogram");
  expect(visit.query("find")).toBe("head");
});
