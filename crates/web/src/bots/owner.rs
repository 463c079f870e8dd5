//! What owners do with bots: claim, refuse, have a fresh token sent, make a pairing code.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use bursar_base::{AgentId, Mode, OrgId, TimeUs};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem};
use bursar_identity::OrgTx;
use bursar_identity::keys::{Claimer, step_up_required};
use bursar_identity::members::Role;
use bursar_identity::orgs::service as orgs;
use bursar_identity::pairings::service as pairings;
use bursar_identity::people::{Membership, service as people};
use bursar_identity::registrations::{
    Registration, RegistrationError, RegistrationStatus, service as registrations,
};
use bursar_identity::sessions::{Session, service as sessions};
use bursar_identity::sign_ins::SignUp;
use bursar_money::policies::Policy;
use bursar_spend::agents::Limits;
use bursar_spend::context::store_problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::BotBody;
use super::service::{self, problem};
use crate::Web;
use crate::door::{Claiming, InOrg, Signed, unkept};

/// A list of bots.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BotsBody {
    /// Newest first.
    pub data: Vec<BotBody>,
}

/// Whose a bot becomes, and what it may do.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimBody {
    /// What the bot or the mail said; not needed for a bot that named your address.
    pub claim_token: Option<String>,
    /// Into which org; the one that is looked at, else one of yours, else a new one.
    pub org_id: Option<String>,
    /// What it may spend. Without any it asks a human for everything.
    #[serde(deserialize_with = "bursar_http::body::object")]
    pub limits: Limits,
}

/// A bot that belongs to an org now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClaimedBody {
    /// Its id; the agent's from now on.
    pub bot_id: String,
    /// What it is called.
    pub bot_name: String,
    /// The org.
    pub org_id: String,
    /// The org's name.
    pub org_name: String,
    /// Whether the org was made just now.
    pub org_created: bool,
    /// `active`.
    pub status: String,
    /// Whether a human is asked for everything.
    pub asks_for_everything: bool,
}

/// An org that a bot goes into, under its lock.
struct Target {
    org: OrgTx,
    id: OrgId,
    name: String,
    mode: Mode,
    is_new: bool,
}

/// Claim a bot with its token.
#[utoipa::path(post, path = "/bots/claim", tag = "bots", request_body = ClaimBody,
    responses((status = 200, body = ClaimedBody),
        (status = 404, body = ProblemBody, content_type = "application/problem+json",
            description = "The org is none of yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`already_decided`, or `mode_mismatch`")))]
pub async fn claim(claiming: Claiming) -> Result<Json<ClaimedBody>, Problem> {
    let body: ClaimBody = claiming.json()?;
    let Some(token) = body.claim_token.clone() else {
        return Err(Problem::field("claim_token", "say what the bot or the mail said"));
    };
    Ok(Json(claim_with(&claiming.web, &claiming.by, &token, body).await?))
}

/// Counts the try, and claims the bot of a token.
pub(super) async fn claim_with(
    web: &Web,
    by: &Claimer,
    token: &str,
    body: ClaimBody,
) -> Result<ClaimedBody, Problem> {
    let who = match by {
        Claimer::Person(session) => session.email.clone(),
        Claimer::AdminKey(caller) => caller.org_id.to_string(),
    };
    let mut tx = web.identity.db.write().await.map_err(store_problem)?;
    let now = tx.now(&*web.identity.clock).await.map_err(store_problem)?;
    registrations::count_claim(&mut tx, &who, now).await.map_err(problem)?;
    let bot = registrations::of_token(&mut tx, token, now).await;
    // A wrong one counts too.
    tx.commit().await.map_err(store_problem)?;
    take(web, by, &bot.map_err(problem)?, body).await
}

