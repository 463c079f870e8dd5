//! The connected account by which an org receives money: it is made once, and a person sets it up on Stripe's page.
//!
//! Invariants: an account is on record before Stripe is asked for it, under a key made of the record, so that an org has
//! one. A link to its page is good once and for minutes: it is made when somebody with a passkey asks for it, handed over,
//! and neither logged nor stored. What is shown of the account is what Stripe says when asked; an event is only a hint.

pub mod api;
pub mod service;
pub mod sql;

use bursar_base::{OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};

/// An org's connected account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutAccount {
    /// Whose it is.
    pub org_id: OrgId,
    /// The how manyth request it is.
    pub attempt: i64,
    /// `acct_…`, once Stripe has answered.
    pub account: Option<String>,
    /// Where it is to be, two letters; where the operator's own is, when absent.
    pub country: Option<String>,
    /// When the request was put on record.
    pub asked: TimeUs,
    /// When the first was.
    pub since: TimeUs,
    /// What Stripe said of it.
    pub state: State,
    /// When it did.
    pub checked: Option<TimeUs>,
}

/// What Stripe says of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Whether somebody has gone through with the page.
    pub details_submitted: bool,
    /// Whether it can take payments.
    pub charges_enabled: bool,
    /// Whether its money is paid out.
    pub payouts_enabled: bool,
    /// Why it cannot do something.
    pub disabled_reason: Option<String>,
    /// Names of what Stripe wants to know next.
    pub due: Vec<String>,
}

fn from_row(row: &Row) -> Result<PayoutAccount, StoreError> {
    let due = row.text("due")?;
    let is = |name: &str| Ok::<_, StoreError>(row.int(name)? == 1);
    Ok(PayoutAccount {
        org_id: OrgId::from_store(&row.text("org_id")?),
        attempt: row.int("attempt")?,
        account: row.opt_text("account")?,
        country: row.opt_text("country")?,
        asked: row.time("asked_us")?,
        since: row.time("since_us")?,
        state: State {
            details_submitted: is("details_submitted")?,
            charges_enabled: is("charges_enabled")?,
            payouts_enabled: is("payouts_enabled")?,
            disabled_reason: row.opt_text("disabled_reason")?,
            due: serde_json::from_str(&due)
                .map_err(|_| StoreError::Damaged(format!("payout_accounts.due: {due:?}")))?,
        },
        checked: row.opt_time("checked_us")?,
    })
}
