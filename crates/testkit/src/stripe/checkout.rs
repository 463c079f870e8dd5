//! Checkout sessions: made, looked at, expired, and paid by whoever opens their page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::{Account, Parameters, expands, metadata};
use super::books::{BookedIntent, BookedSession};
use super::errors::ApiError;
use super::rules::{check_metadata, check_price};

/// Parameters of `POST /v1/checkout/sessions` that the simulator plays.
const PLAYED: [&str; 10] = [
    "mode",
    "client_reference_id",
    "success_url",
    "cancel_url",
    "expires_at",
    "line_items",
    "metadata",
    "payment_intent_data",
    "customer",
    "customer_email",
];
/// A page ends at the earliest so many seconds after it was made ...
const OPEN_SECONDS_MIN: i64 = 30 * 60;
/// ... and at the latest so many, which is also when it ends where nobody says.
const OPEN_SECONDS_MAX: i64 = 24 * 60 * 60;
/// Longest `client_reference_id`, in characters.
const REFERENCE_CHARS_MAX: usize = 200;

/// How somebody pays on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidWith {
    /// A card that is charged at once.
    Card,
    /// A card that its bank refuses; the page stays open.
    DeclinedCard,
    /// A way that takes days; [`super::StripeSim::finish`] says how it ends.
    BankTransfer,
}

/// What became of paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// The page is done with; back to the merchant.
    Done,
    /// The bank refused.
    Refused,
    /// It cannot be paid any more.
    Closed,
}

impl Account {
    /// `POST /v1/checkout/sessions`.
    pub(super) fn create_session(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<Value, ApiError> {
        let session = self.new_session(parameters, livemode, now)?;
        self.books.sessions.push(session);
        Ok(self.shown_session(self.books.sessions.len() - 1, false))
    }

    fn new_session(
        &mut self,
        parameters: &Parameters,
        livemode: bool,
        now: i64,
    ) -> Result<BookedSession, ApiError> {
        if let Some(other) = parameters.keys().find(|name| !PLAYED.contains(&name.as_str())) {
            return Err(ApiError::not_played(other));
        }
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).map(str::to_owned);
        match text("mode").as_deref() {
            Some("payment") => {}
            Some(_) => return Err(ApiError::not_played("mode")),
            None => return Err(missing("mode")),
        }
        check_metadata(parameters)?;
        let (customer, customer_email) = (text("customer"), text("customer_email"));
        if let Some(customer) = &customer {
            self.known_customer(customer)?;
        }
        if customer.is_some() && customer_email.is_some() {
            let message = "You may only specify one of these parameters: customer, customer_email.";
            return Err(ApiError::invalid(message, "customer"));
        }
        if customer_email.as_deref().is_some_and(|email| !email.contains('@')) {
            return Err(ApiError::invalid("Invalid email address", "customer_email").code("email_invalid"));
        }
        let reference = text("client_reference_id");
        if reference.as_deref().is_some_and(|text| text.chars().count() > REFERENCE_CHARS_MAX) {
            return Err(ApiError::invalid("Invalid string: too long", "client_reference_id"));
        }
        let success_url = url("success_url", text("success_url"))?.ok_or_else(|| missing("success_url"))?;
        let cancel_url = url("cancel_url", text("cancel_url"))?;
        let open_for = open_for(parameters, now)?;
        let (amount_total, currency, name) = line_items(parameters)?;
        let of_intent = parameters.get("payment_intent_data").and_then(Value::as_object).cloned();
        let of_intent = of_intent.unwrap_or_default();
        if let Some(other) =
            of_intent.keys().find(|name| !["metadata", "description"].contains(&name.as_str()))
        {
            return Err(ApiError::not_played(&format!("payment_intent_data[{other}]")));
        }
        check_metadata(&of_intent)?;
        Ok(BookedSession {
            id: self.next_id(if livemode { "cs_live" } else { "cs_test" }),
            status: "open",
            payment_status: "unpaid",
            amount_total,
            currency,
            name,
            client_reference_id: reference,
            customer,
            customer_email,
            success_url,
            cancel_url,
            created: now,
            expires_at: now + open_for,
            livemode,
            payment_intent: None,
            metadata: metadata(parameters),
            payment_metadata: metadata(&of_intent),
            payment_description: of_intent.get("description").and_then(Value::as_str).map(str::to_owned),
        })
    }

    pub(super) fn session_at(&self, id: &str) -> Result<usize, ApiError> {
        let at = self.books.sessions.iter().position(|known| known.id == id);
        at.ok_or_else(|| ApiError::missing("checkout.session", id, "id"))
    }

    /// `GET /v1/checkout/sessions/{id}`.
    pub(super) fn retrieve_session(&mut self, id: &str, parameters: &Parameters) -> Result<Value, ApiError> {
        let expand = expands(parameters, "payment_intent")?;
        Ok(self.shown_session(self.session_at(id)?, expand))
    }

