//! Opening, taking and resolving cases.

use bursar_base::{CaseId, OrgId, TimeUs};
use bursar_identity::OrgTx;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, StoreError, Tx};
use serde_json::json;

use super::{BY_ITSELF, Case, Kind, NewCase, Status, from_row, sql};
use crate::Spend;
use crate::mails::{About, service as mails};

/// What became of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The case.
    pub id: CaseId,
    /// Whether it was opened, or opened again, by this; else it was open or settled before.
    pub is_new: bool,
}

/// Opens a case in the caller's transaction, which tells owners by mail. The same difference again is the same case: an open
/// one is brought up to date; one that a human settled stays settled as long as both sides say the same as then.
///
/// # Errors
/// [`StoreError`].
pub async fn open(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    new: &NewCase,
) -> Result<Opened, StoreError> {
    let args = [org_id.as_str().into(), new.kind.as_str().into(), (&new.reference).into()];
    let known = org.tx.row(sql::SAME, &args).await?.as_ref().map(from_row).transpose()?;
    let Some(known) = known else {
        let id = CaseId::new(org.now, &*spend.identity.rng);
        insert(org, org_id, &id, new).await?;
        tell(spend, org, org_id, &id, new).await?;
        return Ok(Opened { id, is_new: true });
    };
    let same = (&known.found.ours, &known.found.theirs) == (&new.ours, &new.theirs);
    let settled = known.resolution.as_ref().filter(|resolution| resolution.actor != BY_ITSELF);
    if same && settled.is_some() {
        return Ok(Opened { id: known.id, is_new: false });
    }
    if !same || known.status == Status::Resolved {
        let args = [
            known.id.as_str().into(),
            (&new.cause).into(),
            (&new.ours).into(),
            (&new.theirs).into(),
            new.at_stake.micros.into(),
        ];
        org.tx.execute(sql::FOUND, &args).await?;
    }
    if known.status == Status::Open {
        return Ok(Opened { id: known.id, is_new: false });
    }
    org.tx.execute(sql::REOPEN, &[known.id.as_str().into(), org.now.into()]).await?;
    tell(spend, org, org_id, &known.id, new).await?;
    Ok(Opened { id: known.id, is_new: true })
}

async fn insert(org: &mut OrgTx, org_id: &OrgId, id: &CaseId, new: &NewCase) -> Result<(), StoreError> {
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        new.kind.as_str().into(),
        (&new.reference).into(),
        new.agent_id.as_ref().map(|id| id.as_str()).into(),
        new.transaction_id.as_ref().map(|id| id.as_str()).into(),
        (&new.cause).into(),
        (&new.ours).into(),
        (&new.theirs).into(),
        new.at_stake.micros.into(),
        new.at_stake.currency.as_str().into(),
        new.source.into(),
        new.since.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::INSERT, &args).await?;
    Ok(())
}

async fn tell(
    spend: &Spend,
    org: &mut OrgTx,
    org_id: &OrgId,
    id: &CaseId,
    new: &NewCase,
) -> Result<(), StoreError> {
    let detail = json!({ "case_id": id, "kind": new.kind.as_str(), "reference": new.reference,
        "reason": new.cause, "ours": new.ours, "theirs": new.theirs });
    let mut event = NewEvent::new("case.opened", new.source, &detail);
    event.agent_id.clone_from(&new.agent_id);
    event.transaction_id.clone_from(&new.transaction_id);
    event.amount = Some(new.at_stake);
    org.record(event).await?;
    let about = About::CaseOpened { case_id: id.clone() };
    if new.is_told {
        return Ok(());
    }
    // Opened again later, it is told again.
    let event_key = format!("{}:{id}:{}", about.kind(), org.head.seq);
    mails::queue(spend, org, org_id, &about, &event_key).await
}

/// One case; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &CaseId) -> Result<Option<Case>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// A page of an org's cases, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    org_id: &OrgId,
    status: Option<Status>,
    kind: Option<Kind>,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Case>, StoreError> {
    let args = [
        org_id.as_str().into(),
        // Every id is smaller than this.
        before.unwrap_or("~").into(),
        status.map_or("", Status::as_str).into(),
        kind.map_or("", Kind::as_str).into(),
        i64::from(limit).into(),
    ];
    tx.rows(sql::LIST, &args).await?.iter().map(from_row).collect()
}

/// The open cases of an org that somebody finds, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn open_of(tx: &mut Tx, org_id: &OrgId, source: &str) -> Result<Vec<Case>, StoreError> {
    tx.rows(sql::OPEN_OF, &[org_id.as_str().into(), source.into()]).await?.iter().map(from_row).collect()
}

/// Since when somebody has to look to find all open cases of theirs again.
///
/// # Errors
/// [`StoreError`].
pub async fn oldest_of(tx: &mut Tx, source: &str) -> Result<Option<TimeUs>, StoreError> {
    let row = tx.row(sql::OLDEST_OF, &[source.into()]).await?;
    row.map_or(Ok(None), |row| row.opt_time("since_us"))
}

/// Takes an open case: from now on it is this one's to look at. `None` when it is settled.
///
/// # Errors
/// [`StoreError`].
pub async fn take(
    org: &mut OrgTx,
    case: &Case,
    owner: &str,
    actor: &str,
) -> Result<Option<Case>, StoreError> {
    if case.status == Status::Resolved {
        return Ok(None);
    }
    org.tx.execute(sql::TAKE, &[case.id.as_str().into(), owner.into(), org.now.into()]).await?;
    let detail = json!({ "case_id": case.id, "owner": owner });
    org.record(event_of("case.taken", actor, case, &detail)).await?;
    find(&mut org.tx, &case.id).await
}

/// Ends an open case. `None` when it is settled already.
///
/// # Errors
/// [`StoreError`].
pub async fn resolve(
    org: &mut OrgTx,
    case: &Case,
    (text, evidence): (&str, &str),
    actor: &str,
) -> Result<Option<Case>, StoreError> {
    if case.status == Status::Resolved {
        return Ok(None);
    }
    let args = [case.id.as_str().into(), text.into(), evidence.into(), actor.into(), org.now.into()];
    org.tx.execute(sql::RESOLVE, &args).await?;
    let detail = json!({ "case_id": case.id, "kind": case.found.kind.as_str(), "reference": case.found.reference,
        "reason": text, "evidence": evidence });
    org.record(event_of("case.resolved", actor, case, &detail)).await?;
    find(&mut org.tx, &case.id).await
}

fn event_of(action: &'static str, actor: &str, case: &Case, detail: &serde_json::Value) -> NewEvent {
    let mut event = NewEvent::new(action, actor, detail);
    event.agent_id.clone_from(&case.found.agent_id);
    event.transaction_id.clone_from(&case.found.transaction_id);
    event.amount = Some(case.found.at_stake);
    event
}
