// An owner's way through the pages in a real browser: claim, sign in by mail, passkey, limits, sign out, sign in by
// passkey. Every page is held against WCAG 2.2 AA. With a third argument every page is kept there as a picture.
//
// node people.mjs BASE_URL CLAIM_TOKEN [PICTURES]
//
// What a person would look up in their mail is asked for on stdout, one JSON object a line, and read from stdin.
import { createInterface } from "node:readline";
import { must, open } from "./pages.mjs";

const [base, claimToken, pictures] = process.argv.slice(2);
const email = "ana@example.com";
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function ask(need) {
  console.log(JSON.stringify({ need, email }));
  return (await lines.next()).value;
}

const { browser, context, page, look, heading, close } = await open(pictures);
const cdp = await context.newCDPSession(page);
await cdp.send("WebAuthn.enable");
await cdp.send("WebAuthn.addVirtualAuthenticator", {
  options: {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  },
});

// Who is not signed in is led there, and back.
await page.goto(`${base}/claim?token=${claimToken}`);
must((await heading()) === "Sign in", "a stranger is led to sign in");
await look("sign-in");

// In Portuguese by the link at the foot, which keeps the way on and is remembered; and back.
await page.getByRole("link", { name: "Português" }).click();
must((await heading()) === "Entrar", "the page speaks Portuguese");
must(page.url().includes(encodeURIComponent(claimToken)), "the way on is kept");
await look("sign-in-pt");
await page.goto(`${base}/sign-in`);
must((await heading()) === "Entrar", "the choice is remembered");
await page.getByRole("link", { name: "English" }).click();
await page.goto(`${base}/claim?token=${claimToken}`);
must((await heading()) === "Sign in", "the page speaks English again");
await page.getByLabel("Your e-mail address").fill("not an address");
await page.locator("form").evaluate((form) => { form.noValidate = true; });
await page.getByRole("button", { name: "Send me a link" }).click();
must((await page.getByRole("alert").first().innerText()).includes("e-mail address"), "a wrong address is named");
await page.getByLabel("Your e-mail address").fill(email);
await page.keyboard.press("Enter");
await page.waitForSelector("text=Look into your mail");
await look("sign-in-sent");

const link = await ask("sign-in");
const elsewhere = await (await browser.newContext()).newPage();
await elsewhere.goto(link);
must((await elsewhere.locator("h1").innerText()).includes("Open it where"), "a link opens no other browser");
await page.goto(link);
must((await heading()).includes(email), "the link asks once more");
await look("sign-in-confirm");
await page.getByRole("button", { name: "Sign in" }).click();
must(page.url().endsWith(`/claim?token=${claimToken}`), `signing in leads back: ${page.url()}`);
must((await page.locator("main").innerText()).includes("Reader"), "the bot is shown");
await look("claim");
await page.getByRole("link", { name: "Português" }).click();
must((await heading()) === "Assumir um bot", "the bot is claimed in Portuguese too");
must((await page.getByLabel("Código de posse").inputValue()) === claimToken, "the token is kept");
await look("claim-pt");
await page.getByRole("link", { name: "English" }).click();

// Limits take a passkey, and there is none yet.
await page.getByLabel("A day").fill("20.00");
await page.getByRole("button", { name: "Claim it" }).click();
await page.waitForSelector("form [role=alert]:visible");
must((await page.locator("form [role=alert]").innerText()).includes("passkey"), "a passkey is asked for");

await page.goto(`${base}/account`);
await look("account-first");
await page.getByLabel("Name of a new one").fill("Ana's laptop");
await page.getByRole("button", { name: "Add a passkey" }).click();
await page.waitForSelector("text=Ana's laptop");
await look("account");

await page.goto(`${base}/claim?token=${claimToken}`);
await page.getByLabel("A day").fill("20.00");
await page.getByLabel("Ask me above").fill("5.00");
await page.getByRole("button", { name: "Claim it" }).click();
await page.waitForSelector("text=Reader is yours");
await look("claimed");

await page.goto(`${base}/account`);
must((await page.locator("main").innerText()).includes("claimed"), "the bot is in the list");
must((await page.locator("main").innerText()).includes("Chrome on Linux"), "the browser is recognised");
await page.getByRole("button", { name: "Sign out" }).first().click();
must((await heading()) === "Sign in", "signing out leads to the page that signs in");
await page.getByRole("button", { name: "Sign in with a passkey" }).click();
await page.waitForURL("**/account");
must((await heading()) === email, "a passkey signs in");
await look("account-again");

// A passkey is removed only with a passkey's word.
await page.getByRole("button", { name: "Remove Ana's laptop" }).click();
await page.waitForSelector("text=Ana's laptop", { state: "detached" });

await close();
