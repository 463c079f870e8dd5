//! Every limit that Bursar enforces, by name, with its unit and why it is what it is.

use std::time::Duration;

/// Longest request body in bytes. A payment request is some 500 bytes; the rest is room for `context`.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest time a client may take to send its request, so that slow ones do not hold connections.
pub const REQUEST_READ_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest `merchant`, in characters.
pub const MAX_MERCHANT_CHARS: usize = 200;
/// Longest `purpose`, in characters.
pub const MAX_PURPOSE_CHARS: usize = 500;
/// Longest `category`, in characters.
pub const MAX_CATEGORY_CHARS: usize = 64;
/// How many categories one list of an agent's spending has at most.
pub const MAX_CATEGORIES: usize = 100;
/// Longest `idempotency_key`, in characters; Stripe's own limit.
pub const MAX_IDEMPOTENCY_KEY_CHARS: usize = 255;
/// Longest `context` once written as JSON, in bytes.
pub const MAX_CONTEXT_BYTES: usize = 8 * 1024;
/// Deepest nesting of `context`.
pub const MAX_CONTEXT_DEPTH: usize = 16;
/// Longest free text of a human (reason, evidence), in characters.
pub const MAX_REASON_CHARS: usize = 1_000;
/// Longest `notes` of a policy, which an agent reads, in characters.
pub const MAX_NOTES_CHARS: usize = 2_000;
/// Longest name of an org or agent, in characters.
pub const MAX_NAME_CHARS: usize = 100;
/// Largest amount of one request, in micros: ten billion units, far from where sums could overflow.
pub const MAX_AMOUNT_MICROS: i64 = 10_000_000_000 * 1_000_000;

/// How many requests one transaction of the funnel decides at most.
pub const FUNNEL_MAX_BATCH: usize = 256;
/// How many batches the funnel of one process has under way at once on PostgreSQL: one is decided while another commits.
pub const FUNNEL_IN_FLIGHT: usize = 2;
/// How many requests may wait for the funnel before new ones get 503 with `Retry-After`.
pub const FUNNEL_MAX_QUEUE: usize = 8_192;
/// How long a request waits for the funnel's answer before it gets 503 `outcome_unknown`.
pub const FUNNEL_ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a connection to PostgreSQL may be waited for before the store counts as down, so that clients are told soon.
pub const DATABASE_WAIT: Duration = Duration::from_secs(3);
/// How long PostgreSQL lets a process that stands still in the middle of a transaction keep its locks: as long as it has
/// them, nobody decides for the same orgs.
pub const DATABASE_STANDSTILL: Duration = Duration::from_secs(2);

/// How long a statement waits for a lock that another session holds in PostgreSQL before it gives up, so that a session
/// which nobody ends costs its org's requests a 503 and nobody a hanging one. Several times [`DATABASE_STANDSTILL`]: of a
/// process of ours that stands still, the sessions that waited for the lock get it one after the other and are ended one
/// after the other; then whoever waits behind them goes on. There are at most three: the batches under way
/// ([`FUNNEL_IN_FLIGHT`]) and one other. Less than a third of [`FUNNEL_ANSWER_TIMEOUT`]: of two batches
/// under way one waits behind the other, and what queued up meanwhile behind both.
pub const DATABASE_LOCK_WAIT: Duration = Duration::from_secs(9);

/// How long whoever is told that such a lock was there before looks whether it still is: longer than another process
/// takes for a batch.
pub const DATABASE_LOCK_LOOK: Duration = Duration::from_secs(1);

/// How many days sums are made over unless told otherwise.
pub const ANALYTICS_DAYS: i64 = 30;
/// How many sums are answered at most, the greatest.
pub const ANALYTICS_SUMS_MAX: i64 = 1_000;

/// How far back a backtest looks unless told otherwise: a month of windows.
pub const BACKTEST_SINCE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How many requests a backtest looks at unless told otherwise: what a person reads.
pub const BACKTEST_REQUESTS: u32 = 1_000;
/// The most that it looks at: their decisions are in memory together, some kilobytes each.
pub const BACKTEST_REQUESTS_MAX: u32 = 10_000;
/// The most entries of an org's trail that it reads, newest last: a few seconds' worth.
pub const BACKTEST_ENTRIES_MAX: i64 = 1_000_000;
/// How many requests before those it looks back at, for rules that count or compare earlier ones.
pub const BACKTEST_EARLIER_MAX: usize = 20_000;

