//! The pages behind approval links. GET shows and changes nothing, because mail scanners follow links; POST decides.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::Language;
use bursar_http::{Problem, Reading, read_body};
use bursar_identity::members::{Member, Role, service as members};
use bursar_money::funnel::Step;
use bursar_money::transactions::{Status, Transaction, find, intent_hash};
use bursar_pages as pages;
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{links, view};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::reason_of;

/// Sends a page that has no script.
pub fn page(status: StatusCode, language: Language, html: String) -> Response {
    page_under(pages::CONTENT_SECURITY_POLICY, status, language, html)
}

/// Sends a page with the headers that all pages have, and its own policy of what it may fetch.
pub fn page_under(policy: &'static str, status: StatusCode, language: Language, html: String) -> Response {
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CONTENT_LANGUAGE, language.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// For links that lead nowhere.
pub fn invalid(language: Language) -> Response {
    page(StatusCode::NOT_FOUND, language, pages::invalid_link(language))
}

/// What a page says to a problem that it has no other words for.
pub fn problem_page(problem: &Problem, language: Language) -> Response {
    match problem.status {
        StatusCode::NOT_FOUND => invalid(language),
        status if status.is_client_error() => page(status, language, pages::invalid_link(language)),
        _ => page(StatusCode::SERVICE_UNAVAILABLE, language, pages::try_again(language)),
    }
}

/// The payment that a token is for, and the member it was sent to: if both are still what they were.
async fn opened(spend: &Spend, token: &str) -> Result<Option<(Transaction, Member)>, Problem> {
    let Some(claims) = links::read(spend, token) else {
        return Ok(None);
    };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = find(&mut tx, &claims.tx).await.map_err(store_problem)?;
    let t = found.filter(|t| t.org_id == claims.org && intent_hash(t) == claims.intent);
    let members = members::list(&mut tx, &claims.org).await.map_err(store_problem)?;
    let decides =
        |member: &Member| member.id == claims.sub && matches!(member.role, Role::Owner | Role::Approver);
    Ok(t.zip(members.into_iter().find(decides)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Approve,
    Decline,
}

async fn show(spend: &Spend, token: &str, reading: Reading, choice: Choice) -> Result<Response, Problem> {
    let Some((t, member)) = opened(spend, token).await? else {
        return Ok(invalid(spend.reads(reading)));
    };
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let now = tx.now(&*spend.identity.clock).await.map_err(store_problem)?;
    let link = view::Link { token, member: &member.id };
    let language = spend.reads_as(&mut tx, reading, &member.email).await.map_err(store_problem)?;
    let mut view = view::approval(&mut tx, &t, Some(link), language).await.map_err(store_problem)?;
    if t.status == Status::Pending && t.deadline.is_some_and(|deadline| now >= deadline) {
        // The job that says so may not have run yet.
        view.status = pages::ApprovalStatus::TimedOut;
    }
    let html = match choice {
        Choice::Approve => pages::approve(&view),
        Choice::Decline => pages::decline(&view),
    };
    Ok(page(StatusCode::OK, language, html))
}

/// What the form of a page sends.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub struct DecisionForm {
    /// Why; in the audit trail and on the page.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

async fn decide(spend: &Spend, token: &str, request: Request, choice: Choice) -> Result<Response, Problem> {
    let reading = Reading::of(request.uri(), request.headers());
    let Some((t, member)) = opened(spend, token).await? else {
        return Ok(invalid(spend.reads(reading)));
    };
    let body = read_body(request.into_body()).await?;
    let form: DecisionForm = serde_qs::from_bytes(&body).unwrap_or_default();
    let reason = reason_of(form.reason.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")))?;
    // Whoever has the link speaks for its addressee.
    let (approve, intent_hash) = (choice == Choice::Approve, intent_hash(&t));
    let step = Step::Decide { member: member.id.clone(), approve, intent_hash, reason };
    let actor = format!("member:{}", member.email);
    match spend.change((&t.org_id, &t.id), step, &actor, None).await {
        Ok(t) => {
            let view = view_of(spend, &t, (token, reading), &member).await?;
            Ok(page(StatusCode::OK, view.language, pages::just_decided(&view)))
        }
        Err(problem) if ["wrong_status", "already_voted"].contains(&problem.code.as_ref()) => {
            let Some((t, member)) = opened(spend, token).await? else {
                return Ok(invalid(spend.reads(reading)));
            };
            let view = view_of(spend, &t, (token, reading), &member).await?;
            Ok(page(StatusCode::CONFLICT, view.language, pages::outcome(&view)))
        }
        Err(problem) => Err(problem),
    }
}

async fn view_of(
    spend: &Spend,
    t: &Transaction,
    (token, reading): (&str, Reading),
    member: &Member,
) -> Result<pages::ApprovalView, Problem> {
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let link = view::Link { token, member: &member.id };
    let language = spend.reads_as(&mut tx, reading, &member.email).await.map_err(store_problem)?;
    view::approval(&mut tx, t, Some(link), language).await.map_err(store_problem)
}

/// A token as it stands in a path; what is no text is answered by the page for links that lead nowhere.
type Token = Result<Path<String>, PathRejection>;

fn text_of(token: Token) -> String {
    token.map(|Path(text)| text).unwrap_or_default()
}

/// The two paths of a choice: GET asks, POST takes it.
macro_rules! link {
    ($path:literal, $choice:expr, $(#[$asks:meta])* $get:ident, $(#[$takes:meta])* $post:ident) => {
        $(#[$asks])*
        #[utoipa::path(get, path = $path, tag = "approvals", params(("token" = String, Path)),
            responses((status = 200, body = String, content_type = "text/html"),
                (status = 404, body = String, content_type = "text/html", description = "No such link")))]
        pub async fn $get(State(spend): State<Spend>, token: Token, reading: Reading) -> Response {
            let shown = show(&spend, &text_of(token), reading, $choice).await;
            shown.unwrap_or_else(|problem| problem_page(&problem, spend.reads(reading)))
        }

        $(#[$takes])*
        #[utoipa::path(post, path = $path, tag = "approvals", params(("token" = String, Path)),
            request_body(content = Option<DecisionForm>, content_type = "application/x-www-form-urlencoded"),
            responses((status = 200, body = String, content_type = "text/html"),
                (status = 404, body = String, content_type = "text/html", description = "No such link"),
                (status = 409, body = String, content_type = "text/html",
                    description = "Decided before: by whom and how")))]
        pub async fn $post(State(spend): State<Spend>, token: Token, request: Request) -> Response {
            let language = spend.reads(Reading::of(request.uri(), request.headers()));
            let decided = decide(&spend, &text_of(token), request, $choice).await;
            decided.unwrap_or_else(|problem| problem_page(&problem, language))
        }
    };
}

link!(
    "/approve/{token}",
    Choice::Approve,
    /// The page that asks for a yes.
    get_approve,
    /// Say yes. The token is the authority; `reason` is logged.
    post_approve
);
link!(
    "/decline/{token}",
    Choice::Decline,
    /// The page that asks for a no.
    get_decline,
    /// Say no. The token is the authority; `reason` is logged.
    post_decline
);
