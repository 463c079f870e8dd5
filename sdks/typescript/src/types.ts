// The names under which the API's bodies are exported. What is in them is generated.

import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** What an agent asks for, as the API takes it. */
export type PaymentRequest = Schemas["PaymentRequest"];
/** A payment. Amounts are decimal texts such as `"12.50"`. */
export type Transaction = Schemas["TransactionBody"];
/** What would be decided. */
export type Preview = Schemas["PreviewBody"];
/** One rule that was looked at. */
export type Check = Schemas["CheckBody"];
/** The wallet and what is left of its limits. */
export type Wallet = Schemas["WalletBody"];
/** What the agent may spend. */
export type Spending = Schemas["SpendingBody"];
/** One line of a wallet's story. */
export type StoryLine = Schemas["StoryLine"];
/** Money that is asked for. */
export type TopupRequest = Schemas["TopupRequest"];
/** A top-up. */
export type Topup = Schemas["TopupBody"];
/** A payment link to be made. */
export type NewLink = Schemas["NewLink"];
/** A payment link. */
export type Link = Schemas["LinkBody"];
/** A card as its agent sees it. */
export type Card = Schemas["WalletCard"];
/** A card that is asked for. */
export type CardQuestion = Schemas["CardQuestion"];
/** Where a question for a card stands. */
export type CardAnswer = Schemas["QuestionBody"];
/** What is to be bought. */
export type IntentRequest = Schemas["IntentRequest"];
/** What would become of it, or what was reserved. */
export type Intent = Schemas["IntentBody"];
/** What a webhook's body says. */
export type WebhookMessage = Schemas["MessageBody"];
/** A message that was asked for. */
export type Message = Schemas["ReadMessage"];
/** A webhook endpoint. */
export type Endpoint = Schemas["EndpointBody"];
/** A webhook endpoint and its secret, which is shown once. */
export type CreatedEndpoint = Schemas["CreatedEndpoint"];
/** A webhook endpoint to be made. */
export type NewEndpoint = Schemas["NewEndpointBody"];
/** What is to change of a webhook endpoint. */
export type EndpointChange = Schemas["ChangeBody"];
/** A new secret, shown once. */
export type RotatedSecret = Schemas["RotatedSecret"];
/** One attempt to tell an endpoint something. */
export type Delivery = Schemas["DeliveryBody"];
/** The error that says why a payment is not made. */
export type Refusal = Schemas["RefusalBody"];
/** A field that is wrong. */
export type FieldError = Schemas["FieldError"];

/** One page of a list. */
export interface Page<T> {
  /** The rows. */
  data: T[];
  /** Pass it as `cursor` to get the next page; absent on the last one. */
  next_cursor?: string | null;
}

/** Which page. */
export interface PageQuery {
  /** From the page before. */
  cursor?: string | undefined;
  /** Rows on a page, 1 to 100. */
  limit?: number | undefined;
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and its retries. What was asked for may have been done all the same. */
  signal?: AbortSignal | undefined;
}
