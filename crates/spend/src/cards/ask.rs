//! An agent asks its owners for a card, and one of them says yes or no on the page behind the link in the mail.
//!
//! Invariants: opening the link changes nothing. It is signed, bound to the question and to the owner it was sent to, and
//! good for one answer within a day. What it can do is small by design: the card is made under the policy in force, and
//! without its number being shown to the agent. To show the number takes a passkey's word.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{AgentId, CardId, CardRequestId, Language, MemberId, OrgId, TimeUs, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, Reading, parse_json};
use bursar_identity::OrgTx;
use bursar_identity::agents::service as agents;
use bursar_identity::keys::Freshness;
use bursar_identity::members::{Member, Role, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_pages as pages;
use bursar_store::events::NewEvent;
use bursar_store::{Columns as _, Row, StoreError, Tx};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::issue::{self, NewCard, at_once};
use super::sql;
use crate::approvals::api::{invalid, page};
use crate::checkouts::show::answered;
use crate::context::store_problem;
use crate::freezes::service::must_go_on;
use crate::mails::{About, service as mails};
use crate::requests::api::caller;
use crate::requests::form;
use crate::topups::service::take;
use crate::{Spend, signed};

/// What the tokens are signed for.
const PURPOSE: &str = "bursar card request links v1";

/// An agent's question for a card.
#[derive(Debug, Clone)]
pub struct Question {
    /// `creq_…`.
    pub id: CardRequestId,
    /// Whose.
    pub org_id: OrgId,
    /// Who asks.
    pub agent_id: AgentId,
    /// Why, by its own account.
    pub reason: String,
    /// The only merchant it is wanted for.
    pub merchant: Option<String>,
    /// Whether for one payment only.
    pub single_use: bool,
    /// `asked`, `granted` or `refused`.
    pub status: String,
    /// The card that was made of it.
    pub card_id: Option<CardId>,
    /// Until when it can be answered.
    pub expires: TimeUs,
    /// When it was asked.
    pub created: TimeUs,
}

impl Question {
    /// Where it stands at `now`.
    pub fn status_at(&self, now: TimeUs) -> &str {
        if self.status == "asked" && now >= self.expires { "expired" } else { &self.status }
    }
}

fn from_row(row: &Row) -> Result<Question, StoreError> {
    Ok(Question {
        id: CardRequestId::from_store(&row.text("id")?),
        org_id: OrgId::from_store(&row.text("org_id")?),
        agent_id: AgentId::from_store(&row.text("agent_id")?),
        reason: row.text("reason")?,
        merchant: row.opt_text("merchant")?,
        single_use: row.int("single_use")? == 1,
        status: row.text("status")?,
        card_id: row.opt_text("card_id")?.map(|id| CardId::from_store(&id)),
        expires: row.time("expires_us")?,
        created: row.time("created_us")?,
    })
}

/// One question; the caller checks whose it is.
///
/// # Errors
/// [`StoreError`].
pub async fn find(tx: &mut Tx, id: &CardRequestId) -> Result<Option<Question>, StoreError> {
    tx.row(sql::FIND_REQUEST, &[id.as_str().into()]).await?.as_ref().map(from_row).transpose()
}

/// A card that an agent asks for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardQuestion {
    /// What for. Shown to your owner as your claim.
    #[schema(min_length = 1, max_length = 1000)]
    pub reason: String,
    /// The only merchant it is for, where it is for one.
    #[schema(example = "shop.example")]
    pub merchant: Option<String>,
    /// Whether one payment is enough.
    #[serde(default)]
    pub single_use: bool,
}

/// Where an agent's question for a card stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuestionBody {
    /// Its id.
    pub card_request_id: String,
    /// `asked`, `granted`, `refused` or `expired`.
    pub status: String,
    /// Until when your owner can answer.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

/// Ask your owner for a card: they get a mail with one link. Three times an hour.
#[utoipa::path(post, path = "/wallet/card-request", tag = "wallet", request_body = CardQuestion,
    responses((status = 202, body = QuestionBody, description = "Your owner is asked"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`no_stripe` or `no_cardholder`: your org cannot have cards yet"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Asked too often; see `Retry-After`")))]
