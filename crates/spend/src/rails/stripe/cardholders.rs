//! Stripe Issuing: the cardholder of an org, whom its agents' cards are issued to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::StripeRail;
use super::client::{Nothing, StripeError, path_id};

/// Metadata key that ties a cardholder or card to the org.
pub const ORG_ID: &str = "bursar_org";

/// What Stripe is told of a cardholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderForm {
    /// `individual` or `company`. It cannot be changed.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What stands on the card. It cannot be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whom Stripe may write to.
    pub email: String,
    /// In the form of E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Where they live, or have their seat.
    pub billing: Billing,
    /// Of a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual: Option<Individual>,
    /// What we write on it.
    pub metadata: BTreeMap<String, String>,
}

/// Where a cardholder lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    /// The address.
    pub address: Address,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    pub line1: String,
    /// Such as a floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State or province; needed in the US.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// ZIP or postal code.
    pub postal_code: String,
    /// Two letters, such as `US`.
    pub country: String,
}

/// What Stripe wants to know of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Individual {
    /// As in their passport.
    pub first_name: String,
    /// As in their passport.
    pub last_name: String,
    /// When and from where they accepted the terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_issuing: Option<CardIssuing>,
}

/// See [`Individual::card_issuing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardIssuing {
    /// The acceptance.
    pub user_terms_acceptance: TermsAcceptance,
}

/// That somebody accepted the terms of the bank behind the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsAcceptance {
    /// When, in seconds since the epoch.
    pub date: i64,
    /// From which address of the network.
    pub ip: String,
}

/// A cardholder.
#[derive(Debug, Clone, Deserialize)]
pub struct Holder {
    /// `ich_…`.
    pub id: String,
    /// What is still wanted of them.
    pub requirements: Requirements,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// See [`Holder::requirements`].
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Requirements {
    /// Stripe's names of the fields; cards cannot be used while there are any.
    pub past_due: Option<Vec<String>>,
}

impl StripeRail {
    /// Makes a cardholder. The same again, under the same key, is the same one.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_holder(
        &self,
        form: &HolderForm,
        idempotency_key: &str,
    ) -> Result<Holder, StripeError> {
        self.client.post("/v1/issuing/cardholders", form, Some(idempotency_key)).await
    }

    /// A cardholder as it is now.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn holder(&self, id: &str) -> Result<Holder, StripeError> {
        self.client.get(&format!("/v1/issuing/cardholders/{}", path_id(id)?), &Nothing {}).await
    }

    /// Changes what can be changed of a cardholder.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn update_holder(&self, id: &str, form: &HolderForm) -> Result<Holder, StripeError> {
        let form = HolderForm { kind: None, name: None, ..form.clone() };
        self.client.post(&format!("/v1/issuing/cardholders/{}", path_id(id)?), &form, None).await
    }
}
