//! Connected accounts, and the pages on which they are set up, each behind links that are good once.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::{Value, json};

use super::account::{Account, Parameters, expands, metadata};
use super::errors::ApiError;
use super::refunds::{created_fits, page};
use super::rules::check_metadata;
use super::shared::Shared;

/// Parameters of `POST /v1/accounts` that the simulator plays.
const PLAYED: [&str; 4] = ["capabilities", "controller", "country", "metadata"];
/// What Stripe wants to know of an account that nobody has set up.
const DUE: [&str; 3] = ["business_type", "external_account", "tos_acceptance.date"];
/// How long a link is good, in seconds.
const LINK_SECONDS: i64 = 5 * 60;

/// What clients made.
#[derive(Debug, Default)]
pub(super) struct Onboarding {
    pub(super) accounts: Vec<BookedAccount>,
    links: Vec<Link>,
}

/// A connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedAccount {
    /// `acct_…`.
    pub id: String,
    /// Two letters.
    pub country: String,
    /// Seconds since the epoch.
    pub created: i64,
    /// Whether somebody has gone through with its page.
    pub details_submitted: bool,
    /// What the client wrote on it.
    pub metadata: BTreeMap<String, String>,
}

#[derive(Debug)]
struct Link {
    token: String,
    account: String,
    refresh_url: String,
    return_url: String,
    expires_at: i64,
    visited: bool,
}

fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameters.get(name).and_then(Value::as_str)
}

fn shown(account: &BookedAccount) -> Value {
    let done = account.details_submitted;
    let due = if done { Vec::new() } else { DUE.to_vec() };
    json!({
        "id": account.id,
        "object": "account",
        "business_type": null,
        "capabilities": { "transfers": if done { "active" } else { "inactive" } },
        "charges_enabled": done,
        "controller": {
            "fees": { "payer": "application" },
            "is_controller": true,
            "losses": { "payments": "application" },
            "requirement_collection": "stripe",
            "stripe_dashboard": { "type": "express" },
            "type": "application",
        },
        "country": account.country,
        "created": account.created,
        "default_currency": "usd",
        "details_submitted": done,
        "email": null,
        "metadata": account.metadata,
        "payouts_enabled": done,
        "requirements": {
            "alternatives": [],
            "current_deadline": null,
            "currently_due": due,
            "disabled_reason": (!done).then_some("requirements.past_due"),
            "errors": [],
            "eventually_due": due,
            "past_due": due,
            "pending_verification": [],
        },
        "type": "none",
    })
}

impl Account {
    /// `POST /v1/accounts`.
    pub(super) fn create_account(&mut self, parameters: &Parameters, now: i64) -> Result<Value, ApiError> {
        if let Some(other) = parameters.keys().find(|name| !PLAYED.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        check_metadata(parameters)?;
        let controller = parameters.get("controller").cloned().unwrap_or_default();
        let set = |path: &str| controller.pointer(path).and_then(Value::as_str);
        let (losses, fees) = (set("/losses/payments"), set("/fees/payer"));
        if losses == Some("application") && fees != Some("application") {
            let message =
                "controller.losses.payments=application requires controller.fees.payer=application.";
            return Err(ApiError::invalid(message, "controller[fees][payer]"));
        }
        let asked = [losses, fees, set("/requirement_collection"), set("/stripe_dashboard/type")];
        if asked != [Some("application"), Some("application"), Some("stripe"), Some("express")] {
            return Err(ApiError::not_played("controller"));
        }
        let capabilities = parameters.get("capabilities").cloned().unwrap_or_default();
        if capabilities != json!({ "transfers": { "requested": true } }) {
            return Err(ApiError::not_played("capabilities"));
        }
        let country = text(parameters, "country").unwrap_or("US");
        if !["US", "BR", "DE", "GB"].contains(&country) {
            let message =
                format!("Country '{country}' is unknown. Try using a 2-character alphanumeric country code.");
            return Err(ApiError::invalid(&message, "country").code("country_unsupported"));
        }
        let account = BookedAccount {
            id: self.next_id("acct"),
            country: country.to_owned(),
            created: now,
            details_submitted: false,
            metadata: metadata(parameters),
        };
        let object = shown(&account);
        self.onboarding.accounts.push(account);
        Ok(object)
    }

    fn account_at(&self, id: &str) -> Option<usize> {
        self.onboarding.accounts.iter().position(|account| account.id == id)
    }

    /// `GET /v1/accounts/{id}`.
    pub(super) fn retrieve_account(&self, id: &str, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let at = self.account_at(id).ok_or_else(|| {
            let message = "The provided key does not have access to this account, or it does not exist.";
            ApiError::new(403, "invalid_request_error", message).code("account_invalid")
        })?;
        Ok(shown(&self.onboarding.accounts[at]))
    }

    /// `GET /v1/accounts`.
    pub(super) fn list_accounts(&self, parameters: &Parameters) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let newest_first = self.onboarding.accounts.iter().rev();
        let fitting = newest_first.filter(|account| created_fits(parameters, account.created));
        page(
            fitting.map(|account| (account.id.as_str(), shown(account))).collect(),
            parameters,
            "/v1/accounts",
        )
    }

