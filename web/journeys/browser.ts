// Begins a run of the journeys: one browser for all of them, and one store to copy from.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { bareEnv, kCairn, kPython, kRoot } from "./places";

const kBrowser = "/usr/bin/chromium";

export default async function begin(project: TestProject) {
  for (const needed of [kCairn, kPython, kBrowser])
    if (!existsSync(needed)) throw new Error(`the journeys need ${needed}: run make build first`);
  const folder = mkdtempSync(join(tmpdir(), "cairn-journeys-"));
  const store = join(folder, "store");
  // What the runs print is theirs; the exception of one that fails holds it.
  const makes = join(kRoot, "web/journeys/store.py");
  execFileSync(kPython, [makes, store], { stdio: "pipe", env: bareEnv() });
  // As root, as in a container, Chromium has no sandbox of its own.
  const browser = await chromium.launchServer({
    executablePath: kBrowser,
    args: ["--no-sandbox", "--force-color-profile=srgb"],
  });
  project.provide("store", store);
  project.provide("browser", browser.wsEndpoint());
  return async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder that store.py filled; it is copied, never changed. */
    store: string;
    /** Where the browser listens. */
    browser: string;
  }
}