/// How long an approved payment may wait for its rail before it is cancelled.
pub const EXECUTE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long a human has to decide, unless the policy says otherwise.
pub const APPROVAL_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest approval deadline that a policy can set.
pub const APPROVAL_WITHIN_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long what a human allowed waits for its purchase: one that was declined at the till may be tried again there, and
/// what an agent intended to buy may be bought.
pub const CARD_RETRY_WITHIN: Duration = Duration::from_secs(10 * 60);
/// How soon a card authorisation is answered. The network waits for two seconds; what is not decided by then is a no.
pub const CARD_ANSWER_WITHIN: Duration = Duration::from_millis(1_500);
/// How long after a yes the network's own figure may still be the one before; less held there is not believed so long.
pub const CARD_ANSWER_SETTLES: Duration = Duration::from_secs(10);
/// How often the network may ask about one card authorisation: first, and for each increase.
pub const CARD_REQUESTS_MAX: usize = 100;
/// How soon the network is asked what became of a card authorisation, where it tells nothing on its own.
pub const CARD_READ_FIRST: Duration = Duration::from_secs(60);
/// The longest pause between two such questions; the pauses grow with the age of the authorisation.
pub const CARD_READ_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Whoever has not decided is reminded when one part in so many of the time is left ...
pub const REMINDER_PART: u32 = 4;
/// ... if that is at least so long: a reminder that comes later than that helps nobody.
pub const REMINDER_MIN: Duration = Duration::from_secs(10 * 60);
/// How many payments of an agent its policy declines, one after the other, until owners are told.
pub const DECLINES_IN_A_ROW: i64 = 5;
/// How long somebody may stand in for a member at most.
pub const STAND_IN_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The most yes that a policy can ask for: more people than decide about one payment anywhere.
pub const APPROVALS_MAX: u32 = 20;

/// The longest that money can be reserved for an intended purchase: as long as somebody sits at a checkout.
pub const INTENT_WITHIN_MAX: Duration = Duration::from_secs(30 * 60);

/// Stripe forgets idempotency keys after 24 hours; a repeat later could charge twice, so ours end well before.
pub const STRIPE_REPEAT_WITHIN: Duration = Duration::from_secs(23 * 60 * 60);
/// How long one call to Stripe may take before its answer counts as never given.
pub const STRIPE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a page on which a top-up or payment link can be paid stays open. Stripe allows at most 24 hours, and as long
/// as it keeps the idempotency key that a repeat of making the page needs, so less than that.
pub const CHECKOUT_OPEN_FOR: Duration = Duration::from_secs(23 * 60 * 60);
/// The least of it: Stripe makes no page that ends sooner than in 30 minutes.
pub const CHECKOUT_OPEN_MIN: Duration = Duration::from_secs(31 * 60);
/// How far back what was taken without a hold is shown beside an org's exposure.
pub const FORCED_CAPTURES_SHOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How far back the books are compared unless told otherwise; further where an open case is older.
pub const RECONCILE_SINCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// When in the day (UTC) the books are compared.
pub const RECONCILE_AT: Duration = Duration::from_secs(3 * 60 * 60);
/// How often an org may have its books compared by hand: each reads long lists at Stripe.
pub const RECONCILES_PER_HOUR: usize = 6;
/// How long after a payment its line of Stripe's balance may take to be written.
pub const BALANCE_LINE_WITHIN: Duration = Duration::from_secs(2 * 60 * 60);
/// How long an outcome may stay unknown before it is a case for people.
pub const UNKNOWN_CASE_AFTER: Duration = Duration::from_secs(60 * 60);

/// How soon a freeze looks again at what has not stopped; the pause grows by as much each time ...
pub const FREEZE_AGAIN_FIRST: Duration = Duration::from_secs(2);
/// ... up to this. It goes on until all of it has.
pub const FREEZE_AGAIN_MAX: Duration = Duration::from_secs(60);

/// How long a request for a top-up, and a payment link, can be opened.
pub const CHECKOUT_ASKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon Stripe is asked what became of a page; the pause doubles ...
pub const CHECKOUT_LOOK_FIRST: Duration = Duration::from_secs(5 * 60);
/// ... up to this. A webhook mostly comes first.
pub const CHECKOUT_LOOK_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// How many payment methods an org can have saved at once.
pub const PAYMENT_METHODS_MAX: usize = 20;
/// How many top-ups an agent may ask for in an hour: each is a mail to people.
pub const TOPUP_REQUESTS_PER_HOUR: usize = 3;
/// How many payment links an agent may make in an hour.
pub const LINKS_PER_HOUR: usize = 10;

