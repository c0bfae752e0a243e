// Builds the playground as the product is built, for measuring: vite build -c dev/vite.playground.ts
import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    outDir: "/tmp/cairn-playground",
    emptyOutDir: true,
    rollupOptions: { input: "dev/charts.html" },
  },
});
