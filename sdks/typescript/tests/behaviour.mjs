// Does what sdks/behaviour.json says, against a real server behind a proxy that loses connections.
//
//     node behaviour.mjs <behaviour.json> <url of the proxy>

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import * as sdk from "@bursar/sdk";

const [file, url] = process.argv.slice(2);
const table = JSON.parse(readFileSync(file, "utf8"));
const POLICY = { daily: "200.00", per_transaction: "50.00", approve_above: "20.00" };

async function control(what, body = null) {
  const answer = await fetch(`${url}/control/${what}`, { method: "POST", body: JSON.stringify(body) });
  return answer.json();
}

async function collect(lines) {
  const all = [];
  for await (const line of lines) all.push(line);
  return all;
}

const CALLS = {
  "pay.request": (bursar, request, options) => bursar.pay.request(request, options),
  "pay.preview": (bursar, request) => bursar.pay.preview(request),
  "pay.wait_for_approval": (bursar, { id }, options) => bursar.pay.waitForApproval(id, options),
  "pay.wait_for_settlement": (bursar, { id }, options) => bursar.pay.waitForSettlement(id, options),
  "transactions.get": (bursar, { id }) => bursar.transactions.get(id),
  "transactions.cancel": (bursar, { id, reason }) => bursar.transactions.cancel(id, reason),
  "transactions.list": (bursar, query) => bursar.transactions.list(query),
  "transactions.all": (bursar, query) => collect(bursar.transactions.all(query)),
  "wallet.check": (bursar) => bursar.wallet.check(),
  "wallet.spending": (bursar) => bursar.wallet.spending(),
  "cards.get": (bursar) => bursar.cards.get(),
  "cards.request": (bursar, question) => bursar.cards.request(question),
  "intents.create": (bursar, request) => bursar.intents.create(request),
  "webhooks.create": (bursar, endpoint) => bursar.webhooks.create(endpoint),
  "webhooks.list": (bursar) => bursar.webhooks.list(),
  "webhooks.get": (bursar, { id }) => bursar.webhooks.get(id),
  "webhooks.update": (bursar, { id, ...change }) => bursar.webhooks.update(id, change),
  "webhooks.deliveries": (bursar, { id }) => bursar.webhooks.deliveries(id),
  "webhooks.delete": (bursar, { id }) => bursar.webhooks.delete(id),
  "messages.list": (bursar, query) => bursar.messages.list(query),
};

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

// What earlier answers said is written `$name`.
function fill(value, said) {
  if (typeof value === "string" && value.startsWith("$")) return said[value.slice(1)];
  if (Array.isArray(value)) return value.map((item) => fill(item, said));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member, said)]));
}

// Every member that is wanted is there; more may be.
function has(found, wanted, where) {
  if (typeof wanted !== "object" || wanted === null) return assert.equal(found, wanted, where);
  assert.ok(typeof found === "object" && found !== null, `${where} is ${found}`);
  if (Array.isArray(wanted)) assert.equal(found.length, wanted.length, `${where}: how many`);
  for (const [name, member] of Object.entries(wanted)) has(found[name], member, `${where}.${name}`);
}

function failed(error, wanted) {
  if (!(error instanceof sdk.BursarError)) throw error;
  for (const [name, value] of Object.entries(wanted)) {
    if (name === "error") assert.equal(error.name, value, error.message);
    else has(error[camel(name)], value, `error.${name}`);
  }
}

const distinct = (values) => new Set(values.filter((value) => value != null)).size;

async function sent(wanted) {
  const seen = await control("seen");
  const { requests_at_most: most, ...exact } = wanted;
  const found = {
    requests: seen.length,
    keys: distinct(seen.map((request) => request.key)),
    nonces: distinct(seen.map((request) => request.nonce)),
    shown_keys: seen.filter((request) => request.shows_its_key).length,
  };
  has(found, exact, "what was sent");
  if (most !== undefined) assert.ok(found.requests <= most, `${found.requests} requests`);
}

async function run(step, bursar, said) {
  await control("faults", step.faults ?? []);
  const meanwhile = step.meanwhile && control("meanwhile", fill(step.meanwhile, said));
  const { timeout_s: timeoutS, ...options } = step.options ?? {};
  if (timeoutS !== undefined) options.timeoutMs = timeoutS * 1_000;
  let answer;
  try {
    answer = await CALLS[step.call](bursar, fill(step.with ?? {}, said), options);
  } catch (error) {
    if (!step.fails) throw error;
    failed(error, step.fails);
    answer = undefined;
  }
  if (step.fails) assert.equal(answer, undefined, `it should have failed: ${JSON.stringify(step.fails)}`);
  if (step.answers) has(answer, step.answers, "answer");
  await meanwhile;
  if (step.seen) await sent(step.seen);
  Object.assign(said, answer);
}

async function tryCase({ name, url: other, policy = POLICY, scopes, unsigned, steps, payments }) {
  const agent = await control("agent", { policy, scopes });
  // The server's time is the test's, not this machine's.
  const ahead = (await control("clock")) - Date.now();
  const bursar = new sdk.Bursar({
    url: other ?? url,
    apiKey: agent.api_key,
    keyId: unsigned ? undefined : agent.key_id,
    attempts: 4,
    backoffMs: 10,
    clock: () => Date.now() + ahead,
  });
  const said = {};
  for (const [index, step] of steps.entries()) {
    try {
      await run(step, bursar, said);
    } catch (error) {
      throw new Error(`${name}, step ${index + 1} (${step.call})`, { cause: error });
    }
  }
  const made = await control("payments", agent);
  if (payments !== undefined) assert.equal(made, payments, `${name}: payments at the server`);
}

const wrong = [];
for (const one of table.cases) await tryCase(one).catch((error) => wrong.push(error));
for (const error of wrong) console.error(error);
assert.equal(wrong.length, 0, "cases that went wrong");
for (const { agent_id: agentId, request, key } of table.keys) {
  let seen;
  const fetch = async (_, { body }) => {
    seen = JSON.parse(body).idempotency_key;
    return new Response("{}");
  };
  const bursar = new sdk.Bursar({ url, apiKey: "bur_test_x", agentId, fetch });
  await bursar.pay.request(request, { idempotency: "content" });
  assert.equal(seen, key, JSON.stringify(request));
}
for (const { name, secret, now, headers, body, fails } of table.webhooks) {
  const verified = sdk.verifyWebhook(body, headers, secret, { clock: () => now * 1_000 });
  if (fails) await assert.rejects(verified, sdk.WebhookVerificationError, name);
  else assert.deepEqual(await verified, JSON.parse(body), name);
}
await assert.rejects(
  new sdk.Bursar({ url, apiKey: "bur_test_x" }).pay.request({ amount: 12.5, merchant: "books.example" }),
  TypeError,
);
console.log(`${table.cases.length} cases`);
