// How the page is built: few hashed files below assets/, nothing inline, so that a strict
// Content-Security-Policy (default-src 'self') holds.
import { defineConfig } from "vitest/config";

const api = process.env["CAIRN_API"] ?? "http://127.0.0.1:8420";

// Files that are loaded together compress best together: one for every page, one with all charts,
// what both a run and a comparison show, and one for each page.
const kChunks: [string, RegExp][] = [
  ["main", /\/run\.css$/], // the head and tabs of every page about one thing
  ["chart", /\/src\/chart\//],
  ["charts", /\/src\/(pages\/project\/charts|filter)\//],
  ["project", /\/src\/pages\/project\//],
  ["compare", /\/src\/pages\/compare\//],
  ["sweeps", /\/src\/pages\/sweeps\//],
  ["report", /\/src\/pages\/report\//],
  ["footprint", /\/src\/pages\/footprint\//],
  ["quantity", /\/src\/footprint\//],
  ["content", /\/src\/(text|pages\/run\/(media|nouns|change|blob|FindBox|Charts))/],
  ["run", /\/src\/pages\/run\//],
  ["main", /\/src\/|\/node_modules\/(preact|@preact)\//],
];

export default defineConfig({
  // The server compares Host and Origin, so the proxy passes Host on as it came.
  server: { port: 5173, proxy: { "/api": { target: api, changeOrigin: false } } },
  // h() says the same as jsx() with fewer words.
  esbuild: {
    jsx: "transform",
    jsxFactory: "__h",
    jsxFragment: "__Fragment",
    jsxInject: 'import { h as __h, Fragment as __Fragment } from "preact";',
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    minify: "terser",
    terserOptions: {
      ecma: 2020,
      module: true,
      // Reading a signal subscribes: no property access may be taken for pure.
      compress: { passes: 3, pure_getters: false, unsafe_arrows: true },
      format: { comments: false },
    },
    rollupOptions: {
      output: { manualChunks: (id) => kChunks.find(([, files]) => files.test(id))?.[0] },
    },
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["src/**/*.test.ts"], sequence: { groupOrder: 0 } },
      },
      {
        // In a real browser against the real server: one browser, and one file after another.
        extends: true,
        test: {
          name: "journeys",
          include: ["journeys/**/*.test.ts"],
          globalSetup: "journeys/browser.ts",
          pool: "forks",
          poolOptions: { forks: { singleFork: true } },
          sequence: { groupOrder: 1 },
          retry: 1, // a browser that has no processor for a while misses what a person would not
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll: { timeout: 10_000, interval: 25 } },
        },
      },
    ],
  },
});
