// Bundles the charts into dist/chart.js, one script without imports.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.js"],
  outfile: "dist/chart.js",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Apache ECharts (Apache-2.0), zrender (BSD-3-Clause), tslib (0BSD) */" },
  logLevel: "warning",
});
