//! Paying an order, and finding out what became of it.

use std::time::Duration;

use bursar_base::TimeUs;
use bursar_base::limits::{STRIPE_REPEAT_WITHIN, STRIPE_TIMEOUT};

use super::StripeRail;
use super::amount::OrderError;
use super::client::StripeError;
use super::types::{CreatePayment, CreatedFrom, IntentStatus, ListQuery, PaymentIntent};
use super::verdict::{Sought, Verdict, Why, refused, verdict, why_of, without_intent};
use crate::rails::{Answer, Order};

/// How far our clock and Stripe's may differ; widens the span in which a look-up searches.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);
/// From here on an intent that Stripe does not list was never made: the last repeat was sent at least an hour ago.
const ABSENCE_IS_CERTAIN_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
/// Objects on one page of a list; Stripe's maximum.
pub(super) const PAGE_SIZE: u8 = 100;
/// Most pages one search follows. A list longer than this is no certain answer.
pub(super) const MAX_PAGES: usize = 1_000;

impl StripeRail {
    /// Whether what was first sent at `first_attempt_at` may be sent again at `now`. Also false while the clock stands
    /// before the first attempt by more than the skew that clocks may have.
    pub(super) fn within_repeat(first_attempt_at: TimeUs, now: TimeUs) -> bool {
        now >= first_attempt_at.minus(CLOCK_SKEW) && now.since(first_attempt_at) < STRIPE_REPEAT_WITHIN
    }

    pub(super) async fn pay_order(&self, order: &Order) -> Answer {
        let payment = CreatePayment::from_order(order);
        self.pay_once(&Sought::from(order), payment, order.transaction_id.as_str()).await
    }

    /// Charges under an idempotency key, or asks what became of the charge where it must not be repeated.
    pub(super) async fn pay_once(
        &self,
        order: &Sought,
        payment: Result<CreatePayment, OrderError>,
        idempotency_key: &str,
    ) -> Answer {
        let now = self.clock.now();
        if order.reference.is_some() || !Self::within_repeat(order.first_attempt_at, now) {
            return self.find(order).await;
        }
        let payment = match payment {
            Ok(payment) => payment,
            Err(error) => {
                let (code, message) = (error.code().to_owned(), error.to_string());
                return Answer::Refused { code, message, reference: None };
            }
        };
        match self.client.create_payment(&payment, idempotency_key).await {
            Ok(intent) => self.settle(order, intent).await,
            Err(error) => {
                let first = now.since(order.first_attempt_at) < STRIPE_TIMEOUT;
                self.not_created(order, error, first).await
            }
        }
    }

    /// An error on creation. The intent may exist all the same: a declined one waits for another card.
    async fn not_created(&self, order: &Sought, error: StripeError, first: bool) -> Answer {
        let StripeError::Refused(mut refusal) = error else {
            return without_intent(&error, first);
        };
        match (refusal.status, refusal.error.payment_intent.take()) {
            (400..=402, Some(mut intent)) => {
                if intent.last_payment_error.is_none() {
                    intent.last_payment_error = Some(refusal.error);
                }
                self.settle(order, *intent).await
            }
            (_, Some(intent)) => Answer::Unknown { why: refusal.to_string(), reference: Some(intent.id) },
            (_, None) => without_intent(&StripeError::Refused(refusal), first),
        }
    }

    /// Turns an intent into an answer, cancelling it where it could otherwise still be charged.
    async fn settle(&self, order: &Sought, intent: PaymentIntent) -> Answer {
        if let Verdict::Settled(answer) = verdict(order, &intent) {
            return answer;
        }
        let why = why_of(&intent);
        let unknown = |why: String| Answer::Unknown { why, reference: Some(intent.id.clone()) };
        match self.client.cancel_payment(&intent.id).await {
            Ok(now) => after_cancel(order, &now, why),
            Err(StripeError::Refused(refusal)) if refusal.status == 400 => {
                // It moved on while we were not looking: whatever it is now counts.
                match self.client.retrieve_payment(&intent.id).await {
                    Ok(now) => after_cancel(order, &now, why),
                    Err(error) => unknown(format!("not cancelled: {refusal}; then {error}")),
                }
            }
            Err(error) => unknown(format!("not charged, but not cancelled either: {error}")),
        }
    }

