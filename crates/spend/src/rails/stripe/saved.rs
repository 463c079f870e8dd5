//! Payment methods that Stripe keeps for later: a customer, a page on which a person saves one, and charging it when
//! nobody is there.
//!
//! # Invariants
//! - No card number comes near us: a person types it on Stripe's page, and what we get is an id with its last digits.
//! - A customer and a page are made under idempotency keys and from what is on record, so a repeat makes no second one.
//! - [`StripeRail::charge`] charges at most once, and answers by the table at the head of [`super`].

use std::collections::BTreeMap;

use bursar_base::{Currency, Money, TimeUs};
use serde::{Deserialize, Serialize};

use super::StripeRail;
use super::checkout::SessionStatus;
use super::client::{Nothing, StripeError, path_id};
use super::pay::{MAX_PAGES, PAGE_SIZE};
use super::types::{CreatePayment, CreatedFrom, Customer, Expandable, ListQuery, Page};
use super::verdict::Sought;
use crate::rails::Answer;

/// Metadata key that ties a customer to our org.
pub const ORG_ID: &str = "bursar_org";
/// Metadata key that ties a page and what is saved on it to our payment method.
pub const PAYMENT_METHOD_ID: &str = "bursar_payment_method";

/// `POST /v1/customers`.
#[derive(Debug, Serialize)]
struct CreateCustomer<'a> {
    description: &'static str,
    metadata: BTreeMap<&'static str, &'a str>,
}

/// A page on which a payment method is saved.
#[derive(Debug, Clone)]
pub struct NewSetup {
    /// Our id of the payment method.
    pub payment_method_id: String,
    /// Whose it will be (`cus_…`).
    pub customer: String,
    /// What will be charged in; says which kinds of payment methods the page offers.
    pub currency: Currency,
    /// Until when the page is open; between 30 minutes and 24 hours from now.
    pub expires: TimeUs,
    /// Where people go who come back, done or not.
    pub back: String,
    /// Makes a repeat harmless.
    pub idempotency_key: String,
}

/// `POST /v1/checkout/sessions` in the mode `setup`.
#[derive(Debug, Serialize)]
struct CreateSetup<'a> {
    mode: &'static str,
    customer: &'a str,
    currency: String,
    client_reference_id: &'a str,
    success_url: &'a str,
    cancel_url: &'a str,
    expires_at: i64,
    metadata: BTreeMap<&'static str, &'a str>,
    setup_intent_data: SetupIntentData<'a>,
}

#[derive(Debug, Serialize)]
struct SetupIntentData<'a> {
    metadata: BTreeMap<&'static str, &'a str>,
}

/// `GET /v1/checkout/sessions/{id}`: what became of its setup intent is wanted too.
#[derive(Debug, Serialize)]
struct RetrieveSetup {
    expand: [&'static str; 1],
}

/// A page on which a payment method is saved, as Stripe shows it.
#[derive(Debug, Clone, Deserialize)]
pub struct SetupSession {
    /// `cs_…`.
    pub id: String,
    /// Where it stands.
    pub status: Option<SessionStatus>,
    /// The page, while it is open.
    pub url: Option<String>,
    /// What is saved on it.
    pub setup_intent: Option<Expandable<SetupIntent>>,
}

impl SetupSession {
    /// The payment method (`pm_…`) that was saved and may be charged when nobody is there, once there is one.
    pub fn saved(&self) -> Option<&str> {
        let Some(Expandable::Object(intent)) = &self.setup_intent else { return None };
        let usable = intent.status == "succeeded" && intent.usage == "off_session";
        intent.payment_method.as_deref().filter(|_| usable)
    }

    /// Whether what was given on it will never be saved.
    pub fn failed(&self) -> bool {
        let Some(Expandable::Object(intent)) = &self.setup_intent else { return false };
        matches!(intent.status.as_str(), "canceled" | "requires_payment_method")
    }
}

/// What is saved on a page.
#[derive(Debug, Clone, Deserialize)]
pub struct SetupIntent {
    /// `succeeded` once it is saved; `processing` and `requires_action` may take days with bank accounts.
    pub status: String,
    /// `off_session` where it may be charged when nobody is there.
    pub usage: String,
    /// `pm_…`, once somebody has given one.
    pub payment_method: Option<String>,
}

/// A payment method as Stripe keeps it.
#[derive(Debug, Clone, Deserialize)]
pub struct SavedMethod {
    /// `pm_…`.
    pub id: String,
    /// Such as `card` or `us_bank_account`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whose it is; nobody's once it was detached.
    pub customer: Option<String>,
    /// What is known of a card.
    pub card: Option<SavedCard>,
    /// What is known of a bank account in the USA.
    pub us_bank_account: Option<SavedBankAccount>,
}

/// What is known of a card.
#[derive(Debug, Clone, Deserialize)]
pub struct SavedCard {
    /// Such as `visa`.
    pub brand: String,
    /// Its last four digits.
    pub last4: String,
    /// 1 to 12.
    pub exp_month: i64,
    /// Four digits.
    pub exp_year: i64,
}

/// What is known of a bank account.
#[derive(Debug, Clone, Deserialize)]
pub struct SavedBankAccount {
    /// The bank.
    pub bank_name: Option<String>,
    /// Its last four digits.
    pub last4: Option<String>,
}

/// Charging a saved payment method when nobody is there. All of it is what was committed before the first attempt.
#[derive(Debug, Clone)]
pub struct SavedCharge {
    /// Our checkout, which the money is for; the idempotency key is made of it.
    pub checkout_id: String,
    /// How much.
    pub amount: Money,
    /// Whom to charge (`cus_…`).
    pub customer: String,
    /// What to charge (`pm_…`).
    pub payment_method: String,
    /// When the first attempt was committed.
    pub first_attempt_at: TimeUs,
    /// The payment (`pi_…`), where it is known.
    pub reference: Option<String>,
}

impl From<&SavedCharge> for Sought {
    fn from(charge: &SavedCharge) -> Sought {
        Sought {
            tag: super::checkout::CHECKOUT_ID,
            id: charge.checkout_id.clone(),
            currency: charge.amount.currency,
            reference: charge.reference.clone(),
            customer: Some(charge.customer.clone()),
            first_attempt_at: charge.first_attempt_at,
        }
    }
}

impl StripeRail {
    /// Makes the customer that stands for an org. The same again, under the same key, is the same customer.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_customer(
        &self,
        org_id: &str,
        idempotency_key: &str,
    ) -> Result<Customer, StripeError> {
        let form = CreateCustomer { description: "Bursar", metadata: BTreeMap::from([(ORG_ID, org_id)]) };
        self.client.post("/v1/customers", &form, Some(idempotency_key)).await
    }

