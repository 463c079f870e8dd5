//! Checkouts: sums that somebody may pay into a wallet on a page of Stripe's. A top-up is one, and a payment link.
//!
//! Invariants: a wallet is credited only when Stripe, asked then and there, says that the session is *paid*, and by
//! exactly the sum that was asked for; never because somebody came back from the page, and never by what an event says.
//! The credit goes through the funnel under the session's id, which is unique in the ledger, so duplicates, any order of
//! news and a crash in between change nothing. A page is on record before Stripe is asked for it, and another one is made
//! only when the one before has ended there; a job asks what became of it, so news that never comes loses no money.
//!
//! An automatic top-up is a checkout without a page: see [`crate::auto_topups`].

pub mod booking;
pub mod service;
pub mod show;
pub mod sql;

use bursar_base::{AgentId, Currency, Money, OrgId, PaymentMethodId, TimeUs};
use bursar_money::ledger::AccountId;
use bursar_store::{Columns as _, Row, StoreError};

/// What is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The org fills a wallet of its own.
    Topup,
    /// Somebody else pays an agent.
    Link,
}

impl Kind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Topup => "topup",
            Kind::Link => "link",
        }
    }
}

/// Where a checkout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// There is no page that could be paid.
    Asked,
    /// There is one, or there soon will be.
    Open,
    /// Somebody paid in a way that takes days.
    Processing,
    /// The money is in the wallet. Final.
    Paid,
    /// It was paid in a way that took days, and did not come. Final, unless it comes after all.
    Failed,
    /// Nobody paid in time. Final, unless somebody did at the last moment.
    Expired,
}

impl Status {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Asked => "asked",
            Status::Open => "open",
            Status::Processing => "processing",
            Status::Paid => "paid",
            Status::Failed => "failed",
            Status::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Option<Status> {
        let all =
            [Status::Asked, Status::Open, Status::Processing, Status::Paid, Status::Failed, Status::Expired];
        all.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether money may still come without anybody doing something new.
    pub fn is_over(self) -> bool {
        match self {
            Status::Asked | Status::Open | Status::Processing => false,
            Status::Paid | Status::Failed | Status::Expired => true,
        }
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

/// What pays a top-up that nobody pays on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automatic {
    /// The wallet that it fills.
    pub wallet: AccountId,
    /// Which of our payment methods.
    pub payment_method_id: PaymentMethodId,
    /// Stripe's customer (`cus_…`).
    pub customer: String,
    /// Stripe's payment method (`pm_…`).
    pub method: String,
}

/// A sum that somebody may pay into a wallet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// `topup_…` or `link_…`.
    pub id: String,
    /// Whose it is.
    pub org_id: OrgId,
    /// The agent whose wallet it is for; the org's own when absent.
    pub agent_id: Option<AgentId>,
    /// What it is.
    pub kind: Kind,
    /// How much.
    pub amount: Money,
    /// An agent's reason or description, or an owner's words.
    pub words: String,
    /// Who is to pay.
    pub payer_email: Option<String>,
    /// Who asked for it.
    pub actor: String,
    /// Where it stands.
    pub status: Status,
    /// How many pages were made for it; how often Stripe was asked to charge an automatic one.
    pub attempt: i64,
    /// The page that is open, once Stripe has made it.
    pub page: Option<Page>,
    /// Until when the page of this attempt can be paid.
    pub page_expires: Option<TimeUs>,
    /// Stripe's payment (`pi_…`).
    pub payment_intent: Option<String>,
    /// What is charged of an automatic one, which has no page.
    pub automatic: Option<Automatic>,
    /// Why an automatic one was refused.
    pub failure: Option<String>,
    /// Until when a page can be made.
    pub expires: TimeUs,
    /// When it was asked for.
    pub created: TimeUs,
    /// When it last changed.
    pub updated: TimeUs,
    /// When the money came in.
    pub paid: Option<TimeUs>,
}

impl Checkout {
    /// The reference under which its wallet is credited.
    pub fn reference(&self) -> Option<&str> {
        match (&self.automatic, &self.page) {
            (Some(_), _) => self.payment_intent.as_deref(),
            (None, page) => page.as_ref().map(|page| page.session_id.as_str()),
        }
    }

    /// Where it stands at `now`: the job that ends it may not have run yet.
    pub fn status_at(&self, now: TimeUs) -> Status {
        if self.status == Status::Asked && now >= self.expires { Status::Expired } else { self.status }
    }
}

fn from_row(row: &Row) -> Result<Checkout, StoreError> {
    let damaged = |what: &str, text: &str| StoreError::Damaged(format!("checkouts.{what}: {text:?}"));
    let (status, currency, kind) = (row.text("status")?, row.text("currency")?, row.text("kind")?);
    let page = row.opt_text("session_id")?.zip(row.opt_text("session_url")?);
    let automatic = match row.opt_text("auto_wallet")? {
        None => None,
        Some(wallet) => Some(Automatic {
            wallet: AccountId(wallet.into()),
            payment_method_id: PaymentMethodId::from_store(&row.text("payment_method_id")?),
            customer: row.text("customer")?,
            method: row.text("method")?,
        }),
    };
    Ok(Checkout {
        id: row.text("id")?,
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: row.opt_text("agent_id")?.map(|id| AgentId::from_store(&id)),
        kind: match kind.as_str() {
            "topup" => Kind::Topup,
            "link" => Kind::Link,
            other => return Err(damaged("kind", other)),
        },
        amount: Money {
            micros: row.int("amount_micros")?,
            currency: Currency::parse(&currency).map_err(|_| damaged("currency", &currency))?,
        },
        words: row.text("words")?,
        payer_email: row.opt_text("payer_email")?,
        actor: row.text("actor")?,
        status: Status::parse(&status).ok_or_else(|| damaged("status", &status))?,
        attempt: row.int("attempt")?,
        page: page.map(|(session_id, url)| Page { session_id, url }),
        page_expires: row.opt_time("session_expires_us")?,
        payment_intent: row.opt_text("payment_intent")?,
        automatic,
        failure: row.opt_text("failure")?,
        expires: row.time("expires_us")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
        paid: row.opt_time("paid_us")?,
    })
}
