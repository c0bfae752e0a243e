// Words of the journeys of runs: where a run is found, and what a page has logged about it.
import type { BrowserContextOptions, Page } from "playwright-core";
import type { Site, Visit } from "./site";

/** The address of the run of this name, at one of its tabs. */
export async function addressOf(
  site: Site,
  project: string,
  name: string,
  query = "",
): Promise<string> {
  const { id } = await site.run(project, name);
  return `/p/${encodeURIComponent(project)}/runs/${encodeURIComponent(id)}${query}`;
}

/** The page of a run; `query` as in the address: "?tab=console". */
export async function openRun(
  site: Site,
  project: string,
  name: string,
  query = "",
  options: BrowserContextOptions = {},
): Promise<Visit> {
  return site.open(await addressOf(site, project, name, query), options);
}

/** The page that compares these runs. */
export async function openCompare(
  site: Site,
  project: string,
  names: string[],
  query = "",
): Promise<Visit> {
  const runs = await Promise.all(names.map((name) => site.run(project, name)));
  return site.open(`/p/${project}/compare/${runs.map(({ id }) => id).join(",")}${query}`);
}

/** What the browser saves when that is done. */
export async function readDownload(
  page: Page,
  act: () => Promise<void>,
): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(Buffer.from(part));
  return { name: download.suggestedFilename(), bytes: Buffer.concat(parts) };
}