    /// `POST /v1/checkout/sessions/{id}/expire`.
    pub(super) fn expire_session(
        &mut self,
        id: &str,
        parameters: &Parameters,
        now: i64,
    ) -> Result<Value, ApiError> {
        let expand = expands(parameters, "payment_intent")?;
        let at = self.session_at(id)?;
        if self.books.sessions[at].status != "open" {
            let status = self.books.sessions[at].status;
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This one is {status}."
            );
            return Err(ApiError::invalid(&message, ""));
        }
        self.end_session(at, now);
        Ok(self.shown_session(at, expand))
    }

    fn end_session(&mut self, at: usize, now: i64) {
        self.books.sessions[at].status = "expired";
        self.emit_session("checkout.session.expired", at, now);
    }

    /// Ends the pages whose time is over.
    pub(super) fn end_old_sessions(&mut self, now: i64) {
        for at in 0..self.books.sessions.len() {
            let session = &self.books.sessions[at];
            if session.status == "open" && now >= session.expires_at {
                self.end_session(at, now);
            }
        }
    }

    /// What pressing the button of a page does.
    pub(super) fn pay_session(&mut self, id: &str, with: PaidWith, now: i64) -> Result<Pressed, ApiError> {
        self.end_old_sessions(now);
        let at = self.session_at(id)?;
        if self.books.sessions[at].status != "open" {
            return Ok(Pressed::Closed);
        }
        let intent = self.intent_of_session(at, now);
        let session = &mut self.books.sessions[at];
        match with {
            PaidWith::DeclinedCard => {
                // The page shows what the bank says, and stays open.
                drop(self.fail(intent, "card_declined", Some("generic_decline"), now));
                return Ok(Pressed::Refused);
            }
            PaidWith::Card => {
                (session.status, session.payment_status) = ("complete", "paid");
                self.succeed(intent, now);
            }
            PaidWith::BankTransfer => {
                session.status = "complete";
                self.books.intents[intent].status = "processing";
                self.emit_intent("payment_intent.processing", intent, now);
            }
        }
        self.emit_session("checkout.session.completed", at, now);
        Ok(Pressed::Done)
    }

    /// The payment of a session, made when somebody first tries to pay.
    fn intent_of_session(&mut self, at: usize, now: i64) -> usize {
        let known = self.books.sessions[at].payment_intent.clone();
        if let Some(at) = known.and_then(|id| self.index(&id).ok()) {
            return at;
        }
        let id = self.next_id("pi");
        let session = &mut self.books.sessions[at];
        session.payment_intent = Some(id.clone());
        let intent = BookedIntent {
            id,
            status: "requires_payment_method",
            amount: session.amount_total,
            amount_received: 0,
            currency: session.currency.clone(),
            created: now,
            canceled_at: None,
            cancellation_reason: None,
            customer: session.customer.clone(),
            payment_method: None,
            destination: None,
            description: session.payment_description.clone(),
            metadata: session.payment_metadata.clone(),
            latest_charge: None,
            livemode: session.livemode,
            last_payment_error: None,
        };
        self.books.intents.push(intent);
        let intent = self.books.intents.len() - 1;
        self.emit_intent("payment_intent.created", intent, now);
        intent
    }

    /// Tells of the session whose payment took days and has ended.
    pub(super) fn finished_session(&mut self, intent: &str, succeeds: bool, now: i64) {
        let of = |session: &BookedSession| session.payment_intent.as_deref() == Some(intent);
        let Some(at) = self.books.sessions.iter().position(of) else { return };
        let kind = if succeeds {
            self.books.sessions[at].payment_status = "paid";
            "checkout.session.async_payment_succeeded"
        } else {
            "checkout.session.async_payment_failed"
        };
        self.emit_session(kind, at, now);
    }

    fn emit_session(&mut self, kind: &str, at: usize, now: i64) {
        let object = self.shown_session(at, false);
        self.emit(kind, object, now);
    }

    pub(super) fn shown_session(&self, at: usize, expand: bool) -> Value {
        let s = &self.books.sessions[at];
        let intent = s.payment_intent.as_ref().filter(|_| expand).and_then(|id| self.index(id).ok());
        let payment_intent = match intent {
            Some(at) => self.shown(at, false),
            None => Value::from(s.payment_intent.clone()),
        };
        let url = (s.status == "open").then(|| format!("{}/c/pay/{}", self.pages_at, s.id));
        let details = s.customer_email.as_ref().map(|email| json!({ "email": email, "name": null }));
        let mut object = json!({
            "id": s.id,
            "object": "checkout.session",
            "amount_subtotal": s.amount_total,
            "amount_total": s.amount_total,
            "automatic_tax": { "enabled": false, "liability": null, "status": null },
            "cancel_url": s.cancel_url,
            "client_reference_id": s.client_reference_id,
            "created": s.created,
            "currency": s.currency,
            "custom_fields": [],
            "custom_text": { "after_submit": null, "shipping_address": null, "submit": null },
            "customer": s.customer,
            "customer_details": details,
            "customer_email": s.customer_email,
            "expires_at": s.expires_at,
            "livemode": s.livemode,
            "metadata": s.metadata,
            "mode": "payment",
            "payment_intent": payment_intent,
            "payment_method_options": {},
            "payment_method_types": ["card", "us_bank_account"],
            "payment_status": s.payment_status,
            "shipping_options": [],
            "status": s.status,
            "success_url": s.success_url,
            "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
            "url": url,
        });
        for name in NULLS {
            object[*name] = Value::Null;
        }
        object
    }
}

