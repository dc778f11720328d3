import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds into the server's package, as files with their hash in the name; `base` is relative to any mount point. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [react()],
  resolve: { conditions: ["source", "browser", "module", "import", "default"] },
  build: {
    outDir: "../src/zenobia/server/pages/console",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "es2024",
    reportCompressedSize: false,
    rollupOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        "push-worker": `${import.meta.dirname}/worker/push-worker.ts`,
      },
      output: {
        // a worker is asked for by its name, and lives on when its page does not
        entryFileNames: ({ name }) => (name === "push-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
