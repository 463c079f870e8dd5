//! Stripe: the org's saved payment method is charged off-session, by Payment Intents created and confirmed in one call.
//!
//! A thin typed client of our own, with no more of Stripe's API than these few operations. Amounts are whole cents.
//!
//! # Invariants
//! - A transaction is charged at most once. Its id is the idempotency key, and the request is derived from the
//!   [`Order`] alone, so a repeat is the same to the byte. The order must therefore be built from what was committed
//!   with the attempt: a customer or payment method read anew could differ from what was sent first.
//! - Stripe keeps a key for at least 24 hours. After [`STRIPE_REPEAT_WITHIN`](bursar_base::limits::STRIPE_REPEAT_WITHIN)
//!   [`StripeRail`] itself turns a payment into a look-up.
//! - [`Answer::Refused`] means that nothing was charged and nothing will be. An intent that could still be charged
//!   (declined, or waiting for a person) is cancelled at Stripe first, and Stripe has confirmed it.
//! - [`Answer::TryLater`] is about this request only; an earlier one may have arrived. Where one was sent, it is no no.
//! - The key is sent over TLS only (plain HTTP only to a loopback address), follows no redirect, and is never shown.
//!
//! A restricted key needs: Payment Intents, Refunds, Checkout Sessions, Customers, Setup Intents and Payment Methods
//! write, Charges, Disputes and Balance transactions read; for accounts that receive money, Connected Accounts and Account
//! Links write; with cards also Issuing Cardholders and Issuing Cards write, Issuing Authorizations, Issuing Transactions
//! and Issuing Disputes read; with `BURSAR_STRIPE_FINANCIAL_ACCOUNTS` also Financial Accounts v2 read.
//!
//! # What an answer means
//! | Stripe | [`Answer`] |
//! |---|---|
//! | 200 `succeeded` | `Paid` with what was received and the charge |
//! | 200 `processing` | `Unknown`; may last days |
//! | 200 `requires_action`, `requires_capture`, `requires_confirmation`, `requires_payment_method` | cancelled; `Refused` (`authentication_required` where a person was wanted) once Stripe confirms, else `Unknown` |
//! | 200 `canceled` (a look-up) | `Refused` |
//! | 402, or 400 with an intent | by the intent, as above; the code is the bank's `decline_code`, else Stripe's `code` |
//! | 402 without an intent | `Unknown`: the intent cannot be cancelled unseen |
//! | 400 and other invalid requests | `Refused` with Stripe's `code` |
//! | 400, 404 `resource_missing` | `Refused` on the first attempt; on a repeat `Unknown`: the key may be another account's by now |
//! | 400 `idempotency_error` | `Unknown` and an error in the log: a repeat differed |
//! | 401, 403 | `TryLater`: not this payment's fault, and nothing was done |
//! | 409 `idempotency_key_in_use` | `TryLater`: the first request is still running there |
//! | 429 | `TryLater`; with `lock_timeout` `Unknown` |
//! | any other status, 5xx, a time-out, a cut or unreadable answer, an unknown status | `Unknown`, with the reference where one is known |
//! | no connection | `TryLater`: nothing was sent |
//! | another transaction's id or another currency on the intent | `Unknown` |
//!
//! # What a look-up may conclude
//! With a reference the intent is retrieved. Without one, all intents of the customer since the first attempt are listed
//! to the end (Stripe's search lags behind and proves nothing) and matched by metadata. Not finding one is a certain no
//! (`never_arrived`) only 24 hours after the first attempt, when the last possible repeat lies an hour back, and only if
//! the account still has that customer: with another account's key every list is empty. Before that it is `Unknown`,
//! and while [`Rail::may_repeat`] says so, paying again with the same order is the quick and safe way to learn more.
//!
//! # Refunds
//! See [`RefundOrder`]; in its `Paid`, `reference` is the refund's id (`re_…`). Any number of repeats, at any time, makes
//! one refund. What had gone on to a connected account is taken back from there.

mod amount;
pub mod authorizations;
pub mod balance;
pub mod cardholders;
pub mod checkout;
mod client;
pub mod connect;
pub mod financial;
pub mod issuing;
mod lists;
mod pay;
mod reconcile;
mod refund;
pub mod saved;
mod settings;
mod types;
mod verdict;
pub mod webhook;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bursar_base::limits::STRIPE_TIMEOUT;
use bursar_base::{Clock, Mode, TimeUs};

use crate::rails::{Answer, Order, Rail, RefundOrder};

pub use amount::{MAX_MINOR_UNITS, OrderError, from_minor_units, to_minor_units};
pub use client::{API_VERSION, Refusal, StripeError};
pub use reconcile::BookedPayment;
pub use settings::{ApiKey, DEFAULT_URL, SettingsError, key_mode};
pub use types::{
    Charge, CreatePayment, Dispute, ErrorBody, Expandable, IntentStatus, PaymentIntent, REFUND_KEY, Refund,
    TRANSACTION_ID,
};

/// The `stripe` rail.
#[derive(Debug)]
pub struct StripeRail {
    client: client::Client,
    clock: Arc<dyn Clock>,
}

impl StripeRail {
    /// A rail that charges through the account of `key`, at `url` ([`DEFAULT_URL`] but for tests).
    ///
    /// # Errors
    /// [`SettingsError`] where the URL would let the key travel unencrypted or is none.
    pub fn new(url: &str, key: ApiKey, clock: Arc<dyn Clock>) -> Result<StripeRail, SettingsError> {
        StripeRail::with_timeout(url, key, clock, STRIPE_TIMEOUT)
    }

    /// The same with a shorter time-out for each call; never longer than [`STRIPE_TIMEOUT`].
    ///
    /// # Errors
    /// As [`StripeRail::new`].
    pub fn with_timeout(
        url: &str,
        key: ApiKey,
        clock: Arc<dyn Clock>,
        timeout: Duration,
    ) -> Result<StripeRail, SettingsError> {
        Ok(StripeRail { client: client::Client::new(url, key, timeout)?, clock })
    }

    /// Whether this rail moves real money. A test org must not be served by a live one.
    pub fn mode(&self) -> Mode {
        self.client.key().mode()
    }
}

#[async_trait]
impl Rail for StripeRail {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn may_repeat(&self, order: &Order, now: TimeUs) -> bool {
        StripeRail::within_repeat(order.first_attempt_at, now)
    }

    async fn pay(&self, order: &Order) -> Answer {
        self.pay_order(order).await
    }

    async fn look_up(&self, order: &Order) -> Answer {
        self.find_order(order).await
    }

    async fn refund(&self, order: &RefundOrder) -> Answer {
        self.refund_order(order).await
    }
}
