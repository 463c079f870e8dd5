//! The API side of the simulator: one request from the wire to the answer.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use base64::Engine as _;
use serde_json::Value;

use super::account::{Parameters, expands};
use super::errors::ApiError;
use super::faults::{Fault, Operation};
use super::financial;
use super::forms;
use super::issuing;
use super::keys::{Kept, begin};
use super::parameters::{check, table};
use super::reply::Reply;
use super::saved::is_setup;
use super::shared::{Shared, State};

/// A request to the API, read from the wire.
pub(super) struct Incoming {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Incoming {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The API key, by bearer or as the user name of basic authentication.
    fn api_key(&self) -> Result<String, ApiError> {
        let given = self.header("Authorization").unwrap_or_default();
        let basic = || {
            let decoded =
                base64::engine::general_purpose::STANDARD.decode(given.strip_prefix("Basic ")?).ok()?;
            String::from_utf8(decoded).ok()?.split(':').next().map(str::to_owned)
        };
        let key = given.strip_prefix("Bearer ").map(str::to_owned).or_else(basic).unwrap_or_default();
        let known = ["sk_test_", "rk_test_", "sk_live_", "rk_live_"].iter().any(|prefix| {
            key.strip_prefix(prefix).is_some_and(|rest| {
                !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            })
        });
        if known {
            Ok(key)
        } else {
            Err(ApiError::new(401, "invalid_request_error", "Invalid API Key provided."))
        }
    }

