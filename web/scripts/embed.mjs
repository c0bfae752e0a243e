// Turns the built page into what C++ embeds: one file of gzip'd bytes, and the table over it.
//
// node embed.mjs DIST OUT  writes OUT/page.bin and OUT/page_assets.cc (see core/server/assets.h).
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, relative, resolve, sep } from "node:path";
import { gzipSync } from "node:zlib";

const kTypes = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const [dist, out] = process.argv.slice(2).map((folder) => resolve(folder));

function list(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? list(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .sort();
}

const parts = [];
const rows = [];
let offset = 0;
for (const file of list(dist)) {
  const type = kTypes[extname(file)];
  if (!type) throw new Error(`no content type is known for ${file}`);
  const content = readFileSync(file);
  const gzip = gzipSync(content, { level: 9 });
  gzip[9] = 255; // the operating system: unknown, so that every machine writes the same bytes
  const path = "/" + relative(dist, file).split(sep).join("/");
  const etag = createHash("sha256").update(content).digest("hex").slice(0, 20);
  rows.push(
    `    {"${path}", "${type}", "\\"${etag}\\"", page(${offset}, ${gzip.length}), ${content.length}},`,
  );
  parts.push(gzip);
  offset += gzip.length;
}

const source = `// The page's files. Written by web/scripts/embed.mjs; changes are lost.
#include "server/assets.h"

__asm__(
    ".section .rodata\\n"
    "cairn_page_bin:\\n"
    ".incbin \\"${join(out, "page.bin")}\\"\\n"
    ".byte 0\\n"
    ".text\\n");

extern "C" const char cairn_page_bin[];

namespace cairn::server {
namespace {

std::string_view page(size_t offset, size_t bytes) { return {cairn_page_bin + offset, bytes}; }

}  // namespace

std::span<const Asset> page_assets() {
  static const Asset kAssets[] = {
${rows.join("\n")}
  };
  return kAssets;
}

}  // namespace cairn::server
`;
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "page.bin"), Buffer.concat(parts));
writeFileSync(join(out, "page_assets.cc"), source);
