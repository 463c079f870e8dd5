//! Sessions over JSON.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use bursar_base::{SessionId, TimeUs, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, cookies};
use bursar_identity::people::{Membership, service as people};
use bursar_identity::sessions::{Session, service as sessions};
use bursar_spend::context::store_problem;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::door::Signed;

/// A place in an org.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MembershipBody {
    /// The org.
    pub org_id: String,
    /// Its name.
    pub org_name: String,
    /// `test` or `live`.
    pub mode: String,
    /// `owner`, `approver` or `viewer`.
    pub role: String,
}

impl From<&Membership> for MembershipBody {
    fn from(member: &Membership) -> MembershipBody {
        MembershipBody {
            org_id: member.org_id.to_string(),
            org_name: member.org_name.clone(),
            mode: member.mode.as_str().to_owned(),
            role: member.role.as_str().to_owned(),
        }
    }
}

/// Who is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionBody {
    /// The session.
    pub session_id: String,
    /// The person.
    pub person_id: String,
    /// Their address.
    pub email: String,
    /// The org that is looked at.
    pub org: Option<MembershipBody>,
    /// All orgs that they are in.
    pub orgs: Vec<MembershipBody>,
    /// Until when a passkey's word counts, if it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub stepped_up_until: Option<TimeUs>,
}

async fn body_of(web: &Web, signed: &Session) -> Result<SessionBody, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let orgs = people::orgs(&mut tx, &signed.email).await.map_err(store_problem)?;
    let until = signed.stepped_up_at.filter(|_| signed.is_stepped_up(web.now()));
    Ok(SessionBody {
        session_id: signed.id.to_string(),
        person_id: signed.person_id.to_string(),
        email: signed.email.clone(),
        org: signed.member.as_ref().map(MembershipBody::from),
        orgs: orgs.iter().map(MembershipBody::from).collect(),
        stepped_up_until: until.map(|at| at.plus(limits::STEP_UP_VALID_FOR)),
    })
}

/// Who is signed in, and where.
#[utoipa::path(get, path = "/session", tag = "people", responses((status = 200, body = SessionBody)))]
pub async fn get(signed: Signed) -> Result<Json<SessionBody>, Problem> {
    Ok(Json(body_of(&signed.web, &signed.session).await?))
}

/// Which org to look at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookAtBody {
    /// One of yours.
    pub org_id: String,
}

/// Look at another org.
#[utoipa::path(put, path = "/session", tag = "people", request_body = LookAtBody,
    responses((status = 200, body = SessionBody), (status = 404, body = ProblemBody,
        content_type = "application/problem+json", description = "None of yours")))]
pub async fn put(signed: Signed) -> Result<Json<SessionBody>, Problem> {
    let body: LookAtBody = signed.json()?;
    let Signed { web, session, .. } = signed;
    let session = look_at(&web, session, &body.org_id).await?;
    Ok(Json(body_of(&web, &session).await?))
}

/// The session, looking at another org of its person's from now on.
pub(super) async fn look_at(web: &Web, mut session: Session, org_id: &str) -> Result<Session, Problem> {
    let mut tx = web.identity.db.write().await.map_err(store_problem)?;
    let orgs = people::orgs(&mut tx, &session.email).await.map_err(store_problem)?;
    let chosen = orgs.into_iter().find(|org| org.org_id.as_str() == org_id);
    let chosen = chosen.ok_or_else(|| Problem::not_found("org"))?;
    sessions::set_org(&mut tx, &session.id, &chosen.org_id).await.map_err(store_problem)?;
    tx.commit().await.map_err(store_problem)?;
    session.member = Some(chosen);
    Ok(session)
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "people", responses((status = 204)))]
pub async fn delete(signed: Signed) -> Result<Response, Problem> {
    let Signed { web, session, .. } = signed;
    sessions::end(&web.identity, &session, &session.id).await.map_err(store_problem)?;
    Ok(signed_out(StatusCode::NO_CONTENT.into_response()))
}

/// Removes the cookie of the session.
pub(crate) fn signed_out(mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookies::SESSION.clear());
    response
}

/// A browser in which you are signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionLine {
    /// Its id.
    pub session_id: String,
    /// Whether it is this one.
    pub current: bool,
    /// `mail` or `passkey`.
    pub method: String,
    /// What the browser said of itself.
    pub user_agent: String,
    /// Where it was.
    pub address: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it was last used, about.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: TimeUs,
}

/// The browsers in which you are signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionsBody {
    /// Newest first.
    pub data: Vec<SessionLine>,
}

/// The browsers in which you are signed in.
#[utoipa::path(get, path = "/sessions", tag = "people", responses((status = 200, body = SessionsBody)))]
pub async fn list(signed: Signed) -> Result<Json<SessionsBody>, Problem> {
    let Signed { web, session, .. } = signed;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let found = sessions::list(&mut tx, &session.person_id, web.now()).await.map_err(store_problem)?;
    let line = |view: bursar_identity::sessions::SessionView| SessionLine {
        current: view.session_id == session.id,
        session_id: view.session_id.to_string(),
        method: view.method.as_str().to_owned(),
        user_agent: view.user_agent,
        address: view.address,
        created_at: view.created_at,
        seen_at: view.seen_at,
    };
    Ok(Json(SessionsBody { data: found.into_iter().map(line).collect() }))
}

/// Sign out one browser.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn end(PathText(id): PathText, signed: Signed) -> Result<StatusCode, Problem> {
    let id = SessionId::parse(&id).map_err(|_| Problem::not_found("session"))?;
    let ended = sessions::end(&signed.web.identity, &signed.session, &id).await.map_err(store_problem)?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found("session")) }
}

/// Sign out everywhere else.
#[utoipa::path(delete, path = "/sessions", tag = "people", responses((status = 204)))]
pub async fn end_others(signed: Signed) -> Result<StatusCode, Problem> {
    sessions::end_others(&signed.web.identity, &signed.session).await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
