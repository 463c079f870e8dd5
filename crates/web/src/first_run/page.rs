//! The page of the first run.

use axum::extract::{Path, State};
use axum::response::Response;
use bursar_base::{Language, Mode, Money};
use bursar_http::{Problem, Reading};
use bursar_identity::first_run::service as first_run;
use bursar_pages::Words;
use bursar_pages::first_run::{FirstRunDone, FirstRunPage, first_run_done, first_run_page};
use bursar_pages::people::Message;
use bursar_spend::agents::Limits;
// Under the policy of pages that need no script.
use bursar_spend::approvals::api::page;
use http::StatusCode;
use serde::Deserialize;

use super::service::{self, Made, Wanted, problem};
use crate::Web;
use crate::door::{Open, signed_in};
use crate::page::{form, problem_page, said};
use crate::problems::what_happened;

/// What stands in the form before anybody has written anything.
const DAILY: &str = "100.00";
const APPROVE_ABOVE: &str = "20.00";

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct FirstRunForm {
    email: String,
    org_name: String,
    time_zone: String,
    currency: String,
    agent_name: String,
    daily: String,
    approve_above: String,
}

fn blank(web: &Web, token: &str, language: Language) -> FirstRunPage {
    let written = |amount: &str| Words::of(language).group(amount);
    FirstRunPage {
        language,
        token: token.to_owned(),
        is_test: web.settings.bot_mode == Mode::Test,
        time_zones: time_zones(),
        time_zone: "UTC".to_owned(),
        currency: "USD".to_owned(),
        daily: written(DAILY),
        approve_above: written(APPROVE_ABOVE),
        ..FirstRunPage::default()
    }
}

/// Those that a browser may offer: places, as people know them.
fn time_zones() -> Vec<String> {
    let names = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    names.filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/"))).collect()
}

/// Shows the form.
pub async fn show(State(web): State<Web>, Path(token): Path<String>, reading: Reading) -> Response {
    let language = web.reads(reading);
    match first_run::look(&web.identity, &token).await {
        Ok(()) => page(StatusCode::OK, language, first_run_page(&blank(&web, &token, language))),
        Err(error) => refused(&problem(error), language),
    }
}

/// Makes what the form says, and shows the agent's key.
pub async fn run(Path(token): Path<String>, open: Open) -> Response {
    let (sent, language): (FirstRunForm, _) = (form(&open.body), open.language());
    let (web, browser) = (&open.web, open.web.browser(&open.parts));
    match service::run(web, &token, wanted(&sent, language), &browser).await {
        Ok(made) => {
            let shown = first_run_done(&done(web, &made, &sent, language));
            signed_in(page(StatusCode::OK, language, shown), &made.session)
        }
        Err(problem) if problem.status == StatusCode::BAD_REQUEST => {
            let field = problem.errors.first().map(|error| error.field.clone()).unwrap_or_default();
            let again = FirstRunPage {
                problem: Some(what_happened(&problem, language)),
                wrong: field.trim_start_matches("limits.").to_owned(),
                email: sent.email,
                org_name: sent.org_name,
                time_zone: sent.time_zone,
                currency: sent.currency,
                agent_name: sent.agent_name,
                daily: sent.daily,
                approve_above: sent.approve_above,
                ..blank(web, &token, language)
            };
            page(problem.status, language, first_run_page(&again))
        }
        Err(problem) => refused(&problem, language),
    }
}

fn wanted(sent: &FirstRunForm, language: Language) -> Wanted {
    let amount = |typed: &str| {
        Some(Words::of(language).typed_amount(typed).trim().to_owned()).filter(|amount| !amount.is_empty())
    };
    Wanted {
        email: sent.email.clone(),
        org_name: sent.org_name.clone(),
        time_zone: sent.time_zone.trim().to_owned(),
        currency: sent.currency.trim().to_owned(),
        agent_name: sent.agent_name.clone(),
        limits: Limits {
            daily: amount(&sent.daily),
            approve_above: amount(&sent.approve_above),
            ..Limits::default()
        },
    }
}

fn done(web: &Web, made: &Made, sent: &FirstRunForm, language: Language) -> FirstRunDone {
    FirstRunDone {
        language,
        base: web.settings.public_url.clone(),
        is_test: web.settings.bot_mode == Mode::Test,
        has_passkeys: web.passkeys().is_some(),
        org_id: made.org_id.to_string(),
        org_name: made.org_name.clone(),
        agent_id: made.agent_id.to_string(),
        agent_name: sent.agent_name.trim().to_owned(),
        api_key: made.key.key.reveal().to_owned(),
        key_id: made.key.id.to_string(),
        currency: made.currency.to_string(),
        amount: first_amount(&wanted(sent, language).limits, made),
    }
}

/// Of the first payment: one that waits for a human, where the limits leave room for it.
fn first_amount(limits: &Limits, made: &Made) -> String {
    const ONE: i64 = 1_000_000;
    let micros = |text: &Option<String>| {
        text.as_deref().and_then(|text| Money::parse(text, made.currency).ok()).map(|money| money.micros)
    };
    let above = micros(&limits.approve_above).map_or(10 * ONE, |above| above.saturating_add(5 * ONE));
    bursar_base::money::decimal(micros(&limits.daily).map_or(above, |daily| above.min(daily)))
}

/// What is wrong with the link.
fn refused(problem: &Problem, language: Language) -> Response {
    let words = Words::of(language);
    let (title, lead, link) = match problem.code.as_ref() {
        "first_run_over" => (
            "this-server-is-set-up",
            "sign-in-or-have-an-owner-invite-you",
            Some(("/sign-in".to_owned(), words.text("sign-in").to_string())),
        ),
        "not_found" => ("this-link-is-not-the-newest", "start-the-server-again-for-a-new-link", None),
        _ => return problem_page(problem, language),
    };
    let (title, lead) = (words.text(title).to_string(), words.text(lead).to_string());
    said(problem.status, &Message { title, lead, link, is_good: false, language })
}
