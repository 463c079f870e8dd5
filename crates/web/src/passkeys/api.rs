//! Passkeys over JSON. Each takes two requests: one for a challenge, one with what the device made of it.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use bursar_base::{PasskeyId, TimeUs, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem};
use bursar_identity::keys::step_up_required;
use bursar_identity::passkeys::service as passkeys;
use bursar_identity::sessions::{Method, Session};
use bursar_identity::valid_name;
use bursar_spend::context::store_problem;
use bursar_store::rates::{self, Allowed, Rate};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::verify;
use crate::Web;
use crate::door::{Open, Signed, next_page, signed_in};
use crate::sign_ins::api::SignedInBody;

/// What a passkey is called that its owner gave no name.
const UNNAMED: &str = "Passkey";
const SIGN_INS: [Rate; 1] =
    [Rate { count: limits::SIGN_INS_PER_ADDRESS_PER_HOUR, within: std::time::Duration::from_secs(60 * 60) }];

/// A challenge that a browser has to answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ChallengeBody {
    /// To be sent back with the answer.
    pub ceremony_id: String,
    /// What `navigator.credentials.create` or `.get` is given as `publicKey`; binary values are base64url.
    #[schema(value_type = Object)]
    pub options: Value,
}

impl From<verify::Challenge> for Json<ChallengeBody> {
    fn from(challenge: verify::Challenge) -> Json<ChallengeBody> {
        Json(ChallengeBody { ceremony_id: challenge.id.to_string(), options: challenge.options })
    }
}

/// A passkey of yours.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PasskeyLine {
    /// Its id.
    pub passkey_id: String,
    /// What you call it.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<TimeUs>,
}

/// Your passkeys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PasskeysBody {
    /// Oldest first.
    pub data: Vec<PasskeyLine>,
}

/// Your passkeys.
#[utoipa::path(get, path = "/passkeys", tag = "people", responses((status = 200, body = PasskeysBody)))]
pub async fn list(signed: Signed) -> Result<Json<PasskeysBody>, Problem> {
    Ok(Json(PasskeysBody { data: lines(&signed.web, &signed.session).await? }))
}

async fn lines(web: &Web, session: &Session) -> Result<Vec<PasskeyLine>, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let found = passkeys::list(&mut tx, &session.person_id).await.map_err(store_problem)?;
    let line = |view: bursar_identity::passkeys::PasskeyView| PasskeyLine {
        passkey_id: view.passkey_id.to_string(),
        name: view.name,
        created_at: view.created_at,
        used_at: view.used_at,
    };
    Ok(found.into_iter().map(line).collect())
}

/// Whoever adds a passkey can do whatever its owner can, so an open browser alone is not enough: another passkey's word,
/// or, for the first one, a mail that was opened, a company's account that was used, or the first run, a short while ago.
async fn may_add(web: &Web, session: &Session) -> Result<(), Problem> {
    let now = web.now();
    if session.is_stepped_up(now) {
        return Ok(());
    }
    let is_first = lines(web, session).await?.is_empty();
    let proves = match session.method {
        Method::Mail | Method::Oidc | Method::FirstRun => true,
        Method::Passkey => false,
    };
    let is_fresh = proves && now < session.created_at.plus(limits::FIRST_PASSKEY_WITHIN);
    match (is_first, is_fresh) {
        (true, true) => Ok(()),
        (true, false) => {
            let detail = "sign in by mail once more: the first passkey is added right after that";
            Err(Problem::new(StatusCode::FORBIDDEN, "sign_in_again", detail))
        }
        (false, _) => Err(step_up_required()),
    }
}

