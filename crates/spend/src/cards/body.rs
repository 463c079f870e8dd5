//! Cards as people and programs see them.

use bursar_base::TimeUs;
use bursar_store::{StoreError, Tx};
use serde::Serialize;

use super::mirror::LeftOut;
use super::{Card, issue};
use crate::rails::stripe::issuing::Controls;

/// A limit that Stripe holds by itself.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MirroredLimit {
    /// `per_authorization`, `daily`, `weekly`, `monthly` or `all_time`; Stripe's days are those of UTC.
    pub interval: String,
    /// A decimal text in the card's currency.
    pub amount: String,
}

/// What Stripe holds a card's authorisations against by itself, before it asks us.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MirrorBody {
    /// Never lower than the policy's own.
    pub limits: Vec<MirroredLimit>,
    /// Only these, where there are any.
    pub allowed_categories: Vec<String>,
    /// Never these.
    pub blocked_categories: Vec<String>,
    /// Whether Stripe has said that it is so.
    pub in_force: bool,
    /// Rules of the policy that only our own decision holds.
    pub left_out: Vec<LeftOut>,
}

/// A card as owners see it. Its number is shown to nobody here.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CardBody {
    /// Its id.
    pub card_id: String,
    /// Who pays with it.
    pub agent_id: String,
    /// `issuing`, `active`, `frozen`, `cancelled` or `failed`: what authorisations are decided by.
    pub status: String,
    /// `acknowledged` once Stripe says the same; `still_trying` until then.
    pub at_stripe: String,
    /// Stripe's id (`ic_…`), once it is made.
    pub stripe_card_id: Option<String>,
    /// Such as `Visa`.
    pub brand: Option<String>,
    /// The last digits of the number.
    pub last4: Option<String>,
    /// 1 to 12.
    pub exp_month: Option<i64>,
    /// Four digits.
    pub exp_year: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Whether it ends after one payment.
    pub single_use: bool,
    /// The only merchant it may be used at.
    pub merchant: Option<String>,
    /// Whether the agent may be told the number.
    pub reveal: bool,
    /// What it is for.
    pub reason: String,
    /// What Stripe holds by itself.
    pub mirror: MirrorBody,
    /// The card that it stands in for.
    pub replaces: Option<String>,
    /// The card that stands in for it.
    pub replaced_by: Option<String>,
    /// Why it was frozen or cancelled.
    pub note: Option<String>,
    /// What went wrong last at Stripe.
    pub last_error: Option<String>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

impl CardBody {
    /// Of a card, with what its agent's policy leaves out of the mirror now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn of(tx: &mut Tx, card: &Card) -> Result<CardBody, StoreError> {
        let left_out = issue::mirror_of(tx, &card.org_id, &card.agent_id).await?.left_out;
        let face = card.face.clone();
        Ok(CardBody {
            card_id: card.id.to_string(),
            agent_id: card.agent_id.to_string(),
            status: card.status.as_str().to_owned(),
            at_stripe: card.standing().to_owned(),
            stripe_card_id: card.stripe_id.clone(),
            brand: face.as_ref().map(|face| face.brand.clone()),
            last4: face.as_ref().map(|face| face.last4.clone()),
            exp_month: face.as_ref().map(|face| face.exp_month),
            exp_year: face.as_ref().map(|face| face.exp_year),
            currency: card.currency.to_string(),
            single_use: card.single_use,
            merchant: card.merchant.clone(),
            reveal: card.reveal,
            reason: card.reason.clone(),
            mirror: mirrored(card, left_out),
            replaces: card.replaces.as_ref().map(ToString::to_string),
            replaced_by: card.replaced_by.as_ref().map(ToString::to_string),
            note: card.note.clone(),
            last_error: card.last_error.clone(),
            created_at: card.created,
            updated_at: card.updated,
        })
    }
}

fn mirrored(card: &Card, left_out: Vec<LeftOut>) -> MirrorBody {
    let Controls { allowed_categories, blocked_categories, spending_limits } = card.wanted_controls.clone();
    let limits = spending_limits.into_iter().map(|limit| MirroredLimit {
        amount: bursar_base::money::decimal(limit.amount.saturating_mul(10_000)),
        interval: limit.interval,
    });
    MirrorBody {
        limits: limits.collect(),
        allowed_categories,
        blocked_categories,
        in_force: card.stripe_controls.as_ref() == Some(&card.wanted_controls),
        left_out,
    }
}
