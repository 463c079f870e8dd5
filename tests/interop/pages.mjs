// What the tests of our pages have in common: a browser that notes what goes wrong, and a look that holds what is shown
// against WCAG 2.2 AA, in the light and in the dark, on phones and wide screens.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const SIZES = [[390, 844], [1280, 800], [1920, 1080]];

export function must(condition, what) {
  if (!condition) throw new Error(what);
}

// Opens a browser; where `pictures` names a folder, every page that is looked at is kept there as a picture.
export async function open(pictures) {
  const browser = await chromium.launch({ executablePath: process.env.BURSAR_TEST_CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ colorScheme: "light" });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is a line of the console's own; what a policy forbids is a mistake of ours.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
  });
  if (pictures) mkdirSync(pictures, { recursive: true });

  // Holds what is shown against the rules, and keeps pictures of it: of the whole page, unless that is too long for one.
  async function look(name, fullPage = true) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        must(wide <= 0, `${name} is ${wide} pixels wider than ${width}`);
        if (pictures) await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage });
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

  // Ends the test: nothing may have gone wrong on the way.
  async function close() {
    await browser.close();
    must(faults.length === 0, `the pages complained: ${faults.join("; ")}`);
    console.log(JSON.stringify({ done: true }));
    process.exit(0);
  }

  const heading = () => page.locator("h1").innerText();
  return { browser, context, page, look, heading, close };
}
