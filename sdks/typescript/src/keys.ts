// Idempotency keys: in time order, one for each call; or derived from what is paid.

import { decimal, micros } from "./decimals.js";
import type { PaymentRequest } from "./types.js";

const COUNT_MAX = 0xfff;

/** UUIDv7 texts, each greater than the one before. The server keeps keys in time order most cheaply. */
export class TimeOrdered {
  #lastMs = 0;
  #count = 0;

  /** @param clock milliseconds since 1970 */
  constructor(private readonly clock: () => number) {}

  /** The next one. */
  next(): string {
    const now = Math.floor(this.clock());
    if (now > this.#lastMs) {
      [this.#lastMs, this.#count] = [now, 0];
    } else if (this.#count < COUNT_MAX) {
      this.#count += 1;
    } else {
      [this.#lastMs, this.#count] = [this.#lastMs + 1, 0];
    }
    const random = crypto.getRandomValues(new Uint8Array(8));
    random[0] = (random[0]! & 0x3f) | 0x80;
    const tail = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const head = this.#lastMs.toString(16).padStart(12, "0");
    const middle = `7${this.#count.toString(16).padStart(3, "0")}`;
    return `${head.slice(0, 8)}-${head.slice(8)}-${middle}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  }
}

/** JSON with the members of every object in order and nothing between them (RFC 8785). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/** The key that stands for an agent's payment of this amount to this merchant for this purpose in this context. */
export async function contentKey(agentId: string, request: PaymentRequest): Promise<string> {
  const amount = micros(request.amount ?? "");
  const parts = [
    agentId,
    (request.currency ?? "USD").toUpperCase(),
    amount === undefined ? request.amount : decimal(amount),
    request.merchant.trim(),
    (request.purpose ?? "").trim(),
    // As JSON shows it: what has a form of its own there, such as a date, is taken in it.
    request.context == null ? null : JSON.parse(JSON.stringify(request.context)),
  ];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical(parts)));
  return `content-${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
