//! Reconciliation: asks the rails about everything whose outcome is open, compares what Stripe has with the ledger, and
//! books what Stripe has more, as the webhook would have that never came. Once a day, and by hand.
//!
//! Invariant: what differs all the same is a [case](crate::cases), once. A case ends by itself only when the same comparison
//! was made again, in full, and did not find it.

pub mod api;
pub(crate) mod book;
mod compare;
pub mod daily;
mod issuing;
mod lines;
mod open;
pub mod sql;

use std::fmt;

use bursar_base::{AgentId, CaseId, Money, OrgId, TimeUs, TransactionId, limits, money};
use bursar_identity::orgs::service as orgs;
use bursar_money::funnel::Step;
use bursar_money::policies::RailName;
use bursar_money::transactions::{Status, Transaction, find, unsettled};
use bursar_store::{StoreError, jobs};
use serde::Serialize;

use crate::Spend;
use crate::authorizations::read_now;
use crate::cards::holder;
use crate::cases::{Kind, service as cases};
use crate::rails::{Answer, Order};

/// How many rows are looked at at once.
const PAGE: u32 = 200;

/// One payment that was asked about.
#[derive(Debug, Clone, Serialize)]
pub struct AskedAbout {
    /// Which.
    pub transaction_id: TransactionId,
    /// Its status before.
    pub before: String,
    /// Its status now.
    pub now: String,
    /// What the rail said, where it did not say for certain.
    pub note: Option<String>,
}

/// Something that Stripe had on its books and the ledger had not; it is booked now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Booked {
    /// Which.
    pub transaction_id: TransactionId,
    /// `paid`, `refunded`, `disputed`, or `held` for a card.
    pub what: String,
    /// What the ledger said before.
    pub before: String,
    /// What it says now.
    pub now: String,
}

/// Which sums of a payment changed.
fn changes(before: Option<&Transaction>, now: &Transaction) -> Vec<Booked> {
    let was = |of: fn(&Transaction) -> i64| (before.map_or(0, of), of(now));
    let sums = [
        ("paid", was(|t| t.posted_micros)),
        ("refunded", was(|t| t.refunded_micros)),
        ("disputed", was(|t| t.disputed_micros)),
    ];
    let changed = sums.into_iter().filter(|(_, (was, is))| was != is);
    let booked = |(what, (was, is)): (&str, (i64, i64))| Booked {
        transaction_id: now.id.clone(),
        what: what.to_owned(),
        before: money::decimal(was),
        now: money::decimal(is),
    };
    changed.map(booked).collect()
}

/// A top-up or payment link of which Stripe had more on its books than the ledger; it is booked now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookedCheckout {
    /// Which.
    pub checkout_id: String,
    /// What the ledger said before: its status, and what had gone back.
    pub before: String,
    /// What it says now.
    pub now: String,
}

/// One difference between Stripe and the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// In whose books, where that is known.
    pub org_id: Option<OrgId>,
    /// What kind of case it is.
    pub kind: Kind,
    /// The transaction, where it is known.
    pub transaction_id: Option<TransactionId>,
    /// The agent, where it is one's.
    pub agent_id: Option<AgentId>,
    /// Stripe's id of the payment or of the line, where there is one.
    pub reference: Option<String>,
    /// What differs, in words.
    pub what: String,
    /// What the ledger says.
    pub ours: String,
    /// What Stripe says.
    pub theirs: String,
    /// How much is at stake.
    #[serde(skip)]
    pub at_stake: Money,
    /// Only who compares from there on finds it.
    #[serde(skip)]
    pub since: TimeUs,
}

impl Difference {
    /// So much of nobody's yet, to be filled in.
    fn of(at_stake: Money, since: TimeUs) -> Difference {
        Difference {
            org_id: None,
            kind: Kind::AmountDiffers,
            transaction_id: None,
            agent_id: None,
            reference: None,
            what: String::new(),
            ours: String::new(),
            theirs: String::new(),
            at_stake,
            since,
        }
    }

    /// The same about a payment.
    fn about(t: &Transaction, at_stake: Money, since: TimeUs) -> Difference {
        Difference {
            org_id: Some(t.org_id.clone()),
            transaction_id: Some(t.id.clone()),
            agent_id: Some(t.agent_id.clone()),
            reference: t.rail_reference.clone(),
            ..Difference::of(at_stake, since)
        }
    }
}

/// Whose books are compared.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Of this org only; of all when unset.
    pub org: Option<OrgId>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Payments that were asked about.
    pub asked: Vec<AskedAbout>,
    /// How many payments at Stripe were compared.
    pub compared: u64,
    /// What was booked because Stripe had it.
    pub booked: Vec<Booked>,
    /// The same of top-ups and payment links.
    pub checkouts: Vec<BookedCheckout>,
    /// What differs all the same.
    pub differences: Vec<Difference>,
    /// What could not be done, and why.
    pub problems: Vec<String>,
    /// Cases that were opened.
    pub cases_opened: Vec<CaseId>,
    /// Cases whose difference is gone.
    pub cases_closed: Vec<CaseId>,
}