    /// The customer that was made for an org since a time and whose answer was lost; `None` when there is none.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn find_customer(&self, org_id: &str, since: TimeUs) -> Result<Option<Customer>, StripeError> {
        let mut query = ListQuery {
            created: Some(CreatedFrom { gte: since.seconds() }),
            limit: PAGE_SIZE,
            ..ListQuery::default()
        };
        for _ in 0..MAX_PAGES {
            let page: Page<Customer> = self.client.get("/v1/customers", &query).await?;
            query.starting_after = page.data.last().map(|customer| customer.id.clone());
            let ours = |customer: &Customer| {
                !customer.deleted && customer.metadata.get(ORG_ID).is_some_and(|id| id == org_id)
            };
            if let Some(customer) = page.data.into_iter().find(ours) {
                return Ok(Some(customer));
            }
            if !page.has_more || query.starting_after.is_none() {
                return Ok(None);
            }
        }
        Err(StripeError::NoAnswer("the list of customers is too long to be searched".to_owned()))
    }

    /// Whether a customer is still there.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn has_customer(&self, id: &str) -> Result<bool, StripeError> {
        match self.client.retrieve_customer(id).await {
            Err(StripeError::Refused(refusal)) if refusal.status == 404 => Ok(false),
            other => Ok(!other?.deleted),
        }
    }

    /// Makes a page. The same again, under the same key, is the same page.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_setup(&self, new: &NewSetup) -> Result<SetupSession, StripeError> {
        let metadata = BTreeMap::from([(PAYMENT_METHOD_ID, new.payment_method_id.as_str())]);
        let form = CreateSetup {
            mode: "setup",
            customer: &new.customer,
            currency: new.currency.as_str().to_lowercase(),
            client_reference_id: &new.payment_method_id,
            success_url: &new.back,
            cancel_url: &new.back,
            expires_at: new.expires.seconds(),
            metadata: metadata.clone(),
            setup_intent_data: SetupIntentData { metadata },
        };
        self.client.post("/v1/checkout/sessions", &form, Some(&new.idempotency_key)).await
    }

    /// A page as it is now, with what was saved on it.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn setup(&self, id: &str) -> Result<SetupSession, StripeError> {
        let path = format!("/v1/checkout/sessions/{}", path_id(id)?);
        self.client.get(&path, &RetrieveSetup { expand: ["setup_intent"] }).await
    }

    /// A payment method as it is now; `None` when the account has none of this id.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn saved_method(&self, id: &str) -> Result<Option<SavedMethod>, StripeError> {
        match self.client.get(&format!("/v1/payment_methods/{}", path_id(id)?), &Nothing {}).await {
            Err(StripeError::Refused(refusal)) if refusal.status == 404 => Ok(None),
            other => other.map(Some),
        }
    }

    /// Takes a payment method away from its customer: nobody can charge it again. One that is away is left so.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn detach(&self, id: &str) -> Result<(), StripeError> {
        // Without an idempotency key: detaching twice is harmless.
        let path = format!("/v1/payment_methods/{}/detach", path_id(id)?);
        let error = match self.client.post::<SavedMethod>(&path, &Nothing {}, None).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        let is_certain =
            matches!(&error, StripeError::Refused(refusal) if [400, 404].contains(&refusal.status));
        if is_certain && self.saved_method(id).await?.is_none_or(|method| method.customer.is_none()) {
            return Ok(());
        }
        Err(error)
    }

    /// Charges a saved payment method when nobody is there. May be repeated: it then asks what became of the charge, or
    /// sends the very same again where that is safe.
    pub async fn charge(&self, charge: &SavedCharge) -> Answer {
        let key = format!("bursar-topup-{}", charge.checkout_id);
        self.pay_once(&Sought::from(charge), CreatePayment::from_saved(charge), &key).await
    }

    /// Asks what became of a charge, without making one.
    pub async fn look_up_charge(&self, charge: &SavedCharge) -> Answer {
        self.find(&Sought::from(charge)).await
    }
}