/// Claim a bot that named your address.
#[utoipa::path(post, path = "/dashboard/bots/{id}/claim", tag = "bots", params(("id" = String, Path)),
    request_body = ClaimBody,
    responses((status = 200, body = ClaimedBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`already_decided`, or `mode_mismatch`")))]
pub async fn claim_waiting(PathText(id): PathText, signed: Signed) -> Result<Json<ClaimedBody>, Problem> {
    let body: ClaimBody = if signed.body.is_empty() { ClaimBody::default() } else { signed.json()? };
    let bot = named(&signed.web, &signed.session, &id).await?;
    let by = Claimer::Person(Box::new(signed.session));
    Ok(Json(take(&signed.web, &by, &bot, body).await?))
}

async fn take(web: &Web, by: &Claimer, bot: &Registration, body: ClaimBody) -> Result<ClaimedBody, Problem> {
    let is_limited = body.limits != Limits::default();
    if let (Claimer::Person(session), true) = (by, is_limited)
        && !session.is_stepped_up(web.now())
    {
        return Err(step_up_required());
    }
    let document = body.limits.document();
    Policy::compile(&document)
        .map_err(|error| Problem::field(format!("limits.{}", error.field), error.message))?;
    let actor = match by {
        Claimer::Person(session) => session.actor(),
        Claimer::AdminKey(caller) => caller.actor(),
    };
    let mut into = match by {
        Claimer::AdminKey(caller) => {
            let org = web.lock_for(caller).await?;
            known(org, &caller.org_id, body.org_id.as_deref()).await?
        }
        Claimer::Person(session) => org_for(web, session, bot.mode, body.org_id.as_deref()).await?,
    };
    let adopted = service::adopt(web, &mut into.org, (&into.id, into.mode), bot, &document, &actor).await;
    adopted.map_err(problem)?;
    if let Claimer::Person(session) = by {
        sessions::set_org(&mut into.org.tx, &session.id, &into.id).await.map_err(store_problem)?;
    }
    into.org.commit().await.map_err(store_problem)?;
    Ok(ClaimedBody {
        bot_id: bot.id.to_string(),
        bot_name: bot.name.clone(),
        org_id: into.id.to_string(),
        org_name: into.name,
        org_created: into.is_new,
        status: "active".to_owned(),
        asks_for_everything: !is_limited,
    })
}

async fn known(mut org: OrgTx, id: &OrgId, wanted: Option<&str>) -> Result<Target, Problem> {
    if wanted.is_some_and(|wanted| wanted != id.as_str()) {
        return Err(Problem::not_found("org"));
    }
    let found = orgs::find(&mut org.tx, id).await.map_err(store_problem)?;
    let found = found.ok_or_else(|| Problem::not_found("org"))?;
    Ok(Target { org, id: id.clone(), name: found.name, mode: found.mode, is_new: false })
}

/// The org that a person's bot goes into: the one they name, the one they look at, one of theirs, or a new one.
async fn org_for(web: &Web, session: &Session, mode: Mode, wanted: Option<&str>) -> Result<Target, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let orgs_of = people::orgs(&mut tx, &session.email).await.map_err(store_problem)?;
    drop(tx);
    let mine: Vec<Membership> = orgs_of.into_iter().filter(|org| org.role == Role::Owner).collect();
    let looked_at = session.member.as_ref().map(|member| &member.org_id);
    let chosen = match wanted {
        Some(wanted) => {
            let named = mine.iter().find(|org| org.org_id.as_str() == wanted);
            Some(named.ok_or_else(|| Problem::not_found("org"))?)
        }
        None => {
            let fits = |org: &&Membership| org.mode == mode;
            let here = mine.iter().filter(fits).find(|org| Some(&org.org_id) == looked_at);
            here.or_else(|| mine.iter().find(fits))
        }
    };
    if let Some(org) = chosen {
        let locked = web.identity.lock(&org.org_id).await.map_err(store_problem)?;
        return known(locked, &org.org_id, None).await;
    }
    if web.settings.sign_up == SignUp::Invited {
        // Orgs are made by whoever runs this server, and by nobody who once was a member.
        let detail =
            "none of your orgs can take this bot: ask whoever runs this server to invite you as an owner";
        return Err(Problem::new(StatusCode::FORBIDDEN, "no_org", detail));
    }
    let name = session.email.split('@').next().unwrap_or("").to_owned();
    let name = bursar_identity::valid_name(&name).unwrap_or_else(|_| "My agents".to_owned());
    let made = orgs::insert(&web.identity, &name, &session.email, mode, "UTC", &session.actor()).await;
    let (org, id) = made.map_err(store_problem)?;
    Ok(Target { org, id, name, mode, is_new: true })
}

/// The bot of this id, if it named the address of who is signed in.
async fn named(web: &Web, session: &Session, id: &str) -> Result<Registration, Problem> {
    let id = AgentId::parse(id).map_err(|_| Problem::not_found("bot"))?;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let bot = registrations::find(&mut tx, &id).await.map_err(store_problem)?;
    bot.filter(|bot| bot.owner_email == session.email).ok_or_else(|| Problem::not_found("bot"))
}

/// The bots that wait for you, and those that the org you look at has claimed.
#[utoipa::path(get, path = "/dashboard/bots", tag = "bots", responses((status = 200, body = BotsBody)))]
pub async fn list(signed: Signed) -> Result<Json<BotsBody>, Problem> {
    let bots = waiting(&signed.web, &signed.session).await?;
    let now = signed.web.now();
    Ok(Json(BotsBody { data: bots.iter().map(|bot| BotBody::new(bot, now)).collect() }))
}

/// The bots that wait for somebody, and those that the org they look at has claimed.
pub(crate) async fn waiting(web: &Web, session: &Session) -> Result<Vec<Registration>, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let org_id = session.member.as_ref().map(|member| &member.org_id);
    registrations::list(&mut tx, &session.email, org_id, web.now()).await.map_err(store_problem)
}

