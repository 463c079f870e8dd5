//! A strict simulator of Stripe: its own server with its own books, for the operations that Bursar uses.
//!
//! It refuses what Stripe refuses. Which parameters there are is a committed table, made from Stripe's official Python
//! package by `scripts/stripe_parameters.py`; an unknown, missing or mistyped one at any depth is a 400 that names it.
//! Parameters that Stripe takes and the simulator does not play are refused too, so no test leans on what is not there.
//!
//! Like Stripe it keeps the first answer to an idempotency key for 24 hours, 500s included; refuses other parameters
//! under the same key, and a second request while the first is running. Keys age by the simulator's clock.
//!
//! It has a life of its own: a client may die and come back, and [`StripeSim::books`] still says what was charged.
//! Faults are queued by [`StripeSim::fail_next`], or by HTTP under `/_sim/` (see [`admin`]) where the binary
//! `stripe-sim` runs by itself. Known from the start: customers `cus_demo` and `cus_second`, connected account
//! `acct_demo`, and Stripe's documented test payment methods such as `pm_card_visa`.

mod account;
pub mod admin;
mod balance;
mod books;
mod cards;
mod checkout;
mod connect;
mod errors;
mod faults;
mod financial;
mod forms;
mod issuing;
mod keys;
mod objects;
mod pages;
mod parameters;
mod refunds;
mod reply;
mod rules;
mod saved;
mod saved_objects;
mod server;
mod setups;
mod shared;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bursar_base::{Clock, SystemClock, TimeUs};
use serde::Serialize;
use serde_json::Value;
use tokio::task::JoinHandle;

use shared::Shared;

pub use balance::{BookedDispute, BookedLine};
pub use books::{BookedCharge, BookedIntent, BookedRefund, BookedSession, Books};
pub use cards::Outcome;
pub use checkout::PaidWith;
pub use connect::BookedAccount;
pub use faults::{Fault, Operation};
pub use issuing::{BalanceLine, IssuingBooks, SimAnswer};
pub use saved::BookedMethod;
pub use setups::{BookedSetup, SavedAs};
pub use webhooks::{Sequence, SimEvent, signature_header};

/// A request that came in, for tests that look at what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimRequest {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The body as it came.
    pub body: String,
    /// The idempotency key, where one was sent.
    pub idempotency_key: Option<String>,
}

/// A running simulator; it ends when this is dropped.
#[derive(Debug)]
pub struct StripeSim {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Drop for StripeSim {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl StripeSim {
    /// Starts on a free port of the loopback address, by the machine's clock.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn start() -> std::io::Result<StripeSim> {
        StripeSim::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::new(SystemClock)).await
    }

