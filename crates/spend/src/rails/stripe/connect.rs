//! Connected accounts: how somebody receives money through the operator's account, after showing Stripe who they are.
//!
//! An account is made under an idempotency key and from what is on record. A link to the page on which it is set up is good
//! once and for minutes; it is never logged and never stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::StripeRail;
use super::client::{Nothing, StripeError, path_id};
use super::pay::{MAX_PAGES, PAGE_SIZE};
use super::saved::ORG_ID;
use super::types::{CreatedFrom, ListQuery, Page};
use bursar_base::TimeUs;

/// `POST /v1/accounts`.
#[derive(Debug, Serialize)]
struct CreateAccount<'a> {
    controller: Controller,
    capabilities: Capabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    metadata: BTreeMap<&'static str, &'a str>,
}

/// Stripe asks for what it must know, the account has Stripe's small dashboard, and the operator answers for losses.
#[derive(Debug, Serialize)]
struct Controller {
    fees: Fees,
    losses: Losses,
    requirement_collection: &'static str,
    stripe_dashboard: Dashboard,
}

#[derive(Debug, Serialize)]
struct Fees {
    payer: &'static str,
}

#[derive(Debug, Serialize)]
struct Losses {
    payments: &'static str,
}

#[derive(Debug, Serialize)]
struct Dashboard {
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What it is to be able to: take what payments send on to it.
#[derive(Debug, Serialize)]
struct Capabilities {
    transfers: Requested,
}

#[derive(Debug, Serialize)]
struct Requested {
    requested: bool,
}

/// `POST /v1/account_links`.
#[derive(Debug, Serialize)]
struct CreateLink<'a> {
    account: &'a str,
    refresh_url: &'a str,
    return_url: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// A link to the page on which an account is set up. Good once; never shown by `Debug`.
#[derive(Clone, Deserialize)]
pub struct AccountLink {
    /// Where it is.
    pub url: String,
    /// Until when, in seconds since the epoch.
    pub expires_at: i64,
}

impl std::fmt::Debug for AccountLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountLink(hidden, until {})", self.expires_at)
    }
}

/// A connected account as Stripe shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ConnectedAccount {
    /// `acct_…`.
    pub id: String,
    /// Two letters.
    pub country: Option<String>,
    /// Whether somebody has gone through with the page.
    #[serde(default)]
    pub details_submitted: bool,
    /// Whether it can take payments.
    #[serde(default)]
    pub charges_enabled: bool,
    /// Whether its money is paid out.
    #[serde(default)]
    pub payouts_enabled: bool,
    /// What Stripe wants to know.
    pub requirements: Option<Requirements>,
    /// What we wrote on it.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What Stripe wants to know of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Requirements {
    /// Names of what is due now.
    #[serde(default)]
    pub currently_due: Option<Vec<String>>,
    /// Names of what was due before.
    #[serde(default)]
    pub past_due: Option<Vec<String>>,
    /// Why it cannot do something.
    pub disabled_reason: Option<String>,
}

impl Requirements {
    /// What is due, each name once.
    pub fn due(&self) -> Vec<String> {
        let mut due: Vec<String> =
            self.past_due.iter().chain(&self.currently_due).flatten().cloned().collect();
        due.sort();
        due.dedup();
        due
    }
}

impl StripeRail {
    /// Makes the connected account of an org. The same again, under the same key, is the same account.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn create_account(
        &self,
        org_id: &str,
        country: Option<&str>,
        idempotency_key: &str,
    ) -> Result<ConnectedAccount, StripeError> {
        let form = CreateAccount {
            controller: Controller {
                fees: Fees { payer: "application" },
                losses: Losses { payments: "application" },
                requirement_collection: "stripe",
                stripe_dashboard: Dashboard { kind: "express" },
            },
            capabilities: Capabilities { transfers: Requested { requested: true } },
            country,
            metadata: BTreeMap::from([(ORG_ID, org_id)]),
        };
        self.client.post("/v1/accounts", &form, Some(idempotency_key)).await
    }

    /// The account that was made for an org since a time and whose answer was lost; `None` when there is none.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn find_account(
        &self,
        org_id: &str,
        since: TimeUs,
    ) -> Result<Option<ConnectedAccount>, StripeError> {
        let mut query = ListQuery {
            created: Some(CreatedFrom { gte: since.seconds() }),
            limit: PAGE_SIZE,
            ..ListQuery::default()
        };
        for _ in 0..MAX_PAGES {
            let page: Page<ConnectedAccount> = self.client.get("/v1/accounts", &query).await?;
            query.starting_after = page.data.last().map(|account| account.id.clone());
            let ours =
                |account: &ConnectedAccount| account.metadata.get(ORG_ID).is_some_and(|id| id == org_id);
            if let Some(account) = page.data.into_iter().find(ours) {
                return Ok(Some(account));
            }
            if !page.has_more || query.starting_after.is_none() {
                return Ok(None);
            }
        }
        Err(StripeError::NoAnswer("the list of accounts is too long to be searched".to_owned()))
    }

    /// An account as it is now.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn account(&self, id: &str) -> Result<ConnectedAccount, StripeError> {
        self.client.get(&format!("/v1/accounts/{}", path_id(id)?), &Nothing {}).await
    }

    /// A fresh link to the page on which an account is set up. Each is good once, so each is asked for anew.
    ///
    /// # Errors
    /// [`StripeError`].
    pub async fn account_link(
        &self,
        account: &str,
        return_url: &str,
        refresh_url: &str,
    ) -> Result<AccountLink, StripeError> {
        let form = CreateLink { account, refresh_url, return_url, kind: "account_onboarding" };
        self.client.post("/v1/account_links", &form, None).await
    }
}
