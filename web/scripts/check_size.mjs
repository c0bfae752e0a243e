// Fails when what one page of the site may load, gzip'd, has grown beyond the budget; prints all.
//
// node check_size.mjs [DIST]
//
// A page is what main imports on demand: it may load main, itself, and all that it imports in turn,
// at once or later. Another page's own part is loaded only by whoever goes there.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const kBudget_bytes = 120 * 1024;
const dist = resolve(process.argv[2] ?? "dist");

const parts = new Map(
  readdirSync(join(dist, "assets"))
    .filter((name) => name.endsWith(".js"))
    .map((name) => {
      const text = readFileSync(join(dist, "assets", name));
      return [name, { bytes: gzipSync(text, { level: 9 }).length, text: text.toString() }];
    }),
);
const main = [...parts.keys()].find((name) => name.startsWith("main-"));

const named = (text, pattern) =>
  [...text.matchAll(pattern)].map(([, name]) => name).filter((name) => parts.has(name));
const imported = (name) => named(parts.get(name).text, /(?:from|import)\s*"\.\/([^"]+\.js)"/g);
const imported_later = (name) => named(parts.get(name).text, /import\("\.\/([^"]+\.js)"\)/g);
const mentioned = (name) => named(parts.get(name).text, /["/]([\w-]+\.js)"/g); // workers too

/** All that is loaded once these are, without what main imports on demand. */
function reach(names) {
  const reached = new Set();
  const open = [...names];
  while (open.length > 0) {
    const name = open.pop();
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...(name === main ? imported(name) : mentioned(name)));
  }
  return reached;
}

const sum = (names) => [...names].reduce((bytes, name) => bytes + parts.get(name).bytes, 0);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(10);

const by_size = [...parts].sort(([, a], [, b]) => b.bytes - a.bytes);
for (const [name, { bytes }] of by_size) console.log(`${kib(bytes)}  ${name}`);
console.log(`${kib(sum(parts.keys()))}  all JavaScript, gzip'd`);
let largest = 0;
for (const page of new Set(imported_later(main))) {
  const bytes = sum(reach([main, page]));
  largest = Math.max(largest, bytes);
  console.log(`${kib(bytes)}  of ${kib(kBudget_bytes).trim()}: with ${page}`);
}

const page = readFileSync(join(dist, "index.html"), "utf8");
const inline = /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|https?:\/\//i.exec(page);
if (inline) {
  console.error(`index.html has what the Content-Security-Policy forbids: ${inline[0].trim()}`);
  process.exitCode = 1;
}
if (largest === 0 || largest > kBudget_bytes) {
  console.error(`a page's JavaScript is over its budget, or none was found: ${kib(largest).trim()}`);
  process.exitCode = 1;
}