    /// The parameters as the table of the operation types them, and their text for comparing repeats.
    fn parameters(&self, operation: Operation) -> Result<(Parameters, String), ApiError> {
        let query = self.uri.query().unwrap_or_default();
        let encoded = if self.method == Method::POST {
            let form = self.header("Content-Type").and_then(|kind| kind.split(';').next());
            if !self.body.is_empty() && form.map(str::trim) != Some("application/x-www-form-urlencoded") {
                return Err(ApiError::invalid("Requests must be application/x-www-form-urlencoded.", ""));
            }
            if !query.is_empty() {
                return Err(ApiError::invalid("Parameters of a POST belong in its body.", ""));
            }
            self.body.as_ref()
        } else {
            query.as_bytes()
        };
        let form =
            forms::parse(encoded).map_err(|key| ApiError::invalid(&format!("Malformed: {key}"), &key))?;
        let text = format!("{form:?}");
        Ok((check(operation.name(), form)?, text))
    }
}

/// Answers a request to the API. Runs to its end even when the client has gone.
pub(super) async fn answer(shared: &Shared, request: Incoming) -> Reply {
    if financial::is_v2(request.uri.path())
        && let Err(error) = request.api_key().and_then(|_| financial::check(&request))
    {
        return Reply::error(&error);
    }
    let found = Operation::of(request.method.as_str(), request.uri.path());
    let Some((operation, id)) = found else {
        let message = format!("Unrecognized request URL ({}: {}).", request.method, request.uri.path());
        return Reply::error(&ApiError::new(404, "invalid_request_error", &message));
    };
    let fault = shared.lock().faults.take(operation);
    if fault == Fault::HoldBefore {
        shared.hold().await;
    }
    if let Some(reply) = early(&fault).await {
        return reply;
    }
    match prepared(&request, operation) {
        Ok((api_key, parameters, text)) => {
            let key = request.header("Idempotency-Key").filter(|_| request.method == Method::POST);
            let key = key.map(|key| (api_key.clone(), key.to_owned()));
            let work = Work { operation, id, parameters, livemode: api_key[3..].starts_with("live") };
            keyed(shared, key, text, work, fault).await
        }
        Err(error) => Reply::error(&error),
    }
}

fn prepared(request: &Incoming, operation: Operation) -> Result<(String, Parameters, String), ApiError> {
    let api_key = request.api_key()?;
    if financial::is_v2(request.uri.path()) {
        let query = request.uri.query().unwrap_or_default();
        return Ok((api_key, financial::parameters(query)?, query.to_owned()));
    }
    if request.header("Stripe-Version").is_some_and(|version| version != table().api_version) {
        return Err(ApiError::invalid("Invalid Stripe API version.", ""));
    }
    if request.header("Idempotency-Key").is_some_and(|key| key.is_empty() || key.len() > 255) {
        return Err(ApiError::new(400, "idempotency_error", "Idempotency keys have 1 to 255 characters."));
    }
    if operation.name().contains("/v1/test_helpers/") && api_key[3..].starts_with("live") {
        let message = "Test helpers take test keys only.";
        return Err(ApiError::invalid(message, "").code("testmode_only"));
    }
    let (parameters, text) = request.parameters(operation)?;
    Ok((api_key, parameters, format!("{} {text}", request.uri.path())))
}

/// Faults that answer before anything is looked at.
async fn early(fault: &Fault) -> Option<Reply> {
    let refused = |status, kind, message, code: &str| {
        let error = ApiError::new(status, kind, message);
        Some(Reply::error(&if code.is_empty() { error } else { error.code(code) }))
    };
    match fault {
        Fault::DropBefore => Some(Reply::Drop),
        Fault::BadGateway => Some(Reply::Html { status: 502 }),
        Fault::RateLimited => refused(429, "invalid_request_error", "Too many requests.", "rate_limit"),
        Fault::LockTimeout => refused(429, "invalid_request_error", "This object is locked.", "lock_timeout"),
        Fault::InUse => refused(409, "idempotency_error", "This key is in use.", "idempotency_key_in_use"),
        Fault::Unauthorized => refused(401, "invalid_request_error", "Invalid API Key provided.", ""),
        Fault::Forbidden => refused(403, "invalid_request_error", "This key may not do that.", ""),
        Fault::SlowBefore { millis } => {
            tokio::time::sleep(Duration::from_millis(*millis)).await;
            None
        }
        _ => None,
    }
}

/// What is to be done, once it is clear that it may be.
struct Work {
    operation: Operation,
    id: String,
    parameters: Parameters,
    livemode: bool,
}

/// Does the work once per idempotency key, and keeps the answer.
async fn keyed(
    shared: &Shared,
    key: Option<(String, String)>,
    request: String,
    work: Work,
    fault: Fault,
) -> Reply {
    if let Some(key) = &key
        && let Some(reply) = begin(&mut shared.lock().keys, key, &request, shared.now())
    {
        return reply;
    }
    let failed = || ApiError::new(500, "api_error", "Something went wrong on our side.").body().to_string();
    let (status, body) = if fault == Fault::ErrorBefore {
        (500, failed())
    } else {
        let done = match work.operation {
            // These ask the endpoint, which may ask the account meanwhile.
            Operation::CreateAuthorization | Operation::IncrementAuthorization => {
                issuing::asked(shared, work.operation, &work.id, &work.parameters, work.livemode).await
            }
            _ => execute(&mut shared.lock(), &work, &fault, shared.now().seconds()),
        };
        match done {
            _ if fault == Fault::ErrorAfter => (500, failed()),
            Ok(object) => (200, object.to_string()),
            Err(error) => (error.status, error.body().to_string()),
        }
    };
    if fault == Fault::HoldAfter {
        shared.hold().await;
    }
    if let Fault::SlowAfter { millis } = fault {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    if let Some(key) = key {
        let kept = Kept::Answered { request, status, body: body.clone(), at: shared.now() };
        shared.lock().keys.insert(key, kept);
    }
    match fault {
        Fault::DropAfter => Reply::Drop,
        Fault::CutAfter => Reply::Cut { body },
        Fault::GarbageAfter => Reply::Html { status: 200 },
        _ => Reply::Answer { status, body, replayed: false },
    }
}

fn execute(state: &mut State, work: &Work, fault: &Fault, now: i64) -> Result<Value, ApiError> {
    let Work { id, parameters, .. } = work;
    let account = &mut state.account;
    account.end_old_sessions(now);
    account.end_old_setups(now);
    match work.operation {
        Operation::CreatePayment => {
            let forced = match fault {
                Fault::Payment { outcome } => Some(outcome.clone()),
                _ => None,
            };
            account.create_payment(parameters, forced, work.livemode, now)
        }
        Operation::RetrievePayment => {
            if parameters.contains_key("client_secret") {
                return Err(ApiError::not_played("client_secret"));
            }
            let expand = expands(parameters, "latest_charge")?;
            Ok(account.shown(account.index(id)?, expand))
        }
        Operation::CancelPayment => account.cancel_payment(id, parameters, now),
        Operation::ListPayments => account.list_payments(parameters),
        Operation::CreateRefund => {
            let status = match fault {
                Fault::RefundPending => "pending",
                Fault::RefundFails => "failed",
                _ => "succeeded",
            };
            account.create_refund(parameters, status, now)
        }
        Operation::RetrieveRefund => account.retrieve_refund(id, parameters),
        Operation::ListRefunds => account.list_refunds(parameters),
        Operation::RetrieveCustomer => account.retrieve_customer(id, parameters, now),
        Operation::CreateCustomer => account.create_customer(parameters, work.livemode, now),
        Operation::ListCustomers => account.list_customers(parameters),
        Operation::CreateAccount => account.create_account(parameters, now),
        Operation::ListAccounts => account.list_accounts(parameters),
        Operation::RetrieveAccount => account.retrieve_account(id, parameters),
        Operation::CreateAccountLink => account.create_account_link(parameters, now),
        Operation::RetrievePaymentMethod => account.retrieve_method(id, parameters),
        Operation::DetachPaymentMethod => account.detach_method(id, parameters, now),
        Operation::CreateSession if is_setup(parameters) => {
            account.create_setup(parameters, work.livemode, now)
        }
        Operation::RetrieveSession if account.has_setup(id) => account.retrieve_setup(id, parameters),
        Operation::ExpireSession if account.has_setup(id) => account.expire_setup(id, parameters, now),
        Operation::CreateSession => account.create_session(parameters, work.livemode, now),
        Operation::RetrieveSession => account.retrieve_session(id, parameters),
        Operation::ExpireSession => account.expire_session(id, parameters, now),
        Operation::ListChargeDisputes => account.list_charge_disputes(parameters),
        Operation::ListBalance => account.list_balance(parameters),
        Operation::ListFinancialAccounts => Ok(account.list_financial_accounts(parameters, work.livemode)),
        _ => issuing::execute(account, work.operation, (id, parameters), work.livemode, now),
    }
}
