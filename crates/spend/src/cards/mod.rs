//! Cards that agents pay with, issued at Stripe.
//!
//! Invariants:
//! - The number and the code of a card are never stored, logged or sent anywhere but in the one answer that asked for
//!   them ([`access`]).
//! - A card is on record before Stripe is asked for it, under a key made of the record; an answer that was lost is asked
//!   for again or found, and never makes a second card.
//! - Freezing counts here at once, before Stripe hears of it: our own decision about an authorisation looks at
//!   [`Card::status`]. Letting go on is the other way round: Stripe first. What Stripe has not acknowledged is tried
//!   until it has, and shows.
//! - What Stripe holds authorisations against by itself is a second wall that is never lower than the policy's own
//!   ([`mirror`]): it stops what nobody was asked about, and nothing that the policy lets pass.

pub mod access;
pub mod api;
pub mod ask;
pub mod body;
pub mod holder;
pub mod issue;
pub mod mirror;
pub mod owners;
pub mod service;
pub mod sql;
pub mod stripe;

use bursar_base::{AgentId, CardId, Currency, OrgId, TimeUs};
use bursar_money::policies::{Pattern, merchant_key};
use bursar_store::{Columns as _, Row, StoreError};

use crate::rails::stripe::issuing::{Controls, IssuedStatus};

/// Where a card stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Stripe is asked for it.
    Issuing,
    /// It can be used.
    Active,
    /// It was stopped, and can go on.
    Frozen,
    /// It never can be used again. Final.
    Cancelled,
    /// Stripe refused to make it. Final.
    Failed,
}

impl Status {
    /// As stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Issuing => "issuing",
            Status::Active => "active",
            Status::Frozen => "frozen",
            Status::Cancelled => "cancelled",
            Status::Failed => "failed",
        }
    }

    fn parse(text: &str) -> Option<Status> {
        let all = [Status::Issuing, Status::Active, Status::Frozen, Status::Cancelled, Status::Failed];
        all.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether nothing can become of it any more.
    pub fn is_over(self) -> bool {
        match self {
            Status::Issuing | Status::Active | Status::Frozen => false,
            Status::Cancelled | Status::Failed => true,
        }
    }
}

/// What Stripe says of a card beside its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// Such as `Visa`.
    pub brand: String,
    /// The last digits of its number.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: i64,
    /// Four digits.
    pub exp_year: i64,
}

/// A card of an agent's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// `card_…`.
    pub id: CardId,
    /// Whose.
    pub org_id: OrgId,
    /// Who pays with it.
    pub agent_id: AgentId,
    /// Of the wallet.
    pub currency: Currency,
    /// Whether it ends after one payment.
    pub single_use: bool,
    /// The only merchant it may be used at, written as in a policy's `merchants.allow`.
    pub merchant: Option<String>,
    /// Whether the agent may be told the number.
    pub reveal: bool,
    /// What it is for.
    pub reason: String,
    /// Who had it made.
    pub actor: String,
    /// Where it stands; what an authorisation is decided by.
    pub status: Status,
    /// What Stripe is to say of it.
    pub wanted: IssuedStatus,
    /// What Stripe is to hold authorisations against.
    pub wanted_controls: Controls,
    /// What Stripe last said; nothing while a change is under way, or none was made.
    pub stripe_status: Option<IssuedStatus>,
    /// What Stripe last said that it holds authorisations against.
    pub stripe_controls: Option<Controls>,
    /// Until then a change whose answer was lost may still arrive at Stripe.
    pub unsure: Option<TimeUs>,
    /// How many changes were sent.
    pub calls: i64,
    /// What was first sent to make it.
    pub asked: Option<String>,
    /// When.
    pub asked_at: Option<TimeUs>,
    /// How often it was asked for anew.
    pub attempt: i64,
    /// `ic_…`, once it is made.
    pub stripe_id: Option<String>,
    /// What stands on it, once it is made.
    pub face: Option<Face>,
    /// The card that it stands in for.
    pub replaces: Option<CardId>,
    /// Stripe's word for why.
    pub replacement_reason: Option<String>,
    /// The card that stands in for it.
    pub replaced_by: Option<CardId>,
    /// Why it was frozen or cancelled.
    pub note: Option<String>,
    /// Who wants it to go on, while Stripe has not said yes.
    pub unfreezer: Option<String>,
    /// What went wrong last at Stripe.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created: TimeUs,
    /// When it last changed.
    pub updated: TimeUs,
}

