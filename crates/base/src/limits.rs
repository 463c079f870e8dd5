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

/// How long an approved payment may wait for its rail before it is cancelled.
pub const EXECUTE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long a human has to decide, unless the policy says otherwise.
pub const APPROVAL_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest approval deadline that a policy can set.
pub const APPROVAL_WITHIN_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Stripe forgets idempotency keys after 24 hours; a repeat later could charge twice, so ours end well before.
pub const STRIPE_REPEAT_WITHIN: Duration = Duration::from_secs(23 * 60 * 60);
/// How long one call to Stripe may take before its answer counts as never given.
pub const STRIPE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a page on which a top-up or payment link can be paid stays open. Stripe allows at most 24 hours, and as long
/// as it keeps the idempotency key that a repeat of making the page needs, so less than that.
pub const CHECKOUT_OPEN_FOR: Duration = Duration::from_secs(23 * 60 * 60);
/// The least of it: Stripe makes no page that ends sooner than in 30 minutes.
pub const CHECKOUT_OPEN_MIN: Duration = Duration::from_secs(31 * 60);
/// How long a request for a top-up, and a payment link, can be opened.
pub const CHECKOUT_ASKED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon Stripe is asked what became of a page; the pause doubles ...
pub const CHECKOUT_LOOK_FIRST: Duration = Duration::from_secs(5 * 60);
/// ... up to this. A webhook mostly comes first.
pub const CHECKOUT_LOOK_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// How many top-ups an agent may ask for in an hour: each is a mail to people.
pub const TOPUP_REQUESTS_PER_HOUR: usize = 3;
/// How many payment links an agent may make in an hour.
pub const LINKS_PER_HOUR: usize = 10;
/// Longest description of a payment link, in characters.
pub const MAX_DESCRIPTION_CHARS: usize = 500;

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
