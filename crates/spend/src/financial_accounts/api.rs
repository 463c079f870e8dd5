//! Financial accounts over HTTP, for owners.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_http::Problem;
use bursar_http::problem::ProblemBody;
use bursar_identity::keys::Freshness;
use serde::Serialize;

use super::service::{Asker, list as read};
use crate::Spend;
use crate::rails::stripe::financial::{Balance, FinancialAccount};
use crate::requests::api::caller;

/// What is in a financial account, of one currency.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FinancialBalanceBody {
    /// ISO 4217.
    pub currency: String,
    /// What can be used.
    pub available: String,
    /// What is on its way in.
    pub inbound_pending: String,
    /// What is on its way out.
    pub outbound_pending: String,
}

/// A financial account at Stripe.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FinancialAccountBody {
    /// Stripe's id of it.
    pub financial_account_id: String,
    /// What the operator calls it.
    pub name: Option<String>,
    /// Stripe's word, such as `open`.
    pub status: String,
    /// Stripe's word, such as `storage`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Two letters.
    pub country: Option<String>,
    /// What is in it.
    pub balances: Vec<FinancialBalanceBody>,
}

/// Financial accounts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FinancialAccountsBody {
    /// In Stripe's order.
    pub data: Vec<FinancialAccountBody>,
}

impl From<Balance> for FinancialBalanceBody {
    fn from(balance: Balance) -> FinancialBalanceBody {
        FinancialBalanceBody {
            currency: balance.available.currency.to_string(),
            available: balance.available.decimal(),
            inbound_pending: balance.inbound_pending.decimal(),
            outbound_pending: balance.outbound_pending.decimal(),
        }
    }
}

impl From<Vec<FinancialAccount>> for FinancialAccountsBody {
    fn from(all: Vec<FinancialAccount>) -> FinancialAccountsBody {
        let body = |account: FinancialAccount| FinancialAccountBody {
            financial_account_id: account.id,
            name: account.name,
            status: account.status,
            kind: account.kind,
            country: account.country,
            balances: account.balances.into_iter().map(FinancialBalanceBody::from).collect(),
        };
        FinancialAccountsBody { data: all.into_iter().map(body).collect() }
    }
}

/// The operator's financial accounts at Stripe, with what is in them now. A preview at Stripe, and off unless the server's
/// setting BURSAR_STRIPE_FINANCIAL_ACCOUNTS is on.
#[utoipa::path(get, path = "/dashboard/financial-accounts", tag = "dashboard",
    responses((status = 200, body = FinancialAccountsBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "Off, without a key of Stripe's, or an account that several orgs share"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json",
            description = "Stripe did not say; see `Retry-After`")))]
pub async fn list(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<FinancialAccountsBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    Ok(Json(read(&spend, &caller.org_id, Asker::Owner).await?.into()))
}
