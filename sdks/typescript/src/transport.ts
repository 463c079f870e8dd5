// One call over HTTP: signed anew for every attempt, tried again only where that cannot do anything twice.

import { BursarError, errorOf, OutcomeUnknownError } from "./errors.js";
import { TimeOrdered } from "./keys.js";
import { signedHeaders, signingKey } from "./signing.js";

/** How a client is set up. */
export interface BursarOptions {
  /** The server, such as `https://pay.acme.example`. */
  url: string;
  /** The agent's key, `bur_test_…` or `bur_live_…`. */
  apiKey: string;
  /** The key's id, `key_…`. With it every request is signed and the key never leaves; without it the key is sent. */
  keyId?: string | undefined;
  /** The agent's id; asked for once where `idempotency: "content"` needs it and it is not given. */
  agentId?: string | undefined;
  /** How often a call is tried in all; 5 when absent. */
  attempts?: number | undefined;
  /** Milliseconds before the second attempt, at most; doubled for each further one, by chance less. 250 when absent. */
  backoffMs?: number | undefined;
  /** Milliseconds that one attempt may take, what the server was asked to wait not counted; 30,000 when absent. */
  timeoutMs?: number | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds since 1970, for signatures and keys; the machine's clock when absent. */
  clock?: (() => number) | undefined;
}

