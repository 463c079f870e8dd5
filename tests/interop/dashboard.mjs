// A member's way through the dashboard in a real browser, without a script of ours: overview, approvals, transactions,
// agents, the kill switch, in both languages.
//
// node dashboard.mjs BASE_URL COOKIE [PICTURES]
import { must, open } from "./pages.mjs";

const [base, cookie, pictures] = process.argv.slice(2);
const { context, page, look, close, heading } = await open(pictures);
// axe needs a page that runs scripts; ours do not come.
await context.route(/\.js$/, (route) => route.abort());
const [name, value] = cookie.split("=");
// A host's own cookie is made by a secure address alone; the browser takes localhost for one.
await context.addCookies([{ name, value, url: base.replace("http:", "https:"), secure: true, httpOnly: true, sameSite: "Lax" }]);
const shown = () => page.locator("main").innerText();

await page.goto(`${base}/dashboard`);
must((await heading()) === "Overview", "the overview is shown");
must((await shown()).includes("Reader") && (await shown()).includes("casino.example"), "agents and declines are shown");
await look("overview");

await page.getByRole("link", { name: /^Approvals/ }).click();
must((await shown()).includes("lamps.example"), "what waits is shown");
await look("approvals");
await page.getByRole("button", { name: /^Approve/ }).click();
must((await shown()).includes("Nothing waits for you"), "what is decided does not wait");
await look("approvals-none");

await page.getByRole("link", { name: "Transactions" }).click();
await page.getByLabel("Status").selectOption("declined");
await page.getByRole("button", { name: "Show" }).click();
must((await page.locator("tbody tr").count()) === 1, "filters are heeded");
await look("transactions");
await page.getByRole("link", { name: "casino.example" }).click();
must((await heading()) === "casino.example", "a row opens the whole story");
await look("transaction");
await page.goto(`${base}/dashboard/transactions?agent=agt_none`);
must((await page.getByRole("alert").innerText()).length > 5, "what cannot be asked for is said");

await page.getByRole("link", { name: "Agents", exact: true }).click();
await page.getByRole("button", { name: "Freeze Reader" }).click();
must((await shown()).includes("frozen"), "an agent is frozen in place");
await look("agents");

await page.getByRole("link", { name: "Reader", exact: true }).click();
must((await heading()) === "Reader", "an agent has a page of its own");
await page.getByLabel("A day, at most").fill("10.00");
await page.getByRole("button", { name: "Try" }).click();
must((await shown()).includes("What these limits would have changed"), "limits are tried before they are in force");
await page.locator("details.figures summary").click();
await look("agent");
await page.getByRole("button", { name: "Save" }).click();
must((await page.getByLabel("A day, at most").inputValue()) === "10.00", "smaller limits are saved at once");

await page.getByRole("link", { name: "Analytics", exact: true }).click();
must((await shown()).includes("books.example"), "what was spent is added up");
await look("analytics");

await page.getByRole("link", { name: "Stop everything" }).click();
await look("stop");
await page.getByLabel(/^Why/).fill("a drill");
await page.getByRole("button", { name: "Stop everything now" }).click();
must((await shown()).includes("Everything is stopped"), "one confirmation stops everything");
await look("stopped");

await page.goto(`${base}/dashboard?lang=pt-BR`);
must((await heading()) === "Visão geral", "the other language is chosen");
await look("overview-pt");
await close();
