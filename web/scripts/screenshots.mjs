// Takes every page in both languages, light and dark, on a desktop and on a phone.
//   ONLY=overview,customer LANGS=zh THEMES=light SIZES=1440 node scripts/screenshots.mjs
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { demo, pages, settled } from "./demo.mjs";

const out = process.env.OUT ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "build", "screenshots");
const list = (name, all) => (process.env[name] ? process.env[name].split(",") : all);
mkdirSync(out, { recursive: true });

const d = await demo();
try {
  for (const size of list("SIZES", ["1440", "390"])) {
    for (const theme of list("THEMES", ["light", "dark"])) {
      for (const lang of list("LANGS", ["zh", "en"])) {
        const context = await d.browser.newContext({
          storageState: d.state,
          viewport: { width: Number(size), height: size === "390" ? 844 : 960 },
          colorScheme: theme,
          locale: lang === "zh" ? "zh-CN" : "en-GB",
          reducedMotion: "reduce",
        });
        const page = await context.newPage();
        page.on("console", (m) => {
          if (m.type() === "error" || m.type() === "warning") console.log(`${m.type()} ${page.url()}: ${m.text()}`);
        });
        page.on("pageerror", (e) => console.log(`fault ${page.url()}: ${e.message}`));
        const logged = [...(await pages(d.url, context))];
        for (const [name, path] of logged) {
          if (!list("ONLY", [name]).includes(name)) continue;
          await page.goto(d.url + path);
          await settled(page);
          await page.screenshot({ path: join(out, `${name}-${lang}-${theme}-${size}.png`), fullPage: true });
        }
        if (list("ONLY", ["login"]).includes("login")) {
          const stranger = await d.browser.newContext({
            viewport: { width: Number(size), height: size === "390" ? 844 : 960 },
            colorScheme: theme,
            locale: lang === "zh" ? "zh-CN" : "en-GB",
          });
          const door = await stranger.newPage();
          await door.goto(`${d.url}/login`);
          await settled(door);
          await door.screenshot({ path: join(out, `login-${lang}-${theme}-${size}.png`) });
          await stranger.close();
        }
        await context.close();
      }
    }
  }
} finally {
  await d.stop();
}
