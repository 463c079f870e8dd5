/** The client of a Bursar server, for agents: payments, approvals, wallet, cards, intents, webhooks. */

import { Pay } from "./pay.js";
import { Cards, Intents, Messages, Transactions, WalletOf } from "./resources.js";
import { Transport } from "./transport.js";
import type { BursarOptions } from "./transport.js";
import { Webhooks } from "./webhooks.js";

/** One agent at one server. */
export class Bursar {
  /** Asking for payments, and waiting for them. */
  readonly pay: Pay;
  /** Payments that were asked for. */
  readonly transactions: Transactions;
  /** The agent's wallet. */
  readonly wallet: WalletOf;
  /** The agent's cards. */
  readonly cards: Cards;
  /** Purchases that are intended. */
  readonly intents: Intents;
  /** Webhooks: verifying them, and their endpoints. */
  readonly webhooks: Webhooks;
  /** What the agent was not told by webhook. */
  readonly messages: Messages;

  constructor(options: BursarOptions) {
    const transport = new Transport(options);
    this.pay = new Pay(transport, options.agentId);
    this.transactions = new Transactions(transport);
    this.wallet = new WalletOf(transport);
    this.cards = new Cards(transport);
    this.intents = new Intents(transport);
    this.webhooks = new Webhooks(transport);
    this.messages = new Messages(transport);
  }
}

export type { BursarOptions } from "./transport.js";
export type { PayOptions, PayRequest, WaitOptions } from "./pay.js";
export type { VerifyOptions, WebhookHeaders } from "./webhooks.js";
export { verifyWebhook } from "./webhooks.js";
export {
  ApprovalTimeoutError,
  BudgetExceededError,
  BursarError,
  IdempotencyConflictError,
  OutcomeUnknownError,
  PaymentDeclinedError,
  RateLimitError,
  WebhookVerificationError,
} from "./errors.js";
export type * from "./types.js";
