// Fails when the page's JavaScript, gzip'd, has grown beyond its budget; prints what each part weighs.
//
// node check_size.mjs [DIST]
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const kBudget_bytes = 120 * 1024;
const dist = resolve(process.argv[2] ?? "dist");

const sizes = readdirSync(join(dist, "assets"))
  .filter((name) => name.endsWith(".js"))
  .map((name) => ({
    name,
    bytes: gzipSync(readFileSync(join(dist, "assets", name)), { level: 9 }).length,
  }))
  .sort((a, b) => b.bytes - a.bytes);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
for (const { name, bytes } of sizes) console.log(`${kib(bytes).padStart(10)}  ${name}`);
console.log(`${kib(total).padStart(10)}  of ${kib(kBudget_bytes)}: all JavaScript, gzip'd`);

const page = readFileSync(join(dist, "index.html"), "utf8");
const inline = /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|https?:\/\//i.exec(page);
if (inline) {
  console.error(`index.html has what the Content-Security-Policy forbids: ${inline[0].trim()}`);
  process.exitCode = 1;
}
if (total > kBudget_bytes) {
  console.error("the page's JavaScript is over its budget");
  process.exitCode = 1;
}
