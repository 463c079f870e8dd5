//! Registering, and asking how it stands.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::response::{IntoResponse as _, Response};
use bursar_base::{Language, TimeUs, limits};
use bursar_http::Problem;
use bursar_http::problem::ProblemBody;
use bursar_identity::keys::Registrant;
use bursar_identity::registrations::{Callback, NewRegistration, Registered};
use bursar_identity::{agents, valid_email, valid_name};
use bursar_money::budgets;
use bursar_money::policies::AgentState;
use bursar_spend::context::store_problem;
use bursar_spend::endpoints::Secret;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::service;
use crate::Web;
use crate::door::{Open, unkept};

const IMPORTANT: &str = "Keep api_key now: it is not shown again. Put it into an environment variable, never into a prompt, a file \
    of the project or an answer. You can spend nothing until your owner claims you: give them claim_token and verification_url.";
const IMPORTANT_PAIRED: &str = "Keep api_key now: it is not shown again. Put it into an environment variable, never into a prompt, a \
    file of the project or an answer. Your owner is asked before every payment until they give you limits.";

/// How a bot introduces itself.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// What it is called.
    #[schema(min_length = 1, max_length = 100)]
    pub bot_name: String,
    /// Who owns it: a mail asks whether that is so.
    pub owner_email: String,
    /// The language that the owner reads: `en` or `pt-BR`. Left out, mails are in the one that the owner chose, or the
    /// server's.
    pub owner_language: Option<String>,
    /// What it is and does. Its owner reads this.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// Where to be told what happens; an https URL.
    pub callback_url: Option<String>,
    /// Six digits that a member of an org made: the bot belongs to the org at once.
    pub pairing_code: Option<String>,
}

/// A bot that registered. The secrets are shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisteredBody {
    /// Its id.
    pub bot_id: String,
    /// Its key. Keep it: it is not shown again.
    pub api_key: String,
    /// What its owner claims it with; `null` when it was paired.
    pub claim_token: Option<String>,
    /// The page on which its owner does; `null` when it was paired.
    pub verification_url: Option<String>,
    /// What webhooks to the callback URL are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
    /// `pending` until it is claimed; `active` when it was paired.
    pub status: String,
    /// What to do with all this.
    pub important: String,
}

fn registration_of(open: &Open) -> Result<(NewRegistration, Option<String>), Problem> {
    let body: RegisterBody = open.json()?;
    let field = |name: &'static str| move |message: String| Problem::field(name, message);
    let description = body.description.trim().to_owned();
    if description.chars().count() > limits::MAX_DESCRIPTION_CHARS {
        let message = format!("at most {} characters", limits::MAX_DESCRIPTION_CHARS);
        return Err(Problem::field("description", message));
    }
    if description.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err(Problem::field("description", "no control characters but line breaks"));
    }
    let language = body.owner_language.as_deref().map(|tag| {
        tag.parse::<Language>().map_err(|error| Problem::field("owner_language", error.to_string()))
    });
    let new = NewRegistration {
        name: valid_name(&body.bot_name).map_err(field("bot_name"))?,
        owner_email: valid_email(&body.owner_email).map_err(field("owner_email"))?,
        owner_language: language.transpose()?,
        description,
        callback: body.callback_url.map(|url| callback(&open.web, &url)).transpose()?,
        mode: open.web.settings.bot_mode,
        address: open.web.browser(&open.parts).address,
    };
    Ok((new, body.pairing_code))
}

/// Only what would be called later is taken.
fn callback(web: &Web, text: &str) -> Result<Callback, Problem> {
    let url = web.outgoing.check(text).map_err(|error| Problem::field("callback_url", error.to_string()))?;
    let secret = Secret::generate(&*web.identity.rng).reveal().to_owned();
    Ok(Callback { url: url.into(), secret })
}

