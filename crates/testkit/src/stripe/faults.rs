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
    /// `GET /v1/issuing/cardholders`.
    ListCardholders,
    /// `POST /v1/issuing/cardholders`.
    CreateCardholder,
    /// `GET /v1/issuing/cardholders/{id}`.
    RetrieveCardholder,
    /// `POST /v1/issuing/cardholders/{id}`.
    UpdateCardholder,
    /// `GET /v1/issuing/cards`.
    ListCards,
    /// `POST /v1/issuing/cards`.
    CreateCard,
    /// `GET /v1/issuing/cards/{id}`.
    RetrieveCard,
    /// `POST /v1/issuing/cards/{id}`.
    UpdateCard,
    /// `GET /v1/issuing/authorizations`.
    ListAuthorizations,
    /// `GET /v1/issuing/authorizations/{id}`.
    RetrieveAuthorization,
    /// `GET /v1/issuing/transactions`.
    ListIssuedTransactions,
    /// `GET /v1/issuing/transactions/{id}`.
    RetrieveIssuedTransaction,
    /// `GET /v1/issuing/disputes`.
    ListDisputes,
    /// `POST /v1/issuing/disputes`.
    CreateDispute,
    /// `GET /v1/issuing/disputes/{id}`.
    RetrieveDispute,
    /// `POST /v1/issuing/disputes/{id}/submit`.
    SubmitDispute,
    /// `POST /v1/test_helpers/issuing/authorizations`.
    CreateAuthorization,
    /// `POST /v1/test_helpers/issuing/authorizations/{id}/capture`.
    CaptureAuthorization,
    /// `POST /v1/test_helpers/issuing/authorizations/{id}/expire`.
    ExpireAuthorization,
    /// `POST /v1/test_helpers/issuing/authorizations/{id}/increment`.
    IncrementAuthorization,
    /// `POST /v1/test_helpers/issuing/authorizations/{id}/reverse`.
    ReverseAuthorization,
    /// `POST /v1/test_helpers/issuing/transactions/create_force_capture`.
    ForceCapture,
    /// `POST /v1/test_helpers/issuing/transactions/create_unlinked_refund`.
    UnlinkedRefund,
    /// `POST /v1/test_helpers/issuing/transactions/{id}/refund`.
    RefundIssued,
    /// `GET /v1/disputes`.
    ListChargeDisputes,
    /// `GET /v1/balance_transactions`.
    ListBalance,
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
    /// `GET /v2/money_management/financial_accounts`.
    ListFinancialAccounts,
}

