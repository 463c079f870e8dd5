//! The simulator by HTTP, for a process that was started by hand. Bound to wherever the simulator is; never Stripe's.
//!
//! | request | body |
//! |---|---|
//! | GET `/_sim/books`, `/_sim/events`, `/_sim/requests` | |
//! | POST `/_sim/faults` | `{"operation": "create_payment", "fault": "drop_after", "times": 1}`; without `operation` any request is hit |
//! | POST `/_sim/advance` | `{"seconds": 90000}` |
//! | POST `/_sim/release` | lets go what `hold_before` and `hold_after` hold |
//! | POST `/_sim/customers`, `/_sim/accounts` | `{"id": "cus_x"}` |
//! | POST `/_sim/webhooks` | `{"url": "http://…/webhooks/stripe", "secret": "whsec_x", "at_once": true}` |
//! | POST `/_sim/deliver` | `{"sequence": "reversed", "copies": 2}`; `{"shuffled": 7}` is a sequence too |
//! | POST `/_sim/finish` | `{"payment_intent": "pi_…", "succeeds": true}` |
//! | POST `/_sim/pay` | `{"session": "cs_…", "with": "card"}`, `"bank_transfer"` or `"declined_card"`; its page has buttons for the same |
//! | GET `/_sim/issuing` | |
//! | POST `/_sim/issuing` | `{"asks": true, "approves_late": false}`: whether the endpoint is asked about authorisations, and what becomes of one whose answer is late |
//! | POST `/_sim/issuing/captures` | `{"authorization": "iauth_…", "amount": 1000}`: of one that is over, in cents |
//! | POST `/_sim/issuing/disputes` | `{"dispute": "idp_…", "won": true}` |
//! | POST `/_sim/tamper` | `{"line": "txn_…", "amount": 999}` makes a line of the balance, or a card's transaction (`ipi_…`), another sum |
//! | POST `/_sim/save` | `{"session": "cs_…", "with": "card"}`: saves a payment method on a page; [`super::SavedAs`] has the others |
//! | POST `/_sim/disputes` | `{"charge": "ch_…"}` opens one, `{"charge": "ch_…", "won": false}` closes it |

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::checkout::PaidWith;
use super::shared::Shared;
use super::webhooks::Endpoint;
use super::{Books, Fault, IssuingBooks, Operation, SavedAs, Sequence, SimEvent, SimRequest};

type Sim = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/_sim/books", get(books))
        .route("/_sim/events", get(events))
        .route("/_sim/requests", get(requests))
        .route("/_sim/faults", post(add_faults))
        .route("/_sim/advance", post(advance))
        .route("/_sim/release", post(release))
        .route("/_sim/customers", post(add_customer))
        .route("/_sim/accounts", post(add_account))
        .route("/_sim/webhooks", post(set_endpoint))
        .route("/_sim/deliver", post(deliver))
        .route("/_sim/finish", post(finish))
        .route("/_sim/pay", post(pay))
        .route("/_sim/save", post(save))
        .route("/_sim/disputes", post(dispute))
        .route("/_sim/issuing", get(issuing).post(set_issuing))
        .route("/_sim/issuing/captures", post(capture_late))
        .route("/_sim/issuing/disputes", post(end_dispute))
        .route("/_sim/tamper", post(tamper))
        .with_state(shared)
}

#[derive(Deserialize)]
struct NewFault {
    operation: Option<Operation>,
    #[serde(flatten)]
    fault: Fault,
    times: Option<u32>,
}

