// What a CommonJS program gets from the package.
//
//     node consumer.cjs <behaviour.json> <url of the proxy>

const assert = require("node:assert/strict");
const { Bursar, BudgetExceededError, BursarError } = require("@bursar/sdk");

const url = process.argv[3];

async function main() {
  const policy = { daily: "20.00" };
  const made = await fetch(`${url}/control/agent`, { method: "POST", body: JSON.stringify({ policy }) });
  const agent = await made.json();
  const bursar = new Bursar({ url, apiKey: agent.api_key });
  const paid = await bursar.pay.request({ amount: "12.50", merchant: "books.example" });
  assert.equal(paid.amount, "12.50");
  const tooMuch = bursar.pay.request({ amount: "12.50", merchant: "books.example" });
  await assert.rejects(tooMuch, (error) => {
    assert.ok(error instanceof BudgetExceededError && error instanceof BursarError);
    assert.equal(error.left, "7.50");
    return true;
  });
}

main();
