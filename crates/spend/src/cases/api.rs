//! Cases over HTTP, for members; taking and resolving them for owners.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts as _, OriginalUri, Query, Request, State};
use bursar_base::{CaseId, TimeUs, limits};
use bursar_http::page::Page as PageBody;
use bursar_http::problem::ProblemBody;
use bursar_http::{PathText, Problem, page, parse_json};
use bursar_identity::OrgTx;
use bursar_identity::keys::{Caller, Freshness, Proof};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Case, Kind, Status, service};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::{caller, query_of};
use crate::requests::form;

/// Something about money that a person has to look at.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CaseBody {
    /// Its id.
    pub case_id: String,
    /// What is wrong, such as `amount_differs`; docs/safety.md lists all.
    pub kind: String,
    /// What it is about: an id of ours or of the rail's.
    pub reference: String,
    /// The agent whose money it is, where it is one's.
    pub agent_id: Option<String>,
    /// The payment, where it is one.
    pub transaction_id: Option<String>,
    /// Why, as far as that is known.
    pub cause: String,
    /// What our books say.
    pub ours: String,
    /// What the other side says.
    pub theirs: String,
    /// How much is at stake.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// `open` or `resolved`.
    pub status: String,
    /// Who has taken it.
    pub owner: Option<String>,
    /// What was done about it.
    pub resolution: Option<String>,
    /// How that can be seen.
    pub evidence: Option<String>,
    /// Who ended it; `bursar` where the difference was gone.
    pub resolved_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<TimeUs>,
    /// When it was opened first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it was last opened, taken or resolved.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: TimeUs,
}

impl From<&Case> for CaseBody {
    fn from(case: &Case) -> CaseBody {
        let (found, end) = (&case.found, case.resolution.as_ref());
        CaseBody {
            case_id: case.id.to_string(),
            kind: found.kind.as_str().to_owned(),
            reference: found.reference.clone(),
            agent_id: found.agent_id.as_ref().map(ToString::to_string),
            transaction_id: found.transaction_id.as_ref().map(ToString::to_string),
            cause: found.cause.clone(),
            ours: found.ours.clone(),
            theirs: found.theirs.clone(),
            amount: found.at_stake.decimal(),
            currency: found.at_stake.currency.to_string(),
            status: case.status.as_str().to_owned(),
            owner: case.owner.clone(),
            resolution: end.map(|end| end.text.clone()),
            evidence: end.map(|end| end.evidence.clone()),
            resolved_by: end.map(|end| end.actor.clone()),
            resolved_at: end.map(|end| end.at),
            created_at: case.created,
            updated_at: case.updated,
        }
    }
}

/// Query of a list of cases.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `open` or `resolved`.
    pub status: Option<String>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// From the page before.
    pub cursor: Option<String>,
    /// Rows on a page, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// An org's cases, newest first.
#[utoipa::path(get, path = "/dashboard/cases", tag = "dashboard", params(ListQuery),
    responses((status = 200, body = PageBody<CaseBody>)))]
