// Webhooks: whether one is genuine, and the endpoints that they go to.

import { WebhookVerificationError } from "./errors.js";
import { hmacKey } from "./signing.js";
import type { Transport } from "./transport.js";
import type {
  CallOptions,
  CreatedEndpoint,
  Delivery,
  Endpoint,
  EndpointChange,
  NewEndpoint,
  Page,
  PageQuery,
  RotatedSecret,
  WebhookMessage,
} from "./types.js";

/** The headers of a request, as whatever server hands them over. */
export type WebhookHeaders = Headers | Record<string, string | string[] | undefined>;

/** How a webhook is verified. */
export interface VerifyOptions {
  /** Seconds by which its time may differ from ours; 300 when absent. */
  toleranceS?: number | undefined;
  /** Milliseconds since 1970; the machine's clock when absent. */
  clock?: (() => number) | undefined;
}

const TOLERANCE_S = 300;

/**
 * Verifies a webhook (Standard Webhooks) over its body exactly as it came, and gives what it says.
 * Keep the `webhook-id`s you have seen: a message may come twice.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  options: VerifyOptions = {},
): Promise<WebhookMessage> {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(headers, `webhook-${name}`));
  if (!id || !timestamp || !signatures) throw wrong("`webhook-id`, `webhook-timestamp` or `webhook-signature` is missing");
  const nowS = (options.clock ?? Date.now)() / 1_000;
  if (!/^[0-9]{1,12}$/.test(timestamp)) throw wrong("`webhook-timestamp` is no time");
  if (Math.abs(nowS - Number(timestamp)) > (options.toleranceS ?? TOLERANCE_S)) {
    throw wrong("`webhook-timestamp` is too far from the clock here");
  }
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const raw = decode(secret.replace(/^whsec_/, ""));
  if (raw === undefined || raw.length === 0) throw wrong("the secret is none: it is `whsec_` and base64");
  const key = await hmacKey(raw, "verify");
  for (const signature of signatures.split(" ")) {
    const bytes = signature.startsWith("v1,") ? decode(signature.slice(3)) : undefined;
    // `verify` compares in constant time.
    if (bytes !== undefined && (await crypto.subtle.verify("HMAC", key, bytes, signed))) {
      return JSON.parse(text) as WebhookMessage;
    }
  }
  throw wrong("no signature fits; is it the endpoint's secret, and the body exactly as it came?");
}

/** Webhooks. */
export class Webhooks {
  constructor(private readonly transport: Transport) {}

  /** As {@link verifyWebhook}. */
  verify(
    body: string | Uint8Array,
    headers: WebhookHeaders,
    secret: string,
    options: VerifyOptions = {},
  ): Promise<WebhookMessage> {
    return verifyWebhook(body, headers, secret, options);
  }

  /** Makes an endpoint. Its secret is in the answer, once. */
  create(endpoint: NewEndpoint, options: CallOptions = {}): Promise<CreatedEndpoint> {
    return this.transport.call({ method: "POST", path: ENDPOINTS, body: endpoint, repeatable: false, ...options });
  }

  /** The agent's endpoints. */
  list(options: CallOptions = {}): Promise<{ data: Endpoint[] }> {
    return this.transport.call({ method: "GET", path: ENDPOINTS, repeatable: true, ...options });
  }

  /** One endpoint. */
  get(id: string, options: CallOptions = {}): Promise<Endpoint> {
    return this.transport.call({ method: "GET", path: at(id), repeatable: true, ...options });
  }

  /** Changes an endpoint. */
  update(id: string, change: EndpointChange, options: CallOptions = {}): Promise<Endpoint> {
    return this.transport.call({ method: "PATCH", path: at(id), body: change, repeatable: true, ...options });
  }

  /** Removes an endpoint. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.transport.call({ method: "DELETE", path: at(id), repeatable: false, ...options });
  }

  /** Gives it a new secret, once; the one before signs on for 24 hours. */
  rotate(id: string, options: CallOptions = {}): Promise<RotatedSecret> {
    return this.transport.call({ method: "POST", path: `${at(id)}/rotate`, repeatable: false, ...options });
  }

  /** Sends it `endpoint.test`. */
  test(id: string, options: CallOptions = {}): Promise<Delivery> {
    return this.transport.call({ method: "POST", path: `${at(id)}/test`, repeatable: false, ...options });
  }

  /** What it was told, newest first. */
  deliveries(id: string, query: PageQuery = {}, options: CallOptions = {}): Promise<Page<Delivery>> {
    const path = `${at(id)}/deliveries`;
    return this.transport.call({ method: "GET", path, query: { ...query }, repeatable: true, ...options });
  }
}

const ENDPOINTS = "/webhook-endpoints";

function at(id: string): string {
  return `${ENDPOINTS}/${encodeURIComponent(id)}`;
}

function header(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([own]) => own.toLowerCase() === name)?.[1];
  return Array.isArray(found) ? found.join(" ") : found;
}

function decode(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function wrong(detail: string): WebhookVerificationError {
  return new WebhookVerificationError({ code: "webhook_not_genuine", detail });
}
