//! The links in approval mails: signed, bound to payment, intent and member, good until the deadline.

use bursar_base::{MemberId, OrgId, TransactionId};
use bursar_identity::members::{Role, service as members};
use bursar_money::transactions::{Status, Transaction, find, intent_hash};
use bursar_store::StoreError;
use serde::{Deserialize, Serialize};

use crate::{Spend, signed};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The payment.
    pub tx: TransactionId,
    /// Its org.
    pub org: OrgId,
    /// Its intent hash.
    pub intent: String,
    /// The member it was sent to.
    pub sub: MemberId,
    /// The deadline, in seconds since the epoch.
    pub exp: i64,
}

/// What the tokens are signed for.
const PURPOSE: &str = "bursar approval links v1";

/// The token of one member for one payment; the same every time it is made.
pub fn token(spend: &Spend, t: &Transaction, member: &MemberId) -> String {
    let claims = Claims {
        tx: t.id.clone(),
        org: t.org_id.clone(),
        intent: intent_hash(t),
        sub: member.clone(),
        exp: t.deadline.unwrap_or(t.updated).seconds(),
    };
    signed::sign(spend, PURPOSE, &claims)
}

/// What a token says, if we signed it. Its deadline is the payment's own, and is checked there, by the funnel's clock.
pub fn read(spend: &Spend, token: &str) -> Option<Claims> {
    signed::read(spend, PURPOSE, token)
}

/// The addresses of the two pages.
pub fn urls(spend: &Spend, token: &str) -> (String, String) {
    let base = &spend.settings.public_url;
    (format!("{base}/v1/approve/{token}"), format!("{base}/v1/decline/{token}"))
}

/// The approval link of the org's first owner for a pending payment: what `bursar demo` prints.
///
/// # Errors
/// [`StoreError`].
pub async fn link_for(spend: &Spend, id: &TransactionId) -> Result<Option<String>, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let Some(t) = find(&mut tx, id).await?.filter(|t| t.status == Status::Pending) else {
        return Ok(None);
    };
    let members = members::list(&mut tx, &t.org_id).await?;
    let owner = members.into_iter().find(|member| member.role == Role::Owner);
    Ok(owner.map(|owner| urls(spend, &token(spend, &t, &owner.id)).0))
}
