//! Invitations over JSON.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use bursar_base::{InvitationId, TimeUs};
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem};
use bursar_identity::invitations::{Invitation, InvitationError, service as invitations};
use bursar_identity::members::Role;
use bursar_spend::context::store_problem;
use bursar_spend::mails::{About, service as mails};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::door::{InOrg, Signed};

/// Somebody who was asked to join.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvitationBody {
    /// Its id.
    pub invitation_id: String,
    /// Into which org.
    pub org_id: String,
    /// The org's name.
    pub org_name: String,
    /// Who.
    pub email: String,
    /// `owner`, `approver` or `viewer`.
    pub role: String,
    /// Who asked.
    pub invited_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// Until when they can say yes.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

impl From<&Invitation> for InvitationBody {
    fn from(invitation: &Invitation) -> InvitationBody {
        InvitationBody {
            invitation_id: invitation.invitation_id.to_string(),
            org_id: invitation.org_id.to_string(),
            org_name: invitation.org_name.clone(),
            email: invitation.email.clone(),
            role: invitation.role.as_str().to_owned(),
            invited_by: invitation.invited_by.clone(),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

/// Invitations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvitationsBody {
    /// Oldest first.
    pub data: Vec<InvitationBody>,
}

/// Who is to join.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Where the invitation is sent.
    pub email: String,
    /// `owner`, `approver` or `viewer`.
    #[schema(value_type = String)]
    pub role: Role,
}

fn problem(error: InvitationError) -> Problem {
    let detail = error.to_string();
    match error {
        InvitationError::Email(message) => Problem::field("email", message),
        InvitationError::Member => Problem::new(StatusCode::CONFLICT, "already_member", detail),
        InvitationError::NotFound => Problem::not_found("invitation"),
        InvitationError::TooMany(wait) => Problem::rate_limited(detail, wait),
        InvitationError::Store(error) => store_problem(error),
    }
}

/// The open invitations of the org.
#[utoipa::path(get, path = "/dashboard/invitations", tag = "people",
    responses((status = 200, body = InvitationsBody)))]
pub async fn list(asked: InOrg) -> Result<Json<InvitationsBody>, Problem> {
    let mut tx = asked.web.identity.db.read().await.map_err(store_problem)?;
    let found = invitations::list(&mut tx, &asked.caller.org_id, asked.web.now()).await;
    let found = found.map_err(store_problem)?;
    Ok(Json(InvitationsBody { data: found.iter().map(InvitationBody::from).collect() }))
}

/// Ask somebody to join the org.
#[utoipa::path(post, path = "/dashboard/invitations", tag = "people", request_body = InviteBody,
    responses((status = 201, body = InvitationBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`already_member`")))]
pub async fn invite(asked: InOrg) -> Result<Response, Problem> {
    let body: InviteBody = asked.json()?;
    let InOrg { web, caller, .. } = &asked;
    let actor = caller.actor();
    let mut org = web.lock_for(caller).await?;
    let invited =
        invitations::invite(&web.identity, &mut org, &caller.org_id, &body.email, body.role, &actor);
    let (id, email) = invited.await.map_err(problem)?;
    let about = About::Invited { invitation_id: id.clone() };
    let now = org.now;
    let key = format!("invited:{id}");
    let queued = mails::queue_to(web, (&mut org.tx, now), &caller.org_id, &about, &email, &key);
    queued.await.map_err(store_problem)?;
    let made = invitations::find(&mut org.tx, &id, now).await.map_err(store_problem)?;
    let made = made.ok_or_else(|| Problem::not_found("invitation"))?;
    org.commit().await.map_err(store_problem)?;
    web.funnel.wake_workers();
    Ok((StatusCode::CREATED, Json(InvitationBody::from(&made))).into_response())
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/dashboard/invitations/{id}", tag = "people", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn withdraw(PathText(id): PathText, asked: InOrg) -> Result<StatusCode, Problem> {
    let id = InvitationId::parse(&id).map_err(|_| Problem::not_found("invitation"))?;
    let InOrg { web, caller, .. } = &asked;
    let mut org = web.lock_for(caller).await?;
    let withdrawn = invitations::withdraw(&mut org, &caller.org_id, &id, &caller.actor()).await;
    withdrawn.map_err(problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The orgs that ask you to join.
#[utoipa::path(get, path = "/invitations", tag = "people", responses((status = 200, body = InvitationsBody)))]
pub async fn mine(signed: Signed) -> Result<Json<InvitationsBody>, Problem> {
    let mut tx = signed.web.identity.db.read().await.map_err(store_problem)?;
    let found = invitations::of_email(&mut tx, &signed.session.email, signed.web.now()).await;
    let found = found.map_err(store_problem)?;
    Ok(Json(InvitationsBody { data: found.iter().map(InvitationBody::from).collect() }))
}

/// Join the org, and look at it from now on.
#[utoipa::path(post, path = "/invitations/{id}/accept", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = InvitationBody)))]
pub async fn accept(PathText(id): PathText, signed: Signed) -> Result<Json<InvitationBody>, Problem> {
    let id = InvitationId::parse(&id).map_err(|_| Problem::not_found("invitation"))?;
    let accepted = invitations::accept(&signed.web.identity, &signed.session, &id).await;
    Ok(Json(InvitationBody::from(&accepted.map_err(problem)?)))
}
