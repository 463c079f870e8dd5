//! Pressing the switch, letting go of it, and looking how far it is.

use bursar_base::{AgentId, FreezeId, OrgId, TransactionId};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::keys::service as keys;
use bursar_identity::sessions::service as sessions;
use bursar_money::funnel::{Command, Nonce};
use bursar_store::{Arg, Columns as _, StoreError, Tx};
use http::StatusCode;

use super::{Freeze, Part, PartState, from_row, sql};
use crate::Spend;
use crate::cards::{self, Card};
use crate::context::store_problem;

/// Payments at a rail that are listed one by one; the rest is counted.
const AT_RAIL_LISTED: i64 = 100;

/// Who stops what, or lets it go on.
#[derive(Debug, Clone, Copy)]
pub struct Switch<'a> {
    /// In which org.
    pub org_id: &'a OrgId,
    /// Which agent; all of the org when unset.
    pub agent_id: Option<&'a AgentId>,
    /// Why.
    pub reason: &'a str,
    /// On whose behalf.
    pub actor: &'a str,
}

impl Switch<'_> {
    fn scope(&self) -> &str {
        self.agent_id.map_or(self.org_id.as_str(), AgentId::as_str)
    }

    async fn submit(&self, spend: &Spend, frozen: bool, nonce: Option<Nonce>) -> Result<Freeze, Problem> {
        let command = Command::SetFrozen {
            org_id: self.org_id.clone(),
            agent_id: self.agent_id.cloned(),
            frozen,
            reason: self.reason.to_owned(),
            actor: self.actor.to_owned(),
            nonce,
        };
        spend.submit(command).await?;
        let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
        let args = [self.org_id.as_str().into(), self.scope().into()];
        let row = tx.row(sql::NEWEST, &args).await.map_err(store_problem)?;
        let row = row.ok_or_else(|| Problem::not_found("freeze"))?;
        from_row(&row).map_err(store_problem)
    }
}

/// Freezes. Pressed again, it answers the freeze that is in force.
///
/// # Errors
/// 404, 503; 401 `nonce_used`.
pub async fn press(spend: &Spend, switch: Switch<'_>, nonce: Option<Nonce>) -> Result<Freeze, Problem> {
    let freeze = switch.submit(spend, true, nonce).await?;
    // What can stop here and now does, for the answer to say so; its job does the same where this fails.
    if let Err(error) = begin(spend, &freeze).await {
        tracing::warn!(freeze = %freeze.id, %error, "a freeze goes on by its job alone");
    }
    Ok(freeze)
}

/// Ends a freeze, and answers it.
///
/// # Errors
/// As [`press`].
pub async fn release(spend: &Spend, switch: Switch<'_>, nonce: Option<Nonce>) -> Result<Freeze, Problem> {
    switch.submit(spend, false, nonce).await
}