/** What is called. */
export interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v1`. */
  path: string;
  query?: Record<string, string | number | boolean | undefined> | undefined;
  body?: object | undefined;
  /** Whether trying again cannot do anything twice. */
  repeatable: boolean;
  /** Nothing is written, whatever the method. */
  harmless?: boolean | undefined;
  /** The key under which it is done once. */
  idempotencyKey?: string | undefined;
  /** Seconds that the server is asked to wait before it answers. */
  waitS?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** How one attempt ended: with an answer or without; and then whether it may have arrived. */
type Ending = { status: number; body: unknown; retryAfterS: number | undefined } | { lost: unknown; sent: boolean };

const NO_CONTENT = 204;
const ATTEMPTS = 5;
const BACKOFF_MS = 250;
const BACKOFF_MS_MAX = 8_000;
/** A server that wants longer is not waited for. */
const RETRY_AFTER_S_MAX = 30;
const TIMEOUT_MS = 30_000;
/** How often a call that is still being worked on is asked about. */
const IN_FLIGHT_MAX = 60;
/** Answers that say that nothing was done. */
const NOTHING_DONE = new Set(["unavailable", "busy"]);
/** What Node.js, Bun and Deno say when nobody was reached, so that nothing can have been done. Browsers do not tell. */
const NOBODY_REACHED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT|client error \(Connect\)/;
/** Refusals at the door: they say nothing about an earlier attempt that got through it. */
const AT_THE_DOOR = new Set([401, 403, 408, 429]);

/** Sends calls of one caller. */
export class Transport {
  readonly #options: BursarOptions;
  readonly #base: string;
  readonly #times: TimeOrdered;
  #key: Promise<CryptoKey> | undefined;

  constructor(options: BursarOptions) {
    if (!/^https?:\/\//.test(options.url)) throw new TypeError("`url` begins with `https://`, or `http://` at home");
    if (!options.apiKey) throw new TypeError("`apiKey` is needed");
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, "");
    this.#times = new TimeOrdered(options.clock ?? Date.now);
  }

  /** A new text, greater than all before it. */
  fresh(): string {
    return this.#times.next();
  }

  /** The answer's body; what went wrong is thrown. */
  async call<T>(call: Call): Promise<T> {
    const attempts = call.repeatable ? (this.#options.attempts ?? ATTEMPTS) : 1;
    // Whether an earlier attempt may have done it.
    let doubtful = false;
    let inFlight = 0;
    for (let attempt = 1; ; ) {
      const ending = await this.#attempt(call);
      let error: BursarError;
      let afterS: number | undefined;
      if ("lost" in ending) {
        doubtful ||= ending.sent;
        error = lost(call, ending.lost);
      } else {
        if (ending.status >= 200 && ending.status < 300) return ending.body as T;
        error = errorOf(ending.status, ending.body, call.idempotencyKey);
        afterS = ending.retryAfterS;
        if (ending.status === 409 && afterS !== undefined && call.repeatable && inFlight < IN_FLIGHT_MAX) {
          inFlight += 1;
          await this.pause(1, call.signal, afterS);
          continue;
        }
        if (ending.status < 500) throw doubtful && AT_THE_DOOR.has(ending.status) ? unknown(call, error) : error;
        doubtful ||= !NOTHING_DONE.has(error.code);
      }
      if (attempt >= attempts || (afterS ?? 0) > RETRY_AFTER_S_MAX) {
        throw doubtful && call.method !== "GET" && call.harmless !== true ? unknown(call, error) : error;
      }
      await this.pause(attempt, call.signal, afterS);
      attempt += 1;
    }
  }

  /** Waits before the next attempt: longer each time, by chance less, and never less than the server asks for. */
  async pause(attempt: number, signal: AbortSignal | undefined, atLeastS = 0): Promise<void> {
    const most = Math.min(BACKOFF_MS_MAX, (this.#options.backoffMs ?? BACKOFF_MS) * 2 ** (attempt - 1));
    const pauseMs = atLeastS * 1_000 + Math.random() * most;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, pauseMs);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  async #attempt(call: Call): Promise<Ending> {
    call.signal?.throwIfAborted();
    const url = this.#url(call);
    const body = call.body === undefined ? "" : JSON.stringify(call.body);
    const headers = await this.#headers(call.method, url, body);
    // The address may hold nobody up for ever, and whoever calls may end it.
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    call.signal?.addEventListener("abort", onAbort, { once: true });
    const timeoutMs = (this.#options.timeoutMs ?? TIMEOUT_MS) + (call.waitS ?? 0) * 1_000;
    const timer = setTimeout(onAbort, timeoutMs);
    try {
      const send = this.#options.fetch ?? globalThis.fetch;
      const init = { method: call.method, headers, redirect: "manual" as const, signal: stop.signal };
      const response = await send(url, body === "" ? init : { ...init, body });
      const text = await response.text();
      const parsed = parse(text);
      // Half an answer is none, whatever its status.
      if (response.ok && response.status !== NO_CONTENT && parsed === undefined) {
        return { lost: new Error("the answer is no JSON"), sent: true };
      }
      return { status: response.status, body: parsed, retryAfterS: seconds(response.headers.get("retry-after")) };
    } catch (error) {
      call.signal?.throwIfAborted();
      const { code, message } = ((error as Error).cause ?? error) as { code?: string; message?: string };
      return { lost: error, sent: !NOBODY_REACHED.test(`${code} ${message}`) };
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", onAbort);
    }
  }

  #url(call: Call): URL {
    const url = new URL(`${this.#base}/v1${call.path}`);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async #headers(method: string, url: URL, body: string): Promise<Record<string, string>> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== "") headers["content-type"] = "application/json";
    const { apiKey, keyId, clock = Date.now } = this.#options;
    if (keyId === undefined) return { ...headers, authorization: `Bearer ${apiKey}` };
    this.#key ??= signingKey(apiKey);
    const createdS = Math.floor(clock() / 1_000);
    const signable = { method, url, body, createdS, nonce: this.fresh() };
    return { ...headers, ...(await signedHeaders(await this.#key, keyId, signable)) };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seconds(header: string | null): number | undefined {
  return header !== null && /^[0-9]{1,9}$/.test(header) ? Number(header) : undefined;
}

function lost(call: Call, cause: unknown): BursarError {
  const detail = `${call.method} ${call.path} was not answered: ${cause instanceof Error ? cause.message : cause}`;
  return new BursarError({ code: "connection_lost", detail, idempotencyKey: call.idempotencyKey, cause });
}

function unknown(call: Call, cause: BursarError): OutcomeUnknownError {
  const again = call.idempotencyKey === undefined ? "look before you do it again" : "ask again under the same key";
  const detail = `it is not known whether this was done; ${again} (${cause.message})`;
  const { status, idempotencyKey, retryAfterSeconds } = cause;
  return new OutcomeUnknownError({
    code: "outcome_unknown",
    detail,
    status,
    reason: cause.code,
    idempotencyKey,
    retryAfterSeconds,
    cause,
  });
}