    /// Starts at an address, by a given clock: share the client's, so that both agree on signatures and ages of keys.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start_at(address: SocketAddr, clock: Arc<dyn Clock>) -> std::io::Result<StripeSim> {
        let shared = Arc::new(Shared::new(clock)?);
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let for_api = Arc::clone(&shared);
        shared.lock().account.pages_at = format!("http://{address}");
        let app = admin::router(Arc::clone(&shared))
            .merge(pages::router(Arc::clone(&shared)))
            .merge(setups::router(Arc::clone(&shared)))
            .merge(connect::router(Arc::clone(&shared)))
            .fallback(move |request| shared::api(Arc::clone(&for_api), request));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await; // ends only with the process
        });
        let sim = StripeSim { shared, address, server };
        sim.add_customer("cus_demo");
        sim.add_customer("cus_second");
        sim.add_account("acct_demo");
        Ok(sim)
    }

    /// The base URL, such as `http://127.0.0.1:12111`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The simulator's time.
    pub fn now(&self) -> TimeUs {
        self.shared.now()
    }

    /// Moves the simulator's clock forward, beyond the clock it was given.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.shared.ahead.fetch_add(micros, Ordering::SeqCst);
    }

    /// Lets the next request of this operation go wrong. Several wait in line.
    pub fn fail_next(&self, operation: Operation, fault: Fault) {
        self.shared.lock().faults.push(Some(operation), fault);
    }

    /// Lets the next request go wrong, whatever it is.
    pub fn fail_any(&self, fault: Fault) {
        self.shared.lock().faults.push(None, fault);
    }

    /// Takes back every fault that has hit nothing yet.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// How many requests are held by [`Fault::HoldBefore`] and [`Fault::HoldAfter`].
    pub fn held(&self) -> usize {
        self.shared.held()
    }

    /// Lets everything that is held go on.
    pub fn release(&self) {
        self.shared.release();
    }

    /// What was really charged and given back so far.
    pub fn books(&self) -> Books {
        self.shared.lock().account.books.clone()
    }

    /// Every request to the API so far.
    pub fn requests(&self) -> Vec<SimRequest> {
        self.shared.lock().requests.clone()
    }

    /// Makes a customer known.
    pub fn add_customer(&self, id: &str) {
        self.shared.lock().account.customers.insert(id.to_owned(), false);
    }

    /// Deletes a customer; its payments stay, its payment methods are detached.
    pub fn delete_customer(&self, id: &str) {
        let now = self.now().seconds();
        self.shared.lock().account.delete_customer(id, now);
        self.shared.send_at_once();
    }

    /// Makes a connected account known.
    pub fn add_account(&self, id: &str) {
        self.shared.lock().account.connected.insert(id.to_owned());
    }

    /// Saves a payment method with a customer.
    pub fn add_payment_method(&self, id: &str, customer: &str, outcome: Outcome) {
        let saved = (customer.to_owned(), outcome);
        self.shared.lock().account.payment_methods.insert(id.to_owned(), saved);
    }

    /// The customers and payment methods that are known beside those of the start, and the pages on which they are saved.
    pub fn setups(&self) -> Vec<BookedSetup> {
        self.shared.lock().account.saved.setups.clone()
    }

    /// The payment methods that were saved on pages.
    pub fn methods(&self) -> Vec<BookedMethod> {
        self.shared.lock().account.saved.methods.clone()
    }

    /// The customers that were made through the API.
    pub fn made_customers(&self) -> Vec<String> {
        self.shared.lock().account.saved.customers.iter().map(|customer| customer.id.clone()).collect()
    }

    /// Saves a payment method on a page, as whoever opens it does; its id, where the page took it.
    pub fn save_on(&self, session: &str, with: SavedAs) -> Option<String> {
        self.shared.save_on(session, with)
    }

    /// The connected accounts that were made through the API.
    pub fn made_accounts(&self) -> Vec<BookedAccount> {
        self.shared.lock().account.onboarding.accounts.clone()
    }

    /// Somebody goes through with the page of a connected account. `false` where there is no such account.
    pub fn onboard(&self, account: &str) -> bool {
        let now = self.now().seconds();
        let done = self.shared.lock().account.onboard(account, now);
        self.shared.send_at_once();
        done
    }

    /// Ends the verification of a bank account that was given on a page. `false` when none is under way.
    pub fn verify(&self, session: &str, succeeds: bool) -> bool {
        let now = self.now().seconds();
        let verified = self.shared.lock().account.verify(session, succeeds, now);
        self.shared.send_at_once();
        verified
    }

    /// What a saved card's bank does on its own: gives it another end, or other digits. `false` for what is no card.
    pub fn update_card(&self, method: &str, exp_month: i64, exp_year: i64) -> bool {
        let now = self.now().seconds();
        let updated = self.shared.lock().account.renew_card(method, exp_month, exp_year, now);
        self.shared.send_at_once();
        updated
    }

    /// Ends an intent that is `processing` or `requires_action`: paid, or failed. `false` when it is neither.
    pub fn finish(&self, intent: &str, succeeds: bool) -> bool {
        self.shared.finish(intent, succeeds)
    }

    /// Pays on a session's page, as whoever opens it does. `false` when there is no such page, or it cannot be paid.
    pub fn pay_session(&self, session: &str, with: PaidWith) -> bool {
        self.shared.pay_session(session, with) == Some(checkout::Pressed::Done)
    }

    /// Ends the pages whose time is over, as Stripe does by itself.
    pub fn end_old_sessions(&self) {
        let now = self.now().seconds();
        self.shared.lock().account.end_old_sessions(now);
        self.shared.send_at_once();
    }

    /// Makes a session something else than what was asked for, as no client can. `false` when there is no such session.
    pub fn tamper_with_session(&self, session: &str, amount_total: i64, currency: &str) -> bool {
        let mut state = self.shared.lock();
        let found = state.account.books.sessions.iter_mut().find(|known| known.id == session);
        found.is_some_and(|session| {
            (session.amount_total, session.currency) = (amount_total, currency.to_owned());
            true
        })
    }

    /// Makes a line of the balance, or a card's transaction, another sum, as nobody can at Stripe. `false` when there is no such line.
    pub fn tamper_with_line(&self, line: &str, amount: i64) -> bool {
        self.shared.lock().account.tamper_with_line(line, amount)
    }

    /// Changes a field of a card's transaction, as nobody can at Stripe. `false` when there is none such.
    pub fn tamper_with_issued(&self, id: &str, field: &str, value: Value) -> bool {
        self.shared.lock().account.tamper_with_issued(id, field, value)
    }

    /// Loses a line of the balance, or a card's transaction. `false` when there is no such line.
    pub fn lose_line(&self, line: &str) -> bool {
        self.shared.lock().account.lose_line(line)
    }

    /// Ends a refund that is pending. `false` when there is no such refund.
    pub fn finish_refund(&self, refund: &str, succeeds: bool) -> bool {
        let now = self.now().seconds();
        let finished = self.shared.lock().account.finish_refund(refund, succeeds, now);
        self.shared.send_at_once();
        finished
    }

    /// Opens a dispute about a charge, or closes it where `won` says how. `false` when there is no such charge.
    pub fn dispute(&self, charge: &str, won: Option<bool>) -> bool {
        self.shared.dispute(charge, won)
    }

    /// Everything that was issued, and what became of it.
    pub fn issuing(&self) -> IssuingBooks {
        self.shared.lock().account.issuing.clone()
    }

    /// What Stripe wants to know of a cardholder from now on, without telling anybody. `false` when there is none such.
    pub fn want_of_cardholder(&self, id: &str, past_due: &[&str]) -> bool {
        let mut state = self.shared.lock();
        let mut holders = state.account.issuing.cardholders.iter_mut();
        holders.find(|known| known["id"] == id).is_some_and(|known| {
            known["requirements"]["past_due"] = Value::from(past_due.to_vec());
            true
        })
    }

    /// Whether the endpoint is asked about authorisations; they are approved where nobody is.
    pub fn ask_about_authorizations(&self, asks: bool) {
        self.shared.lock().account.issuing.rules.asks = asks;
    }

    /// What becomes of an authorisation whose answer is late, or none: declined, unless this says otherwise.
    pub fn approve_late_answers(&self, approves: bool) {
        self.shared.lock().account.issuing.rules.approves_late = approves;
    }

    /// Uses a card at a merchant of this name and category, as Stripe's test helper does; the authorisation.
    pub async fn authorize(&self, card: &str, cents: i64, merchant: &str, category: &str) -> Value {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("card", card)
            .append_pair("amount", &cents.to_string())
            .append_pair("merchant_data[name]", merchant)
            .append_pair("merchant_data[category]", category)
            .finish();
        self.must("/v1/test_helpers/issuing/authorizations", &form).await
    }

    /// Does something more with an authorisation: `capture`, `increment`, `reverse` or `expire`, with a form.
    pub async fn authorization(&self, id: &str, deed: &str, form: &str) -> Value {
        self.must(&format!("/v1/test_helpers/issuing/authorizations/{id}/{deed}"), form).await
    }

    /// Posts a form with a test key, which must be taken; the object.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn must(&self, path: &str, form: &str) -> Value {
        let (status, object) = self.call(path, form).await;
        assert_eq!(status, 200, "{path} {form}: {object}");
        object
    }

    /// Captures an authorisation that is closed, was taken back or was declined, as merchants should not, but do.
    /// `false` when there is none such.
    pub fn capture_late(&self, authorization: &str, cents: i64) -> bool {
        self.shared.capture_late(authorization, cents)
    }

    /// Ends a dispute about a card's transaction that was handed in. `false` when there is none such.
    pub fn end_issuing_dispute(&self, dispute: &str, won: bool) -> bool {
        self.shared.end_dispute(dispute, won)
    }

    /// Asks once more what was asked last about an authorisation; the answer changes nothing at Stripe.
    pub async fn ask_again(&self, authorization: &str) -> Option<SimAnswer> {
        issuing::again(&self.shared, authorization).await
    }

    /// Where events go, signed with `secret`; `at_once` sends each as it happens, else [`StripeSim::deliver_new`] does.
    pub fn send_webhooks_to(&self, url: &str, secret: &str, at_once: bool) {
        let endpoint = webhooks::Endpoint { url: url.to_owned(), secret: secret.to_owned(), at_once };
        self.shared.lock().endpoint = Some(endpoint);
    }

    /// Everything that happened, oldest first.
    pub fn events(&self) -> Vec<SimEvent> {
        self.shared.lock().account.events.clone()
    }

    /// Sends what was not sent yet, each event `copies` times; the statuses it was answered with, 0 for no answer.
    pub async fn deliver_new(&self, sequence: Sequence, copies: u32) -> Vec<u16> {
        self.shared.deliver_new(sequence, copies).await
    }

    /// Sends these events now, whether or not they were sent before.
    pub async fn deliver(&self, events: &[SimEvent]) -> Vec<u16> {
        self.shared.send(events).await
    }

    /// What somebody else does with the same account, such as in Stripe's own dashboard: posts a form and returns the
    /// status.
    ///
    /// # Panics
    /// When the simulator does not answer.
    pub async fn post(&self, path: &str, form: &str) -> u16 {
        self.call(path, form).await.0
    }

    /// The same, with the object or error that is answered.
    ///
    /// # Panics
    /// When the simulator does not answer.
    #[allow(clippy::expect_used)] // a part of tests
    pub async fn call(&self, path: &str, form: &str) -> (u16, Value) {
        let client = bursar_http::outgoing::client().no_proxy().build().expect("a client can be made");
        let request = client.post(format!("{}{path}", self.url())).bearer_auth("sk_test_simulated");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form.to_owned()).send().await.expect("the simulator answers");
        (answer.status().as_u16(), answer.json().await.expect("the simulator answers JSON"))
    }

    /// Opens a financial account of version 2 with so much in it: currency, what is available and what is on its way in, in
    /// cents.
    pub fn add_financial_account(&self, id: &str, balances: &[(&str, i64, i64)]) {
        let now = self.now().to_string();
        self.shared.lock().account.add_financial_account(id, balances, &now);
    }

    /// Gets a path with a test key and this version of the API, where one is given; the status.
    ///
    /// # Panics
    /// When the simulator does not answer.
    #[allow(clippy::expect_used)] // a part of tests
    pub async fn get(&self, path: &str, version: Option<&str>) -> u16 {
        let client = bursar_http::outgoing::client().no_proxy().build().expect("a client can be made");
        let mut request = client.get(format!("{}{path}", self.url())).bearer_auth("sk_test_simulated");
        if let Some(version) = version {
            request = request.header("Stripe-Version", version);
        }
        request.send().await.expect("the simulator answers").status().as_u16()
    }

    /// Runs until the server ends, which it does not by itself.
    pub async fn wait(mut self) {
        let _ = (&mut self.server).await;
    }
}
