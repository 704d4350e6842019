// The first load: everything that the entry imports before a route is gone to, gzipped.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const most = 350_000;
const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));

const seen = new Set();
function load(key) {
  if (seen.has(key)) return 0;
  seen.add(key);
  const { file, imports = [] } = manifest[key];
  return gzipSync(readFileSync(join(dist, file))).length + imports.reduce((sum, k) => sum + load(k), 0);
}

// The language is loaded before anything is shown; Chinese is the larger.
const first = load("index.html") + load("src/lang/zh/index.ts");
if (first > most) {
  console.error(`the first load has ${first} bytes of gzipped script, ${most} are allowed`);
  process.exit(1);
}
if (process.argv.includes("--say"))
  console.log(`first load ${Math.round(first / 1000)} kB of gzipped script (${most / 1000} allowed)`);
