//! Checkout sessions in the mode `setup`, and their pages, on which a person saves a payment method.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Account, Parameters, expands, metadata};
use super::cards::Outcome;
use super::checkout::{NULLS, missing, open_for, url};
use super::errors::ApiError;
use super::rules::{check_currency, check_metadata};
use super::saved::BookedMethod;
use super::saved_objects as objects;
use super::shared::Shared;

/// Parameters of such a session that the simulator plays.
const PLAYED: [&str; 9] = [
    "mode",
    "customer",
    "currency",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "expires_at",
    "metadata",
    "setup_intent_data",
];
/// Until when simulated cards are good.
const EXPIRES: (i64, i64) = (12, 2030);

/// A page on which somebody can save a payment method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookedSetup {
    /// `cs_…`.
    pub id: String,
    /// `open`, `complete` or `expired`.
    pub status: &'static str,
    /// Whose it will be.
    pub customer: String,
    /// What it is to be charged in.
    pub currency: String,
    /// The client's own name for it.
    pub client_reference_id: Option<String>,
    /// Where who has saved one goes.
    pub success_url: String,
    /// Where who does not want to goes.
    pub cancel_url: Option<String>,
    /// Seconds since the epoch.
    pub created: i64,
    /// When it ends.
    pub expires_at: i64,
    /// Whether real money would move.
    pub livemode: bool,
    /// `seti_…`.
    pub setup_intent: String,
    /// Where that stands.
    pub intent_status: &'static str,
    /// What was saved.
    pub payment_method: Option<String>,
    /// What the client wrote on it.
    pub metadata: BTreeMap<String, String>,
    /// What the client wrote on its setup intent.
    pub intent_metadata: BTreeMap<String, String>,
}

/// What somebody saves on a page. The cards are those that Stripe documents for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedAs {
    /// 4242: can be charged.
    Card,
    /// 0341: can be saved, and is declined when it is charged.
    CardDeclinedLater,
    /// 3184: its bank wants the cardholder each time it is charged.
    CardAuthenticatedAlways,
    /// 0002: its bank does not let it be saved; the page stays open.
    CardRefused,
    /// A bank account; charging it takes days.
    BankAccount,
    /// One that has to be verified first; [`super::StripeSim::verify`] says how that ends.
    BankAccountUnverified,
}

impl SavedAs {
    /// Its kind, its last digits, and what charging it does; nothing where it cannot be saved.
    fn facts(self) -> Option<(&'static str, &'static str, Outcome)> {
        Some(match self {
            SavedAs::Card => ("card", "4242", Outcome::Succeeds),
            SavedAs::CardDeclinedLater => ("card", "0341", Outcome::declined("generic_decline")),
            SavedAs::CardAuthenticatedAlways => ("card", "3184", Outcome::AuthenticationError),
            SavedAs::BankAccount | SavedAs::BankAccountUnverified => {
                ("us_bank_account", "6789", Outcome::Processing)
            }
            SavedAs::CardRefused => return None,
        })
    }
}

impl Account {
    pub(super) fn has_setup(&self, id: &str) -> bool {
        self.saved.setups.iter().any(|setup| setup.id == id)
    }

    fn setup_at(&self, id: &str) -> Result<usize, ApiError> {
        let at = self.saved.setups.iter().position(|setup| setup.id == id);
        at.ok_or_else(|| ApiError::missing("checkout.session", id, "id"))
    }

