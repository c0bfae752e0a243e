// Installs what package-lock.json names, unless exactly that is installed already.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const kWeb = new URL("../", import.meta.url);
const kLock = new URL("package-lock.json", kWeb);
const kInstalled = new URL("node_modules/.installed-lock.json", kWeb);

const major = Number(process.versions.node.split(".")[0]);
if (major < 18) {
  console.error(`building the page needs Node 18 or newer, found ${process.versions.node}`);
  process.exit(1);
}
if (!existsSync(kInstalled) || !readFileSync(kInstalled).equals(readFileSync(kLock))) {
  const npm = process.argv[2] ?? "npm";
  execFileSync(npm, ["ci", "--silent"], { cwd: fileURLToPath(kWeb), stdio: "inherit" });
  copyFileSync(kLock, kInstalled);
}