impl Report {
    /// Whether everything is settled and the books agree.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.problems.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for asked in &self.asked {
            let note = asked.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            writeln!(f, "{}: {} -> {}{note}", asked.transaction_id, asked.before, asked.now)?;
        }
        for Booked { transaction_id, what, before, now } in &self.booked {
            writeln!(f, "booked: {what}: {transaction_id}: {before} -> {now}")?;
        }
        for BookedCheckout { checkout_id, before, now } in &self.checkouts {
            writeln!(f, "booked: {checkout_id}: {before} -> {now}")?;
        }
        for difference in &self.differences {
            let id = difference.transaction_id.as_ref().map_or("-", |id| id.as_str());
            let reference = difference.reference.as_deref().unwrap_or("-");
            let Difference { what, ours, theirs, .. } = difference;
            writeln!(f, "differs: {what}: {id} / {reference}: ledger {ours}, Stripe {theirs}")?;
        }
        for problem in &self.problems {
            writeln!(f, "problem: {problem}")?;
        }
        for id in &self.cases_opened {
            writeln!(f, "case opened: {id}")?;
        }
        for id in &self.cases_closed {
            writeln!(f, "case closed, its difference is gone: {id}")?;
        }
        let (asked, compared) = (self.asked.len(), self.compared);
        let (booked, differences) = (self.booked.len() + self.checkouts.len(), self.differences.len());
        write!(
            f,
            "{asked} open payments asked about, {compared} payments at Stripe compared, {booked} sums booked, \
             {differences} differences"
        )
    }
}

/// Asks about everything open and, since `since`, compares Stripe's books with ours. `progress` hears of each payment.
///
/// # Errors
/// [`StoreError`].
pub async fn run(
    spend: &Spend,
    since: Option<TimeUs>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<Report, StoreError> {
    run_in(spend, &Scope::default(), since, progress).await
}

/// The same for some orgs. What differs is a case, and a case whose difference is gone ends.
///
/// # Errors
/// [`StoreError`].
pub async fn run_in(
    spend: &Spend,
    scope: &Scope,
    since: Option<TimeUs>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut after: Option<TransactionId> = None;
    let mut tx = spend.identity.db.read().await?;
    let oldest = cases::oldest_of(&mut tx, open::SOURCE).await?;
    drop(tx);
    let week = spend.now().minus(limits::RECONCILE_SINCE);
    // Far enough back to find again what is open.
    let since = since.unwrap_or_else(|| oldest.map_or(week, |oldest| oldest.min(week)));
    loop {
        let mut tx = spend.identity.db.read().await?;
        let page = unsettled(&mut tx, after.as_ref(), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        for t in page.iter().filter(|t| scope.covers(&t.org_id)) {
            progress(&format!("asking about {}", t.id));
            report.asked.push(ask(spend, t).await?);
        }
    }
    compare::compare(spend, scope, since, &mut report, progress).await?;
    holder::refresh_all(spend, scope, &mut report.problems).await?;
    open::cases(spend, scope, since, &mut report).await?;
    Ok(report)
}

/// An attempt that may still be running is left to its worker.
fn is_running(spend: &Spend, t: &Transaction) -> bool {
    let grace = bursar_base::limits::STRIPE_TIMEOUT + bursar_base::limits::JOB_LEASE;
    t.status == Status::Executing && spend.now() < t.updated.plus(grace)
}

async fn ask(spend: &Spend, t: &Transaction) -> Result<AskedAbout, StoreError> {
    let mut asked = AskedAbout {
        transaction_id: t.id.clone(),
        before: t.status.as_str().to_owned(),
        now: t.status.as_str().to_owned(),
        note: None,
    };
    if let (RailName::Card, Some(reference)) = (t.rail, &t.rail_reference) {
        asked.note = read_now(spend, &t.org_id, reference).await?.err();
        let now = find(&mut spend.identity.db.read().await?, &t.id).await?;
        asked.now = now.map_or(asked.now, |now| now.status.as_str().to_owned());
        return Ok(asked);
    }
    if is_running(spend, t) {
        asked.note = Some("its attempt is still running".to_owned());
        return Ok(asked);
    }
    let mut tx = spend.identity.db.read().await?;
    let org = orgs::find(&mut tx, &t.org_id).await?;
    drop(tx);
    let rail = org.and_then(|org| spend.rails.get(t.rail, org.mode));
    let Some(rail) = rail else {
        asked.note = Some("its rail is not set up here".to_owned());
        return Ok(asked);
    };
    let answer = rail.look_up(&Order::of(t)).await;
    match &answer {
        Answer::Unknown { why, .. } | Answer::TryLater { why } => asked.note = Some(why.clone()),
        Answer::Paid { .. } | Answer::Refused { .. } => {}
    }
    let certain = matches!(answer, Answer::Paid { .. } | Answer::Refused { .. });
    if !certain && t.status == Status::Executing && is_queued(spend, t).await? {
        // Its job asks again; only what is certain may come before it.
        return Ok(asked);
    }
    if let Some(outcome) = answer.outcome() {
        asked.now = book::step(spend, t, Step::Settle(outcome)).await?;
    }
    Ok(asked)
}

async fn is_queued(spend: &Spend, t: &Transaction) -> Result<bool, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    jobs::is_ready(&mut tx, "execute", t.id.as_str()).await
}