    /// `POST /v1/checkout/sessions` with `mode=setup`.
    pub(super) fn create_setup(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        if let Some(other) = parameters.keys().find(|name| !PLAYED.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
        check_metadata(parameters)?;
        // Stripe makes a customer where none is named; the client that is tried here always names one.
        let customer = text("customer").ok_or_else(|| missing("customer"))?;
        self.known_customer(&customer)?;
        let currency = text("currency").ok_or_else(|| {
            let message =
                "`currency` is required in `setup` mode when `payment_method_types` is not provided.";
            ApiError::invalid(message, "currency").code("parameter_missing")
        })?;
        check_currency(&currency)?;
        let success_url = url("success_url", text("success_url"))?.ok_or_else(|| missing("success_url"))?;
        let cancel_url = url("cancel_url", text("cancel_url"))?;
        let open_for = open_for(parameters, now)?;
        let of_intent = parameters.get("setup_intent_data").and_then(Value::as_object).cloned();
        let of_intent = of_intent.unwrap_or_default();
        if let Some(other) = of_intent.keys().find(|name| *name != "metadata") {
            return Err(ApiError::not_played(&format!("setup_intent_data[{other}]")));
        }
        check_metadata(&of_intent)?;
        let setup = BookedSetup {
            id: self.next_id(if livemode { "cs_live" } else { "cs_test" }),
            status: "open",
            customer,
            currency,
            client_reference_id: text("client_reference_id"),
            success_url,
            cancel_url,
            created: now,
            expires_at: now + open_for,
            livemode,
            setup_intent: self.next_id("seti"),
            intent_status: "requires_payment_method",
            payment_method: None,
            metadata: metadata(parameters),
            intent_metadata: metadata(&of_intent),
        };
        self.saved.setups.push(setup);
        Ok(self.shown_setup(self.saved.setups.len() - 1, false))
    }

    /// `GET /v1/checkout/sessions/{id}` of such a session.
    pub(super) fn retrieve_setup(&self, id: &str, parameters: &Parameters) -> Result<Value, ApiError> {
        let expand = expands(parameters, "setup_intent")?;
        Ok(self.shown_setup(self.setup_at(id)?, expand))
    }

    /// `POST /v1/checkout/sessions/{id}/expire` of such a session.
    pub(super) fn expire_setup(
        &mut self,
        id: &str,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        expands(parameters, "")?;
        let at = self.setup_at(id)?;
        let status = self.saved.setups[at].status;
        if status != "open" {
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This one is {status}."
            );
            return Err(ApiError::invalid(&message, ""));
        }
        self.end_setup(at, now);
        Ok(self.shown_setup(at, false))
    }

    fn end_setup(&mut self, at: usize, now: i64) {
        self.saved.setups[at].status = "expired";
        self.saved.setups[at].intent_status = "canceled";
        let object = self.shown_setup(at, false);
        self.emit("checkout.session.expired", object, now);
    }

    /// Ends the pages whose time is over.
    pub(super) fn end_old_setups(&mut self, now: i64) {
        for at in 0..self.saved.setups.len() {
            let setup = &self.saved.setups[at];
            if setup.status == "open" && now >= setup.expires_at {
                self.end_setup(at, now);
            }
        }
    }

    /// What pressing the button of a page does: the payment method that is saved, where it is.
    pub(super) fn save_on(&mut self, id: &str, with: SavedAs, now: i64) -> Option<String> {
        self.end_old_setups(now);
        let at = self.setup_at(id).ok().filter(|at| self.saved.setups[*at].status == "open")?;
        let (kind, last4, outcome) = with.facts()?;
        let method = self.next_id("pm");
        let setup = &mut self.saved.setups[at];
        setup.status = "complete";
        setup.payment_method = Some(method.clone());
        setup.intent_status =
            if with == SavedAs::BankAccountUnverified { "requires_action" } else { "succeeded" };
        let customer = Some(setup.customer.clone()).filter(|_| setup.intent_status == "succeeded");
        let saved = BookedMethod {
            id: method.clone(),
            kind,
            customer,
            last4,
            exp_month: EXPIRES.0,
            exp_year: EXPIRES.1,
            created: now,
            livemode: setup.livemode,
            outcome,
        };
        self.attach(saved, now);
        self.emit_intent_of(at, now);
        let object = self.shown_setup(at, false);
        self.emit("checkout.session.completed", object, now);
        Some(method)
    }

    fn emit_intent_of(&mut self, at: usize, now: i64) {
        let intent = objects::setup_intent(&self.saved.setups[at]);
        let status = self.saved.setups[at].intent_status;
        let kind = if status == "requires_payment_method" { "setup_failed" } else { status };
        self.emit(&format!("setup_intent.{kind}"), intent, now);
    }