/// You do not know this bot: it can do nothing, for good.
#[utoipa::path(post, path = "/dashboard/bots/{id}/refuse", tag = "bots", params(("id" = String, Path)),
    responses((status = 200, body = BotBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`already_decided`")))]
pub async fn refuse(PathText(id): PathText, signed: Signed) -> Result<Json<BotBody>, Problem> {
    let bot = named(&signed.web, &signed.session, &id).await?;
    let actor = signed.session.actor();
    let bot = registrations::refuse(&signed.web.identity, &bot.id, &actor).await.map_err(problem)?;
    Ok(Json(BotBody::new(&bot, signed.web.now())))
}

/// Have a fresh claim token sent to you.
#[utoipa::path(post, path = "/dashboard/bots/{id}/resend", tag = "bots", params(("id" = String, Path)),
    responses((status = 202, body = BotBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`already_decided`")))]
pub async fn resend(PathText(id): PathText, signed: Signed) -> Result<Response, Problem> {
    let web = &signed.web;
    let bot = named(web, &signed.session, &id).await?;
    let now = web.now();
    if bot.status_at(now) != RegistrationStatus::Pending {
        return Err(problem(RegistrationError::Over(bot.status_at(now))));
    }
    let mut system = web.identity.lock_system().await.map_err(store_problem)?;
    registrations::count_mail(&mut system.tx, &bot.owner_email, now).await.map_err(problem)?;
    let again = format!("again:{}", now.0);
    service::ask_owner(web, &mut system, &bot.owner_email, &bot.id, &again).await.map_err(store_problem)?;
    system.commit().await.map_err(store_problem)?;
    web.funnel.wake_workers();
    Ok((StatusCode::ACCEPTED, Json(BotBody::new(&bot, now))).into_response())
}

/// A code by which one bot registers straight into the org.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PairingCodeBody {
    /// Six digits. They are not shown again.
    pub pairing_code: String,
    /// Until when it can be used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

/// Make a pairing code.
#[utoipa::path(post, path = "/dashboard/pairing-codes", tag = "bots",
    responses((status = 201, body = PairingCodeBody)))]
pub async fn make_pairing_code(asked: InOrg) -> Result<Response, Problem> {
    let InOrg { web, caller, .. } = asked;
    let mut org = web.lock_for(&caller).await?;
    let made = pairings::make(&web.identity, &mut org, &caller.org_id, &caller.actor()).await;
    let code = made.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    let body = PairingCodeBody { pairing_code: code.code, expires_at: code.expires_at };
    Ok(unkept((StatusCode::CREATED, Json(body)).into_response()))
}
