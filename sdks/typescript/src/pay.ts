// Asking for payments, and waiting for what becomes of them.

import { ApprovalTimeoutError, OutcomeUnknownError, refusalOf } from "./errors.js";
import { contentKey } from "./keys.js";
import type { Transport } from "./transport.js";
import type { CallOptions, PaymentRequest, Preview, Transaction, Wallet } from "./types.js";

/** What is asked for. Amounts are decimal texts such as `"12.50"`, never numbers. */
export type PayRequest = Omit<PaymentRequest, "amount" | "amount_cents"> & { amount: string };

/** How it is asked for. */
export interface PayOptions extends CallOptions {
  /**
   * `"content"` derives the idempotency key from agent, amount, merchant, purpose and context. Two equal payments are one
   * then, and a decline is final for all that is equal. When absent, each call has a new key, kept through its retries.
   */
  idempotency?: "content" | undefined;
}

/** How long to wait. */
export interface WaitOptions extends CallOptions {
  /** Milliseconds; until the server ends it when absent. */
  timeoutMs?: number | undefined;
}

/** What the server waits for at most before it answers, less than proxies on the way like to wait. */
const WAIT_S = 30;

/** Payments. */
export class Pay {
  constructor(
    private readonly transport: Transport,
    private agentId: string | undefined,
  ) {}

  /**
   * Asks for a payment. The payment is allowed, or waits for a human (`status` is `pending`); one that will never be paid
   * is thrown. A call whose answer is lost is made again under the same idempotency key, so it pays once at most.
   */
  async request(request: PayRequest, options: PayOptions = {}): Promise<Transaction> {
    checkAmount(request.amount);
    const idempotencyKey = await this.#keyOf(request, options);
    const body = { ...request, idempotency_key: idempotencyKey };
    return this.transport.call<Transaction>({
      method: "POST",
      path: "/payment-request",
      body,
      repeatable: true,
      idempotencyKey,
      signal: options.signal,
    });
  }

  /** What would be decided. Nothing is written and nothing held. */
  preview(request: PayRequest, options: CallOptions = {}): Promise<Preview> {
    checkAmount(request.amount);
    const body = { ...request, idempotency_key: request.idempotency_key ?? this.transport.fresh() };
    const query = { dry_run: true };
    return this.transport.call<Preview>({
      method: "POST",
      path: "/payment-request",
      query,
      body,
      repeatable: true,
      harmless: true,
      signal: options.signal,
    });
  }

  /**
   * Waits until a human has decided. The server holds each question until there is an answer, so nothing is asked in a
   * hurry. A no is a {@link PaymentDeclinedError}; nobody deciding in time an {@link ApprovalTimeoutError}.
   */
  waitForApproval(id: string, options: WaitOptions = {}): Promise<Transaction> {
    return this.#wait(id, "decided", ["pending"], options);
  }

  /** Waits until it is paid. An outcome that nobody knows is an {@link OutcomeUnknownError}. */
  async waitForSettlement(id: string, options: WaitOptions = {}): Promise<Transaction> {
    const transaction = await this.#wait(id, "settled", ["pending", "approved", "executing"], options);
    if (transaction.status !== "unknown") return transaction;
    throw new OutcomeUnknownError({
      code: "outcome_unknown",
      status: 200,
      detail: "the rail gave no certain answer; the money stays held, and an owner or the rail will settle it",
      reason: transaction.reason ?? undefined,
      transaction,
      idempotencyKey: transaction.idempotency_key,
    });
  }

  async #wait(id: string, until: string, open: string[], options: WaitOptions): Promise<Transaction> {
    const end = Date.now() + (options.timeoutMs ?? Infinity);
    for (let early = 0; ; ) {
      const began = Date.now();
      const waitS = Math.max(0, Math.min(WAIT_S, Math.ceil((end - began) / 1_000)));
      const transaction = await this.transport.call<Transaction>({
        method: "GET",
        path: `/transactions/${encodeURIComponent(id)}`,
        query: { wait: waitS, until },
        repeatable: true,
        waitS,
        signal: options.signal,
      });
      if (!open.includes(transaction.status)) {
        const refusal = refusalOf(transaction);
        if (refusal !== undefined) throw refusal;
        return transaction;
      }
      if (Date.now() >= end) throw stillOpen(transaction);
      // A server that is stopping answers at once; whoever takes over is not to be stormed.
      early = Date.now() - began < (waitS * 1_000) / 2 ? early + 1 : 0;
      if (early > 0) await this.transport.pause(early, options.signal);
    }
  }

  async #keyOf(request: PayRequest, options: PayOptions): Promise<string> {
    if (options.idempotency === undefined) return request.idempotency_key ?? this.transport.fresh();
    if (request.idempotency_key != null) {
      throw new TypeError('either `idempotency_key` or `idempotency: "content"`, not both');
    }
    this.agentId ??= (await this.#wallet(options)).agent_id;
    return contentKey(this.agentId, request);
  }

  #wallet({ signal }: CallOptions): Promise<Wallet> {
    return this.transport.call<Wallet>({ method: "GET", path: "/wallet/check", repeatable: true, signal });
  }
}

function checkAmount(amount: unknown): void {
  if (typeof amount !== "string") throw new TypeError('`amount` is a decimal text such as "12.50", never a number');
}

function stillOpen(transaction: Transaction): ApprovalTimeoutError {
  return new ApprovalTimeoutError({
    code: transaction.status === "pending" ? "approval_pending" : "settlement_pending",
    status: 200,
    detail: `it is still ${transaction.status}, and the time to wait for it is over; wait again, or cancel it`,
    transaction,
    idempotencyKey: transaction.idempotency_key,
  });
}
