// A real browser in which every page is held against WCAG 2.2 AA, in the light and in the dark, from a phone to a wide
// screen; with a folder for pictures every page is kept there.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SIZES = [[390, 844], [1280, 800], [1920, 1080]];

export function must(condition, what) {
  if (!condition) throw new Error(what);
}

export async function open(pictures, options = {}) {
  if (pictures) mkdirSync(pictures, { recursive: true });
  const browser = await chromium.launch({ executablePath: process.env.BURSAR_TEST_CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ colorScheme: "light", ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is a line of the console's own; what a policy forbids is a mistake of ours.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
  });

  // Holds what is shown against the rules, in the light and in the dark, and keeps pictures of it.
  async function look(name) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        must(wide <= 0, `${name} is ${wide} pixels wider than ${width}`);
        if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
      // Through the debugger: the page's own policy lets no other script in.
      const result = await (await context.newCDPSession(page)).send("Runtime.evaluate", {
        expression: `${axe}; axe.run(document, { runOnly: ${JSON.stringify(LEVELS)} }).then((found) => JSON.stringify(
          found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.target.join(" ")).join(", "))))`,
        awaitPromise: true,
        returnByValue: true,
      });
      must(!result.exceptionDetails, `axe did not run: ${JSON.stringify(result.exceptionDetails)}`);
      const violations = JSON.parse(result.result.value);
      must(violations.length === 0, `${name} (${colorScheme}): ${violations.join("; ")}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  async function close() {
    await browser.close();
    must(faults.length === 0, `the pages complained: ${faults.join("; ")}`);
    console.log(JSON.stringify({ done: true }));
    process.exit(0);
  }

  return { browser, context, page, look, close, heading: () => page.locator("h1").innerText() };
}