    pub(super) async fn find_order(&self, order: &Order) -> Answer {
        self.find(&Sought::from(order)).await
    }

    /// Asks what became of a charge, without making one.
    pub(super) async fn find(&self, order: &Sought) -> Answer {
        let Some(reference) = &order.reference else {
            return self.search(order).await;
        };
        match self.client.retrieve_payment(reference).await {
            Ok(intent) => self.settle(order, intent).await,
            Err(error) => Answer::Unknown { why: error.to_string(), reference: Some(reference.clone()) },
        }
    }

    /// Finds a charge whose reference we never learned, by what we wrote on it.
    async fn search(&self, order: &Sought) -> Answer {
        let unknown = |why: String| Answer::Unknown { why, reference: None };
        let Some(customer) = &order.customer else {
            return unknown("without the customer that was charged nothing can be looked up".to_owned());
        };
        let asked_at = self.clock.now();
        let mut found = match self.intents_of(order, customer).await {
            Ok(found) => found,
            Err(error) => return unknown(error.to_string()),
        };
        if found.len() > 1 {
            let certain = |i: &PaymentIntent| i.status == IntentStatus::Canceled && i.amount_received == 0;
            let ids = found.iter().map(|intent| intent.id.as_str()).collect::<Vec<_>>().join(", ");
            found.retain(|intent| !certain(intent));
            if found.len() > 1 {
                tracing::error!(about = order.id, ids, "several payments for one and the same");
                return unknown(format!("Stripe has several payments for {}: {ids}", order.id));
            }
            if found.is_empty() {
                return Answer::Refused {
                    code: "payment_intent_canceled".to_owned(),
                    message: "Every attempt was cancelled at Stripe before anything was charged.".to_owned(),
                    reference: None,
                };
            }
        }
        if let Some(intent) = found.pop() {
            return self.settle(order, intent).await;
        }
        if asked_at.since(order.first_attempt_at) < ABSENCE_IS_CERTAIN_AFTER {
            return unknown("Stripe has no such payment yet; it may still be on its way".to_owned());
        }
        // An empty list is only a no from the very account that was asked to pay.
        match self.client.retrieve_customer(customer).await {
            Ok(customer) if !customer.deleted => Answer::Refused {
                code: "never_arrived".to_owned(),
                message: "Stripe never received the payment.".to_owned(),
                reference: None,
            },
            Ok(_) => unknown("Stripe lists no such payment, but the customer was deleted there".to_owned()),
            Err(error) => {
                unknown(format!("Stripe lists no such payment, but not its customer either: {error}"))
            }
        }
    }

    /// Every intent of the customer that carries our id.
    async fn intents_of(&self, order: &Sought, customer: &str) -> Result<Vec<PaymentIntent>, StripeError> {
        let mut query = ListQuery {
            created: Some(CreatedFrom { gte: order.first_attempt_at.minus(CLOCK_SKEW).seconds() }),
            customer: Some(customer.to_owned()),
            limit: PAGE_SIZE,
            ..ListQuery::default()
        };
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.client.list_payments(&query).await?;
            query.starting_after = page.data.last().map(|intent| intent.id.clone());
            found.extend(page.data.into_iter().filter(|intent| order.is_about(intent)));
            if !page.has_more || query.starting_after.is_none() {
                return Ok(found);
            }
        }
        Err(StripeError::NoAnswer("the list of payments is too long to be searched".to_owned()))
    }
}

/// What a cancelled intent says, keeping why it was cancelled.
fn after_cancel(order: &Sought, intent: &PaymentIntent, why: Why) -> Answer {
    match verdict(order, intent) {
        Verdict::Settled(Answer::Refused { .. }) => refused(intent, why),
        Verdict::Settled(answer) => answer,
        Verdict::Open => Answer::Unknown {
            why: "Stripe has not confirmed that the payment is cancelled".to_owned(),
            reference: Some(intent.id.clone()),
        },
    }
}