/// Register: a bot gets an identity and a key, and its owner a mail.
#[utoipa::path(post, path = "/bots/register", tag = "bots", request_body = RegisterBody,
    responses((status = 201, body = RegisteredBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`duplicate_registration`, or `pairing_failed`")))]
pub async fn register(open: Open) -> Result<Response, Problem> {
    let (new, code) = registration_of(&open)?;
    let webhook_secret = new.callback.as_ref().map(|callback| callback.secret.clone());
    let answer = match code {
        None => {
            let made = service::register(&open.web, &new).await?;
            let token = made.claim_token.reveal().to_owned();
            let url = format!("{}/claim?token={token}", open.web.settings.public_url);
            RegisteredBody {
                claim_token: Some(token),
                verification_url: Some(url),
                ..registered(&made, "pending", IMPORTANT)
            }
        }
        Some(code) => {
            registered(&service::pair(&open.web, new, code.trim()).await?, "active", IMPORTANT_PAIRED)
        }
    };
    let body = RegisteredBody { webhook_secret, ..answer };
    Ok(unkept((StatusCode::CREATED, Json(body)).into_response()))
}

fn registered(made: &Registered, status: &str, important: &str) -> RegisteredBody {
    RegisteredBody {
        bot_id: made.id.to_string(),
        api_key: made.key.reveal().to_owned(),
        claim_token: None,
        verification_url: None,
        webhook_secret: None,
        status: status.to_owned(),
        important: important.to_owned(),
    }
}

/// How a bot stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BotStatusBody {
    /// Its id.
    pub bot_id: String,
    /// What it is called.
    pub bot_name: String,
    /// `pending`, `active`, `frozen`, `refused` or `expired`.
    pub status: String,
    /// The org it belongs to.
    pub org_id: Option<String>,
    /// Until when it can be claimed, while it is pending.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub claim_expires_at: Option<TimeUs>,
    /// What to do next.
    pub next: String,
}

/// How the calling bot stands: the one thing that it may ask before it is claimed.
#[utoipa::path(get, path = "/bots/status", tag = "bots", responses((status = 200, body = BotStatusBody)))]
pub async fn status(
    State(web): State<Web>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<BotStatusBody>, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.uri = uri.0;
    match web.authenticator.registrant(&parts, body).await? {
        Registrant::Bot(bot) => {
            let status = bot.status_at(web.now()).as_str();
            Ok(Json(BotStatusBody {
                bot_id: bot.id.to_string(),
                bot_name: bot.name.clone(),
                next: next_step(status).to_owned(),
                status: status.to_owned(),
                org_id: None,
                claim_expires_at: (status == "pending").then_some(bot.expires_at),
            }))
        }
        Registrant::Agent(caller) => {
            let (id, _) = caller.agent()?;
            let mut tx = web.identity.db.read().await.map_err(store_problem)?;
            let agent = agents::service::find(&mut tx, id).await.map_err(store_problem)?;
            let agent = agent.ok_or_else(|| Problem::not_found("agent"))?;
            let budget = budgets::find(&mut tx, id).await.map_err(store_problem)?;
            let status = match budget.map(|budget| budget.state) {
                Some(AgentState::Active) => "active",
                Some(AgentState::Frozen) => "frozen",
                Some(AgentState::Pending) | None => "pending",
            };
            Ok(Json(BotStatusBody {
                bot_id: id.to_string(),
                bot_name: agent.name,
                next: next_step(status).to_owned(),
                status: status.to_owned(),
                org_id: Some(caller.org_id.to_string()),
                claim_expires_at: None,
            }))
        }
    }
}

fn next_step(status: &str) -> &'static str {
    match status {
        "active" => "You may ask for payments: POST /v1/payment-request.",
        "frozen" => {
            "An owner of your org stopped you, or you asked too often; only an owner can let you go on."
        }
        "refused" => "The owner you named does not know you. Talk to them, then register again.",
        "expired" => "Nobody claimed you in time. Register again.",
        _ => "Your owner got a mail. Give them your claim token, and ask again in a minute.",
    }
}
