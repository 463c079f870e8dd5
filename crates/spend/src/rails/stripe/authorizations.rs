//! Stripe Issuing: what merchants ask and take by an issued card. Everything here is read; cards are made elsewhere.

use bursar_base::TimeUs;
use serde::Deserialize;

use super::StripeRail;
use super::client::{Nothing, StripeError, path_id};
use super::lists::Listed;
use super::types::Expandable;

/// An authorisation, as it is asked about or as it stands now. Amounts are minor units of `currency`.
#[derive(Debug, Clone, Deserialize)]
pub struct CardAuthorization {
    /// `iauth_…`.
    pub id: String,
    /// What was asked for and neither captured nor taken back. While it is open and was approved, this is held.
    pub amount: i64,
    /// Whether it was ever approved.
    pub approved: bool,
    /// Three letters in lower case.
    pub currency: String,
    /// Where it stands.
    pub status: AuthorizationStatus,
    /// Whether it is about real money.
    pub livemode: bool,
    /// The card that was used.
    pub card: Expandable<OnlyId>,
    /// Who asks.
    pub merchant_data: MerchantData,
    /// What is asked for at this moment.
    pub pending_request: Option<PendingRequest>,
    /// When it began, in seconds since the epoch.
    #[serde(default)]
    pub created: i64,
    /// What was captured of it and came back.
    #[serde(default)]
    pub transactions: Vec<CardTransaction>,
}

/// Where an authorisation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationStatus {
    /// It is asked about, or open.
    Pending,
    /// Captured, or declined.
    Closed,
    /// Taken back by the merchant.
    Reversed,
    /// Nobody captured it in time.
    Expired,
}

impl AuthorizationStatus {
    /// Stripe's word.
    pub fn as_str(self) -> &'static str {
        match self {
            AuthorizationStatus::Pending => "pending",
            AuthorizationStatus::Closed => "closed",
            AuthorizationStatus::Reversed => "reversed",
            AuthorizationStatus::Expired => "expired",
        }
    }
}

/// What is asked for at this moment.
#[derive(Debug, Clone, Deserialize)]
pub struct PendingRequest {
    /// How much more than was approved before, in minor units.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
}

/// A merchant as the card network knows it.
#[derive(Debug, Clone, Deserialize)]
pub struct MerchantData {
    /// Stripe's word for what it sells.
    pub category: String,
    /// Its name.
    pub name: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// The network's id of it.
    pub network_id: String,
}

/// What was captured, or came back.
#[derive(Debug, Clone, Deserialize)]
pub struct CardTransaction {
    /// `ipi_…`.
    pub id: String,
    /// In minor units: less than zero is money that left.
    pub amount: i64,
    /// Three letters in lower case.
    pub currency: String,
    /// Whether it is about real money.
    pub livemode: bool,
    /// What it belongs to, where the network knows.
    pub authorization: Option<Expandable<OnlyId>>,
    /// The card that was used.
    pub card: Expandable<OnlyId>,
    /// The dispute about it.
    pub dispute: Option<Expandable<OnlyId>>,
    /// Who took it.
    pub merchant_data: MerchantData,
    /// When, in seconds since the epoch.
    #[serde(default)]
    pub created: i64,
}

impl CardAuthorization {
    /// Whether merchants may still capture it.
    pub fn is_open(&self) -> bool {
        self.status == AuthorizationStatus::Pending
    }

    /// What is held for it, in minor units.
    pub fn held(&self) -> i64 {
        if self.is_open() && self.approved { self.amount } else { 0 }
    }
}

impl CardTransaction {
    /// What it belongs to: an authorisation, or itself where there is none.
    pub fn reference(&self) -> &str {
        self.authorization.as_ref().map_or(self.id.as_str(), |of| of.id())
    }
}

impl Listed for CardAuthorization {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Listed for CardTransaction {
    fn id(&self) -> &str {
        &self.id
    }
}

/// A dispute about a capture.
#[derive(Debug, Clone, Deserialize)]
pub struct CardDispute {
    /// `idp_…`.
    pub id: String,
    /// In minor units of the transaction's currency.
    pub amount: i64,
    /// Stripe's word, such as `won`.
    pub status: String,
    /// What moved because of it: greater than zero is money that came back.
    pub balance_transactions: Option<Vec<BalanceMove>>,
}

/// A line of the balance for Issuing.
#[derive(Debug, Clone, Deserialize)]
pub struct BalanceMove {
    /// In minor units.
    pub amount: i64,
}

impl CardDispute {
    /// What it has brought back by now, in minor units.
    pub fn came_back(&self) -> i64 {
        match &self.balance_transactions {
            Some(moves) if !moves.is_empty() => moves.iter().map(|line| line.amount).sum::<i64>().max(0),
            Some(_) | None if self.status == "won" => self.amount,
            Some(_) | None => 0,
        }
    }
}

/// An object of which only the id is wanted.
#[derive(Debug, Clone, Deserialize)]
pub struct OnlyId {
    /// Its id.
    pub id: String,
}

impl Expandable<OnlyId> {
    /// The id, whichever form it came in.
    pub fn id(&self) -> &str {
        match self {
            Expandable::Id(id) => id,
            Expandable::Object(object) => &object.id,
        }
    }
}

impl StripeRail {
    /// An authorisation as it is now.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn card_authorization(&self, id: &str) -> Result<CardAuthorization, StripeError> {
        self.client.get(&format!("/v1/issuing/authorizations/{}", path_id(id)?), &Nothing {}).await
    }

    /// Every authorisation begun at `since` or later, by Stripe's clock.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read.
    pub async fn card_authorizations_since(
        &self,
        since: TimeUs,
    ) -> Result<Vec<CardAuthorization>, StripeError> {
        self.all_since("/v1/issuing/authorizations", since, None).await
    }

    /// Every capture and refund made at `since` or later, by Stripe's clock.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read.
    pub async fn card_transactions_since(&self, since: TimeUs) -> Result<Vec<CardTransaction>, StripeError> {
        self.all_since("/v1/issuing/transactions", since, None).await
    }

    /// A capture or refund as it is now.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn card_transaction(&self, id: &str) -> Result<CardTransaction, StripeError> {
        self.client.get(&format!("/v1/issuing/transactions/{}", path_id(id)?), &Nothing {}).await
    }

    /// A dispute as it is now.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn card_dispute(&self, id: &str) -> Result<CardDispute, StripeError> {
        self.client.get(&format!("/v1/issuing/disputes/{}", path_id(id)?), &Nothing {}).await
    }
}