#[derive(Deserialize)]
struct Advance {
    seconds: i64,
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct NewEndpoint {
    url: String,
    secret: String,
    #[serde(default)]
    at_once: bool,
}

#[derive(Deserialize)]
struct Deliver {
    #[serde(default)]
    sequence: Sequence,
    copies: Option<u32>,
}

#[derive(Deserialize)]
struct Finish {
    payment_intent: String,
    succeeds: bool,
}

#[derive(Deserialize)]
struct Dispute {
    charge: String,
    won: Option<bool>,
}

async fn books(State(sim): Sim) -> Json<Books> {
    Json(sim.lock().account.books.clone())
}

async fn events(State(sim): Sim) -> Json<Vec<SimEvent>> {
    Json(sim.lock().account.events.clone())
}

async fn requests(State(sim): Sim) -> Json<Vec<SimRequest>> {
    Json(sim.lock().requests.clone())
}

async fn add_faults(State(sim): Sim, Json(new): Json<NewFault>) -> StatusCode {
    for _ in 0..new.times.unwrap_or(1) {
        sim.lock().faults.push(new.operation, new.fault.clone());
    }
    StatusCode::NO_CONTENT
}

async fn advance(State(sim): Sim, Json(by): Json<Advance>) -> Json<Value> {
    sim.ahead.fetch_add(by.seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    Json(json!({ "now": sim.now() }))
}

async fn release(State(sim): Sim) -> StatusCode {
    sim.release();
    StatusCode::NO_CONTENT
}

async fn add_customer(State(sim): Sim, Json(new): Json<Id>) -> StatusCode {
    sim.lock().account.customers.insert(new.id, false);
    StatusCode::NO_CONTENT
}

async fn add_account(State(sim): Sim, Json(new): Json<Id>) -> StatusCode {
    sim.lock().account.connected.insert(new.id);
    StatusCode::NO_CONTENT
}

async fn set_endpoint(State(sim): Sim, Json(new): Json<NewEndpoint>) -> StatusCode {
    sim.lock().endpoint = Some(Endpoint { url: new.url, secret: new.secret, at_once: new.at_once });
    StatusCode::NO_CONTENT
}

async fn deliver(State(sim): Sim, Json(how): Json<Deliver>) -> Json<Value> {
    let statuses = sim.deliver_new(how.sequence, how.copies.unwrap_or(1)).await;
    Json(json!({ "statuses": statuses }))
}

async fn finish(State(sim): Sim, Json(how): Json<Finish>) -> StatusCode {
    found(sim.finish(&how.payment_intent, how.succeeds))
}

#[derive(Deserialize)]
struct Pay {
    session: String,
    with: PaidWith,
}

async fn pay(State(sim): Sim, Json(how): Json<Pay>) -> StatusCode {
    found(sim.pay_session(&how.session, how.with).is_some())
}

#[derive(Deserialize)]
struct Save {
    session: String,
    with: SavedAs,
}

async fn save(State(sim): Sim, Json(how): Json<Save>) -> StatusCode {
    found(sim.save_on(&how.session, how.with).is_some())
}

async fn dispute(State(sim): Sim, Json(how): Json<Dispute>) -> StatusCode {
    found(sim.dispute(&how.charge, how.won))
}

async fn issuing(State(sim): Sim) -> Json<IssuingBooks> {
    Json(sim.lock().account.issuing.clone())
}

#[derive(Deserialize)]
struct Rules {
    asks: bool,
    approves_late: bool,
}

async fn set_issuing(State(sim): Sim, Json(rules): Json<Rules>) -> StatusCode {
    let issuing = &mut sim.lock().account.issuing;
    (issuing.rules.asks, issuing.rules.approves_late) = (rules.asks, rules.approves_late);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct LateCapture {
    authorization: String,
    amount: i64,
}

async fn capture_late(State(sim): Sim, Json(how): Json<LateCapture>) -> StatusCode {
    found(sim.capture_late(&how.authorization, how.amount))
}

#[derive(Deserialize)]
struct EndDispute {
    dispute: String,
    won: bool,
}

async fn end_dispute(State(sim): Sim, Json(how): Json<EndDispute>) -> StatusCode {
    found(sim.end_dispute(&how.dispute, how.won))
}

#[derive(Deserialize)]
struct Tamper {
    line: String,
    amount: i64,
}

async fn tamper(State(sim): Sim, Json(how): Json<Tamper>) -> StatusCode {
    found(sim.lock().account.tamper_with_line(&how.line, how.amount))
}

fn found(was: bool) -> StatusCode {
    if was { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