pub async fn ask(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let agent = caller.agent()?.0.clone();
    let asked: CardQuestion = parse_json(&parts.headers, &body)?;
    let reason = form::text("reason", &asked.reason, 1, limits::MAX_REASON_CHARS)?;
    let merchant = issue::checked_merchant(asked.merchant.as_deref())?;
    issue::must_be_ready(&spend, &caller.org_id).await?;
    let mut org = spend.lock_for(&caller).await?;
    must_go_on(&mut org, &caller.org_id, Some(&agent)).await?;
    take(&mut org, "card_request", &agent, limits::CARD_REQUESTS_PER_HOUR).await?;
    let id = CardRequestId::new(org.now, &*spend.identity.rng);
    let expires = org.now.plus(limits::CARD_ASKED_FOR);
    let args = [
        id.as_str().into(),
        caller.org_id.as_str().into(),
        agent.as_str().into(),
        (&reason).into(),
        merchant.as_deref().into(),
        i64::from(asked.single_use).into(),
        expires.into(),
        org.now.into(),
    ];
    let written = async {
        org.tx.execute(sql::INSERT_REQUEST, &args).await?;
        let detail = json!({ "card_request_id": id, "reason": reason, "merchant": merchant });
        org.record(NewEvent::new("card.requested", caller.actor(), &detail).agent(&agent)).await?;
        let about = About::CardAsked { request_id: id.clone() };
        mails::queue(&spend, &mut org, &caller.org_id, &about, &format!("{}:{id}", about.kind())).await?;
        org.commit().await
    };
    written.await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    let body =
        QuestionBody { card_request_id: id.to_string(), status: "asked".to_owned(), expires_at: expires };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    request: CardRequestId,
    org: OrgId,
    sub: MemberId,
    exp: i64,
}

/// The address of the page for one owner; the same every time it is made.
pub fn url(spend: &Spend, question: &Question, member: &MemberId) -> String {
    let claims = Claims {
        request: question.id.clone(),
        org: question.org_id.clone(),
        sub: member.clone(),
        exp: question.expires.seconds(),
    };
    format!("{}/v1/card-request/{}", spend.settings.public_url, signed::sign(spend, PURPOSE, &claims))
}

/// The question that a token is for, and the owner it was sent to: if both are still what they were.
async fn opened(tx: &mut Tx, spend: &Spend, token: &str) -> Result<Option<(Question, Member)>, StoreError> {
    let Some(claims) = signed::read::<Claims>(spend, PURPOSE, token) else { return Ok(None) };
    let found = find(tx, &claims.request).await?.filter(|question| question.org_id == claims.org);
    let Some(question) = found else { return Ok(None) };
    let members = members::list(tx, &claims.org).await?;
    let owner = members.into_iter().find(|member| member.id == claims.sub && member.role == Role::Owner);
    Ok(owner.map(|owner| (question, owner)))
}

/// A question as its page and mail show it; `None` when its org is gone.
///
/// # Errors
/// [`StoreError`].
pub async fn view(
    tx: &mut Tx,
    question: &Question,
    now: TimeUs,
    path: Option<String>,
    language: Language,
) -> Result<Option<pages::CardRequestView>, StoreError> {
    let Some(org) = orgs::find(tx, &question.org_id).await? else { return Ok(None) };
    let agent = agents::find(tx, &question.agent_id).await?;
    Ok(Some(pages::CardRequestView {
        org_name: org.name,
        agent_name: agent.map(|agent| agent.name).unwrap_or_default(),
        words: question.reason.clone(),
        merchant: question.merchant.clone(),
        single_use: question.single_use,
        status: match question.status_at(now) {
            "granted" => pages::CardRequestStatus::Granted,
            "refused" => pages::CardRequestStatus::Refused,
            "expired" => pages::CardRequestStatus::Expired,
            _ => pages::CardRequestStatus::Asked,
        },
        path,
        created: question.created,
        expires: question.expires,
        time_zone: org.time_zone,
        language,
        is_test: org.mode == bursar_base::Mode::Test,
        id: question.id.to_string(),
    }))
}

