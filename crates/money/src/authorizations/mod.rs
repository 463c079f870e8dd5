//! Card authorisations: what the network asked about each, what it was answered, and what became of it.
//!
//! Invariants: a question has one answer, however often it is asked, because both stand here under the org's lock. What
//! was captured and refunded is kept by the network's own ids, and the sums only grow; an authorisation that ended stays
//! ended. News may therefore come twice and in any order. Changing a row is the funnel's alone.

pub mod sql;

use std::collections::BTreeMap;

use bursar_base::{AgentId, CardId, OrgId, TimeUs, TransactionId};
use bursar_store::{Columns, StoreError, Tx};

/// One authorisation, or one payment that came without. Amounts in micros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The network's own id: of the authorisation, or of a payment that has none.
    pub reference: String,
    /// Who pays.
    pub org_id: OrgId,
    /// Whose card it is.
    pub agent_id: AgentId,
    /// Which card.
    pub card_id: CardId,
    /// Where its money is booked. Of one that was answered with no because a human is asked: what they are asked about.
    pub transaction_id: TransactionId,
    /// What was answered, by the id of the question.
    pub requests: BTreeMap<String, bool>,
    /// What left, by the network's own id.
    pub captures: BTreeMap<String, i64>,
    /// What came back, by the network's own id.
    pub refunds: BTreeMap<String, i64>,
    /// Whether the network holds nothing for it any more, for good.
    pub ended: bool,
    /// When the network was last told yes.
    pub allowed: Option<TimeUs>,
    /// When it was first heard of.
    pub created: TimeUs,
    /// When its row changed last.
    pub updated: TimeUs,
}

/// Whose authorisation it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    /// Who pays.
    pub org_id: &'a OrgId,
    /// Whose card it is.
    pub agent_id: &'a AgentId,
    /// Which card.
    pub card_id: &'a CardId,
}

impl Authorization {
    /// One of which nothing is known yet.
    pub(crate) fn new(reference: &str, owner: Owner<'_>, id: TransactionId, now: TimeUs) -> Authorization {
        Authorization {
            reference: reference.to_owned(),
            org_id: owner.org_id.clone(),
            agent_id: owner.agent_id.clone(),
            card_id: owner.card_id.clone(),
            transaction_id: id,
            requests: BTreeMap::new(),
            captures: BTreeMap::new(),
            refunds: BTreeMap::new(),
            ended: false,
            allowed: None,
            created: now,
            updated: now,
        }
    }

    /// Takes over what the network knows; nothing is ever taken back.
    pub(crate) fn hear(&mut self, captures: &BTreeMap<String, i64>, refunds: &BTreeMap<String, i64>) {
        for (known, told) in [(&mut self.captures, captures), (&mut self.refunds, refunds)] {
            for (id, &micros) in told {
                let most = known.entry(id.clone()).or_insert(0);
                *most = micros.max(*most);
            }
        }
    }

    /// What left, in all.
    pub fn captured(&self) -> i64 {
        sum(&self.captures)
    }

    /// What came back, in all.
    pub fn refunded(&self) -> i64 {
        sum(&self.refunds)
    }
}

fn sum(by_id: &BTreeMap<String, i64>) -> i64 {
    by_id.values().fold(0, |sum, &micros| sum.saturating_add(micros))
}

/// One by its reference, of any org: the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, reference: &str) -> Result<Option<Authorization>, StoreError> {
    tx.row(sql::FIND, &[reference.into()]).await?.as_ref().map(from_row).transpose()
}

/// Reads a row of `authorizations`.
pub(crate) fn from_row(row: &impl Columns) -> Result<Authorization, StoreError> {
    Ok(Authorization {
        reference: row.text("reference")?,
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        card_id: CardId::from_store(&row.text("card_id")?),
        transaction_id: TransactionId::from_store(&row.text("transaction_id")?),
        requests: map_from(row, "requests")?,
        captures: map_from(row, "captures")?,
        refunds: map_from(row, "refunds")?,
        ended: row.int("ended")? == 1,
        allowed: row.opt_time("allowed_us")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}

fn map_from<T: serde::de::DeserializeOwned>(
    row: &impl Columns,
    column: &str,
) -> Result<BTreeMap<String, T>, StoreError> {
    let text = row.text(column)?;
    serde_json::from_str(&text).map_err(|e| StoreError::Damaged(format!("authorizations.{column}: {e}")))
}

/// A map as stored.
pub(crate) fn map_json<T: serde::Serialize>(map: &BTreeMap<String, T>) -> String {
    // Texts, numbers and truth values always serialise.
    serde_json::to_string(map).unwrap_or_default()
}
