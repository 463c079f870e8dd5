//! Stripe's money management (version 2 of its API): financial accounts and what is in them. Only read.
//!
//! Version 2 speaks JSON, pages by `next_page_url`, and is asked in its preview version, which its own header names; nothing
//! else is asked in that version.

use std::collections::BTreeMap;

use bursar_base::Money;
use serde::{Deserialize, Serialize};

use super::client::{PREVIEW_VERSION, StripeError};
use super::pay::MAX_PAGES;
use super::{StripeRail, from_minor_units};

const PATH: &str = "/v2/money_management/financial_accounts";
/// How many at once.
const PAGE_SIZE: u8 = 20;

/// A financial account of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinancialAccount {
    /// `fa_…`.
    pub id: String,
    /// What the operator calls it.
    pub name: Option<String>,
    /// Stripe's word, such as `open`.
    pub status: String,
    /// Stripe's word, such as `storage`.
    pub kind: String,
    /// Two letters in lower case.
    pub country: Option<String>,
    /// What is in it, by currency.
    pub balances: Vec<Balance>,
}

/// What is in an account, of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What can be used.
    pub available: Money,
    /// What is on its way in.
    pub inbound_pending: Money,
    /// What is on its way out.
    pub outbound_pending: Money,
}

#[derive(Debug, Serialize)]
struct ListQuery {
    limit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<Account>,
    next_page_url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: String,
    display_name: Option<String>,
    status: String,
    #[serde(rename = "type")]
    kind: String,
    country: Option<String>,
    balance: Balances,
}

#[derive(Debug, Deserialize)]
struct Balances {
    #[serde(default)]
    available: BTreeMap<String, Amount>,
    #[serde(default)]
    inbound_pending: BTreeMap<String, Amount>,
    #[serde(default)]
    outbound_pending: BTreeMap<String, Amount>,
}

/// In minor units of `currency`.
#[derive(Debug, Deserialize)]
struct Amount {
    value: i64,
    currency: String,
}

impl StripeRail {
    /// Every financial account of the operator's Stripe account.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read.
    pub async fn financial_accounts(&self) -> Result<Vec<FinancialAccount>, StripeError> {
        let mut query = ListQuery { limit: PAGE_SIZE, page: None };
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let page: Page = self.client.get_in(PREVIEW_VERSION, PATH, &query).await?;
            for account in page.data {
                all.push(account.read()?);
            }
            let Some(next) = page.next_page_url else { return Ok(all) };
            query.page = Some(page_of(&next).ok_or_else(|| odd(PATH))?);
        }
        Err(StripeError::NoAnswer(format!("{PATH} never ends")))
    }
}

/// The name of the next page. Only that is taken from the address: where to ask is ours to say.
fn page_of(next_page_url: &str) -> Option<String> {
    let (path, query) = next_page_url.split_once('?')?;
    let pairs = reqwest::Url::parse(&format!("https://stripe.invalid/?{query}")).ok()?;
    let mut pages = pairs.query_pairs().filter(|(name, _)| name == "page").map(|(_, page)| page.into_owned());
    pages.next().filter(|_| path.ends_with(PATH))
}

fn odd(what: &str) -> StripeError {
    StripeError::NoAnswer(format!("{what} has something in it that cannot be read"))
}

impl Account {
    fn read(self) -> Result<FinancialAccount, StripeError> {
        let Account { id, display_name, status, kind, country, balance } = self;
        let Balances { available, inbound_pending, outbound_pending } = balance;
        let all = [&available, &inbound_pending, &outbound_pending];
        let currencies: BTreeMap<&str, &Amount> =
            all.into_iter().flatten().map(|(name, amount)| (name.as_str(), amount)).collect();
        let mut balances = Vec::new();
        for (name, any) in currencies {
            let of = |amounts: &BTreeMap<String, Amount>| {
                let minor_units = amounts.get(name).map_or(0, |amount| amount.value);
                from_minor_units(minor_units, &any.currency).ok_or_else(|| odd(&id))
            };
            balances.push(Balance {
                available: of(&available)?,
                inbound_pending: of(&inbound_pending)?,
                outbound_pending: of(&outbound_pending)?,
            });
        }
        Ok(FinancialAccount { id, name: display_name, status, kind, country, balances })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_next_address_only_the_page_is_taken() {
        let next = format!("{PATH}?limit=20&page=page_a%2Fb");
        assert_eq!(page_of(&next).as_deref(), Some("page_a/b"));
        assert_eq!(page_of(&format!("https://api.stripe.com{next}")).as_deref(), Some("page_a/b"));
        for bad in ["", PATH, "https://elsewhere.example/?page=x", "/v2/core/accounts?page=x"] {
            assert_eq!(page_of(bad), None, "{bad:?}");
        }
    }
}