    /// `POST /v1/account_links`.
    pub(super) fn create_account_link(
        &mut self,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        let played = ["account", "refresh_url", "return_url", "type"];
        if let Some(other) = parameters.keys().find(|name| !played.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        if text(parameters, "type") != Some("account_onboarding") {
            return Err(ApiError::not_played("type"));
        }
        let id = text(parameters, "account").unwrap_or_default();
        self.account_at(id).ok_or_else(|| ApiError::missing("account", id, "account"))?;
        let url = |name: &str| {
            let given = super::checkout::url(name, text(parameters, name).map(str::to_owned))?;
            given.ok_or_else(|| super::checkout::missing(name))
        };
        let (refresh_url, return_url) = (url("refresh_url")?, url("return_url")?);
        let token = self.next_id("link");
        let expires_at = now + LINK_SECONDS;
        let url = format!("{}/setup/c/{token}", self.pages_at);
        let account = id.to_owned();
        self.onboarding.links.push(Link {
            token,
            account,
            refresh_url,
            return_url,
            expires_at,
            visited: false,
        });
        Ok(json!({ "object": "account_link", "created": now, "expires_at": expires_at, "url": url }))
    }

    /// Somebody goes through with the page of an account.
    pub(super) fn onboard(&mut self, id: &str, now: i64) -> bool {
        let Some(at) = self.account_at(id) else { return false };
        self.onboarding.accounts[at].details_submitted = true;
        self.connected.insert(id.to_owned());
        let object = shown(&self.onboarding.accounts[at]);
        self.emit("account.updated", object, now);
        true
    }
}

type Sim = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/setup/c/{token}", get(visit))
        .route("/setup/s/{token}", post(submit))
        .with_state(shared)
}

/// A link is good once: whoever comes again is sent back for another.
async fn visit(State(sim): Sim, Path(token): Path<String>) -> Response {
    let now = sim.now().seconds();
    let mut state = sim.lock();
    let Some(link) = state.account.onboarding.links.iter_mut().find(|link| link.token == token) else {
        return (StatusCode::NOT_FOUND, Html("<h1>Something went wrong</h1>")).into_response();
    };
    if link.visited || now >= link.expires_at {
        return Redirect::to(&link.refresh_url).into_response();
    }
    link.visited = true;
    Html(format!(
        "<!DOCTYPE html><meta charset=utf-8><title>Simulated onboarding</title><h1>Get paid</h1><p>{}</p>\
         <form method=\"post\" action=\"/setup/s/{token}\"><button>Submit</button></form>",
        link.account
    ))
    .into_response()
}

async fn submit(State(sim): Sim, Path(token): Path<String>) -> Response {
    let now = sim.now().seconds();
    let back = {
        let mut state = sim.lock();
        let links = &state.account.onboarding.links;
        let found = links.iter().find(|link| link.token == token && link.visited);
        let Some((account, back)) = found.map(|link| (link.account.clone(), link.return_url.clone())) else {
            return (StatusCode::NOT_FOUND, Html("<h1>Something went wrong</h1>")).into_response();
        };
        state.account.onboard(&account, now);
        back
    };
    sim.send_at_once();
    Redirect::to(&back).into_response()
}
