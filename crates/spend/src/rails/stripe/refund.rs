//! Giving money back.
//!
//! Before anything is sent, the refunds that the payment already has are read, and one that carries this order's key
//! is the answer. So a refund may be repeated at any time, also long after Stripe has forgotten the idempotency key.

use super::StripeRail;
use super::amount::from_minor_units;
use super::client::StripeError;
use super::pay::{MAX_PAGES, PAGE_SIZE};
use super::types::{CreateRefund, ListQuery, Refund};
use super::verdict::without_intent;
use crate::rails::{Answer, RefundOrder};

impl StripeRail {
    pub(super) async fn refund_order(&self, order: &RefundOrder) -> Answer {
        let intent = match self.client.retrieve_payment(&order.reference).await {
            Ok(intent) => intent,
            Err(error) => {
                return Answer::TryLater { why: error.to_string() };
            }
        };
        if intent.transaction_id() != Some(order.transaction_id.as_str()) {
            return refused("reference_mismatch", "The payment at Stripe belongs to another transaction.");
        }
        let refund = match CreateRefund::from_order(order, intent.transfer_data.is_some()) {
            Ok(refund) => refund,
            Err(error) => return refused(error.code(), &error.to_string()),
        };
        match self.refund_made_for(order).await {
            Ok(Some(made)) => return refund_answer(order, &made),
            Ok(None) => {}
            Err(error) => {
                return Answer::TryLater { why: error.to_string() };
            }
        }
        match self.client.create_refund(&refund, &order.idempotency_key).await {
            Ok(made) => refund_answer(order, &made),
            Err(error) => without_intent(&error, false),
        }
    }

    /// What became of a refund, without making one. Not finding it is no certain no: it may be on its way.
    pub async fn look_up_refund(&self, order: &RefundOrder) -> Answer {
        match self.refund_made_for(order).await {
            Ok(Some(made)) => refund_answer(order, &made),
            Ok(None) => Answer::Unknown { why: "Stripe has no such refund yet".to_owned(), reference: None },
            Err(error) => Answer::Unknown { why: error.to_string(), reference: None },
        }
    }

    /// The refund with this id (`re_…`) as it stands now.
    ///
    /// # Errors
    /// [`StripeError`] when there is no usable answer.
    pub async fn retrieve_refund(&self, id: &str) -> Result<Refund, StripeError> {
        self.client.retrieve_refund(id).await
    }

    /// What went back of a payment (`pi_…`) by refunds that were not asked for here, such as those made in Stripe's own
    /// dashboard. One that is pending or has failed is none yet.
    ///
    /// # Errors
    /// [`StripeError`] when they could not all be read.
    pub async fn refunded_elsewhere(&self, reference: &str) -> Result<i64, StripeError> {
        let mut total = 0_i64;
        for refund in self.refunds_of(reference).await? {
            if refund.refund_key().is_some() || refund.status.as_deref() != Some("succeeded") {
                continue;
            }
            let amount = from_minor_units(refund.amount, &refund.currency);
            total = amount
                .and_then(|amount| total.checked_add(amount.micros))
                .ok_or_else(|| StripeError::NoAnswer(format!("{} has an amount that is none", refund.id)))?;
        }
        Ok(total)
    }

    /// What was given back of a payment in all, and what of that failed later, in micros. Neither figure ever gets less.
    ///
    /// # Errors
    /// [`StripeError`] when they could not all be read.
    pub async fn given_back(&self, reference: &str) -> Result<(i64, i64), StripeError> {
        let (mut gross, mut failed) = (0_i64, 0_i64);
        for refund in self.refunds_of(reference).await? {
            let none = || StripeError::NoAnswer(format!("{} has an amount that is none", refund.id));
            let amount = from_minor_units(refund.amount, &refund.currency).ok_or_else(none)?;
            gross = gross.checked_add(amount.micros).ok_or_else(none)?;
            if matches!(refund.status.as_deref(), Some("failed" | "canceled")) {
                failed = failed.checked_add(amount.micros).ok_or_else(none)?;
            }
        }
        Ok((gross, failed))
    }

    async fn refund_made_for(&self, order: &RefundOrder) -> Result<Option<Refund>, StripeError> {
        let ours = |refund: &Refund| refund.refund_key() == Some(order.idempotency_key.as_str());
        Ok(self.refunds_of(&order.reference).await?.into_iter().find(ours))
    }

    /// Every refund of a payment, newest first; the list is followed to its end.
    async fn refunds_of(&self, reference: &str) -> Result<Vec<Refund>, StripeError> {
        let mut query = ListQuery {
            payment_intent: Some(reference.to_owned()),
            limit: PAGE_SIZE,
            ..ListQuery::default()
        };
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.client.list_refunds(&query).await?;
            query.starting_after = page.data.last().map(|refund| refund.id.clone());
            found.extend(page.data);
            if !page.has_more || query.starting_after.is_none() {
                return Ok(found);
            }
        }
        Err(StripeError::NoAnswer("the list of refunds is too long to be searched".to_owned()))
    }
}

/// What a refund says. In `Paid`, `reference` is the refund's own id (`re_…`) and `charge` the charge it gives back.
fn refund_answer(order: &RefundOrder, refund: &Refund) -> Answer {
    let reference = Some(refund.id.clone());
    let amount = from_minor_units(refund.amount, &refund.currency);
    match (refund.status.as_deref(), amount) {
        (Some("succeeded"), Some(amount)) if amount.currency == order.amount.currency => {
            Answer::Paid { amount, reference: refund.id.clone(), charge: refund.charge.clone() }
        }
        (Some("failed" | "canceled"), _) => Answer::Refused {
            code: refund.failure_reason.clone().unwrap_or_else(|| "refund_failed".to_owned()),
            message: "Stripe could not give the money back.".to_owned(),
            reference,
        },
        (status, _) => {
            let why = format!("the refund is {} at Stripe", status.unwrap_or("in no status"));
            Answer::Unknown { why, reference }
        }
    }
}

fn refused(code: &str, message: &str) -> Answer {
    Answer::Refused { code: code.to_owned(), message: message.to_owned(), reference: None }
}
