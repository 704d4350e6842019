// Walks through the pages as a person does: from numbers to the customers behind them,
// through lists, into a file, into the other language, and over a restart of the server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { demo, settled } from "./demo.mjs";

const d = await demo();
const steps = [];
async function step(name, f) {
  await f();
  steps.push(name);
}

try {
  const context = await d.browser.newContext({
    storageState: d.state,
    viewport: { width: 1440, height: 900 },
    locale: "zh-CN",
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults = [];
  page.on("pageerror", (e) => faults.push(e.message));
  const home = async () => {
    await page.goto(d.url);
    await settled(page);
  };
  const whole = (text) => Number(/([\d,]+)/.exec(text)?.[1]?.replaceAll(",", ""));
  const title = () => page.locator("h1").textContent();
  const followed = async (path) => {
    await page.goto(d.url + path);
    await settled(page);
    assert.equal(await page.locator('[role="alert"]').count(), 0, path);
    const n = whole(await title());
    assert.ok(n > 0, `${path} leads to nobody`);
    return n;
  };

  await step("every number and link of every page leads to somebody", async () => {
    if (process.env.QUICK) return;
    for (const from of [
      "/",
      "/analyze/rfm",
      "/analyze/lifecycle",
      "/analyze/repurchase",
      "/analyze/value",
      "/analyze/clusters",
    ]) {
      await page.goto(d.url + from);
      await settled(page);
      const tables = page.locator(".chart-tools button[aria-label='看数据表']");
      while ((await tables.count()) > 0) await tables.first().click();
      const all = await page
        .locator("main a[href^='/customers']")
        .evaluateAll((links) => [...new Set(links.map((a) => a.getAttribute("href")))]);
      assert.ok(all.length >= 3, from);
      // Of tables and grids a few stand for all.
      for (const path of all.filter((_, k) => k < 9 || k % 30 === 0)) await followed(path);
    }
  });

  await step("a list on the overview has as many customers as it says", async () => {
    await home();
    const lists = await page
      .locator(".work li")
      .evaluateAll((items) =>
        items.map((i) => [i.querySelector("h3").textContent, i.querySelector("a").getAttribute("href")]),
      );
    assert.ok(lists.length > 0);
    for (const [says, path] of lists) assert.equal(await followed(path), whole(says), says);
  });

  await step("a click on a stage in the chart opens its customers", async () => {
    await home();
    // Once nothing above it moves it any more.
    const chart = page.locator(".chart-box").first();
    let box = await chart.boundingBox();
    for (let before; !before || before.y !== box.y; ) {
      before = box;
      await page.waitForTimeout(400);
      box = await chart.boundingBox();
    }
    await page.mouse.click(box.x + box.width * 0.5, box.y + box.height * 0.85);
    await page.waitForURL(/customers\?where=stage:is:/);
  });

  await step("lists are narrowed, sorted and run on as one scrolls", async () => {
    const all = await followed("/customers");
    await page.getByRole("button", { name: "衰退期" }).click();
    await page.waitForURL(/stage/);
    await page.waitForFunction(
      (n) => !document.querySelector("h1").textContent.includes(n),
      all.toLocaleString("en-US"),
    );
    const some = whole(await title());
    assert.ok(some > 0 && some < all);
    await page.getByRole("button", { name: "累计收入", exact: true }).click();
    await page.waitForURL(/sort=-revenue/);
    await page.waitForSelector("th[aria-sort=descending] >> text=累计收入");
    await settled(page);
    const money = await page.locator("tbody td[data-label='累计收入']").allTextContents();
    const values = money.map((t) => Number(t.replace(/[^\d.]/g, "")));
    assert.deepEqual(
      values,
      [...values].sort((a, b) => b - a),
    );
    await page.locator(".list-foot").scrollIntoViewIfNeeded();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length > 100);
    await page.locator("tbody tr").nth(70).click();
    await page.waitForURL(/customers\/\d+/);
    await page.goBack();
    await page.waitForURL(/sort=-revenue/);
    await settled(page);
    assert.equal(whole(await title()), some);
  });

  await step("a list becomes a file with a line for each", async () => {
    await followed("/customers?where=stage:is:maturity");
    const n = whole(await title());
    await page.getByRole("button", { name: "导出名单" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByText("CSV（不限行数）").click()]);
    const lines = readFileSync(await file.path(), "utf8")
      .trim()
      .split("\n");
    assert.equal(lines.length, n + 1);
  });

  await step("the palette leads on by keyboard alone", async () => {
    await home();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("流失");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.waitForURL(/customers\?where=stage:is:lost/);
  });

  await step("language and colours change at once and stay", async () => {
    await home();
    await page.locator(".rail").getByRole("button", { name: "语言与外观" }).click();
    await page.getByRole("menuitem", { name: "English" }).click();
    await page.waitForFunction(() => document.documentElement.lang === "en");
    await page.locator(".rail").getByRole("button", { name: "Language and look" }).click();
    await page.getByRole("menuitem", { name: "dark" }).click();
    await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    await page.reload();
    await settled(page);
    assert.equal(
      await page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dataset.theme}`),
      "en dark",
    );
    assert.doesNotMatch(await title(), /\p{Script=Han}/u);
  });

  await step("an open page survives a restart of the server", async () => {
    const before = await title();
    await d.restart(async () => {
      // Any question finds out that nobody answers; what is shown stays.
      await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
      await page.locator(".rail a[href='/customers']").click();
      await page.waitForSelector(".banner[role=status]", { timeout: 20_000 });
      await page.goBack();
      assert.equal(await title(), before);
    });
    await page.waitForSelector(".banner[role=status]", { state: "detached", timeout: 20_000 });
    await page.locator(".rail a[href='/customers']").click();
    await page.waitForSelector("tbody tr");
  });

  await step("who logs out is out, and comes back to where they wanted to go", async () => {
    await page.locator(".rail").getByRole("button", { name: "Demo" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.waitForURL(/\/login$/);
    await page.goto(`${d.url}/analyze/rfm`);
    await page.waitForURL(/\/login\?next=%2Fanalyze%2Frfm/);
  });

  assert.deepEqual(faults, []);
  console.log(`${steps.length} walks: ${steps.join("; ")}`);
} finally {
  await d.stop();
}
