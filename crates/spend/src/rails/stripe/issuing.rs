//! Stripe Issuing: the cards of agents.
//!
//! What makes something is sent under an idempotency key and out of what is on record, so that a repeat makes no second
//! one. What changes something sets it, so that a repeat changes nothing. The number and the code of a card are asked
//! for in one place, [`StripeRail::card_secrets`], and their type shows itself to nobody.

use std::collections::BTreeMap;
use std::fmt;

use bursar_base::{Currency, TimeUs};
use serde::{Deserialize, Serialize};

use super::StripeRail;
use super::client::{Client, Nothing, StripeError, path_id};
use super::types::{CreatedFrom, Page};

/// Metadata key that ties a card to ours.
pub const CARD_ID: &str = "bursar_card";
/// Metadata key that ties a card to the agent.
pub const AGENT_ID: &str = "bursar_agent";

/// The categories of merchants that Stripe knows, one a line, in the order of the alphabet.
const CATEGORIES: &str = include_str!("categories.txt");

/// Whether Stripe knows a category by this name.
pub fn knows_category(name: &str) -> bool {
    CATEGORIES.lines().any(|known| known == name)
}

/// What Stripe itself holds an authorisation against, before it asks us. Amounts are minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// Only these categories, where there are any.
    #[serde(default)]
    pub allowed_categories: Vec<String>,
    /// Never these.
    #[serde(default)]
    pub blocked_categories: Vec<String>,
    /// The most within so long.
    #[serde(default)]
    pub spending_limits: Vec<SpendingLimit>,
}

/// The most within so long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendingLimit {
    /// In minor units.
    pub amount: i64,
    /// Stripe's word, such as `daily`.
    pub interval: String,
}

/// The same with absent fields where there is nothing, which Stripe leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ControlsForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_categories: Option<ListForm<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked_categories: Option<ListForm<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spending_limits: Option<ListForm<SpendingLimit>>,
}

/// A list, or the empty text that takes away the one there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum ListForm<T> {
    Of(Vec<T>),
    Nothing(String),
}

impl Controls {
    /// What to send so that these are in force where `before` may be.
    fn form(&self, before: &Controls) -> ControlsForm {
        fn list<T: Clone>(now: &[T], before: &[T]) -> Option<ListForm<T>> {
            match (now.is_empty(), before.is_empty()) {
                (true, true) => None,
                (true, false) => Some(ListForm::Nothing(String::new())),
                (false, _) => Some(ListForm::Of(now.to_vec())),
            }
        }
        ControlsForm {
            allowed_categories: list(&self.allowed_categories, &before.allowed_categories),
            blocked_categories: list(&self.blocked_categories, &before.blocked_categories),
            spending_limits: list(&self.spending_limits, &before.spending_limits),
        }
    }
}

/// What a card is to be made of; kept on record before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardForm {
    #[serde(rename = "type")]
    kind: String,
    cardholder: String,
    currency: String,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    spending_controls: Option<ControlsForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_controls: Option<Lifecycle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_for: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement_reason: Option<String>,
    metadata: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lifecycle {
    cancel_after: CancelAfter,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CancelAfter {
    payment_count: i64,
}

/// What makes one card different from another.
#[derive(Debug)]
pub struct NewIssued<'a> {
    /// Of the org (`ich_…`).
    pub holder: &'a str,
    /// Of the wallet.
    pub currency: Currency,
    /// What Stripe holds authorisations against.
    pub controls: &'a Controls,
    /// Whether it ends after one payment.
    pub single_use: bool,
    /// The card that it stands in for at Stripe, and why.
    pub replaces: Option<(&'a str, &'a str)>,
    /// What is written on it.
    pub metadata: BTreeMap<String, String>,
}

impl CardForm {
    /// A virtual card that can be used at once.
    pub fn new(new: NewIssued<'_>) -> CardForm {
        let form = new.controls.form(&Controls::default());
        let limited = *new.controls != Controls::default();
        CardForm {
            kind: "virtual".to_owned(),
            cardholder: new.holder.to_owned(),
            currency: new.currency.as_str().to_lowercase(),
            status: "active".to_owned(),
            spending_controls: limited.then_some(form),
            lifecycle_controls: new
                .single_use
                .then_some(Lifecycle { cancel_after: CancelAfter { payment_count: 1 } }),
            replacement_for: new.replaces.map(|(card, _)| card.to_owned()),
            replacement_reason: new.replaces.map(|(_, reason)| reason.to_owned()),
            metadata: new.metadata,
        }
    }
}

/// Where a card stands at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuedStatus {
    /// It can be used.
    Active,
    /// It cannot, for now.
    Inactive,
    /// It never can again.
    Canceled,
    /// A status this version does not know.
    #[serde(other)]
    Unrecognised,
}

