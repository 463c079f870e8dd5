// What is read, and asked for, besides payments. Each class is one noun of the API.

import type { Transport } from "./transport.js";
import type {
  CallOptions,
  Card,
  CardAnswer,
  CardQuestion,
  Intent,
  IntentRequest,
  Link,
  Message,
  NewLink,
  Page,
  PageQuery,
  Spending,
  StoryLine,
  Topup,
  TopupRequest,
  Transaction,
  Wallet,
} from "./types.js";

/** Payments that were asked for. */
export class Transactions {
  constructor(private readonly transport: Transport) {}

  /** Where a payment stands. */
  get(id: string, options: CallOptions = {}): Promise<Transaction> {
    return this.transport.call({ method: "GET", path: at(id), repeatable: true, ...options });
  }

  /** Withdraws a payment that the rail was not called for yet. */
  cancel(id: string, reason?: string, options: CallOptions = {}): Promise<Transaction> {
    const body = reason === undefined ? undefined : { reason };
    return this.transport.call({ method: "POST", path: `${at(id)}/cancel`, body, repeatable: false, ...options });
  }

  /** One page of what happened to the wallet, newest first. */
  list(query: PageQuery = {}, options: CallOptions = {}): Promise<Page<StoryLine>> {
    const path = "/wallet/transactions";
    return this.transport.call({ method: "GET", path, query: { ...query }, repeatable: true, ...options });
  }

  /** All that happened to the wallet, newest first, page after page. */
  async *all(query: PageQuery = {}, options: CallOptions = {}): AsyncGenerator<StoryLine> {
    let cursor = query.cursor;
    do {
      const page = await this.list({ ...query, cursor }, options);
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
}

/** The agent's wallet. */
export class WalletOf {
  constructor(private readonly transport: Transport) {}

  /** What is in it, and what is left of the limits. */
  check(options: CallOptions = {}): Promise<Wallet> {
    return this.transport.call({ method: "GET", path: "/wallet/check", repeatable: true, ...options });
  }

  /** What the agent may spend. */
  spending(options: CallOptions = {}): Promise<Spending> {
    return this.transport.call({ method: "GET", path: "/wallet/spending", repeatable: true, ...options });
  }

  /** Asks the owners for money. */
  requestTopup(request: TopupRequest, options: CallOptions = {}): Promise<Topup> {
    const path = "/wallet/topup-request";
    return this.transport.call({ method: "POST", path, body: request, repeatable: false, ...options });
  }

  /** Makes a link by which others pay into the wallet. */
  createLink(link: NewLink, options: CallOptions = {}): Promise<Link> {
    const path = "/payments/create-link";
    return this.transport.call({ method: "POST", path, body: link, repeatable: false, ...options });
  }

  /** A payment link. */
  link(id: string, options: CallOptions = {}): Promise<Link> {
    const path = `/payments/links/${encodeURIComponent(id)}`;
    return this.transport.call({ method: "GET", path, repeatable: true, ...options });
  }
}

/** The agent's cards. */
export class Cards {
  constructor(private readonly transport: Transport) {}

  /** Looks at a card. Each look is counted and told to the owners, so a lost one is not repeated. */
  get(cardId?: string, options: CallOptions = {}): Promise<Card> {
    const query = { card_id: cardId };
    return this.transport.call({ method: "GET", path: "/wallet/card", query, repeatable: false, ...options });
  }

  /** Asks the owners for a card. */
  request(question: CardQuestion, options: CallOptions = {}): Promise<CardAnswer> {
    const path = "/wallet/card-request";
    return this.transport.call({ method: "POST", path, body: question, repeatable: false, ...options });
  }
}

/** Purchases that are intended. */
export class Intents {
  constructor(private readonly transport: Transport) {}

  /** Asks whether something may be bought and, with `reserve_minutes`, has the money reserved under one key. */
  create(request: IntentRequest, options: CallOptions = {}): Promise<Intent> {
    const idempotencyKey = request.idempotency_key ?? this.transport.fresh();
    const body = { ...request, idempotency_key: idempotencyKey };
    const path = "/wallet/intent";
    return this.transport.call({ method: "POST", path, body, repeatable: true, idempotencyKey, ...options });
  }
}

/** What the agent was not told by webhook. */
export class Messages {
  constructor(private readonly transport: Transport) {}

  /** The oldest that were not acknowledged. */
  list(query: PageQuery = {}, options: CallOptions = {}): Promise<Page<Message>> {
    return this.transport.call({ method: "GET", path: "/messages", query: { ...query }, repeatable: true, ...options });
  }

  /** Acknowledges a message and all before it. */
  ack(messageId: string, options: CallOptions = {}): Promise<{ up_to: number }> {
    const body = { message_id: messageId };
    return this.transport.call({ method: "POST", path: "/messages/ack", body, repeatable: true, ...options });
  }
}

function at(id: string): string {
  return `/transactions/${encodeURIComponent(id)}`;
}
