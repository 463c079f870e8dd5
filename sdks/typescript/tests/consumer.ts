// A program that uses the package: it must compile under strict settings, for Node and for browsers.

import { ApprovalTimeoutError, BudgetExceededError, Bursar, verifyWebhook } from "@bursar/sdk";
import type { Transaction, WebhookMessage } from "@bursar/sdk";

const bursar = new Bursar({ url: "https://pay.acme.example", apiKey: "bur_test_…", keyId: "key_…" });

export async function buy(signal: AbortSignal): Promise<Transaction | undefined> {
  try {
    const payment = await bursar.pay.request(
      { amount: "12.50", merchant: "books.example", purpose: "a book", context: { order: 7 } },
      { idempotency: "content", signal },
    );
    const amount: string = payment.amount;
    if (payment.status !== "pending") return payment;
    console.log(`${amount} waits for a human`);
    return await bursar.pay.waitForApproval(payment.transaction_id, { timeoutMs: 60_000 });
  } catch (error) {
    if (error instanceof BudgetExceededError) console.log(`${error.limit}, left ${error.left}`);
    else if (error instanceof ApprovalTimeoutError) console.log(error.transaction?.approval?.deadline);
    else throw error;
    return undefined;
  }
}

export async function told(body: string, headers: Headers): Promise<WebhookMessage> {
  const message = await verifyWebhook(body, headers, "whsec_…");
  for await (const line of bursar.transactions.all({ limit: 10 })) console.log(line.amount);
  return message;
}

// @ts-expect-error an amount is a decimal text, never a number
void bursar.pay.request({ amount: 12.5, merchant: "books.example" });
// @ts-expect-error a payment has a merchant
void bursar.pay.request({ amount: "12.50" });
