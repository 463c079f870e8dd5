//! Asking Stripe.

use std::time::Duration;

use bursar_base::OrgId;
use bursar_http::Problem;
use bursar_identity::orgs::service as orgs;
use http::StatusCode;

use crate::Spend;
use crate::checkouts::service::stripe_of;
use crate::context::store_problem;
use crate::rails::stripe::financial::FinancialAccount;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// Whoever runs the server, on its machine.
    Operator,
    /// An owner of an org.
    Owner,
}

/// The financial accounts of the Stripe account that serves an org.
///
/// # Errors
/// 409 `financial_accounts_off`, `financial_accounts_shared` or `no_stripe`, 503 `stripe_unavailable`.
pub async fn list(spend: &Spend, org_id: &OrgId, asker: Asker) -> Result<Vec<FinancialAccount>, Problem> {
    let conflict = |code, detail: &str| Problem::new(StatusCode::CONFLICT, code, detail);
    if !spend.settings.stripe_financial_accounts {
        let detail = "financial accounts are a preview at Stripe, and off here: whoever runs this server sets \
                      BURSAR_STRIPE_FINANCIAL_ACCOUNTS to on, once Stripe has opened the preview for its account";
        return Err(conflict("financial_accounts_off", detail));
    }
    let stripe = stripe_of(spend, org_id).await?;
    if asker == Asker::Owner {
        let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
        let all = orgs::all(&mut tx).await.map_err(store_problem)?;
        if all.iter().filter(|org| org.mode == stripe.mode()).count() > 1 {
            let detail = "several orgs share the Stripe account of this server, and its money is its operator's: ask them \
                          for `bursar financial-account list`";
            return Err(conflict("financial_accounts_shared", detail));
        }
    }
    stripe.financial_accounts().await.map_err(|error| {
        tracing::warn!(%error, "Stripe did not show its financial accounts");
        let detail = format!(
            "{error}; try again shortly, and look whether Stripe has opened the preview for this account"
        );
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
            .retry_after(Duration::from_secs(5))
    })
}
