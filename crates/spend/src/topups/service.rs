//! Asking for top-ups, and making them at once.

use bursar_base::{AgentId, Money, OrgId, limits};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_store::rates::{self, Allowed, Rate};
use std::time::Duration;

use super::links;
use crate::Spend;
use crate::checkouts::service::{self as checkouts, NewCheckout, NoPage};
use crate::checkouts::{Checkout, Kind};
use crate::context::store_problem;
use crate::freezes::service::must_go_on;
use crate::mails::{About, service as mails};

/// Counts one more of what an agent may do only so often.
///
/// # Errors
/// 429 `rate_limited`.
pub async fn take(org: &mut OrgTx, name: &str, agent: &AgentId, per_hour: usize) -> Result<(), Problem> {
    let rate = Rate { count: per_hour, within: Duration::from_secs(60 * 60) };
    let now = org.now;
    match rates::take(&mut org.tx, name, agent.as_str(), &[rate], now).await.map_err(store_problem)? {
        Allowed::Yes => Ok(()),
        Allowed::After(wait) => {
            let detail = format!("at most {per_hour} an hour; try again later");
            Err(Problem::rate_limited(detail, wait))
        }
    }
}

/// An agent asks its owners for money: they get a mail. The transaction is the caller's, and is committed here.
///
/// # Errors
/// 409 `org_frozen` or `agent_frozen`, 429, 503.
pub async fn ask(
    spend: &Spend,
    mut org: OrgTx,
    org_id: &OrgId,
    agent: &AgentId,
    amount: Money,
    reason: String,
) -> Result<Checkout, Problem> {
    must_go_on(&mut org, org_id, Some(agent)).await?;
    take(&mut org, "topup_request", agent, limits::TOPUP_REQUESTS_PER_HOUR).await?;
    let new = NewCheckout {
        kind: Kind::Topup,
        agent_id: Some(agent.clone()),
        amount,
        words: reason,
        payer_email: None,
        actor: format!("agent:{agent}"),
    };
    let id = checkouts::make(spend, &mut org, org_id, new).await.map_err(store_problem)?;
    let about = About::TopupAsked { topup_id: id.clone() };
    let event_key = format!("{}:{id}", about.kind());
    mails::queue(spend, &mut org, org_id, &about, &event_key).await.map_err(store_problem)?;
    let made = checkouts::find(&mut org.tx, &id).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    made.ok_or_else(Problem::unavailable)
}

/// An owner fills a wallet: the top-up, and the address of Stripe's page.
///
/// # Errors
/// 409 `no_stripe`, `org_frozen` or `agent_frozen`; 503 `stripe_unavailable`.
pub async fn begin(
    spend: &Spend,
    mut org: OrgTx,
    org_id: &OrgId,
    agent: Option<&AgentId>,
    amount: Money,
    actor: &str,
) -> Result<(Checkout, String), Problem> {
    must_go_on(&mut org, org_id, agent).await?;
    let new = NewCheckout {
        kind: Kind::Topup,
        agent_id: agent.cloned(),
        amount,
        words: "Added by an owner".to_owned(),
        payer_email: None,
        actor: actor.to_owned(),
    };
    let id = checkouts::make(spend, &mut org, org_id, new).await.map_err(store_problem)?;
    let made = checkouts::find(&mut org.tx, &id).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let made = made.ok_or_else(Problem::unavailable)?;
    match page(spend, &made, actor).await {
        Ok(url) => Ok((made, url)),
        Err(NoPage::Problem(problem)) => Err(problem),
        Err(NoPage::Over(_)) => Err(Problem::unavailable()),
    }
}

/// Stripe's page for a top-up. People come back to a link that only shows, whoever they are.
///
/// # Errors
/// [`NoPage`].
pub async fn page(spend: &Spend, c: &Checkout, actor: &str) -> Result<String, NoPage> {
    let back = links::url(spend, &links::token(spend, c, None));
    checkouts::page(spend, c, actor, &back).await
}