/// One freeze; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &FreezeId) -> Result<Option<Freeze>, StoreError> {
    tx.row(sql::FIND, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// Writes down what there is to stop, and ends sessions. Doing it twice changes nothing.
///
/// # Errors
/// [`StoreError`].
pub async fn begin(spend: &Spend, freeze: &Freeze) -> Result<(), StoreError> {
    let mut org = spend.identity.lock(&freeze.org_id).await?;
    let Some(freeze) = find(&mut org.tx, &freeze.id).await?.filter(|freeze| freeze.end.is_none()) else {
        return Ok(());
    };
    if !parts(&mut org.tx, &freeze).await?.is_empty() {
        return Ok(());
    }
    let agent = freeze.agent_id();
    cards::service::freeze_all(
        spend,
        &mut org,
        &freeze.org_id,
        agent.as_ref(),
        &freeze.actor,
        &freeze.reason,
    )
    .await?;
    for mut state in look(&mut org, &freeze).await? {
        if state.part == Part::Sessions {
            state.found = sessions::end_of_others(&mut org.tx, &freeze.org_id, org.now).await?;
        }
        let args: [Arg<'_>; 4] = [
            freeze.id.as_str().into(),
            state.part.as_str().into(),
            freeze.org_id.as_str().into(),
            state.found.into(),
        ];
        org.tx.execute(sql::INSERT_PART, &args).await?;
        if state.left != state.found {
            save_part(&mut org.tx, &freeze.id, &state).await?;
        }
    }
    org.commit().await?;
    spend.funnel.wake_workers();
    Ok(())
}

/// Everything that there is to stop at this moment, nothing of it done.
async fn look(org: &mut OrgTx, freeze: &Freeze) -> Result<Vec<PartState>, StoreError> {
    let mut states = Vec::new();
    for part in Part::ALL {
        if part == Part::Sessions && freeze.agent_id().is_some() {
            continue;
        }
        let (found, left) = match part {
            // The freeze itself has stopped them.
            Part::Decisions | Part::Sessions => (0, 0),
            Part::Keys => {
                let agent = freeze.agent_id();
                (keys::count_of_agents(&mut org.tx, &freeze.org_id, agent.as_ref(), org.now).await?, 0)
            }
            Part::Cards => {
                let agent = freeze.agent_id();
                let live = cards::service::live(&mut org.tx, &freeze.org_id, agent.as_ref()).await?;
                let found = i64::try_from(live.len()).unwrap_or(i64::MAX);
                (found, left_of(&mut org.tx, freeze, part).await?)
            }
            Part::Approvals | Part::Payments | Part::Pages => {
                let left = left_of(&mut org.tx, freeze, part).await?;
                (left, left)
            }
        };
        states.push(PartState { part, found, left, note: None });
    }
    Ok(states)
}

/// What of a part has not stopped at this moment.
///
/// # Errors
/// [`StoreError`].
async fn left_of(tx: &mut Tx, freeze: &Freeze, part: Part) -> Result<i64, StoreError> {
    let scope = [freeze.org_id.as_str().into(), freeze.scope.as_str().into()];
    let status = match part {
        Part::Decisions | Part::Keys | Part::Sessions => return Ok(0),
        Part::Pages => return Ok(i64::try_from(tx.rows(sql::PAGES, &scope).await?.len()).unwrap_or(i64::MAX)),
        Part::Cards => {
            let live = cards::service::live(tx, &freeze.org_id, freeze.agent_id().as_ref()).await?;
            let goes_on = |card: &&Card| card.status != cards::Status::Frozen || !card.is_acknowledged();
            return Ok(i64::try_from(live.iter().filter(goes_on).count()).unwrap_or(i64::MAX));
        }
        Part::Approvals => "pending",
        Part::Payments => "approved",
    };
    for row in tx.rows(sql::COUNT_WAITING, &scope).await? {
        if row.text("status")? == status {
            return row.int("payments");
        }
    }
    Ok(0)
}

pub(super) async fn save_part(tx: &mut Tx, id: &FreezeId, state: &PartState) -> Result<(), StoreError> {
    let args =
        [id.as_str().into(), state.part.as_str().into(), state.left.into(), state.note.as_deref().into()];
    tx.execute(sql::SAVE_PART, &args).await?;
    Ok(())
}

async fn parts(tx: &mut Tx, freeze: &Freeze) -> Result<Vec<PartState>, StoreError> {
    let rows = tx.rows(sql::PARTS, &[freeze.id.as_str().into()]).await?;
    let read = |row: &bursar_store::Row| {
        Ok(PartState {
            part: Part::parse(&row.text("part")?)?,
            found: row.int("found")?,
            left: row.int("remaining")?,
            note: row.opt_text("note")?,
        })
    };
    let mut parts = rows.iter().map(read).collect::<Result<Vec<PartState>, StoreError>>()?;
    parts.sort_by_key(|state| Part::ALL.iter().position(|part| *part == state.part));
    Ok(parts)
}

/// How far every part of a freeze is: as it is now, or as it was when the freeze ended.
///
/// # Errors
/// [`StoreError`].
pub async fn states(tx: &mut Tx, freeze: &Freeze) -> Result<Vec<PartState>, StoreError> {
    let mut states = parts(tx, freeze).await?;
    if freeze.end.is_none() {
        for state in &mut states {
            state.left = left_of(tx, freeze, state.part).await?;
            state.found = state.found.max(state.left);
            if state.left == 0 {
                state.note = None;
            }
        }
    }
    Ok(states)
}

/// A payment that its rail was called for before the freeze, and that only the rail ends.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct AtRail {
    /// Which.
    #[schema(value_type = String)]
    pub transaction_id: TransactionId,
    /// Of which agent.
    #[schema(value_type = String)]
    pub agent_id: AgentId,
    /// `executing` or `unknown`.
    pub status: String,
    /// By which rail.
    pub rail: String,
    /// What is held for it.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// What is at a rail in a freeze's scope: how many, and the oldest of them.
///
/// # Errors
/// [`StoreError`].
pub async fn at_rail(tx: &mut Tx, freeze: &Freeze) -> Result<(i64, Vec<AtRail>), StoreError> {
    let (org, scope) = (freeze.org_id.as_str(), freeze.scope.as_str());
    let count = tx.row(sql::COUNT_AT_RAIL, &[org.into(), scope.into()]).await?;
    let count = count.map_or(Ok(0), |row| row.int("payments"))?;
    let rows = tx.rows(sql::AT_RAIL, &[org.into(), scope.into(), AT_RAIL_LISTED.into()]).await?;
    let read = |row: &bursar_store::Row| {
        Ok(AtRail {
            transaction_id: TransactionId::from_store(&row.text("id")?),
            agent_id: AgentId::from_store(&row.text("agent_id")?),
            status: row.text("status")?,
            rail: row.text("rail")?,
            amount: bursar_base::money::decimal(row.int("held_micros")?),
            currency: row.text("currency")?,
        })
    };
    Ok((count, rows.iter().map(read).collect::<Result<_, StoreError>>()?))
}

/// That neither the org nor the agent is frozen, under the org's lock: no page is opened and no money asked for then.
///
/// # Errors
/// 409 `org_frozen` or `agent_frozen`; 503.
pub async fn must_go_on(org: &mut OrgTx, org_id: &OrgId, agent: Option<&AgentId>) -> Result<(), Problem> {
    let args = [org_id.as_str().into(), agent.map_or("", AgentId::as_str).into()];
    let row = org.tx.row(sql::IS_FROZEN, &args).await.map_err(store_problem)?;
    let row = row.ok_or_else(|| Problem::not_found("org"))?;
    let frozen = |code: &str, detail: &str| Err(Problem::new(StatusCode::CONFLICT, code, detail));
    if row.opt_time("frozen_us").map_err(store_problem)?.is_some() {
        return frozen("org_frozen", "the org is frozen; an owner can let it go on");
    }
    match row.opt_text("state").map_err(store_problem)?.as_deref() {
        Some("frozen") => frozen("agent_frozen", "this agent is frozen; an owner of the org can unfreeze it"),
        _ => Ok(()),
    }
}
