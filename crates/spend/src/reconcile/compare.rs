//! Comparing Stripe's books with the ledger, line by line. What Stripe has more is booked: money that moved is in the
//! ledger, whoever authorised it. What the ledger has more is reported, and is for humans.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use bursar_base::{Money, OrgId, TimeUs, TransactionId, money};
use bursar_identity::orgs::{Org, service as orgs};
use bursar_money::funnel::Step;
use bursar_money::policies::RailName;
use bursar_money::receipts;
use bursar_money::transactions::{Filter, Page, Transaction, find, list};
use bursar_store::StoreError;

use super::book::{self, NotBooked};
use super::{Difference, PAGE, Report, Scope, changes, issuing, lines};
use crate::Spend;
use crate::cases::Kind;
use crate::checkouts::booking;
use crate::rails::stripe::{BookedPayment, IntentStatus, StripeRail};

/// How much earlier than the transactions Stripe is asked, because the clocks may differ.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(5 * 60);

/// Compares every payment of Stripe's since `since` with ours, both ways.
///
/// # Errors
/// [`StoreError`]; what Stripe does not answer is a problem in the report.
pub async fn compare(
    spend: &Spend,
    scope: &Scope,
    since: TimeUs,
    report: &mut Report,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<(), StoreError> {
    let Some(stripe) = &spend.rails.stripe else {
        return Ok(());
    };
    progress("reading Stripe's payments");
    let from = since.minus(CLOCKS_DIFFER_BY);
    let booked = match stripe.payments_since(from).await {
        Ok(booked) => booked,
        Err(error) => {
            report.problems.push(format!("Stripe's payments could not be read: {error}"));
            return Ok(());
        }
    };
    let mut tx = spend.identity.db.read().await?;
    let mut ours = orgs::all(&mut tx).await?;
    drop(tx);
    ours.retain(|org| org.mode == stripe.mode());
    let mut theirs: HashMap<TransactionId, Vec<BookedPayment>> = HashMap::new();
    let mut checkouts = BTreeSet::new();
    for payment in &booked {
        report.compared += 1;
        // Payments that something else made with the same account are not ours to judge.
        if let Some(id) = payment.transaction_id.clone() {
            theirs.entry(id).or_default().push(payment.clone());
        } else if let Some(id) = &payment.checkout_id {
            checkouts.insert(id.clone());
            if let Err(error) = checkout(spend, scope, stripe, id, payment, report).await {
                match error {
                    NotBooked::Store(error) => return Err(error),
                    error => report.problems.push(format!("{id} could not be compared: {error}")),
                }
            }
        }
    }
    for (id, payments) in &theirs {
        let ours_now = found(spend, id).await?;
        match ours_now.filter(|t| scope.covers(&t.org_id)) {
            Some(t) => {
                let now = caught_up(spend, stripe, t, payments, report).await?;
                report.differences.extend(differences(&now, payments));
            }
            None if found(spend, id).await?.is_none() => {
                report.differences.extend(unknown_here(id, payments, &ours, scope));
            }
            None => {}
        }
    }
    for org in ours.iter().filter(|org| scope.covers(&org.id)) {
        missing_at_stripe(spend, org, since, (&theirs, &checkouts), report).await?;
    }
    progress("reading what Stripe's cards did");
    issuing::compare(spend, scope, stripe, &ours, (from, since), report).await?;
    progress("reading Stripe's balance");
    match stripe.balance_since(from).await {
        Ok(balance) => report.differences.extend(lines::compare(spend, scope, &balance, &booked).await?),
        Err(error) => report.problems.push(format!("Stripe's balance could not be read: {error}")),
    }
    Ok(())
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

fn began(payments: &[BookedPayment]) -> TimeUs {
    payments.iter().map(|payment| payment.created).min().unwrap_or(TimeUs(0))
}

/// Books what Stripe has more than we, as the webhook would have done that was lost, and returns the transaction as it
/// is then.
async fn caught_up(
    spend: &Spend,
    stripe: &StripeRail,
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
    if before.disputed_micros != 0 || payments.iter().any(|payment| payment.disputed) {
        match disputed(stripe, payments).await {
            Ok(micros) if micros != before.disputed_micros => {
                book::step(spend, &before, Step::DisputedInAll { micros }).await?;
            }
            Ok(_) => {}
            Err(error) => {
                report.problems.push(format!("the disputes of {} could not be read: {error}", before.id));
            }
        }
    }
    let now = found(spend, &before.id).await?.unwrap_or_else(|| before.clone());
    report.booked.extend(changes(Some(&before), &now));
    Ok(now)
}

async fn disputed(
    stripe: &StripeRail,
    payments: &[BookedPayment],
) -> Result<i64, crate::rails::stripe::StripeError> {
    let mut total = 0_i64;
    for payment in payments.iter().filter(|payment| payment.disputed) {
        total = total.saturating_add(stripe.disputed_in_all(&payment.reference).await?);
    }
    Ok(total)
}

fn differences(t: &Transaction, theirs: &[BookedPayment]) -> Vec<Difference> {
    let mut found = Vec::new();
    let since = began(theirs).min(t.created);
    let mut check = |kind: Kind, what: &str, ours: (String, i64), theirs: (String, i64)| {
        if ours.1 != theirs.1 {
            let micros = ours.1.abs_diff(theirs.1).try_into().unwrap_or(i64::MAX);
            found.push(Difference {
                kind,
                what: what.to_owned(),
                ours: ours.0,
                theirs: theirs.0,
                ..Difference::about(t, Money { micros, currency: t.currency }, since)
            });
        }
    };
    let sum = |micros: i64| (money::decimal(micros), micros);
    check(Kind::AmountDiffers, "paid", sum(t.posted_micros), sum(received(theirs)));
    check(Kind::AmountDiffers, "refunded", sum(t.refunded_micros), sum(refunded(theirs)));
    let charged = theirs.iter().filter(|payment| payment.received.micros > 0).count();
    if charged > 1 {
        let above = received(theirs).saturating_sub(t.amount_micros).max(0);
        found.push(Difference {
            kind: Kind::ChargedTwice,
            what: "charged more than once".to_owned(),
            ours: "1".to_owned(),
            theirs: charged.to_string(),
            ..Difference::about(t, Money { micros: above, currency: t.currency }, since)
        });
    }
    let reference = theirs.first().map(|payment| payment.reference.clone());
    for difference in &mut found {
        difference.reference.clone_from(&reference);
    }
    found
}

/// A payment that carries the id of a transaction that is not there. It is some org's only where there is one alone.
fn unknown_here(
    id: &TransactionId,
    theirs: &[BookedPayment],
    ours: &[Org],
    scope: &Scope,
) -> Option<Difference> {
    let received = theirs.iter().map(|payment| payment.received).next()?;
    let org_id = match ours {
        [only] => Some(only.id.clone()),
        _ => None,
    };
    if scope.org.is_some() && scope.org != org_id {
        return None;
    }
    Some(Difference {
        org_id,
        kind: Kind::MissingHere,
        transaction_id: Some(id.clone()),
        reference: theirs.first().map(|payment| payment.reference.clone()),
        what: "a payment of an unknown transaction".to_owned(),
        ours: "none".to_owned(),
        theirs: money::decimal(self::received(theirs)),
        ..Difference::of(received, began(theirs))
    })
}

/// A top-up or payment link: what Stripe has more is booked, and what differs then is reported.
async fn checkout(
    spend: &Spend,
    scope: &Scope,
    stripe: &StripeRail,
    id: &str,
    payment: &BookedPayment,
    report: &mut Report,
) -> Result<(), NotBooked> {
    let mut tx = spend.identity.db.read().await?;
    let Some(c) = crate::checkouts::service::find(&mut tx, id).await? else { return Ok(()) };
    drop(tx);
    if !scope.covers(&c.org_id) {
        return Ok(());
    }
    let disputed =
        if payment.disputed { Some(stripe.disputed_in_all(&payment.reference).await?) } else { None };
    report.checkouts.extend(booking::catch_up(spend, id, payment, disputed).await?);
    if payment.status != IntentStatus::Succeeded {
        return Ok(());
    }
    let mut tx = spend.identity.db.read().await?;
    let now = crate::checkouts::service::find(&mut tx, id).await?.unwrap_or(c);
    let receipt = match now.reference() {
        Some(reference) => receipts::find(&mut tx, reference).await?,
        None => None,
    };
    let (here, back) = receipt.map_or((0, 0), |receipt| (receipt.micros, receipt.given_back()));
    let there = (payment.received.micros, payment.refunded.micros);
    for (what, ours, theirs) in [("paid in", here, there.0), ("given back", back, there.1)] {
        if ours != theirs {
            let micros = ours.abs_diff(theirs).try_into().unwrap_or(i64::MAX);
            report.differences.push(Difference {
                org_id: Some(now.org_id.clone()),
                agent_id: now.agent_id.clone(),
                kind: if here == 0 { Kind::MissingHere } else { Kind::AmountDiffers },
                reference: Some(payment.reference.clone()),
                what: format!("{what}: {id}"),
                ours: money::decimal(ours),
                theirs: money::decimal(theirs),
                ..Difference::of(Money { micros, ..payment.received }, payment.created.min(now.created))
            });
        }
    }
    Ok(())
}

/// What the ledger says was paid by Stripe, out or in, and Stripe knows nothing of.
async fn missing_at_stripe(
    spend: &Spend,
    org: &Org,
    since: TimeUs,
    (payments, checkouts): (&HashMap<TransactionId, Vec<BookedPayment>>, &BTreeSet<String>),
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut page = Page { after: None, limit: PAGE };
    let filter = Filter { from: Some(since), ..Filter::default() };
    let here_only = |ours: String| Difference {
        kind: Kind::MissingThere,
        what: "paid here, unknown there".to_owned(),
        ours,
        theirs: "none".to_owned(),
        ..Difference::of(Money { micros: 0, currency: org.currency }, since)
    };
    loop {
        let mut tx = spend.identity.db.read().await?;
        let rows = list(&mut tx, &org.id, &filter, &page).await?;
        drop(tx);
        let Some(last) = rows.last() else { break };
        page.after = Some(last.id.clone());
        for t in rows.iter().filter(|t| t.rail == RailName::Stripe && t.posted_micros > 0) {
            if !payments.contains_key(&t.id) {
                let posted = Money { micros: t.posted_micros, currency: t.currency };
                let paid = here_only(posted.decimal());
                let about = Difference::about(t, posted, t.created);
                let Difference { kind, what, ours, theirs, .. } = paid;
                report.differences.push(Difference { kind, what, ours, theirs, ..about });
            }
        }
    }
    let mut tx = spend.identity.db.read().await?;
    for receipt in receipts::since(&mut tx, &org.id, since).await? {
        if !checkouts.contains(&receipt.about) {
            let sum = Money { micros: receipt.micros, currency: receipt.currency };
            report.differences.push(Difference {
                org_id: Some(org.id.clone()),
                agent_id: receipt.agent_id.clone(),
                reference: Some(receipt.reference.clone()),
                at_stake: sum,
                since: receipt.received,
                ..here_only(sum.decimal())
            });
        }
    }
    Ok(())
}

impl Scope {
    /// Whether an org is looked at.
    pub fn covers(&self, org_id: &OrgId) -> bool {
        self.org.as_ref().is_none_or(|only| only == org_id)
    }
}