impl IssuedStatus {
    /// Stripe's word, as stored.
    pub fn as_str(self) -> &'static str {
        match self {
            IssuedStatus::Active => "active",
            IssuedStatus::Inactive => "inactive",
            IssuedStatus::Canceled => "canceled",
            IssuedStatus::Unrecognised => "unrecognised",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<IssuedStatus> {
        let all = [
            IssuedStatus::Active,
            IssuedStatus::Inactive,
            IssuedStatus::Canceled,
            IssuedStatus::Unrecognised,
        ];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// A card, without its number.
#[derive(Debug, Clone, Deserialize)]
pub struct Issued {
    /// `ic_…`.
    pub id: String,
    /// Such as `Visa`.
    pub brand: String,
    /// The last digits of its number.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: i64,
    /// Four digits.
    pub exp_year: i64,
    /// Where it stands.
    pub status: IssuedStatus,
    /// Whether real money moves.
    pub livemode: bool,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    spending_controls: ShownControls,
}

#[derive(Debug, Clone, Deserialize)]
struct ShownControls {
    allowed_categories: Option<Vec<String>>,
    blocked_categories: Option<Vec<String>>,
    spending_limits: Option<Vec<SpendingLimit>>,
}

impl Issued {
    /// What Stripe holds its authorisations against.
    pub fn controls(&self) -> Controls {
        let shown = self.spending_controls.clone();
        Controls {
            allowed_categories: shown.allowed_categories.unwrap_or_default(),
            blocked_categories: shown.blocked_categories.unwrap_or_default(),
            spending_limits: shown.spending_limits.unwrap_or_default(),
        }
    }
}

/// The number and the code of a card, on their way to the agent. Never stored; `Debug` shows nothing of them.
#[derive(Clone, Deserialize)]
pub struct CardSecrets {
    /// The whole number.
    pub number: String,
    /// The code.
    pub cvc: String,
}

impl fmt::Debug for CardSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardSecrets(hidden)")
    }
}

#[derive(Serialize)]
struct CardUpdate<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spending_controls: Option<ControlsForm>,
}

#[derive(Serialize)]
struct CardList<'a> {
    cardholder: &'a str,
    limit: i64,
    created: CreatedFrom,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_after: Option<String>,
}

#[derive(Serialize)]
struct Expand {
    expand: [&'static str; 2],
}

/// Rows on a page of Stripe's.
const PAGE: i64 = 100;
/// How much earlier than ours Stripe's clock may have seen something, in seconds.
const CLOCK_SLACK: i64 = 300;

impl Client {
    async fn card(&self, id: &str) -> Result<Issued, StripeError> {
        self.get(&format!("/v1/issuing/cards/{}", path_id(id)?), &Nothing {}).await
    }
}

impl StripeRail {
    /// Makes a card. The same again, under the same key, is the same one.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_card(&self, form: &CardForm, idempotency_key: &str) -> Result<Issued, StripeError> {
        self.client.post("/v1/issuing/cards", form, Some(idempotency_key)).await
    }

    /// A card as it is now, without its number.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn card(&self, id: &str) -> Result<Issued, StripeError> {
        self.client.card(id).await
    }

    /// The cardholder's card that we made for our card of this id, where there is one.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn find_card(
        &self,
        holder: &str,
        card_id: &str,
        since: TimeUs,
    ) -> Result<Option<Issued>, StripeError> {
        let mut starting_after = None;
        loop {
            let created = CreatedFrom { gte: since.seconds() - CLOCK_SLACK };
            let query = CardList { cardholder: holder, limit: PAGE, created, starting_after };
            let page: Page<Issued> = self.client.get("/v1/issuing/cards", &query).await?;
            let last = page.data.last().map(|card| card.id.clone());
            let ours = |card: &Issued| card.metadata.get(CARD_ID).is_some_and(|id| id == card_id);
            if let Some(found) = page.data.into_iter().find(ours) {
                return Ok(Some(found));
            }
            if !page.has_more || last.is_none() {
                return Ok(None);
            }
            starting_after = last;
        }
    }

    /// Sets a card's status and, where they differ from `before`, its controls. One that is cancelled stays so.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn set_card(
        &self,
        id: &str,
        status: IssuedStatus,
        cancellation_reason: Option<&str>,
        controls: (&Controls, &Controls),
    ) -> Result<Issued, StripeError> {
        let (wanted, before) = controls;
        let keeps_controls = wanted == before || status == IssuedStatus::Canceled;
        let form = CardUpdate {
            status: status.as_str(),
            cancellation_reason,
            spending_controls: (!keeps_controls).then(|| wanted.form(before)),
        };
        self.client.post(&format!("/v1/issuing/cards/{}", path_id(id)?), &form, None).await
    }

    /// The number and the code of a card, for one answer.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn card_secrets(&self, id: &str) -> Result<CardSecrets, StripeError> {
        let query = Expand { expand: ["number", "cvc"] };
        self.client.get(&format!("/v1/issuing/cards/{}", path_id(id)?), &query).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_shows_itself_to_nobody() {
        let json = r#"{"id":"ic_1","number":"4000009990000001","cvc":"123"}"#;
        let secrets: CardSecrets = serde_json::from_str(json).unwrap();
        assert_eq!(secrets.number.as_str(), "4000009990000001");
        assert_eq!(format!("{secrets:?}"), "CardSecrets(hidden)");
    }

    #[test]
    fn what_is_gone_is_taken_away_and_what_never_was_is_not_named() {
        let limit = SpendingLimit { amount: 100, interval: "daily".to_owned() };
        let had = Controls { spending_limits: vec![limit], ..Controls::default() };
        let wanted = Controls { blocked_categories: vec!["book_stores".to_owned()], ..Controls::default() };
        let form = serde_qs::to_string(&wanted.form(&had)).unwrap();
        assert_eq!(form, "blocked_categories[0]=book_stores&spending_limits=");
        assert_eq!(
            serde_qs::to_string(&had.form(&had)).unwrap(),
            "spending_limits[0][amount]=100&spending_limits[0][interval]=daily"
        );
    }

    #[test]
    fn the_list_of_categories_is_in_order() {
        assert!(CATEGORIES.lines().is_sorted());
        assert!(knows_category("book_stores") && !knows_category("books") && !knows_category(""));
    }
}
