// Where the journeys find what they run.
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const kRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const kCairn = process.env["CAIRN_BINARY"] ?? join(kRoot, "build/release/cairn");
export const kPython = join(kRoot, ".venv/bin/python");
/** What failed is photographed here. */
export const kShots = process.env["CAIRN_SHOTS"] ?? join(kRoot, "build/journeys");

/** The environment without the settings of who runs the tests: they are not the tests' business. */
export function bareEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(CAIRN|WANDB)_/.test(name));
  return { ...Object.fromEntries(kept), PYTHONPATH: join(kRoot, "python") };
}
