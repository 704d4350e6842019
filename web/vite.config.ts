import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server puts a nonce of its own into index.html for each visit; nothing that is
// built may need a script or a style that stands in the page.
export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { "/api": process.env.PERENNIAL_URL ?? "http://127.0.0.1:8080" } },
});