/// Fields that are there and empty.
pub(super) const NULLS: &[&str] = &[
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "consent",
    "currency_conversion",
    "invoice",
    "locale",
    "payment_link",
    "recovered_from",
    "setup_intent",
    "submit_type",
    "subscription",
];

pub(super) fn missing(name: &str) -> ApiError {
    ApiError::invalid(&format!("Missing required param: {name}."), name).code("parameter_missing")
}

pub(super) fn url(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let absolute = |text: &str| text.starts_with("https://") || text.starts_with("http://");
    match text {
        Some(text) if !absolute(&text) => {
            let message = format!("Not a valid URL. URLs must begin with http or https ({name}).");
            Err(ApiError::invalid(&message, name).code("url_invalid"))
        }
        text => Ok(text),
    }
}

/// For how many seconds a page is open.
pub(super) fn open_for(parameters: &Parameters, now: i64) -> Result<i64, ApiError> {
    let expires_at = parameters.get("expires_at").and_then(Value::as_i64);
    let open_for = expires_at.map_or(OPEN_SECONDS_MAX, |at| at - now);
    if !(OPEN_SECONDS_MIN..=OPEN_SECONDS_MAX).contains(&open_for) {
        let message =
            "The expires_at timestamp must be between 30 minutes and 24 hours after the session is made.";
        return Err(ApiError::invalid(message, "expires_at"));
    }
    Ok(open_for)
}

/// What is sold: the sum, its currency, and the first name.
fn line_items(parameters: &Parameters) -> Result<(i64, String, String), ApiError> {
    let items = parameters.get("line_items").and_then(Value::as_array).filter(|items| !items.is_empty());
    let items = items.ok_or_else(|| missing("line_items"))?;
    let (mut total, mut currency, mut name) = (0_i64, None, None);
    for (index, item) in items.iter().enumerate() {
        let at = |field: &str| format!("line_items[{index}]{field}");
        let unplayed = |object: &Map<String, Value>, played: &[&str], inside: &str| {
            let other = object.keys().find(|name| !played.contains(&name.as_str()))?;
            Some(ApiError::not_played(&at(&format!("{inside}[{other}]"))))
        };
        let empty = Map::new();
        let item = item.as_object().unwrap_or(&empty);
        if let Some(error) = unplayed(item, &["quantity", "price_data"], "") {
            return Err(error);
        }
        let price = item.get("price_data").and_then(Value::as_object);
        let price = price.ok_or_else(|| missing(&at("[price_data]")))?;
        if let Some(error) = unplayed(price, &["currency", "unit_amount", "product_data"], "[price_data]") {
            return Err(error);
        }
        let quantity = item.get("quantity").and_then(Value::as_i64);
        let quantity = quantity.ok_or_else(|| missing(&at("[quantity]")))?;
        let unit = price.get("unit_amount").and_then(Value::as_i64);
        let unit = unit.ok_or_else(|| missing(&at("[price_data][unit_amount]")))?;
        if quantity < 1 || unit < 0 {
            return Err(ApiError::invalid("Invalid positive integer", &at("[quantity]")));
        }
        let product = price.get("product_data").and_then(Value::as_object);
        let product = product.ok_or_else(|| missing(&at("[price_data][product_data]")))?;
        if let Some(error) = unplayed(product, &["name"], "[price_data][product_data]") {
            return Err(error);
        }
        let in_currency = price.get("currency").and_then(Value::as_str).unwrap_or_default().to_owned();
        if currency.get_or_insert_with(|| in_currency.clone()) != &in_currency {
            let message = "All line items must have the same currency.";
            return Err(ApiError::invalid(message, &at("[price_data][currency]")));
        }
        let product = product.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        name.get_or_insert(product);
        total = total.saturating_add(unit.saturating_mul(quantity));
    }
    let currency = currency.unwrap_or_default();
    check_price(total, &currency)?;
    Ok((total, currency, name.unwrap_or_default()))
}

/// What a session was made with, for pages: name, sum and currency, and where its buttons lead.
pub(super) fn facts(account: &Account, id: &str) -> Option<BTreeMap<&'static str, String>> {
    let session = &account.books.sessions[account.session_at(id).ok()?];
    Some(BTreeMap::from([
        ("name", session.name.clone()),
        (
            "amount",
            format!("{}.{:02} {}", session.amount_total / 100, session.amount_total % 100, session.currency),
        ),
        ("status", session.status.to_owned()),
        ("success_url", session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)),
        ("cancel_url", session.cancel_url.clone().unwrap_or_default()),
    ]))
}
