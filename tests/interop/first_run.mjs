// The first run in a browser: the form in both languages, what is wrong with it, what was made, and the
// reference of the API. Every page is held against WCAG 2.2 AA.
//
// node first_run.mjs BASE_URL LINK [PICTURES]
import { must, open } from "./pages.mjs";

const [base, link, pictures] = process.argv.slice(2);
const { page, look, heading, close } = await open(pictures);

await page.goto(`${base}/first-run/${"x".repeat(43)}`);
must((await heading()) === "This link leads nowhere any more", "a link that was not printed leads nowhere");
await look("first-run-unknown");

await page.goto(link);
must((await heading()) === "Set up Bursar", `the link leads to the first run: ${await heading()}`);
await look("first-run");
await page.getByRole("link", { name: "Português" }).click();
must((await heading()) === "Configurar o Bursar", "the page speaks Portuguese");
await look("first-run-pt");
await page.getByRole("link", { name: "English" }).click();

await page.getByLabel("Your e-mail address").fill("ana@example.com");
await page.getByLabel("Name").first().fill("Acme");
await page.getByLabel("Time zone").fill("Nowhere/Land");
await page.getByLabel("Name").last().fill("Scout");
await page.getByRole("button", { name: "Set it up" }).click();
must((await page.getByRole("alert").innerText()).includes("time zone"), "what is wrong is named");
must((await page.getByLabel("Your e-mail address").inputValue()) === "ana@example.com", "what was written is kept");
must((await page.locator("[aria-invalid]").getAttribute("id")) === "time_zone", "the field is marked");
await look("first-run-wrong");

await page.getByLabel("Time zone").fill("America/Sao_Paulo");
await page.getByRole("button", { name: "Set it up" }).click();
must((await heading()) === "Acme is ready", `the org is made: ${await heading()}`);
const key = await page.locator("pre").first().innerText();
must(/^bur_test_[0-9A-Za-z]{49}$/.test(key.trim()), "the key is shown");
must((await page.locator("main").innerText()).includes(`${base}/v1/payment-request`), "the line to try is shown");
await look("first-run-done");

await page.getByRole("link", { name: "Go to your account" }).click();
must((await heading()) === "ana@example.com", `the browser is signed in: ${await heading()}`);
await page.goto(link);
must((await heading()) === "This server is set up already", "the link works once");
await look("first-run-over");

await page.goto(`${base}/docs`);
must((await heading()) === "API reference", "the reference is served");
must((await page.locator("article").count()) > 250, "all paths and types are there");
const lost = await page.evaluate(() => {
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  const links = [...document.querySelectorAll("main a[href^='#']")].map((one) => one.hash.slice(1));
  return links.filter((link) => ids.filter((id) => id === link).length !== 1);
});
must(lost.length === 0, `these lead nowhere, or to two places: ${lost.join(" ")}`);
await look("docs", false);
await close();
