//! Orgs: who pays. An org is `test` or `live` for good.

pub mod service;
pub mod sql;

use bursar_base::{Currency, Mode, OrgId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};
use serde::Serialize;

/// Who pays.
#[derive(Debug, Clone, Serialize)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// For people.
    pub name: String,
    /// Test or live, for good.
    pub mode: Mode,
    /// IANA name; windows follow its calendar.
    pub time_zone: String,
    /// Of its wallet.
    pub currency: Currency,
    /// `cus_…`, where it has one.
    pub stripe_customer: Option<String>,
    /// `pm_…`, where it has one.
    pub stripe_payment_method: Option<String>,
    /// When it was made.
    pub created_at: TimeUs,
    /// Since when all of it is frozen, if it is.
    pub frozen_at: Option<TimeUs>,
}

/// An org to be made. Name, address and time zone were checked.
#[derive(Debug, Clone, Copy)]
pub struct NewOrg<'a> {
    /// What people call it.
    pub name: &'a str,
    /// The address of its first owner.
    pub email: &'a str,
    /// Test or live, for good.
    pub mode: Mode,
    /// IANA name.
    pub time_zone: &'a str,
    /// Of its wallet and its limits.
    pub currency: Currency,
}

pub(crate) fn org_from(row: &Row) -> Result<Org, StoreError> {
    let (mode, currency) = (row.text("mode")?, row.text("currency")?);
    Ok(Org {
        id: OrgId::from_store(&row.text("id")?),
        name: row.text("name")?,
        mode: Mode::parse(&mode).ok_or_else(|| StoreError::Damaged(format!("orgs.mode: {mode:?}")))?,
        time_zone: row.text("time_zone")?,
        currency: Currency::parse(&currency)
            .map_err(|_| StoreError::Damaged(format!("orgs.currency: {currency:?}")))?,
        stripe_customer: row.opt_text("stripe_customer")?,
        stripe_payment_method: row.opt_text("stripe_payment_method")?,
        created_at: row.time("created_us")?,
        frozen_at: row.opt_time("frozen_us")?,
    })
}
