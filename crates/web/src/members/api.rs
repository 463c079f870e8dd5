//! Members over JSON.

use axum::Json;
use bursar_base::TimeUs;
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem};
use bursar_identity::members::service::{self as members, MemberError};
use bursar_identity::members::{Member, Role};
use bursar_spend::context::store_problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::door::InOrg;

/// A person in the org.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberBody {
    /// Its id.
    pub member_id: String,
    /// Where its mails go.
    pub email: String,
    /// `owner`, `approver` or `viewer`.
    pub role: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
}

impl From<&Member> for MemberBody {
    fn from(member: &Member) -> MemberBody {
        MemberBody {
            member_id: member.id.to_string(),
            email: member.email.clone(),
            role: member.role.as_str().to_owned(),
            created_at: member.created_at,
        }
    }
}

/// The people in the org.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MembersBody {
    /// Oldest first.
    pub data: Vec<MemberBody>,
}

/// What somebody may do.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleBody {
    /// `owner`, `approver` or `viewer`.
    #[schema(value_type = String)]
    pub role: Role,
}

fn problem(error: MemberError) -> Problem {
    let detail = error.to_string();
    match error {
        MemberError::Email(message) => Problem::field("email", message),
        MemberError::NotFound => Problem::not_found("member"),
        MemberError::NoOrg => Problem::not_found("org"),
        MemberError::LastOwner => Problem::new(StatusCode::CONFLICT, "last_owner", detail),
        MemberError::Store(error) => store_problem(error),
    }
}

async fn all(asked: &InOrg) -> Result<Vec<Member>, Problem> {
    let mut tx = asked.web.identity.db.read().await.map_err(store_problem)?;
    members::list(&mut tx, &asked.caller.org_id).await.map_err(store_problem)
}

/// The member of the caller's org with this id.
///
/// # Errors
/// 404, 503.
pub async fn named(asked: &InOrg, id: &str) -> Result<Member, Problem> {
    let found = all(asked).await?.into_iter().find(|member| member.id.as_str() == id);
    found.ok_or_else(|| Problem::not_found("member"))
}

/// The people in the org.
#[utoipa::path(get, path = "/dashboard/members", tag = "people", responses((status = 200, body = MembersBody)))]
pub async fn list(asked: InOrg) -> Result<Json<MembersBody>, Problem> {
    Ok(Json(MembersBody { data: all(&asked).await?.iter().map(MemberBody::from).collect() }))
}

/// Give somebody another role.
#[utoipa::path(put, path = "/dashboard/members/{id}", tag = "people", params(("id" = String, Path)),
    request_body = RoleBody,
    responses((status = 200, body = MemberBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`last_owner`: an org keeps one")))]
pub async fn set_role(PathText(id): PathText, asked: InOrg) -> Result<Json<MemberBody>, Problem> {
    let body: RoleBody = asked.json()?;
    let member = named(&asked, &id).await?;
    let InOrg { web, caller, .. } = &asked;
    let web: &Web = web;
    let org = web.lock_for(caller).await?;
    let set = members::set_role(org, &caller.org_id, &member.email, body.role, &caller.actor()).await;
    set.map_err(problem)?;
    Ok(Json(MemberBody::from(&Member { role: body.role, ..member })))
}

/// Remove somebody: they are out at once.
#[utoipa::path(delete, path = "/dashboard/members/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`last_owner`: an org keeps one")))]
pub async fn remove(PathText(id): PathText, asked: InOrg) -> Result<StatusCode, Problem> {
    let member = named(&asked, &id).await?;
    let InOrg { web, caller, .. } = &asked;
    let org = web.lock_for(caller).await?;
    let removed = members::remove_in(org, &caller.org_id, &member.email, &caller.actor()).await;
    removed.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