/// A token as it stands in a path; what is no text is answered by the page for links that lead nowhere.
type Token = Result<Path<String>, PathRejection>;

async fn shown(
    spend: &Spend,
    token: &str,
    reading: Reading,
    status: StatusCode,
) -> Result<Response, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    let Some((question, owner)) = opened(&mut tx, spend, token).await.map_err(store_problem)? else {
        return Ok(invalid(spend.reads(reading)));
    };
    let language = spend.reads_as(&mut tx, reading, &owner.email).await.map_err(store_problem)?;
    let path = format!("/v1/card-request/{token}");
    let view = view(&mut tx, &question, now, Some(path), language).await.map_err(store_problem)?;
    let html = view.map(|view| pages::card_request(&view));
    Ok(html.map_or_else(|| invalid(language), |html| page(status, language, html)))
}

/// The page that asks an owner for a card. It changes nothing.
#[utoipa::path(get, path = "/card-request/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html", description = "No such link")))]
pub async fn show(State(spend): State<Spend>, token: Token, reading: Reading) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    answered(shown(&spend, &token, reading, StatusCode::OK).await, spend.reads(reading))
}

/// Say yes or no to an agent's question for a card (`answer=yes` or `answer=no`). The token is the authority.
#[utoipa::path(post, path = "/card-request/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html", description = "Answered"),
        (status = 400, body = String, content_type = "text/html", description = "No answer"),
        (status = 404, body = String, content_type = "text/html", description = "No such link"),
        (status = 409, body = String, content_type = "text/html", description = "Answered already, or past that")))]
pub async fn answer(State(spend): State<Spend>, token: Token, reading: Reading, body: Bytes) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    let page = async {
        let status = decide(&spend, &token, &body).await?;
        shown(&spend, &token, reading, status).await
    };
    answered(page.await, spend.reads(reading))
}

async fn decide(spend: &Spend, token: &str, body: &[u8]) -> Result<StatusCode, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let Some((question, owner)) = opened(&mut tx, spend, token).await.map_err(store_problem)? else {
        return Err(Problem::not_found("link"));
    };
    drop(tx);
    let yes = match body {
        b"answer=yes" => true,
        b"answer=no" => false,
        _ => return Err(Problem::field("answer", "yes or no")),
    };
    let mut org = spend.identity.lock(&question.org_id).await.map_err(store_problem)?;
    let now = find(&mut org.tx, &question.id).await.map_err(store_problem)?;
    let Some(question) = now.filter(|question| question.status_at(org.now) == "asked") else {
        return Ok(StatusCode::CONFLICT);
    };
    let actor = format!("member:{}", owner.email);
    if !yes {
        save(&mut org, &question, "refused", None, &actor).await.map_err(store_problem)?;
        let detail = json!({ "card_request_id": question.id });
        let event = NewEvent::new("card.request_refused", actor, &detail).agent(&question.agent_id);
        org.record(event).await.map_err(store_problem)?;
        org.commit().await.map_err(store_problem)?;
        return Ok(StatusCode::OK);
    }
    let new = NewCard {
        agent_id: question.agent_id.clone(),
        merchant: question.merchant.clone(),
        single_use: question.single_use,
        reveal: false,
        reason: question.reason.clone(),
    };
    let id = issue::ask_for(spend, &mut org, &question.org_id, &new, None, &actor).await?;
    save(&mut org, &question, "granted", Some(&id), &actor).await.map_err(store_problem)?;
    org.commit().await.map_err(store_problem)?;
    at_once(spend, &id).await?;
    Ok(StatusCode::OK)
}

async fn save(
    org: &mut OrgTx,
    question: &Question,
    status: &str,
    card: Option<&CardId>,
    actor: &str,
) -> Result<(), StoreError> {
    let args = [
        question.id.as_str().into(),
        status.into(),
        card.map(CardId::as_str).into(),
        actor.into(),
        org.now.into(),
    ];
    org.tx.execute(sql::SAVE_REQUEST, &args).await?;
    Ok(())
}