pub async fn list(
    State(spend): State<Spend>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<PageBody<CaseBody>>, Problem> {
    let query = query_of(query)?;
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let limit = page::limit(query.limit)?;
    let status = query
        .status
        .map(|text| Status::parse(&text).ok_or_else(|| Problem::field("status", "`open` or `resolved`")));
    let kind = query.kind.map(|text| {
        Kind::parse(&text).ok_or_else(|| Problem::field("kind", "one of the kinds, such as `amount_differs`"))
    });
    let cursor = query.cursor.map(|text| {
        CaseId::parse(&text).map_err(|_| Problem::field("cursor", "the `next_cursor` of the page before"))
    });
    let (status, kind, cursor) = (status.transpose()?, kind.transpose()?, cursor.transpose()?);
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let before = cursor.as_ref().map(CaseId::as_str);
    let cases = service::list(&mut tx, &caller.org_id, status, kind, before, limit + 1).await;
    let bodies = cases.map_err(store_problem)?.iter().map(CaseBody::from).collect();
    Ok(Json(PageBody::cut(bodies, limit, |body: &CaseBody| body.case_id.clone())))
}

/// What is asked about one of the org's cases, whose id stands in the path.
pub struct AboutCase {
    spend: Spend,
    caller: Caller,
    id: CaseId,
    headers: HeaderMap,
    body: axum::body::Bytes,
}

impl FromRequest<Spend> for AboutCase {
    type Rejection = Problem;

    async fn from_request(request: Request, spend: &Spend) -> Result<AboutCase, Problem> {
        let (mut parts, body) = request.into_parts();
        let PathText(id) = PathText::from_request_parts(&mut parts, spend).await?;
        let Ok(uri) = OriginalUri::from_request_parts(&mut parts, spend).await;
        let (caller, parts, body) =
            caller(spend, uri, Request::from_parts(parts, body), Freshness::Now).await?;
        let id = CaseId::parse(&id).map_err(|_| Problem::not_found("case"))?;
        Ok(AboutCase { spend: spend.clone(), caller, id, headers: parts.headers, body })
    }
}

impl AboutCase {
    fn ours(&self, found: Option<Case>) -> Result<Case, Problem> {
        found.filter(|case| case.org_id == self.caller.org_id).ok_or_else(|| Problem::not_found("case"))
    }

    /// The case, under the org's lock.
    async fn lock(&self) -> Result<(OrgTx, Case), Problem> {
        let mut org = self.spend.lock_for(&self.caller).await?;
        let found = service::find(&mut org.tx, &self.id).await.map_err(store_problem)?;
        let case = self.ours(found)?;
        Ok((org, case))
    }
}

fn settled() -> Problem {
    Problem::new(StatusCode::CONFLICT, "case_resolved", "this case is resolved already")
}

/// One case.
#[utoipa::path(get, path = "/dashboard/cases/{id}", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = CaseBody)))]
pub async fn get(about: AboutCase) -> Result<Json<CaseBody>, Problem> {
    let mut tx = about.spend.identity.db.read().await.map_err(store_problem)?;
    let found = service::find(&mut tx, &about.id).await.map_err(store_problem)?;
    Ok(Json(CaseBody::from(&about.ours(found)?)))
}

/// Take a case: it is yours to look at from now on.
#[utoipa::path(post, path = "/dashboard/cases/{id}/take", tag = "dashboard", params(("id" = String, Path)),
    responses((status = 200, body = CaseBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`case_resolved`: it is settled")))]
pub async fn take(about: AboutCase) -> Result<Json<CaseBody>, Problem> {
    let owner = match &about.caller.proof {
        Proof::Session(session) => session.email.clone(),
        Proof::Key { .. } => about.caller.actor(),
    };
    let (mut org, case) = about.lock().await?;
    let taken = service::take(&mut org, &case, &owner, &about.caller.actor()).await.map_err(store_problem)?;
    let taken = taken.ok_or_else(settled)?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(CaseBody::from(&taken)))
}

/// How a case ends.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveBody {
    /// What was done about it.
    #[schema(min_length = 1, max_length = 1000)]
    pub resolution: String,
    /// How that can be seen, such as the rail's answer or a receipt.
    #[schema(min_length = 1, max_length = 1000)]
    pub evidence: String,
}

/// Settle a case by hand. It is opened again when what both sides say changes.
#[utoipa::path(post, path = "/dashboard/cases/{id}/resolve", tag = "dashboard", params(("id" = String, Path)),
    request_body = ResolveBody,
    responses((status = 200, body = CaseBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`case_resolved`: it is settled")))]
pub async fn resolve(about: AboutCase) -> Result<Json<CaseBody>, Problem> {
    let body: ResolveBody = parse_json(&about.headers, &about.body)?;
    let text = form::text("resolution", &body.resolution, 1, limits::MAX_REASON_CHARS)?;
    let evidence = form::text("evidence", &body.evidence, 1, limits::MAX_REASON_CHARS)?;
    let (mut org, case) = about.lock().await?;
    let ended = service::resolve(&mut org, &case, (&text, &evidence), &about.caller.actor()).await;
    let ended = ended.map_err(store_problem)?.ok_or_else(settled)?;
    org.commit().await.map_err(store_problem)?;
    Ok(Json(CaseBody::from(&ended)))
}