/// How often an agent may look at its card in an hour; each look is told to its owners.
pub const CARD_LOOKS_PER_HOUR: usize = 3;
/// How many cards an agent may ask for in an hour: each is a mail to people.
pub const CARD_REQUESTS_PER_HOUR: usize = 3;
/// How long an agent's question for a card can be answered.
pub const CARD_ASKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Cards of one agent that are not cancelled: one for each merchant it deals with, and room to spare.
pub const CARDS_PER_AGENT_MAX: i64 = 50;
/// How soon Stripe is told again of a card's state that it has not acknowledged; the pause grows ...
pub const CARD_TRY_FIRST: Duration = Duration::from_secs(2);
/// ... up to this. A freeze is tried until Stripe has it.
pub const CARD_TRY_MAX: Duration = Duration::from_secs(5 * 60);
/// How long a change of a card whose answer was lost may still arrive at Stripe: ten times as long as a call may take.
/// Until then its state there is looked at again.
pub const CARD_UNSURE_FOR: Duration = Duration::from_secs(5 * 60);
/// Stripe has forgotten idempotency keys after this long; what is not in its list by then was never made.
pub const CARD_NEVER_ARRIVED_AFTER: Duration = Duration::from_secs(25 * 60 * 60);

/// How far the `created` time of a signature may lie from now.
pub const SIGNATURE_VALID_FOR: Duration = Duration::from_secs(5 * 60);
/// Longest signature nonce, in characters.
pub const MAX_NONCE_CHARS: usize = 128;

/// Circuit breaker: how many new requests ...
pub const BREAKER_REQUESTS: u64 = 20;
/// ... within how many seconds are still allowed; the next one freezes the agent.
pub const BREAKER_SECONDS: u64 = 60;

/// How long after an unknown outcome a prepaid rail is asked what became of it: it answers at once when it can.
pub const LOOK_UP_AFTER_PREPAID: Duration = Duration::from_secs(2);
/// The same for a direct rail, whose webhook mostly comes first.
pub const LOOK_UP_AFTER_DIRECT: Duration = Duration::from_secs(5 * 60);

/// Longest `?wait=`, in seconds.
pub const MAX_WAIT_SECONDS: u64 = 60;
/// Longest wait of a tool of the Model Context Protocol, in seconds: clients give an answer up after 60.
pub const MAX_TOOL_WAIT_SECONDS: u64 = 50;
/// How often a tool that waits says so to who asked to hear of it.
pub const TOOL_PROGRESS_EVERY: Duration = Duration::from_secs(5);
/// Longest name of a connection (`Mcp-Session-Id`) that is looked at; ours have 32 letters.
pub const MAX_MCP_SESSION_CHARS: usize = 128;
/// How long what was begun may go on once whoever talks to `bursar mcp` has closed its input.
pub const STDIO_DRAIN_WITHIN: Duration = Duration::from_secs(2);
/// Rows on a page of a list, unless asked otherwise.
pub const PAGE_DEFAULT: u32 = 50;
/// Most rows on a page.
pub const PAGE_MAX: u32 = 100;

/// How long a worker owns a job before another may take it, unless it sends a heartbeat.
pub const JOB_LEASE: Duration = Duration::from_secs(60);
/// After this many failed attempts a job is a dead letter and waits for a human.
pub const JOB_MAX_ATTEMPTS: u32 = 10;
/// First pause between attempts of a job; doubles each time.
pub const JOB_BACKOFF_FIRST: Duration = Duration::from_secs(2);
/// Longest pause between attempts of a job.
pub const JOB_BACKOFF_MAX: Duration = Duration::from_secs(15 * 60);
/// How many jobs a worker claims at once.
pub const JOB_CLAIM_MAX: u32 = 64;
/// How long shutdown waits for accepted requests and running jobs.
pub const DRAIN_WITHIN: Duration = Duration::from_secs(25);

/// Webhook signatures older than this are refused; Stripe's own tolerance.
pub const WEBHOOK_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Longest description that a bot gives of itself, or of what a payment link is for, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 500;
/// Registrations of bots from one address within an hour ...
pub const REGISTRATIONS_PER_HOUR: usize = 3;
/// ... and within a day: enough for a person with bots, too few for a flood of mails to strangers.
pub const REGISTRATIONS_PER_DAY: usize = 10;
/// Mails about bots that one owner's address gets within a day, whoever registers them.
pub const CLAIM_MAILS_PER_DAY: usize = 10;
/// How long an owner has to claim a bot.
pub const CLAIM_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a registration that nobody claimed, or that was refused, is remembered after its end.
pub const REGISTRATION_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Claim tokens that one person may try within an hour. A token has 40 bits, so nobody guesses one.
pub const CLAIMS_PER_HOUR: usize = 10;
/// How long a pairing code can be used. It has six digits only.
pub const PAIRING_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Wrong pairing codes that the whole installation takes within [`PAIRING_WITHIN`], whoever sends them: with ten codes
/// open at once, somebody with any number of addresses guesses one with a chance of 3 in 10,000.
pub const PAIRING_WRONG_MAX: usize = 30;