/// Begin to add a passkey.
#[utoipa::path(post, path = "/passkeys", tag = "people",
    responses((status = 200, body = ChallengeBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_passkeys`: this server has no host name")))]
pub async fn begin_add(signed: Signed) -> Result<Json<ChallengeBody>, Problem> {
    may_add(&signed.web, &signed.session).await?;
    Ok(verify::begin_add(&signed.web, &signed.session).await?.into())
}

/// A passkey that the device made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddBody {
    /// From the challenge.
    pub ceremony_id: String,
    /// What you call it.
    pub name: Option<String>,
    /// What `navigator.credentials.create` answered, as JSON.
    #[schema(value_type = Object)]
    pub credential: RegisterPublicKeyCredential,
}

/// Add the passkey.
#[utoipa::path(post, path = "/passkeys/complete", tag = "people", request_body = AddBody,
    responses((status = 201, body = PasskeysBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`passkey_known`, or `too_many_passkeys`")))]
pub async fn finish_add(signed: Signed) -> Result<Response, Problem> {
    let body: AddBody = signed.json()?;
    let Signed { web, session, .. } = signed;
    let name = body.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| UNNAMED.to_owned());
    let name = valid_name(&name).map_err(|message| Problem::field("name", message))?;
    may_add(&web, &session).await?;
    let (id, credential) = verify::finish_add(&web, &session, &body.ceremony_id, &body.credential).await?;
    let added = passkeys::add(&web.identity, &session, &id, &name, &credential).await;
    added.map_err(verify::problem)?;
    let body = PasskeysBody { data: lines(&web, &session).await? };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Remove a passkey.
#[utoipa::path(delete, path = "/passkeys/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn remove(PathText(id): PathText, signed: Signed) -> Result<StatusCode, Problem> {
    if !signed.session.is_stepped_up(signed.web.now()) {
        return Err(step_up_required());
    }
    let id = PasskeyId::parse(&id).map_err(|_| Problem::not_found("passkey"))?;
    let removed = passkeys::remove(&signed.web.identity, &signed.session, &id).await;
    removed.map_err(verify::problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a passkey signed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// From the challenge.
    pub ceremony_id: String,
    /// What `navigator.credentials.get` answered, as JSON.
    #[schema(value_type = Object)]
    pub credential: PublicKeyCredential,
    /// When signing in: the page of this server to go on to.
    pub next: Option<String>,
}

/// Begin to sign in with a passkey.
#[utoipa::path(post, path = "/sign-in/passkey", tag = "people",
    responses((status = 200, body = ChallengeBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_passkeys`: this server has no host name")))]
pub async fn begin_sign_in(open: Open) -> Result<Json<ChallengeBody>, Problem> {
    let web = &open.web;
    let address = web.browser(&open.parts).address;
    let mut tx = web.identity.db.write().await.map_err(store_problem)?;
    let now = web.now();
    let counted = rates::take(&mut tx, "sign_in_passkey", &address, &SIGN_INS, now).await;
    if let Allowed::After(wait) = counted.map_err(store_problem)? {
        return Err(Problem::rate_limited("too many tries from here; wait, or use a link by mail", wait));
    }
    tx.commit().await.map_err(store_problem)?;
    Ok(verify::begin_sign_in(web).await?.into())
}

/// Sign in with a passkey: the answer sets the cookie of the session.
#[utoipa::path(post, path = "/sign-in/passkey/complete", tag = "people", request_body = AnswerBody,
    responses((status = 200, body = SignedInBody), (status = 403, body = ProblemBody,
        content_type = "application/problem+json", description = "`passkey_refused`")))]
pub async fn finish_sign_in(open: Open) -> Result<Response, Problem> {
    let body: AnswerBody = open.json()?;
    let web = &open.web;
    let (key, credential, email) = verify::finish_sign_in(web, &body.ceremony_id, &body.credential).await?;
    let browser = web.browser(&open.parts);
    let session = passkeys::sign_in(&web.identity, &key, &credential, &email, &browser).await;
    let session = session.map_err(store_problem)?;
    let answer = SignedInBody {
        session_id: session.id.to_string(),
        is_new: session.is_new,
        next: body.next.as_deref().and_then(next_page).map(str::to_owned),
    };
    Ok(signed_in(Json(answer).into_response(), &session))
}

/// Until when a passkey's word counts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SteppedUpBody {
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    pub stepped_up_until: TimeUs,
}

/// Begin to prove once more that it is you.
#[utoipa::path(post, path = "/step-up", tag = "people",
    responses((status = 200, body = ChallengeBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_passkey`: add one first")))]
pub async fn begin_step_up(signed: Signed) -> Result<Json<ChallengeBody>, Problem> {
    Ok(verify::begin_step_up(&signed.web, &signed.session).await?.into())
}

/// Prove once more that it is you.
#[utoipa::path(post, path = "/step-up/complete", tag = "people", request_body = AnswerBody,
    responses((status = 200, body = SteppedUpBody)))]
pub async fn finish_step_up(signed: Signed) -> Result<Json<SteppedUpBody>, Problem> {
    let body: AnswerBody = signed.json()?;
    let Signed { web, session, .. } = signed;
    let (key, credential) =
        verify::finish_step_up(&web, &session, &body.ceremony_id, &body.credential).await?;
    let until = passkeys::step_up(&web.identity, &session, &key, &credential).await.map_err(store_problem)?;
    Ok(Json(SteppedUpBody { stepped_up_until: until }))
}
