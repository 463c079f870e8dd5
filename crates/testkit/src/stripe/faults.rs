//! What can be made to go wrong.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::cards::Outcome;

/// An operation of the API, as faults name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `POST /v1/payment_intents`.
    CreatePayment,
    /// `GET /v1/payment_intents/{id}`.
    RetrievePayment,
    /// `POST /v1/payment_intents/{id}/cancel`.
    CancelPayment,
    /// `GET /v1/payment_intents`.
    ListPayments,
    /// `POST /v1/refunds`.
    CreateRefund,
    /// `GET /v1/refunds/{id}`.
    RetrieveRefund,
    /// `GET /v1/refunds`.
    ListRefunds,
    /// `GET /v1/customers/{id}`.
    RetrieveCustomer,
    /// `POST /v1/checkout/sessions`.
    CreateSession,
    /// `GET /v1/checkout/sessions/{id}`.
    RetrieveSession,
    /// `POST /v1/checkout/sessions/{id}/expire`.
    ExpireSession,
    /// `POST /v1/customers`.
    CreateCustomer,
    /// `GET /v1/customers`.
    ListCustomers,
    /// `GET /v1/payment_methods/{id}`.
    RetrievePaymentMethod,
    /// `POST /v1/payment_methods/{id}/detach`.
    DetachPaymentMethod,
    /// `POST /v1/accounts`.
    CreateAccount,
    /// `GET /v1/accounts`.
    ListAccounts,
    /// `GET /v1/accounts/{id}`.
    RetrieveAccount,
    /// `POST /v1/account_links`.
    CreateAccountLink,
}

impl Operation {
    /// The method and path, as the table of parameters has them.
    pub fn name(self) -> &'static str {
        match self {
            Operation::CreatePayment => "POST /v1/payment_intents",
            Operation::RetrievePayment => "GET /v1/payment_intents/{id}",
            Operation::CancelPayment => "POST /v1/payment_intents/{id}/cancel",
            Operation::ListPayments => "GET /v1/payment_intents",
            Operation::CreateRefund => "POST /v1/refunds",
            Operation::RetrieveRefund => "GET /v1/refunds/{id}",
            Operation::ListRefunds => "GET /v1/refunds",
            Operation::RetrieveCustomer => "GET /v1/customers/{id}",
            Operation::CreateSession => "POST /v1/checkout/sessions",
            Operation::RetrieveSession => "GET /v1/checkout/sessions/{id}",
            Operation::ExpireSession => "POST /v1/checkout/sessions/{id}/expire",
            Operation::CreateCustomer => "POST /v1/customers",
            Operation::ListCustomers => "GET /v1/customers",
            Operation::RetrievePaymentMethod => "GET /v1/payment_methods/{id}",
            Operation::DetachPaymentMethod => "POST /v1/payment_methods/{id}/detach",
            Operation::CreateAccount => "POST /v1/accounts",
            Operation::ListAccounts => "GET /v1/accounts",
            Operation::RetrieveAccount => "GET /v1/accounts/{id}",
            Operation::CreateAccountLink => "POST /v1/account_links",
        }
    }

    /// The operation a request is for, and the id in its path.
    pub(super) fn of(method: &str, path: &str) -> Option<(Operation, String)> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (operation, id) = match (method, parts.as_slice()) {
            ("POST", ["v1", "payment_intents"]) => (Operation::CreatePayment, ""),
            ("GET", ["v1", "payment_intents"]) => (Operation::ListPayments, ""),
            ("GET", ["v1", "payment_intents", id]) => (Operation::RetrievePayment, *id),
            ("POST", ["v1", "payment_intents", id, "cancel"]) => (Operation::CancelPayment, *id),
            ("POST", ["v1", "refunds"]) => (Operation::CreateRefund, ""),
            ("GET", ["v1", "refunds"]) => (Operation::ListRefunds, ""),
            ("GET", ["v1", "refunds", id]) => (Operation::RetrieveRefund, *id),
            ("GET", ["v1", "customers", id]) => (Operation::RetrieveCustomer, *id),
            ("POST", ["v1", "checkout", "sessions"]) => (Operation::CreateSession, ""),
            ("GET", ["v1", "checkout", "sessions", id]) => (Operation::RetrieveSession, *id),
            ("POST", ["v1", "checkout", "sessions", id, "expire"]) => (Operation::ExpireSession, *id),
            ("POST", ["v1", "accounts"]) => (Operation::CreateAccount, ""),
            ("GET", ["v1", "accounts"]) => (Operation::ListAccounts, ""),
            ("GET", ["v1", "accounts", id]) => (Operation::RetrieveAccount, *id),
            ("POST", ["v1", "account_links"]) => (Operation::CreateAccountLink, ""),
            ("POST", ["v1", "customers"]) => (Operation::CreateCustomer, ""),
            ("GET", ["v1", "customers"]) => (Operation::ListCustomers, ""),
            ("GET", ["v1", "payment_methods", id]) => (Operation::RetrievePaymentMethod, *id),
            ("POST", ["v1", "payment_methods", id, "detach"]) => (Operation::DetachPaymentMethod, *id),
            _ => return None,
        };
        Some((operation, id.to_owned()))
    }
}

/// One thing that goes wrong with one request. As JSON: `{"fault": "slow_after", "millis": 500}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Nothing: lets a request pass, so that a later one is hit.
    Pass,
    /// The connection ends before anything was done.
    DropBefore,
    /// Everything is done, the answer is kept under the key, and the connection ends without a byte of it.
    DropAfter,
    /// Everything is done, and the answer breaks off in the middle.
    CutAfter,
    /// Waits, then does everything: the client may be gone long before.
    SlowBefore {
        /// How long, in milliseconds of real time.
        millis: u64,
    },
    /// Does everything, then waits before it answers; the key is in flight meanwhile.
    SlowAfter {
        /// How long, in milliseconds of real time.
        millis: u64,
    },
    /// Waits until the test lets it go on, then does everything: what a request does that is still on its way.
    HoldBefore,
    /// Does everything, then waits until the test lets it answer; the key is in flight meanwhile.
    HoldAfter,
    /// 500 before anything was done; kept under the key.
    ErrorBefore,
    /// Everything is done, and the answer is a 500; kept under the key.
    ErrorAfter,
    /// Everything is done, and the answer is 200 with something that is no JSON.
    GarbageAfter,
    /// A proxy's 502 in HTML; nothing was done.
    BadGateway,
    /// 429 before anything was done; not kept.
    RateLimited,
    /// 429 with `lock_timeout`; not kept.
    LockTimeout,
    /// 409 `idempotency_key_in_use`; not kept.
    InUse,
    /// 401; not kept.
    Unauthorized,
    /// 403; not kept.
    Forbidden,
    /// The payment ends so, whatever its payment method says.
    Payment {
        /// How.
        outcome: Outcome,
    },
    /// The refund stays pending.
    RefundPending,
    /// The refund fails.
    RefundFails,
}

/// Faults that wait for a request.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<(Option<Operation>, Fault)>);

impl Faults {
    pub(super) fn push(&mut self, operation: Option<Operation>, fault: Fault) {
        self.0.push_back((operation, fault));
    }

    /// The first fault that waits for this operation, or for any.
    pub(super) fn take(&mut self, operation: Operation) -> Fault {
        let at = self.0.iter().position(|(wanted, _)| wanted.is_none_or(|wanted| wanted == operation));
        at.and_then(|at| self.0.remove(at)).map_or(Fault::Pass, |(_, fault)| fault)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