impl Card {
    /// Whether Stripe says of it what it is to say. What was never asked for there needs no word of Stripe's.
    pub fn is_acknowledged(&self) -> bool {
        let never_asked = self.asked_at.is_none() && self.wanted != IssuedStatus::Active;
        let says =
            self.stripe_status == Some(self.wanted) || self.stripe_status == Some(IssuedStatus::Canceled);
        never_asked || (says && self.unsure.is_none())
    }

    /// Whether Stripe has nothing more to be told, or asked.
    pub fn is_settled(&self) -> bool {
        let gone = self.stripe_status == Some(IssuedStatus::Canceled);
        let controls = self.stripe_controls.as_ref() == Some(&self.wanted_controls);
        let over =
            self.status == Status::Failed || (self.asked_at.is_none() && self.status != Status::Issuing);
        over || (self.is_acknowledged() && (gone || controls || self.wanted == IssuedStatus::Canceled))
    }

    /// `acknowledged` or `still_trying`, as shown.
    pub fn standing(&self) -> &'static str {
        if self.is_acknowledged() { "acknowledged" } else { "still_trying" }
    }

    /// Whether it may be used at a merchant: every one, or the one that it is for.
    pub fn is_for(&self, merchant: &str) -> bool {
        let Some(only) = &self.merchant else { return true };
        // What cannot be read lets nothing pass.
        Pattern::parse(only).is_ok_and(|pattern| pattern.matches(&merchant_key(merchant)))
    }
}

fn from_row(row: &Row) -> Result<Card, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("cards.{what}"));
    let id = |name: &str| -> Result<Option<CardId>, StoreError> {
        Ok(row.opt_text(name)?.map(|id| CardId::from_store(&id)))
    };
    let issued = |text: &str, what: &str| IssuedStatus::parse(text).ok_or_else(|| damaged(what));
    let controls = |text: &str, what: &str| serde_json::from_str::<Controls>(text).map_err(|_| damaged(what));
    let face = match (row.opt_text("brand")?, row.opt_text("last4")?) {
        (Some(brand), Some(last4)) => Some(Face {
            brand,
            last4,
            exp_month: row.opt_int("exp_month")?.unwrap_or_default(),
            exp_year: row.opt_int("exp_year")?.unwrap_or_default(),
        }),
        _ => None,
    };
    let status = Status::parse(&row.text("status")?).ok_or_else(|| damaged("status"))?;
    Ok(Card {
        id: CardId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        currency: Currency::parse(&row.text("currency")?).map_err(|_| damaged("currency"))?,
        single_use: row.int("single_use")? == 1,
        merchant: row.opt_text("merchant")?,
        reveal: row.int("reveal")? == 1,
        reason: row.text("reason")?,
        actor: row.text("actor")?,
        status,
        wanted: issued(&row.text("wanted")?, "wanted")?,
        wanted_controls: controls(&row.text("wanted_controls")?, "wanted_controls")?,
        stripe_status: row
            .opt_text("stripe_status")?
            .map(|text| issued(&text, "stripe_status"))
            .transpose()?,
        stripe_controls: row
            .opt_text("stripe_controls")?
            .map(|text| controls(&text, "stripe_controls"))
            .transpose()?,
        unsure: row.opt_time("unsure_us")?,
        calls: row.int("calls")?,
        asked: row.opt_text("asked")?,
        asked_at: row.opt_time("asked_us")?,
        attempt: row.int("attempt")?,
        stripe_id: row.opt_text("stripe_id")?,
        face,
        replaces: id("replaces")?,
        replacement_reason: row.opt_text("replacement_reason")?,
        replaced_by: id("replaced_by")?,
        note: row.opt_text("note")?,
        unfreezer: row.opt_text("unfreezer")?,
        last_error: row.opt_text("last_error")?,
        created: row.time("created_us")?,
        updated: row.time("updated_us")?,
    })
}
