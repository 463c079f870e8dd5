//! Every path of spending in one router, and the description that is made from it.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bursar_http::{Problem, Reading};
use bursar_pages as pages;
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{
    Spend, agents, analytics, approvals, auto_topups, backtests, cards, cases, chats, deliveries,
    description, endpoints, exposure, financial_accounts, freezes, intents, links, messages, notices,
    payment_methods, payout_accounts, reconcile, requests, topups, wallet, webhooks,
};

fn v1() -> OpenApiRouter<Spend> {
    OpenApiRouter::new()
        .routes(routes!(requests::api::ask))
        .routes(routes!(requests::api::get))
        .routes(routes!(requests::api::cancel))
        .routes(routes!(requests::api::list))
        .routes(routes!(requests::history::history))
        .routes(routes!(requests::refunds::refund))
        .routes(routes!(requests::refunds::resolve))
        .routes(routes!(agents::api::list, agents::api::create))
        .routes(routes!(agents::api::put_limits))
        .routes(routes!(agents::api::get_policy, agents::api::put_policy))
        .routes(routes!(backtests::api::backtest))
        .routes(routes!(agents::api::freeze))
        .routes(routes!(agents::api::unfreeze))
        .routes(routes!(freezes::api::freeze))
        .routes(routes!(freezes::api::unfreeze))
        .routes(routes!(freezes::api::get))
        .routes(routes!(reconcile::api::reconcile))
        .routes(routes!(exposure::api::exposure))
        .routes(routes!(analytics::api::analytics))
        .routes(routes!(financial_accounts::api::list))
        .routes(routes!(cases::api::list))
        .routes(routes!(cases::api::get))
        .routes(routes!(cases::api::take))
        .routes(routes!(cases::api::resolve))
        .routes(routes!(wallet::api::check))
        .routes(routes!(wallet::api::spending))
        .routes(routes!(wallet::api::get_spending, wallet::api::put_spending))
        .routes(routes!(wallet::api::transactions))
        .routes(routes!(intents::api::intend))
        .routes(routes!(topups::api::ask))
        .routes(routes!(topups::api::list, topups::api::begin))
        .routes(routes!(topups::api::show, topups::api::pay))
        .routes(routes!(auto_topups::api::get, auto_topups::api::put, auto_topups::api::delete))
        .routes(routes!(payment_methods::api::list, payment_methods::api::create))
        .routes(routes!(payment_methods::api::patch, payment_methods::api::delete))
        .routes(routes!(payment_methods::api::back))
        .routes(routes!(payout_accounts::api::get, payout_accounts::api::create))
        .routes(routes!(payout_accounts::api::back))
        .routes(routes!(payout_accounts::api::show_refresh, payout_accounts::api::refresh))
        .routes(routes!(links::api::create))
        .routes(routes!(links::api::get))
        .routes(routes!(links::api::show, links::api::pay))
        .routes(routes!(cards::access::card))
        .routes(routes!(cards::ask::ask))
        .routes(routes!(cards::ask::show, cards::ask::answer))
        .routes(routes!(cards::api::get_cardholder, cards::api::put_cardholder))
        .routes(routes!(cards::api::list, cards::api::create))
        .routes(routes!(cards::api::get))
        .routes(routes!(cards::api::freeze))
        .routes(routes!(cards::api::unfreeze))
        .routes(routes!(cards::api::cancel))
        .routes(routes!(cards::api::replace))
        .routes(routes!(cards::api::put_reveal))
        .routes(routes!(cards::api::accesses))
        .routes(routes!(approvals::api::get_approve, approvals::api::post_approve))
        .routes(routes!(approvals::api::get_decline, approvals::api::post_decline))
        .routes(routes!(approvals::members::list))
        .routes(routes!(approvals::members::approve))
        .routes(routes!(approvals::members::decline))
        .routes(routes!(endpoints::api::list, endpoints::api::create))
        .routes(routes!(endpoints::api::get, endpoints::api::patch, endpoints::api::delete))
        .routes(routes!(endpoints::api::rotate))
        .routes(routes!(deliveries::api::list))
        .routes(routes!(deliveries::api::test))
        .routes(routes!(deliveries::api::replay_one))
        .routes(routes!(deliveries::api::replay_since))
        .routes(routes!(messages::api::list))
        .routes(routes!(messages::api::ack))
        .routes(routes!(notices::api::get_choices, notices::api::put_choices))
        .routes(routes!(notices::api::get_alerts, notices::api::put_alert))
        .routes(routes!(notices::page::show, notices::page::turn_off))
        .routes(routes!(chats::api::get, chats::api::make_code, chats::api::unlink))
        .routes(routes!(chats::api::telegram))
        .routes(routes!(webhooks::api::stripe))
}

/// What spending adds to the API's description.
pub fn openapi() -> Document {
    let mut document = OpenApiRouter::with_openapi(description::base()).nest("/v1", v1()).into_openapi();
    description::complete(&mut document);
    document
}

/// Every path: `/v1`, the same at `/api/v1`, what pages fetch, and the description of all that the server answers.
pub fn api(spend: Spend, description: &Document) -> Router {
    let description = description.to_json().unwrap_or_default();
    let (v1, _) = v1().split_for_parts();
    let mut router = Router::new()
        .nest("/v1", v1.clone())
        .nest("/api/v1", v1)
        .route("/openapi.json", get(|| async move { typed(description, "application/json") }));
    for asset in pages::ASSETS {
        router = router.route(asset.path, get(|| async { kept_for_ever(asset) }));
    }
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).with_state(spend)
}

fn typed(text: String, content_type: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
}

/// The path has a hash of the content in it.
fn kept_for_ever(asset: &'static pages::Asset) -> Response {
    let mut response = typed(asset.content.to_owned(), asset.content_type);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response
}

/// A page for people, a problem for programs.
async fn not_found(State(spend): State<Spend>, reading: Reading, headers: http::HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if accept.contains("text/html") {
        let language = spend.reads(reading);
        return approvals::api::page(StatusCode::NOT_FOUND, language, pages::not_found(language));
    }
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such path; see /openapi.json")
        .into_response()
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this path has other methods; see /openapi.json",
    )
}
