//! The simulator's pages, where a browser or a test pays as a person would.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::checkout::{PaidWith, Pressed, facts};
use super::shared::Shared;

type Sim = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/c/pay/{id}", get(show).post(pay)).with_state(shared)
}

#[derive(Deserialize)]
struct Pay {
    with: PaidWith,
}

async fn show(State(sim): Sim, Path(id): Path<String>) -> Response {
    page(&sim, &id, StatusCode::OK, "")
}

async fn pay(State(sim): Sim, Path(id): Path<String>, Form(form): Form<Pay>) -> Response {
    match sim.pay_session(&id, form.with) {
        Some(Pressed::Done) => {
            let back = facts(&sim.lock().account, &id).map(|facts| facts["success_url"].clone());
            Redirect::to(&back.unwrap_or_default()).into_response()
        }
        Some(Pressed::Refused) => page(&sim, &id, StatusCode::OK, "Your card was declined."),
        Some(Pressed::Closed) => page(&sim, &id, StatusCode::OK, ""),
        None => page(&sim, &id, StatusCode::NOT_FOUND, ""),
    }
}

fn page(sim: &Shared, id: &str, status: StatusCode, note: &str) -> Response {
    let now = sim.now().seconds();
    let mut state = sim.lock();
    state.account.end_old_sessions(now);
    let Some(facts) = facts(&state.account, id) else {
        return (StatusCode::NOT_FOUND, Html("<h1>Something went wrong</h1>")).into_response();
    };
    drop(state);
    let escaped = |name: &str| {
        facts[name].replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    };
    let (name, amount, back) = (escaped("name"), escaped("amount"), escaped("cancel_url"));
    let button = |with: &str, words: &str| format!("<button name=\"with\" value=\"{with}\">{words}</button>");
    let buttons = [
        button("card", "Pay"),
        button("bank_transfer", "Pay by bank transfer"),
        button("declined_card", "Pay with a card that is declined"),
    ];
    let rest = match facts["status"].as_str() {
        "open" => format!("<form method=\"post\">{}</form><a href=\"{back}\">Back</a>", buttons.concat()),
        "complete" => "<p>You are all done here.</p>".to_owned(),
        _ => "<p>This page has expired.</p>".to_owned(),
    };
    let html = format!(
        "<!DOCTYPE html><meta charset=utf-8><title>Simulated Checkout</title><h1>{name}</h1><p>{amount}</p>\
         <p role=\"alert\">{note}</p>{rest}"
    );
    (status, Html(html)).into_response()
}
