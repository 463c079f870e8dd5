//! Comparing Stripe's books with the ledger, line by line. What Stripe has more is booked: money that moved is in the
//! ledger, whoever authorised it. What the ledger has more is reported, and is for humans.

use std::collections::HashMap;
use std::time::Duration;

use bursar_base::{TimeUs, TransactionId, money};
use bursar_identity::orgs::service as orgs;
use bursar_money::policies::RailName;
use bursar_money::transactions::{Filter, Page, Transaction, find, list};
use bursar_store::StoreError;

use super::book::{self, NotBooked};
use super::{Booked, Difference, PAGE, Report};
use crate::Spend;
use crate::checkouts::booking;
use crate::rails::stripe::BookedPayment;

/// How far back to compare unless told otherwise.
const COMPARE_SINCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How much earlier than the transactions Stripe is asked, because the clocks may differ.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(5 * 60);

/// Compares every payment of Stripe's since `since` (a week ago when unset) with ours, both ways.
///
/// # Errors
/// [`StoreError`]; what Stripe does not answer is a problem in the report.
pub async fn compare(
    spend: &Spend,
    since: Option<TimeUs>,
    report: &mut Report,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<(), StoreError> {
    let Some(stripe) = &spend.rails.stripe else {
        return Ok(());
    };
    let since = since.unwrap_or_else(|| spend.now().minus(COMPARE_SINCE));
    progress("reading Stripe's payments");
    let booked = match stripe.payments_since(since.minus(CLOCKS_DIFFER_BY)).await {
        Ok(booked) => booked,
        Err(error) => {
            report.problems.push(format!("Stripe's payments could not be read: {error}"));
            return Ok(());
        }
    };
    let mut theirs: HashMap<TransactionId, Vec<BookedPayment>> = HashMap::new();
    for payment in booked {
        report.compared += 1;
        // Payments that something else made with the same account are not ours to judge.
        if let Some(id) = payment.transaction_id.clone() {
            theirs.entry(id).or_default().push(payment);
        } else if let Some(id) = payment.checkout_id.clone() {
            match booking::catch_up(spend, &id, &payment).await {
                Ok(booked) => report.checkouts.extend(booked),
                Err(NotBooked::Store(error)) => return Err(error),
                Err(error) => report.problems.push(format!("{id} could not be compared: {error}")),
            }
        }
    }
    for (id, payments) in &theirs {
        let ours = match found(spend, id).await? {
            Some(t) => Some(caught_up(spend, t, payments, report).await?),
            None => None,
        };
        report.differences.extend(differences(id, ours.as_ref(), payments));
    }
    missing_at_stripe(spend, since, &theirs, report).await
}

async fn found(spend: &Spend, id: &TransactionId) -> Result<Option<Transaction>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    find(&mut tx, id).await
}

fn received(payments: &[BookedPayment]) -> i64 {
    payments.iter().map(|payment| payment.received.micros).sum()
}

fn refunded(payments: &[BookedPayment]) -> i64 {
    payments.iter().map(|payment| payment.refunded.micros).sum()
}

/// Books what Stripe has more than we, as the webhook would have done that was lost, and returns the transaction as it
/// is then.
async fn caught_up(
    spend: &Spend,
    before: Transaction,
    payments: &[BookedPayment],
    report: &mut Report,
) -> Result<Transaction, StoreError> {
    if received(payments) > before.posted_micros {
        for payment in payments.iter().filter(|payment| payment.received.micros > 0) {
            book::payment(spend, &before, Some(&payment.reference)).await?;
        }
    }
    if refunded(payments) > before.refunded_micros {
        let paid = found(spend, &before.id).await?.unwrap_or_else(|| before.clone());
        match book::refunds_elsewhere(spend, &paid, None).await {
            Ok(()) => {}
            Err(NotBooked::Store(error)) => return Err(error),
            Err(NotBooked::Stripe(error)) => {
                report.problems.push(format!("the refunds of {} could not be read: {error}", before.id));
            }
        }
    }
    let now = found(spend, &before.id).await?.unwrap_or_else(|| before.clone());
    for (what, was, is) in [
        ("paid", before.posted_micros, now.posted_micros),
        ("refunded", before.refunded_micros, now.refunded_micros),
    ] {
        if was != is {
            report.booked.push(Booked {
                transaction_id: before.id.clone(),
                what: what.to_owned(),
                before: money::decimal(was),
                now: money::decimal(is),
            });
        }
    }
    Ok(now)
}

fn differences(id: &TransactionId, ours: Option<&Transaction>, theirs: &[BookedPayment]) -> Vec<Difference> {
    let reference = theirs.first().map(|payment| payment.reference.clone());
    let difference = |what: &str, ours: String, theirs: String| Difference {
        transaction_id: Some(id.clone()),
        reference: reference.clone(),
        what: what.to_owned(),
        ours,
        theirs,
    };
    let (received, refunded) = (received(theirs), refunded(theirs));
    let Some(t) = ours else {
        return vec![difference(
            "a payment of an unknown transaction",
            "none".to_owned(),
            money::decimal(received),
        )];
    };
    let mut found = Vec::new();
    let mut check = |what: &str, ours: i64, theirs: i64| {
        if ours != theirs {
            found.push(difference(what, money::decimal(ours), money::decimal(theirs)));
        }
    };
    check("paid", t.posted_micros, received);
    check("refunded", t.refunded_micros, refunded);
    let charged = theirs.iter().filter(|payment| payment.received.micros > 0).count();
    if charged > 1 {
        found.push(difference("charged more than once", "1".to_owned(), charged.to_string()));
    }
    found
}

/// What the ledger says was paid by Stripe, and Stripe knows nothing of.
async fn missing_at_stripe(
    spend: &Spend,
    since: TimeUs,
    theirs: &HashMap<TransactionId, Vec<BookedPayment>>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let orgs = orgs::all(&mut tx).await?;
    drop(tx);
    for org in orgs.iter().filter(|org| spend.rails.get(RailName::Stripe, org.mode).is_some()) {
        let mut page = Page { after: None, limit: PAGE };
        let filter = Filter { from: Some(since), ..Filter::default() };
        loop {
            let mut tx = spend.identity.db.read().await?;
            let rows = list(&mut tx, &org.id, &filter, &page).await?;
            drop(tx);
            let Some(last) = rows.last() else { break };
            page.after = Some(last.id.clone());
            for t in rows.iter().filter(|t| t.rail == RailName::Stripe && t.posted_micros > 0) {
                if !theirs.contains_key(&t.id) {
                    report.differences.push(Difference {
                        transaction_id: Some(t.id.clone()),
                        reference: t.rail_reference.clone(),
                        what: "paid here, unknown there".to_owned(),
                        ours: money::decimal(t.posted_micros),
                        theirs: "none".to_owned(),
                    });
                }
            }
        }
    }
    Ok(())
}
