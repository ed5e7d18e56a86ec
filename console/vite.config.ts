import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { listFilesInWorker } from "./sw/plugin.ts";
import { packFiles } from "./tools/brotli.ts";
import { limitFirstViews } from "./tools/firstView.ts";

/** Where `npm run dev` finds a running node. */
const node = process.env.VOICEGW_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    react(),
    // Of the components' own words only the console's languages; Chinese is needed whole, English
    // is what is left for every other.
    { ...optimizeLocales.vite({ locales: ["zh-CN", "en-US"] }), enforce: "pre" },
    listFilesInWorker("public"),
    limitFirstViews(),
    packFiles(),
  ],
  // Absolute: a deep link such as /customers/c_1 loads the same files.
  base: "/",
  build: {
    outDir: "../api/console/bundle",
    emptyOutDir: true,
    // What carrier-managed desktops still run; nothing older gets a half-working page.
    target: ["chrome123", "firefox120", "safari17.5"],
    // The policy of the page allows nothing inline, data: scripts included.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      input: { index: "index.html", sw: "sw/worker.ts" },
      output: {
        // A service worker's address stays; what it says decides whether there is a new one.
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: { proxy: { "/v1": { target: node, changeOrigin: true } } },
  test: {
    restoreMocks: true,
    // What draws nothing needs no document, which takes longer to make than the tests take.
    projects: [
      {
        extends: true,
        test: { name: "pure", environment: "node", isolate: false, include: ["src/**/*.test.ts"] },
      },
      {
        extends: true,
        test: { name: "drawn", environment: "happy-dom", include: ["src/**/*.test.tsx"] },
      },
    ],
  },
});
