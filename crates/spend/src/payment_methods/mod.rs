//! Payment methods that Stripe keeps for an org: a person saves one on Stripe's page, and it is charged when nobody is
//! there.
//!
//! Invariants: no card number comes near us; what is stored is Stripe's id with what tells methods apart. The customer that
//! stands for an org, and each page, are on record before Stripe is asked for them, under keys made of the record, so that
//! there is one of each. A method counts as saved when Stripe, asked then and there, says so; never because somebody came
//! back or an event says so. From the commit that removes one on, nothing new is charged to it. What direct payments charge
//! stands in the org's own row, and nowhere else. One that has expired or was taken away at Stripe is charged no more.

pub mod api;
mod asking;
mod customers;
pub mod news;
pub mod service;
pub mod sql;

use bursar_base::{OrgId, PaymentMethodId, TimeUs};
use bursar_store::{Columns as _, Row, StoreError};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// Where a payment method stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Its page is open, or soon will be.
    Open,
    /// The page is done with; Stripe verifies what was given there, which takes days with some bank accounts.
    Checking,
    /// It is saved.
    Active,
    /// Nobody saved one, or it can no longer be charged: by what. Final.
    Ended(String),
    /// An owner removed it. Final.
    Removed,
}

impl Status {
    /// As stored.
    pub fn as_str(&self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Checking => "checking",
            Status::Active => "active",
            Status::Ended(_) => "ended",
            Status::Removed => "removed",
        }
    }
}

/// What Stripe keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// `pm_…`.
    pub method: String,
    /// Such as `card`.
    pub kind: String,
    /// Such as `visa`, or the bank's name.
    pub brand: Option<String>,
    /// Its last four digits.
    pub last4: Option<String>,
    /// A card's last month: the month and the year.
    pub expires: Option<(i64, i64)>,
}

impl Saved {
    /// What people call it, such as `visa •••• 4242`.
    pub fn label(&self) -> String {
        let name = self.brand.as_deref().unwrap_or(&self.kind);
        match &self.last4 {
            Some(digits) => format!("{name} \u{2022}\u{2022}\u{2022}\u{2022} {digits}"),
            None => name.to_owned(),
        }
    }

    /// When its last month is over, by UTC; `None` for what does not expire.
    pub fn ends(&self) -> Option<TimeUs> {
        let (month, year) = self.expires?;
        let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
        let next = first.checked_add(1.month()).ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(TimeUs::from_jiff(Timestamp::from(next)))
    }
}

/// A page at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The session (`cs_…`).
    pub session_id: String,
    /// Where it is.
    pub url: String,
}

/// A payment method of an org's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentMethod {
    /// Its id.
    pub id: PaymentMethodId,
    /// Whose it is.
    pub org_id: OrgId,
    /// Who asked for it.
    pub actor: String,
    /// Where it stands.
    pub status: Status,
    /// The org's customer at Stripe (`cus_…`).
    pub customer: String,
    /// The page on which it is saved, once Stripe has made it.
    pub page: Option<Page>,
    /// Until when something can be saved there.
    pub page_expires: TimeUs,
    /// What was saved.
    pub saved: Option<Saved>,
    /// Whether automatic top-ups may charge it.
    pub for_topups: bool,
    /// When Stripe no longer had it, after it was removed here.
    pub detached: Option<TimeUs>,
    /// When it was asked for.
    pub created: TimeUs,
    /// When it last changed.
    pub updated: TimeUs,
}

impl PaymentMethod {
    /// What can be charged at `now`.
    pub fn chargeable(&self, now: TimeUs) -> Option<&Saved> {
        let saved = self.saved.as_ref().filter(|_| self.status == Status::Active)?;
        saved.ends().is_none_or(|end| now < end).then_some(saved)
    }

    /// What automatic top-ups may charge at `now`.
    pub fn chargeable_for_topups(&self, now: TimeUs) -> Option<&Saved> {
        self.chargeable(now).filter(|_| self.for_topups)
    }
}

/// What became of a payment method, for the mail that owners get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It was saved.
    Added,
    /// It is charged from now on: for automatic top-ups, for direct payments.
    Used {
        /// By automatic top-ups.
        for_topups: bool,
        /// By payments on the rail `stripe`.
        for_payments: bool,
    },
    /// It is charged no more, by an owner's word.
    Removed,
    /// It is charged no more, because it expired or is gone at Stripe.
    Ended,
}

fn from_row(row: &Row) -> Result<PaymentMethod, StoreError> {
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("payment_methods.{what}: {text:?}"));
    let status = row.text("status")?;
    let page = row.opt_text("session_id")?.zip(row.opt_text("session_url")?);
    let saved = match row.opt_text("method")? {
        None => None,
        Some(method) => Some(Saved {
            method,
            kind: row.opt_text("kind")?.unwrap_or_default(),
            brand: row.opt_text("brand")?,
            last4: row.opt_text("last4")?,
            expires: row.opt_int("exp_month")?.zip(row.opt_int("exp_year")?),
        }),
    };
    Ok(PaymentMethod {
        id: PaymentMethodId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        actor: row.text("actor")?,
        status: match status.as_str() {
            "open" => Status::Open,
            "checking" => Status::Checking,
            "active" => Status::Active,
            "ended" => Status::Ended(row.opt_text("ended_reason")?.unwrap_or_default()),
            "removed" => Status::Removed,
            other => return Err(damaged("status", other)),
        },
        customer: row.text("customer")?,
        page: page.map(|(session_id, url)| Page { session_id, url }),
        page_expires: row.time("session_expires_us")?,
        saved,
        for_topups: row.int("for_topups")? == 1,
        detached: row.opt_time("detached_us")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_good_until_its_last_month_is_over() {
        let card = |month, year| Saved {
            method: "pm_1".into(),
            kind: "card".into(),
            brand: Some("visa".into()),
            last4: Some("4242".into()),
            expires: Some((month, year)),
        };
        let at = |text| TimeUs::parse_rfc3339(text).unwrap();
        assert_eq!(card(11, 2026).ends(), Some(at("2026-12-01T00:00:00Z")));
        assert_eq!(card(12, 2026).ends(), Some(at("2027-01-01T00:00:00Z")));
        assert_eq!(card(13, 2026).ends(), None);
        assert_eq!(Saved { expires: None, ..card(1, 1) }.ends(), None);
        assert_eq!(card(1, 2027).label(), "visa •••• 4242");
    }
}