impl Operation {
    const ALL: [Operation; 46] = [
        Operation::ListFinancialAccounts,
        Operation::ListChargeDisputes,
        Operation::ListBalance,
        Operation::CreateCustomer,
        Operation::ListCustomers,
        Operation::RetrievePaymentMethod,
        Operation::DetachPaymentMethod,
        Operation::CreateAccount,
        Operation::ListAccounts,
        Operation::RetrieveAccount,
        Operation::CreateAccountLink,
        Operation::CreatePayment,
        Operation::RetrievePayment,
        Operation::CancelPayment,
        Operation::ListPayments,
        Operation::CreateRefund,
        Operation::RetrieveRefund,
        Operation::ListRefunds,
        Operation::RetrieveCustomer,
        Operation::CreateSession,
        Operation::RetrieveSession,
        Operation::ExpireSession,
        Operation::ListCardholders,
        Operation::CreateCardholder,
        Operation::RetrieveCardholder,
        Operation::UpdateCardholder,
        Operation::ListCards,
        Operation::CreateCard,
        Operation::RetrieveCard,
        Operation::UpdateCard,
        Operation::ListAuthorizations,
        Operation::RetrieveAuthorization,
        Operation::ListIssuedTransactions,
        Operation::RetrieveIssuedTransaction,
        Operation::ListDisputes,
        Operation::CreateDispute,
        Operation::RetrieveDispute,
        Operation::SubmitDispute,
        Operation::CreateAuthorization,
        Operation::CaptureAuthorization,
        Operation::ExpireAuthorization,
        Operation::IncrementAuthorization,
        Operation::ReverseAuthorization,
        Operation::ForceCapture,
        Operation::UnlinkedRefund,
        Operation::RefundIssued,
    ];

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
            Operation::ListCardholders => "GET /v1/issuing/cardholders",
            Operation::CreateCardholder => "POST /v1/issuing/cardholders",
            Operation::RetrieveCardholder => "GET /v1/issuing/cardholders/{id}",
            Operation::UpdateCardholder => "POST /v1/issuing/cardholders/{id}",
            Operation::ListCards => "GET /v1/issuing/cards",
            Operation::CreateCard => "POST /v1/issuing/cards",
            Operation::RetrieveCard => "GET /v1/issuing/cards/{id}",
            Operation::UpdateCard => "POST /v1/issuing/cards/{id}",
            Operation::ListAuthorizations => "GET /v1/issuing/authorizations",
            Operation::RetrieveAuthorization => "GET /v1/issuing/authorizations/{id}",
            Operation::ListIssuedTransactions => "GET /v1/issuing/transactions",
            Operation::RetrieveIssuedTransaction => "GET /v1/issuing/transactions/{id}",
            Operation::ListDisputes => "GET /v1/issuing/disputes",
            Operation::CreateDispute => "POST /v1/issuing/disputes",
            Operation::RetrieveDispute => "GET /v1/issuing/disputes/{id}",
            Operation::SubmitDispute => "POST /v1/issuing/disputes/{id}/submit",
            Operation::CreateAuthorization => "POST /v1/test_helpers/issuing/authorizations",
            Operation::CaptureAuthorization => "POST /v1/test_helpers/issuing/authorizations/{id}/capture",
            Operation::ExpireAuthorization => "POST /v1/test_helpers/issuing/authorizations/{id}/expire",
            Operation::IncrementAuthorization => {
                "POST /v1/test_helpers/issuing/authorizations/{id}/increment"
            }
            Operation::ReverseAuthorization => "POST /v1/test_helpers/issuing/authorizations/{id}/reverse",
            Operation::ForceCapture => "POST /v1/test_helpers/issuing/transactions/create_force_capture",
            Operation::UnlinkedRefund => "POST /v1/test_helpers/issuing/transactions/create_unlinked_refund",
            Operation::RefundIssued => "POST /v1/test_helpers/issuing/transactions/{id}/refund",
            Operation::ListChargeDisputes => "GET /v1/disputes",
            Operation::ListBalance => "GET /v1/balance_transactions",
            Operation::CreateCustomer => "POST /v1/customers",
            Operation::ListCustomers => "GET /v1/customers",
            Operation::RetrievePaymentMethod => "GET /v1/payment_methods/{id}",
            Operation::DetachPaymentMethod => "POST /v1/payment_methods/{id}/detach",
            Operation::CreateAccount => "POST /v1/accounts",
            Operation::ListAccounts => "GET /v1/accounts",
            Operation::RetrieveAccount => "GET /v1/accounts/{id}",
            Operation::CreateAccountLink => "POST /v1/account_links",
            Operation::ListFinancialAccounts => "GET /v2/money_management/financial_accounts",
        }
    }

    /// The operation a request is for, and the id in its path.
    pub(super) fn of(method: &str, path: &str) -> Option<(Operation, String)> {
        let parts: Vec<&str> = path.split('/').collect();
        // A word of a path is no id: what has none is looked for first.
        let known = Operation::ALL.iter().map(|operation| (operation, operation.name()));
        let (operation, id) = known
            .filter_map(|(operation, name)| Some((*operation, matched(name, method, &parts)?)))
            .min_by_key(|(_, id)| id.is_some())?;
        let id = id.unwrap_or_default();
        Some((operation, id.to_owned()))
    }
}

/// Whether a request is for the operation of this name, and the id in its path.
fn matched<'a>(name: &str, method: &str, parts: &[&'a str]) -> Option<Option<&'a str>> {
    let path = name.strip_prefix(method)?.strip_prefix(' ')?;
    let wanted: Vec<&str> = path.split('/').collect();
    let mut id = None;
    for (wanted, part) in wanted.iter().zip(parts) {
        match *wanted {
            "{id}" if !part.is_empty() => id = Some(*part),
            word if word == *part => {}
            _ => return None,
        }
    }
    (wanted.len() == parts.len()).then_some(id)
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
