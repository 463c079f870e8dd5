//! Recording payees.

use bursar_base::{OrgId, PayeeId, limits};
use bursar_identity::orgs;
use bursar_money::policies::merchant_key;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, StoreError};
use serde_json::json;

use super::{NewPayee, Payee, sql};
use crate::Spend;
use crate::requests::form;

/// Why a payee was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PayeeError {
    /// A field is wrong.
    #[error("{0}")]
    Field(String),
    /// There is no such org.
    #[error("there is no such org")]
    NoOrg,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Records a payee; one that compares the same is replaced.
///
/// # Errors
/// [`PayeeError`].
pub async fn add(spend: &Spend, org_id: &OrgId, new: NewPayee, actor: &str) -> Result<PayeeId, PayeeError> {
    let text = |name: &str, value: &str, max| {
        form::text(name, value, 1, max).map_err(|p| PayeeError::Field(p.detail))
    };
    let merchant = text("merchant", &new.merchant, limits::MAX_MERCHANT_CHARS)?;
    let category =
        new.category.map(|value| text("category", &value, limits::MAX_CATEGORY_CHARS)).transpose()?;
    let account = new.stripe_account;
    let plain =
        |id: &String| id.starts_with("acct_") && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if account.as_ref().is_some_and(|id| !plain(id)) {
        return Err(PayeeError::Field("stripe_account: a Stripe id that begins with acct_".to_owned()));
    }
    let key = merchant_key(&merchant);
    let mut org = spend.identity.lock(org_id).await?;
    orgs::service::find(&mut org.tx, org_id).await?.ok_or(PayeeError::NoOrg)?;
    let id = PayeeId::new(org.now, &*spend.identity.rng);
    let args = [
        id.as_str().into(),
        org_id.as_str().into(),
        (&merchant).into(),
        (&key).into(),
        category.as_deref().into(),
        account.as_deref().into(),
        org.now.into(),
    ];
    let row = org.tx.row(sql::UPSERT, &args).await?;
    let id = row.map_or(Ok(id.to_string()), |row| row.text("id"))?;
    org.tx.execute(orgs::sql::PAYEES_CHANGED, &[org_id.as_str().into()]).await?;
    let detail =
        json!({ "payee_id": id, "merchant": merchant, "category": category, "stripe_account": account });
    org.record(NewEvent::new("payee.added", actor, &detail)).await?;
    org.commit().await?;
    Ok(PayeeId::from_store(&id))
}

/// An org's payees, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(spend: &Spend, org_id: &OrgId) -> Result<Vec<Payee>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let rows = tx.rows(sql::LIST, &[org_id.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Payee {
                payee_id: PayeeId::from_store(&row.text("id")?),
                merchant: row.text("merchant")?,
                merchant_key: row.text("merchant_key")?,
                category: row.opt_text("category")?,
                stripe_account: row.opt_text("stripe_account")?,
                created_at: row.time("created_us")?,
            })
        })
        .collect()
}
