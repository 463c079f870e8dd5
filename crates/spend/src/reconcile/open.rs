//! From differences to cases, and the end of cases whose difference is gone.

use std::collections::{BTreeMap, BTreeSet};

use bursar_base::{Money, OrgId, TimeUs, limits};
use bursar_identity::orgs::service as orgs;
use bursar_money::transactions::{Status, Transaction, unsettled};
use bursar_store::StoreError;

use super::{Difference, PAGE, Report, Scope};
use crate::Spend;
use crate::cases::{self, BY_ITSELF, Kind, NewCase, service};

/// Who finds these cases.
pub(super) const SOURCE: &str = "reconcile";

/// How Stripe's ids of single lines begin: of its balance, charges, and what cards moved.
const LINES: [&str; 3] = ["txn_", "ch_", "ipi_"];

/// Opens a case for each difference, and ends those that were looked for and not found again.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn cases(
    spend: &Spend,
    scope: &Scope,
    since: TimeUs,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut found: BTreeMap<OrgId, Vec<NewCase>> = BTreeMap::new();
    for difference in &report.differences {
        if let Some(org_id) = &difference.org_id {
            found.entry(org_id.clone()).or_default().push(case_of(difference));
        }
    }
    for t in still_unknown(spend, scope).await? {
        found.entry(t.org_id.clone()).or_default().push(unknown(&t));
    }
    let mut tx = spend.identity.db.read().await?;
    let all = orgs::all(&mut tx).await?;
    drop(tx);
    for org in all.iter().filter(|org| scope.covers(&org.id)) {
        let found = found.remove(&org.id).unwrap_or_default();
        // Half a comparison proves nothing gone.
        let closable = report.problems.is_empty().then_some(since);
        one_org(spend, &org.id, &found, closable, report).await?;
    }
    spend.funnel.wake_workers();
    Ok(())
}

async fn one_org(
    spend: &Spend,
    org_id: &OrgId,
    found: &[NewCase],
    closable: Option<TimeUs>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let known = service::open_of(&mut tx, org_id, SOURCE).await?;
    drop(tx);
    if found.is_empty() && known.is_empty() {
        return Ok(());
    }
    let mut org = spend.identity.lock(org_id).await?;
    let mut seen = BTreeSet::new();
    for new in found {
        let opened = service::open(spend, &mut org, org_id, new).await?;
        if opened.is_new {
            report.cases_opened.push(opened.id.clone());
        }
        seen.insert(opened.id);
    }
    for case in service::open_of(&mut org.tx, org_id, SOURCE).await? {
        if seen.contains(&case.id) || closable.is_none_or(|since| case.found.since < since) {
            continue;
        }
        let evidence = format!("the comparison at {} found no difference", org.now);
        let words = ("The difference is gone.", evidence.as_str());
        if service::resolve(&mut org, &case, words, BY_ITSELF).await?.is_some() {
            report.cases_closed.push(case.id);
        }
    }
    org.commit().await
}

fn case_of(difference: &Difference) -> NewCase {
    let transaction = difference.transaction_id.as_ref().map(ToString::to_string);
    // A line of Stripe's has an id of its own; sums are about our transaction, and say which.
    let reference = match (&transaction, &difference.reference) {
        (Some(id), Some(line)) if LINES.iter().any(|prefix| line.starts_with(prefix)) => {
            format!("{id} {line}")
        }
        (Some(id), _) => format!("{id} {}", difference.what),
        (None, Some(line)) => format!("{line} {}", difference.what),
        (None, None) => difference.what.clone(),
    };
    NewCase {
        kind: difference.kind,
        reference,
        agent_id: difference.agent_id.clone(),
        transaction_id: difference.transaction_id.clone(),
        cause: cause_of(difference),
        ours: difference.ours.clone(),
        theirs: difference.theirs.clone(),
        at_stake: difference.at_stake,
        is_told: false,
        source: SOURCE,
        since: difference.since,
    }
}

fn cause_of(difference: &Difference) -> String {
    let what = &difference.what;
    match difference.kind {
        Kind::MissingHere => format!("Stripe has it and the ledger does not: {what}."),
        Kind::MissingThere => format!("The ledger has it and Stripe does not: {what}."),
        Kind::AmountDiffers => format!("The ledger and Stripe have different sums: {what}."),
        Kind::ChargedTwice => "Stripe has several payments that succeeded for one of ours.".to_owned(),
        Kind::StateDiffers | Kind::UnknownOutcome | Kind::ForcedCapture | Kind::IntentDrift => what.clone(),
    }
}

/// Payments whose outcome nobody knew an hour after their last change, after they were asked about once more.
async fn still_unknown(spend: &Spend, scope: &Scope) -> Result<Vec<Transaction>, StoreError> {
    let late = spend.now().minus(limits::UNKNOWN_CASE_AFTER);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let mut tx = spend.identity.db.read().await?;
        let page = unsettled(&mut tx, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some(last.id.clone());
        let is_late = |t: &Transaction| {
            t.status == Status::Unknown && t.attempt.unwrap_or(t.created) < late && scope.covers(&t.org_id)
        };
        found.extend(page.into_iter().filter(is_late));
    }
}

fn unknown(t: &Transaction) -> cases::NewCase {
    NewCase {
        kind: Kind::UnknownOutcome,
        reference: t.id.to_string(),
        agent_id: Some(t.agent_id.clone()),
        transaction_id: Some(t.id.clone()),
        cause: "The rail gave no certain answer, and gives none when it is asked. The amount stays held."
            .to_owned(),
        ours: "unknown".to_owned(),
        theirs: "no certain answer".to_owned(),
        at_stake: Money { micros: t.held_micros, currency: t.currency },
        is_told: false,
        source: SOURCE,
        // It is found as long as it is unknown, from whenever the books are compared.
        since: TimeUs(i64::MAX),
    }
}
