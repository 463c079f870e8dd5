//! Stand-ins over JSON: a member's own, and any for owners.

use axum::Json;
use bursar_base::TimeUs;
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem};
use bursar_identity::stand_ins::StandIn;
use bursar_identity::stand_ins::service::{self, StandInError};
use bursar_identity::valid_email;
use bursar_spend::context::store_problem;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::door::InOrg;
use crate::members::api::named;

/// Who stands in for a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StandInBody {
    /// Who is away.
    pub member_id: String,
    /// Their address.
    pub email: String,
    /// Who gets their mails as well.
    pub stand_in: String,
    /// From then ...
    #[schema(value_type = String, format = DateTime)]
    pub from: TimeUs,
    /// ... until then.
    #[schema(value_type = String, format = DateTime)]
    pub until: TimeUs,
}

impl From<StandIn> for StandInBody {
    fn from(one: StandIn) -> StandInBody {
        StandInBody {
            member_id: one.member_id.to_string(),
            email: one.email,
            stand_in: one.stand_in_email,
            from: one.from,
            until: one.until,
        }
    }
}

/// The stand-ins of an org.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StandInsBody {
    /// Those that are not over.
    pub data: Vec<StandInBody>,
}

/// Who is to stand in, and when.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStandIn {
    /// The address of another owner or approver of the org.
    pub stand_in: String,
    /// RFC 3339; now, when left out.
    pub from: Option<String>,
    /// RFC 3339; at most 366 days after `from`.
    pub until: String,
}

fn problem(error: StandInError) -> Problem {
    let detail = error.to_string();
    match error {
        StandInError::NotFound => Problem::not_found("member"),
        StandInError::Times => Problem::field("until", detail),
        StandInError::CannotDecide(_) | StandInError::Oneself => Problem::field("stand_in", detail),
        StandInError::Chain(_) => Problem::new(StatusCode::CONFLICT, "stand_in_chain", detail),
        StandInError::Store(error) => store_problem(error),
    }
}

fn time(name: &str, text: &str) -> Result<TimeUs, Problem> {
    TimeUs::parse_rfc3339(text)
        .ok_or_else(|| Problem::field(name, "an RFC 3339 time such as 2026-11-20T00:00:00Z"))
}

async fn set_for(asked: &InOrg, email: &str) -> Result<Json<StandInBody>, Problem> {
    let new: NewStandIn = asked.json()?;
    let InOrg { web, caller, .. } = asked;
    let stand_in = valid_email(&new.stand_in).map_err(|message| Problem::field("stand_in", message))?;
    let until = time("until", &new.until)?;
    let from = new.from.as_deref().map(|text| time("from", text)).transpose()?;
    let mut org = web.lock_for(caller).await?;
    let times = (from.unwrap_or(org.now), until);
    let set = service::set(&mut org, &caller.org_id, email, &stand_in, times, &caller.actor()).await;
    let set = set.map_err(|error| match error {
        // Whoever is away was found before.
        StandInError::NotFound => Problem::field("stand_in", "no member of the org"),
        other => problem(other),
    })?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(StandInBody::from(set)))
}

async fn end_for(asked: &InOrg, email: &str) -> Result<StatusCode, Problem> {
    let InOrg { web, caller, .. } = asked;
    let mut org = web.lock_for(caller).await?;
    service::end(&mut org, &caller.org_id, email, &caller.actor()).await.map_err(problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who stands in for whom, now and later.
#[utoipa::path(get, path = "/dashboard/stand-ins", tag = "people", responses((status = 200, body = StandInsBody)))]
pub async fn list(asked: InOrg) -> Result<Json<StandInsBody>, Problem> {
    let InOrg { web, caller, .. } = &asked;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*web.identity.clock).await.map_err(store_problem)?;
    let all = service::list(&mut tx, &caller.org_id, now).await.map_err(store_problem)?;
    Ok(Json(StandInsBody { data: all.into_iter().map(StandInBody::from).collect() }))
}

/// Name who stands in for you.
#[utoipa::path(put, path = "/dashboard/members/me/stand-in", tag = "people", request_body = NewStandIn,
    responses((status = 200, body = StandInBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`stand_in_chain`: one of the two is away or stands in already")))]
pub async fn set_mine(asked: InOrg) -> Result<Json<StandInBody>, Problem> {
    let me = asked.web.member_of(&asked.caller).await?;
    set_for(&asked, &me.email).await
}

/// Have nobody stand in for you any more.
#[utoipa::path(delete, path = "/dashboard/members/me/stand-in", tag = "people", responses((status = 204)))]
pub async fn end_mine(asked: InOrg) -> Result<StatusCode, Problem> {
    let me = asked.web.member_of(&asked.caller).await?;
    end_for(&asked, &me.email).await
}

/// Name who stands in for somebody.
#[utoipa::path(put, path = "/dashboard/members/{id}/stand-in", tag = "people", params(("id" = String, Path)),
    request_body = NewStandIn, responses((status = 200, body = StandInBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`stand_in_chain`: one of the two is away or stands in already")))]
pub async fn set(PathText(id): PathText, asked: InOrg) -> Result<Json<StandInBody>, Problem> {
    let member = named(&asked, &id).await?;
    if member.role == bursar_identity::members::Role::Viewer {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "cannot_decide",
            "a viewer decides nothing",
        ));
    }
    set_for(&asked, &member.email).await
}

/// Have nobody stand in for somebody any more.
#[utoipa::path(delete, path = "/dashboard/members/{id}/stand-in", tag = "people", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn end(PathText(id): PathText, asked: InOrg) -> Result<StatusCode, Problem> {
    let member = named(&asked, &id).await?;
    end_for(&asked, &member.email).await
}