/// How long the link to the first run can be used that a server prints when it starts.
pub const FIRST_RUN_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a link to sign in with can be used.
pub const SIGN_IN_WITHIN: Duration = Duration::from_secs(15 * 60);
/// Links to sign in with that one address gets within an hour.
pub const SIGN_IN_MAILS_PER_HOUR: usize = 6;
/// Links to sign in with that are asked for from one address of the network within an hour.
pub const SIGN_INS_PER_ADDRESS_PER_HOUR: usize = 30;
/// How long somebody may take at a company's provider (OpenID Connect) to sign in there.
pub const OIDC_WITHIN: Duration = Duration::from_secs(10 * 60);
/// How long one answer of that provider may take: somebody looks at an empty page meanwhile.
pub const OIDC_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest answer of that provider that is read, in bytes: a document, a set of keys or a token.
pub const OIDC_ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long what that provider says of itself, and its keys, are used before they are asked for again.
pub const OIDC_KEYS_KEPT: Duration = Duration::from_secs(60 * 60);
/// How long somebody stays signed in at most ...
pub const SESSION_VALID_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// ... and without using it.
pub const SESSION_IDLE_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How exactly the last use of a session is written down.
pub const SESSION_SEEN_EVERY: Duration = Duration::from_secs(5 * 60);
/// How long a passkey's word counts for what needs it.
pub const STEP_UP_VALID_FOR: Duration = Duration::from_secs(5 * 60);
/// How long after signing in by mail, or by a company's account, the first passkey may be added: later, an open browser alone is not enough.
pub const FIRST_PASSKEY_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long a browser has to answer a passkey's challenge.
pub const CEREMONY_WITHIN: Duration = Duration::from_secs(5 * 60);
/// Passkeys that one person has at most.
pub const PASSKEYS_MAX: usize = 20;
/// How long an invitation can be accepted.
pub const INVITATION_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Invitations that one org sends within a day.
pub const INVITATIONS_PER_DAY: usize = 50;
/// How long a code can be used by which a member links a chat.
pub const CHAT_CODE_WITHIN: Duration = Duration::from_secs(10 * 60);
/// Such codes that one member makes within an hour.
pub const CHAT_CODES_PER_HOUR: usize = 10;
/// Codes that one account of a messenger may try within [`CHAT_CODE_WITHIN`]. A code has 128 bits, so nobody guesses one.
pub const CHAT_TRIES_MAX: usize = 10;
/// How long one call to a messenger may take; well below [`JOB_LEASE`].
pub const CHAT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long somebody who pressed a button waits for the messenger to take our answer.
pub const CHAT_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest pause that a messenger can ask for between two messages.
pub const CHAT_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// Longest answer of a messenger that is read, in bytes.
pub const CHAT_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Longest URL that a user can have called, in characters: what browsers and servers take.
pub const OUTGOING_URL_CHARS_MAX: usize = 2_000;
/// How long a call to an address that a user supplied may take until it is connected, TLS included.
pub const OUTGOING_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long such a call may take in all; a receiver should take the message and work on it later. Well below
/// [`JOB_LEASE`].
pub const OUTGOING_TIMEOUT: Duration = Duration::from_secs(15);
/// Most of such an answer's body that is read, in bytes; what counts is its status.
pub const OUTGOING_ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Webhook endpoints that an agent can have of its own: one, and a few for moving.
pub const AGENT_ENDPOINTS_MAX: usize = 5;
/// Webhook endpoints that an org can have of its own, its agents' not counted.
pub const ORG_ENDPOINTS_MAX: usize = 20;
/// Names and patterns that an endpoint can choose its events by: more than there are names.
pub const ENDPOINT_EVENTS_MAX: usize = 50;
/// How long the secret before goes on signing after a rotation, so that a receiver can change over in between.
pub const ENDPOINT_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// Test messages an hour and endpoint, so that nobody is called again and again at somebody's push of a button.
pub const ENDPOINT_TESTS_AN_HOUR: usize = 20;
/// Replays an hour and endpoint.
pub const ENDPOINT_REPLAYS_AN_HOUR: usize = 20;
/// An endpoint that did nothing but fail for so long is disabled once a message to it was given up.
pub const ENDPOINT_FAILING_MAX: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// Messages to one endpoint that wait for their first attempt; what comes after them waits in the trail itself.
pub const DELIVERIES_WAITING_MAX: usize = 1_000;
/// Messages that one transaction makes ready, so that it does not hold up others.
pub const DELIVERIES_BATCH: usize = 200;
/// How many webhooks one process sends at once.
pub const DELIVERIES_AT_ONCE: usize = 64;
/// How many of them to one endpoint, so that a slow one leaves room for others.
pub const DELIVERIES_AT_ONCE_TO_ONE: usize = 8;
/// How long the log of deliveries and the messages for agents reach back.
pub const MESSAGES_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Entries of the trail that one request for messages looks at; the next cursor goes on behind them.
pub const MESSAGES_LOOK_MAX: i64 = 5_000;
