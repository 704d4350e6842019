// Looks for what keeps people out (WCAG 2.2 AA, by axe-core) on every page, in both
// languages and themes, on a desktop and on a phone, and with what opens opened.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { demo, pages, settled } from "./demo.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const only = process.env.ONLY?.split(",");
let found = 0;
let looked = 0;

// What the kit opens stands beside the landmarks, where its trigger leads to it.
async function look(page, name, opened = false) {
  looked++;
  // Past the policy of the page: axe is no part of it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    ({ tags, opened }) =>
      globalThis.axe.run(document, {
        runOnly: tags,
        rules: { region: { enabled: !opened } },
        resultTypes: ["violations"],
      }),
    { tags, opened },
  );
  for (const v of violations) {
    found++;
    console.log(`${name}: ${v.id} (${v.impact}): ${v.help}`);
    for (const n of v.nodes.slice(0, 3))
      console.log(
        `    ${n.target.join(" ")}  ${n.html.slice(0, 160)}\n      ${n.failureSummary?.split("\n")[1]?.trim() ?? ""}`,
      );
  }
}

const d = await demo();
try {
  for (const [lang, theme, width] of [
    ["zh", "light", 1440],
    ["en", "dark", 1440],
    ["zh", "dark", 390],
    ["en", "light", 390],
  ]) {
    const context = await d.browser.newContext({
      storageState: d.state,
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: lang === "zh" ? "zh-CN" : "en-GB",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (e) => faults.push(e.message));
    page.on("console", (m) => {
      // A page that breaks its own policy or React's rules says so here.
      if (m.type() === "error" || m.type() === "warning") faults.push(m.text());
    });
    for (const [name, path] of await pages(d.url, context)) {
      if (only && !only.includes(name)) continue;
      const at = `${name} ${lang} ${theme} ${width}`;
      await page.goto(d.url + path);
      await settled(page);
      await look(page, at);
      if ((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) > 0) {
        found++;
        console.log(`${at}: the page is wider than the screen`);
      }
      if (name === "overview") {
        for (const tool of await page.locator(".chart-tools button:first-child").all()) await tool.click();
        await look(page, `${at}, tables`, true);
        await page.keyboard.press("Control+k");
        await page.waitForSelector("dialog[open] [role=option]");
        await look(page, `${at}, palette`);
      }
      if (name === "customers") {
        await page.locator(".filters > button").click();
        await page.waitForSelector(".filter-form");
        await page.waitForTimeout(300);
        await look(page, `${at}, filter`, true);
      }
      for (const f of faults.splice(0)) {
        found++;
        console.log(`${at}: ${f}`);
      }
    }
    await context.close();
    const stranger = await d.browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      locale: lang === "zh" ? "zh-CN" : "en-GB",
    });
    const door = await stranger.newPage();
    for (const path of ["/login", "/link#nothing"]) {
      if (only && !only.includes("login")) continue;
      await door.goto(d.url + path);
      await settled(door);
      await look(door, `${path} ${lang} ${theme} ${width}`);
    }
    await stranger.close();
  }
} finally {
  await d.stop();
}
console.log(`${looked} looks, ${found} findings`);
process.exit(found > 0 ? 1 : 0);
