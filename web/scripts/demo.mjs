// Starts a demo server of the built binary, or uses the one that PERENNIAL_LOGIN_URL
// leads to, and opens browsers that are logged in.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Returns {url, state, browser, stop}: state is that of a browser that is logged in. */
export async function demo() {
  const server = await serve();
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) =>
    existsSync(p),
  );
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? executablePath,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  const stop = async () => {
    await browser.close();
    await server.stop();
  };
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on("console", (m) => m.type() === "error" && console.log(m.text()));
    page.on("pageerror", (e) => console.log(e.message));
    await page.goto(server.login_url);
    await page.waitForURL((u) => u.pathname === "/", { timeout: 10000 });
    await page.waitForSelector("h1");
    const state = await context.storageState();
    await context.close();
    return { ...server, state, browser, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function serve() {
  const login_url = process.env.PERENNIAL_LOGIN_URL;
  if (login_url) return { login_url, url: new URL(login_url).origin, stop: async () => {} };
  let running = await start("127.0.0.1:0");
  const address = new URL(running.url).host;
  return {
    login_url: running.login_url,
    url: running.url,
    stop: () => running.stop(),
    // Stops the server, does something while it is away, and starts it at the same address.
    restart: async (away) => {
      await running.stop();
      await away();
      running = await start(address);
    },
  };
}

async function start(address) {
  const binary = process.env.PERENNIAL_BINARY ?? join(root, "bin", "perennial");
  const child = spawn(binary, ["demo", "--dir", join(root, "build", "pages-demo"), "--addr", address, "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const first = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve)),
    ended.then(() => {
      throw new Error("the demo ended before it was ready");
    }),
  ]);
  return {
    ...JSON.parse(first),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Waits until a page has its data and its charts are drawn. */
export async function settled(page) {
  await page.waitForLoadState("networkidle");
  await page
    .waitForFunction(() => !document.querySelector("[aria-busy=true]"), undefined, { timeout: 15000 })
    .catch(() => {});
  await page
    .waitForFunction(
      () => [...document.querySelectorAll(".chart-box")].every((b) => b.querySelector("svg path")),
      undefined,
      { timeout: 15000 },
    )
    .catch(() => {});
  await page.waitForTimeout(150);
}

/** The pages to look at: a name and an address each. */
export async function pages(url, context) {
  const answer = await context.request.get(
    `${url}/api/v1/customers?where=stage:is:decline&where=m_score:at_least:4&sort=-clv_12&limit=1`,
  );
  const customer = (await answer.json()).items[0].customer;
  return [
    ["overview", "/"],
    ["customers", "/customers"],
    ["customers-decline", "/customers?where=stage:is:decline&where=clv_12:at_least:500"],
    ["customer", `/customers/${customer}`],
    ["rfm", "/analyze/rfm"],
    ["lifecycle", "/analyze/lifecycle"],
    ["repurchase", "/analyze/repurchase"],
    ["value", "/analyze/value"],
    ["clusters", "/analyze/clusters"],
    ["import", "/data/import"],
    ["imports", "/data/imports"],
    ["bridge", "/data/bridge"],
    ["definitions", "/data/definitions"],
    ["months", "/data/months"],
    ["not-found", "/nowhere"],
  ];
}