    /// Ends the verification of a bank account. `false` when none is under way.
    pub(super) fn verify(&mut self, id: &str, succeeds: bool, now: i64) -> bool {
        let waits = |setup: &BookedSetup| setup.id == id && setup.intent_status == "requires_action";
        let Some(at) = self.saved.setups.iter().position(waits) else { return false };
        let setup = &mut self.saved.setups[at];
        setup.intent_status = if succeeds { "succeeded" } else { "requires_payment_method" };
        let method = if succeeds { setup.payment_method.clone() } else { setup.payment_method.take() };
        let customer = setup.customer.clone();
        if let Some(method) = method.filter(|_| succeeds) {
            self.attach_again(&method, &customer);
        }
        self.emit_intent_of(at, now);
        true
    }

    fn shown_setup(&self, at: usize, expand: bool) -> Value {
        let s = &self.saved.setups[at];
        let url = (s.status == "open").then(|| format!("{}/c/setup/{}", self.pages_at, s.id));
        let intent = if expand { objects::setup_intent(s) } else { Value::from(s.setup_intent.as_str()) };
        let mut object = json!({
            "id": s.id,
            "object": "checkout.session",
            "amount_subtotal": null,
            "amount_total": null,
            "automatic_tax": { "enabled": false, "liability": null, "status": null },
            "cancel_url": s.cancel_url,
            "client_reference_id": s.client_reference_id,
            "created": s.created,
            "currency": s.currency,
            "custom_fields": [],
            "custom_text": { "after_submit": null, "shipping_address": null, "submit": null },
            "customer": s.customer,
            "customer_details": null,
            "customer_email": null,
            "expires_at": s.expires_at,
            "livemode": s.livemode,
            "metadata": s.metadata,
            "mode": "setup",
            "payment_intent": null,
            "payment_method_options": {},
            "payment_method_types": ["card", "us_bank_account"],
            "payment_status": "no_payment_required",
            "shipping_options": [],
            "status": s.status,
            "success_url": s.success_url,
            "total_details": null,
            "url": url,
        });
        for name in NULLS {
            object[*name] = Value::Null;
        }
        object["setup_intent"] = intent;
        object
    }
}

type Sim = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/c/setup/{id}", get(show).post(save)).with_state(shared)
}

#[derive(Deserialize)]
struct Save {
    with: SavedAs,
}

async fn show(State(sim): Sim, Path(id): Path<String>) -> Response {
    shown(&sim, &id, "")
}

async fn save(State(sim): Sim, Path(id): Path<String>, Form(form): Form<Save>) -> Response {
    match sim.save_on(&id, form.with) {
        None => shown(&sim, &id, "Your card was declined."),
        Some(_) => {
            let state = sim.lock();
            let setup = state.account.saved.setups.iter().find(|setup| setup.id == id);
            let back = setup.map(|setup| setup.success_url.replace("{CHECKOUT_SESSION_ID}", &setup.id));
            Redirect::to(&back.unwrap_or_default()).into_response()
        }
    }
}

fn shown(sim: &Shared, id: &str, note: &str) -> Response {
    let now = sim.now().seconds();
    let mut state = sim.lock();
    state.account.end_old_setups(now);
    let Some(setup) = state.account.saved.setups.iter().find(|setup| setup.id == id) else {
        return (StatusCode::NOT_FOUND, Html("<h1>Something went wrong</h1>")).into_response();
    };
    let button = |with: &str, words: &str| format!("<button name=\"with\" value=\"{with}\">{words}</button>");
    let buttons = [
        button("card", "Save a card"),
        button("card_declined_later", "Save a card that is declined later"),
        button("card_authenticated_always", "Save a card whose bank always asks"),
        button("card_refused", "Save a card that is refused"),
        button("bank_account", "Save a bank account"),
        button("bank_account_unverified", "Save a bank account that is verified later"),
    ];
    let back = setup.cancel_url.clone().unwrap_or_default();
    let back = back.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let (rest, note) = match setup.status {
        "open" => {
            let form =
                format!("<form method=\"post\">{}</form><a href=\"{back}\">Back</a>", buttons.concat());
            (form, note)
        }
        "complete" => ("<p>You are all done here.</p>".to_owned(), ""),
        _ => ("<p>This page has expired.</p>".to_owned(), ""),
    };
    Html(format!(
        "<!DOCTYPE html><meta charset=utf-8><title>Simulated Checkout</title><h1>Save a payment method</h1>\
         <p role=\"alert\">{note}</p>{rest}"
    ))
    .into_response()
}
