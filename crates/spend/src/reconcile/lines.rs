//! Stripe's balance, line by line: each line against the sum that the ledger has for it, and each payment of the ledger's
//! against its line.
//!
//! The lists of payments and of lines are made by different parts of Stripe, so one that is wrong shows in the other.

use std::collections::{BTreeSet, HashMap};

use bursar_base::{Money, limits, money};
use bursar_money::receipts;
use bursar_money::transactions::{self, Transaction};
use bursar_store::{StoreError, Tx};

use super::{Difference, Scope};
use crate::Spend;
use crate::cases::Kind;
use crate::checkouts::{Checkout, service as checkouts};
use crate::rails::stripe::balance::{BookedLine, Source};
use crate::rails::stripe::{BookedPayment, IntentStatus};

/// What of ours a line is about.
enum Subject {
    Payment(Box<Transaction>),
    Checkout(Box<Checkout>),
}

/// Compares lines with the ledger, both ways.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn compare(
    spend: &Spend,
    scope: &Scope,
    lines: &[BookedLine],
    payments: &[BookedPayment],
) -> Result<Vec<Difference>, StoreError> {
    let by_reference: HashMap<&str, &BookedPayment> =
        payments.iter().map(|payment| (payment.reference.as_str(), payment)).collect();
    let mut found = Vec::new();
    let mut tx = spend.identity.db.read().await?;
    for line in lines {
        let Some(intent) = line.source.payment_intent() else { continue };
        let known = by_reference.get(intent).copied();
        // What something else did with the same account is not ours to judge.
        let Some(subject) = subject_of(&mut tx, intent, known).await? else { continue };
        if !scope.covers(subject.org_id()) {
            continue;
        }
        found.extend(against_ledger(&mut tx, &subject, intent, line).await?);
    }
    let charged: BTreeSet<&str> = lines.iter().filter_map(|line| line.source.charge()).collect();
    let late = spend.now().minus(limits::BALANCE_LINE_WITHIN);
    for payment in payments {
        let paid = payment.status == IntentStatus::Succeeded && payment.received.micros > 0;
        let Some(charge) = payment.charge.as_deref().filter(|_| paid && payment.created < late) else {
            continue;
        };
        if charged.contains(charge) {
            continue;
        }
        let Some(subject) = subject_of(&mut tx, &payment.reference, Some(payment)).await? else { continue };
        if scope.covers(subject.org_id()) {
            let ours = format!("{charge}: {}", payment.received.decimal());
            found.push(subject.difference(Difference {
                kind: Kind::MissingThere,
                reference: Some(charge.to_owned()),
                what: "a payment without a line of Stripe's balance".to_owned(),
                ours,
                theirs: "no line".to_owned(),
                ..Difference::of(payment.received, payment.created)
            }));
        }
    }
    Ok(found)
}

async fn subject_of(
    tx: &mut Tx,
    intent: &str,
    known: Option<&BookedPayment>,
) -> Result<Option<Subject>, StoreError> {
    if let Some(id) = known.and_then(|payment| payment.transaction_id.as_ref()) {
        return Ok(transactions::find(tx, id).await?.map(|t| Subject::Payment(Box::new(t))));
    }
    if let Some(id) = known.and_then(|payment| payment.checkout_id.as_ref()) {
        return Ok(checkouts::find(tx, id).await?.map(|c| Subject::Checkout(Box::new(c))));
    }
    // A line about a payment from before the list of payments begins.
    if let Some(t) = transactions::by_reference(tx, intent).await? {
        return Ok(Some(Subject::Payment(Box::new(t))));
    }
    Ok(checkouts::by_payment(tx, intent).await?.map(|c| Subject::Checkout(Box::new(c))))
}

impl Subject {
    fn org_id(&self) -> &bursar_base::OrgId {
        match self {
            Subject::Payment(t) => &t.org_id,
            Subject::Checkout(c) => &c.org_id,
        }
    }

    fn difference(&self, difference: Difference) -> Difference {
        match self {
            Subject::Payment(t) => Difference {
                org_id: Some(t.org_id.clone()),
                transaction_id: Some(t.id.clone()),
                agent_id: Some(t.agent_id.clone()),
                ..difference
            },
            Subject::Checkout(c) => {
                Difference { org_id: Some(c.org_id.clone()), agent_id: c.agent_id.clone(), ..difference }
            }
        }
    }
}

/// What the ledger has for a line, where that is not the line's amount.
async fn against_ledger(
    tx: &mut Tx,
    subject: &Subject,
    intent: &str,
    line: &BookedLine,
) -> Result<Option<Difference>, StoreError> {
    let expected = match &line.source {
        Source::Charge { .. } => paid_here(tx, subject, intent).await?,
        // What a refund or a dispute comes to in all is compared elsewhere; a line must be all of one.
        Source::Refund { amount, .. } | Source::Dispute { amount, .. } => *amount,
        Source::Other => return Ok(None),
    };
    let amount = line.amount.micros.checked_abs().unwrap_or(i64::MAX);
    if amount == expected {
        return Ok(None);
    }
    let at_stake = Money { micros: amount.abs_diff(expected).try_into().unwrap_or(i64::MAX), ..line.amount };
    Ok(Some(subject.difference(Difference {
        kind: Kind::AmountDiffers,
        reference: Some(line.id.clone()),
        what: format!("a line of Stripe's balance ({})", line.kind),
        ours: money::decimal(expected),
        theirs: money::decimal(amount),
        ..Difference::of(at_stake, line.created)
    })))
}

/// What the ledger has for one payment of Stripe's, in micros.
async fn paid_here(tx: &mut Tx, subject: &Subject, intent: &str) -> Result<i64, StoreError> {
    match subject {
        Subject::Payment(t) => Ok(match t.other_payments.get(intent) {
            Some(other) => *other,
            None => t.posted_micros - t.other_payments.values().sum::<i64>(),
        }),
        Subject::Checkout(c) => {
            let receipt = match c.reference() {
                Some(reference) => receipts::find(tx, reference).await?,
                None => None,
            };
            Ok(receipt.map_or(0, |receipt| receipt.micros))
        }
    }
}
