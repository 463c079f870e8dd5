//! Asking for payments.

use std::sync::Arc;

use bursar_base::TransactionId;
use bursar_http::Problem;
use bursar_identity::keys::Caller;
use bursar_money::funnel::{Command, Reply, Reserve};
use bursar_money::policies::Decision;
use bursar_money::transactions::{self, Transaction};
use bursar_money::votes;
use bursar_store::{StoreError, Tx};

use super::body::{Around, Reader};
use super::{PaymentRequest, TransactionBody};
use crate::Spend;
use crate::context::{nonce_of, store_problem};
use crate::mails;

/// What came of a request.
#[derive(Debug)]
pub enum Asked {
    /// Where the payment stands.
    Transaction {
        /// It.
        transaction: Arc<Transaction>,
        /// Whether the request was seen before.
        replayed: bool,
    },
    /// What would be decided.
    Preview(Box<Decision>),
}

/// Asks for a payment on behalf of the calling agent.
///
/// # Errors
/// [`Problem`].
pub async fn ask(
    spend: &Spend,
    caller: &Caller,
    request: PaymentRequest,
    header_key: Option<&str>,
    dry_run: bool,
) -> Result<Asked, Problem> {
    let (agent_id, key_id) = caller.agent()?;
    let form = request.normalise(header_key)?;
    let reserve = Reserve {
        transaction_id: TransactionId::new(spend.now(), &*spend.identity.rng),
        org_id: caller.org_id.clone(),
        agent_id: agent_id.clone(),
        key_id: key_id.clone(),
        nonce: nonce_of(caller),
        idempotency_key: form.idempotency_key,
        fingerprint: form.fingerprint,
        amount: form.amount,
        merchant: form.merchant,
        merchant_key: form.merchant_key,
        purpose: form.purpose,
        context: form.context,
        claimed_category: form.category,
        rail: form.rail,
        dry_run,
    };
    match spend.submit(Command::Reserve(Box::new(reserve))).await? {
        Reply::Transaction { transaction, replayed } => Ok(Asked::Transaction { transaction, replayed }),
        Reply::Preview(decision) => Ok(Asked::Preview(decision)),
        Reply::Authorization { .. } | Reply::Done => Err(Problem::unavailable()),
    }
}

/// The transaction, if the caller may see it: an agent its own, an org all of its own.
///
/// # Errors
/// 404, 503.
pub async fn visible(spend: &Spend, caller: &Caller, id: &TransactionId) -> Result<Transaction, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = transactions::find(&mut tx, id).await.map_err(store_problem)?;
    let mine = |t: &Transaction| {
        t.org_id == caller.org_id && caller.agent_id.as_ref().is_none_or(|agent| *agent == t.agent_id)
    };
    found.filter(mine).ok_or_else(|| Problem::not_found("transaction"))
}

/// A transaction with its mails, refunds and votes.
///
/// # Errors
/// 503.
pub async fn full_body(
    spend: &Spend,
    t: &Transaction,
    idempotent: bool,
    reader: Reader,
) -> Result<TransactionBody, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let around = around(&mut tx, t).await.map_err(store_problem)?;
    Ok(TransactionBody::new(t, idempotent, reader).with(t, around, reader))
}

/// What is around a transaction.
///
/// # Errors
/// [`StoreError`].
pub async fn around(tx: &mut Tx, t: &Transaction) -> Result<Around, StoreError> {
    Ok(Around {
        mails: mails::of_transaction(tx, &t.id).await?,
        refunds: transactions::refunds_of(tx, &t.id).await?,
        votes: votes::of(tx, t).await?,
        possible: votes::possible(tx, &t.org_id).await?,
    })
}
