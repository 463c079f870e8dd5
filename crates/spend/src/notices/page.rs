//! The page that turns mails of one kind off.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use bursar_base::Language;
use bursar_http::{Problem, Reading};
use bursar_identity::members::{Member, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_pages as pages;
use http::StatusCode;

use super::links::{self, Claims};
use super::{Choice, service};
use crate::Spend;
use crate::approvals::api::{invalid, page};
use crate::context::store_problem;

/// What a link is for.
struct Opened {
    claims: Claims,
    choice: Choice,
    member: Member,
    org_name: String,
    language: Language,
}

/// What a link is for, if whom it was sent to is still a member.
async fn opened(spend: &Spend, token: &str, reading: Reading) -> Result<Option<Opened>, Problem> {
    let Some(claims) = links::read(spend, token) else { return Ok(None) };
    let Some(choice) = Choice::parse(&claims.kind) else { return Ok(None) };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let org = orgs::find(&mut tx, &claims.org).await.map_err(store_problem)?;
    let all = members::list(&mut tx, &claims.org).await.map_err(store_problem)?;
    let member = all.into_iter().find(|member| member.id == claims.sub);
    let Some((member, org)) = member.zip(org) else { return Ok(None) };
    let language = spend.reads_as(&mut tx, reading, &member.email).await.map_err(store_problem)?;
    Ok(Some(Opened { claims, choice, member, org_name: org.name, language }))
}

fn shown(token: &str, opened: &Opened, is_off: bool) -> Response {
    let (path, kind, language) = (links::path(token), opened.choice.as_str(), opened.language);
    let html = pages::unsubscribe(&opened.org_name, kind, &path, is_off, language);
    page(StatusCode::OK, language, html)
}

fn down(problem: &Problem, language: Language) -> Response {
    tracing::warn!(code = %problem.code, "mails were not turned off");
    page(StatusCode::SERVICE_UNAVAILABLE, language, pages::try_again(language))
}

/// The page that turns mails of one kind off. Opening it changes nothing.
#[utoipa::path(get, path = "/unsubscribe/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html", description = "No such link")))]
pub async fn show(
    State(spend): State<Spend>,
    token: Result<Path<String>, PathRejection>,
    reading: Reading,
) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    match opened(&spend, &token, reading).await {
        Ok(Some(opened)) => shown(&token, &opened, false),
        Ok(None) => invalid(spend.reads(reading)),
        Err(problem) => down(&problem, spend.reads(reading)),
    }
}

/// Turn mails of one kind off. The token is the authority; mail programs send this by themselves (RFC 8058).
#[utoipa::path(post, path = "/unsubscribe/{token}", tag = "pages", params(("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"),
        (status = 404, body = String, content_type = "text/html", description = "No such link")))]
pub async fn turn_off(
    State(spend): State<Spend>,
    token: Result<Path<String>, PathRejection>,
    reading: Reading,
) -> Response {
    let token = token.map(|Path(text)| text).unwrap_or_default();
    let opened = match opened(&spend, &token, reading).await {
        Ok(Some(opened)) => opened,
        Ok(None) => return invalid(spend.reads(reading)),
        Err(problem) => return down(&problem, spend.reads(reading)),
    };
    let Opened { claims, choice, member, .. } = &opened;
    let done = async {
        let mut org = spend.identity.lock(&claims.org).await?;
        let actor = format!("member:{}", member.email);
        service::choose(&mut org, &claims.org, &member.id, &[(*choice, false)], &actor).await?;
        org.commit().await
    };
    match done.await {
        Ok(()) => shown(&token, &opened, true),
        Err(error) => down(&store_problem(error), opened.language),
    }
}
