//! Making an owner, an org and an agent at once.

use bursar_base::{AgentId, Currency, OrgId};
use bursar_http::Problem;
use bursar_identity::first_run::{FirstRunError, service as first_run};
use bursar_identity::keys::NewKey;
use bursar_identity::orgs::service::{self as orgs, check_time_zone};
use bursar_identity::orgs::{NewOrg, service::OrgError};
use bursar_identity::sessions::{Browser, Method, NewSession, service as sessions};
use bursar_identity::{valid_email, valid_name};
use bursar_spend::agents::api::agent_problem;
use bursar_spend::agents::{Limits, NewAgent, service as agents};
use bursar_spend::context::store_problem;
use http::StatusCode;

use crate::Web;

/// On whose behalf the first run acts, in the audit trail.
const ACTOR: &str = "first-run";

/// What somebody said who sets the server up.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The owner's address.
    pub email: String,
    /// What people call the org.
    pub org_name: String,
    /// Whose days, weeks and months its limits follow (IANA).
    pub time_zone: String,
    /// Of its wallet and its limits: three letters.
    pub currency: String,
    /// What people call the agent.
    pub agent_name: String,
    /// What the agent may spend. Without any limit it asks a human for everything.
    pub limits: Limits,
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The org.
    pub org_id: OrgId,
    /// Its name, as it is kept.
    pub org_name: String,
    /// Of its wallet.
    pub currency: Currency,
    /// The agent.
    pub agent_id: AgentId,
    /// Its key, shown once.
    pub key: NewKey,
    /// The owner's browser is signed in.
    pub session: NewSession,
}

/// What is wrong with a link, over HTTP.
pub(crate) fn problem(error: FirstRunError) -> Problem {
    let detail = error.to_string();
    match error {
        FirstRunError::Over => Problem::new(StatusCode::GONE, "first_run_over", detail),
        FirstRunError::Unknown => Problem::not_found("page"),
        FirstRunError::Store(error) => store_problem(error),
    }
}

/// Makes the first owner, org and agent, uses the link up, and signs the owner's browser in: all of it, or nothing.
///
/// # Errors
/// 400 naming a field, 404 and 410 for a link that leads nowhere or is over, 503.
pub async fn run(web: &Web, token: &str, wanted: Wanted, browser: &Browser) -> Result<Made, Problem> {
    let field = |name: &'static str| move |message: String| Problem::field(name, message);
    let email = valid_email(&wanted.email).map_err(field("email"))?;
    let org_name = valid_name(&wanted.org_name).map_err(field("org_name"))?;
    check_time_zone(&wanted.time_zone).map_err(|error| match error {
        OrgError::Field { message, .. } => Problem::field("time_zone", message),
        OrgError::NotFound => Problem::not_found("org"),
        OrgError::Store(error) => store_problem(error),
    })?;
    let currency = Currency::parse(&wanted.currency)
        .map_err(|_| Problem::field("currency", "three letters such as USD"))?;
    let agent_name = valid_name(&wanted.agent_name).map_err(field("agent_name"))?;

    let identity = &web.identity;
    let id = OrgId::new(web.now(), &*identity.rng);
    let (mut org, system) = identity.lock_with_system(&id).await.map_err(store_problem)?;
    first_run::take(&mut org.tx, token, org.now).await.map_err(problem)?;
    let mode = web.settings.bot_mode;
    let new = NewOrg { name: &org_name, email: &email, mode, time_zone: &wanted.time_zone, currency };
    orgs::write(identity, &mut org, &id, new, ACTOR).await.map_err(store_problem)?;
    let new = NewAgent { name: agent_name, limits: wanted.limits, own_wallet: false };
    let made = agents::write(web, &mut org, &id, new, ACTOR).await;
    let (agent_id, key) = made.map_err(agent_problem)?;
    let mut system = org.go_on_with(system).await.map_err(store_problem)?;
    let begun = sessions::begin(identity, &mut system, &email, Method::FirstRun, browser).await;
    let session = begun.map_err(store_problem)?;
    system.commit().await.map_err(store_problem)?;
    Ok(Made { org_id: id, org_name, currency, agent_id, key, session })
}
