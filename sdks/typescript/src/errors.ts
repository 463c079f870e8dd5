// What can go wrong. Each error has the server's stable `code` and, where a rule refused, the limit and what is left.

import { left } from "./decimals.js";
import type { FieldError, Refusal, Transaction } from "./types.js";

/** What an error is made of. */
export interface ErrorFacts {
  /**
   * The server's stable code, or one of ours: `connection_lost`, `approval_pending`, `settlement_pending`,
   * `webhook_not_genuine`.
   */
  code: string;
  /** For people: what is wrong, and what to do next. */
  detail: string;
  /** The HTTP status; 0 where nothing was answered. */
  status?: number | undefined;
  /** Why it was refused, of the closed list of reasons. */
  reason?: string | undefined;
  /** The limit that was reached. */
  limit?: string | undefined;
  /** What was used of it. */
  used?: string | undefined;
  /** What was asked for. */
  asked?: string | undefined;
  /** The payment, where there is one. */
  transaction?: Transaction | undefined;
  /** Seconds until it makes sense to try again. */
  retryAfterSeconds?: number | undefined;
  /** The key under which the call was made: calling again under it never pays twice. */
  idempotencyKey?: string | undefined;
  /** Fields that are wrong. */
  fields?: FieldError[] | undefined;
  /** What led to it. */
  cause?: unknown;
}

/** Anything that Bursar, or the way to it, refuses. */
export class BursarError extends Error {
  /** The server's stable code. */
  readonly code: string;
  /** The HTTP status; 0 where nothing was answered. */
  readonly status: number;
  /** Why it was refused. */
  readonly reason: string | undefined;
  /** The limit that was reached. */
  readonly limit: string | undefined;
  /** What was used of it. */
  readonly used: string | undefined;
  /** What is left of it, a decimal text; `undefined` where no amount is limited. */
  readonly left: string | undefined;
  /** What was asked for. */
  readonly asked: string | undefined;
  /** The payment, where there is one. */
  readonly transaction: Transaction | undefined;
  /** Seconds until it makes sense to try again. */
  readonly retryAfterSeconds: number | undefined;
  /** The key under which the call was made. */
  readonly idempotencyKey: string | undefined;
  /** Fields that are wrong. */
  readonly fields: FieldError[];

  constructor(facts: ErrorFacts) {
    super(facts.detail, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = facts.code;
    this.status = facts.status ?? 0;
    this.reason = facts.reason;
    this.limit = facts.limit;
    this.used = facts.used;
    this.left = left(facts.limit, facts.used);
    this.asked = facts.asked;
    this.transaction = facts.transaction;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.idempotencyKey = facts.idempotencyKey;
    this.fields = facts.fields ?? [];
  }
}

/** It is not paid, and never will be under this idempotency key. */
export class PaymentDeclinedError extends BursarError {}

/** It is not paid because a limit or the wallet does not allow so much; `limit`, `used` and `left` say by how much. */
export class BudgetExceededError extends PaymentDeclinedError {}

/**
 * No human decided in time. With `code` `timed_out` that is final; with `approval_pending` only this wait ended, and a
 * human can still decide.
 */
export class ApprovalTimeoutError extends BursarError {}

/** Too often; `retryAfterSeconds` says when to try again. */
export class RateLimitError extends BursarError {}

/** The idempotency key was used for another payment. */
export class IdempotencyConflictError extends BursarError {}

/**
 * It is not known whether it was done. Ask again with the same `idempotencyKey`, or look at `transaction`; never pay under
 * a new key because of this.
 */
export class OutcomeUnknownError extends BursarError {}

/** A webhook that is not genuine, or too old. */
export class WebhookVerificationError extends BursarError {}

const LIMITS = new Set([
  "per_tx_exceeded",
  "daily_exceeded",
  "weekly_exceeded",
  "monthly_exceeded",
  "lifetime_exceeded",
  "velocity_exceeded",
  "insufficient_funds",
]);

/** The class that an answer's status and code ask for. */
function classOf(status: number, code: string): typeof BursarError {
  if (status === 402 && LIMITS.has(code)) return BudgetExceededError;
  if (status === 402 && code === "timed_out") return ApprovalTimeoutError;
  if (status === 402) return PaymentDeclinedError;
  if (status === 429) return RateLimitError;
  if (code === "idempotency_conflict") return IdempotencyConflictError;
  if (code === "outcome_unknown") return OutcomeUnknownError;
  return BursarError;
}

/** The error that a problem (RFC 9457) stands for. Whatever is no problem, such as a proxy's page, becomes one. */
export function errorOf(status: number, body: unknown, idempotencyKey: string | undefined): BursarError {
  const isProblem = typeof body === "object" && body !== null && typeof (body as Refusal).code === "string";
  const problem: Partial<Refusal> = isProblem ? (body as Refusal) : {};
  const code = problem.code ?? `http_${status}`;
  return new (classOf(status, code))({
    code,
    status,
    detail: problem.detail ?? `the server answered ${status}`,
    reason: problem.reason ?? undefined,
    limit: problem.limit ?? undefined,
    used: problem.used ?? undefined,
    asked: problem.asked ?? undefined,
    transaction: problem.transaction ?? undefined,
    retryAfterSeconds: problem.retry_after ?? undefined,
    fields: problem.errors,
    idempotencyKey,
  });
}

/** The error that a payment's status stands for, where it is one that will never be paid. */
export function refusalOf(transaction: Transaction): BursarError | undefined {
  const refused = transaction.decision.find((check) => check.verdict === "decline");
  const reason = transaction.reason ?? undefined;
  const facts = {
    status: 402,
    reason,
    transaction,
    limit: refused?.limit ?? undefined,
    used: refused?.used ?? undefined,
    asked: refused?.asked ?? undefined,
    idempotencyKey: transaction.idempotency_key,
  };
  switch (transaction.status) {
    case "declined": {
      const code = reason ?? "declined";
      const detail = `declined: ${code}; this is final for its idempotency_key`;
      return new (classOf(402, code))({ ...facts, code, detail });
    }
    case "timed_out": {
      const detail = "no human decided in time; nothing was paid, ask again with a new idempotency_key";
      return new ApprovalTimeoutError({ ...facts, code: "timed_out", detail });
    }
    case "cancelled":
    case "failed": {
      const what = transaction.status === "failed" ? "the rail refused" : "the payment was withdrawn";
      return new PaymentDeclinedError({ ...facts, code: transaction.status, detail: `${what}; nothing was paid` });
    }
    default:
      return undefined;
  }
}
