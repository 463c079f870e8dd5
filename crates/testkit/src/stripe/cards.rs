//! Stripe's documented test payment methods, and what charging each does.

use serde::{Deserialize, Serialize};

/// What becomes of a confirmed payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Charged at once.
    Succeeds,
    /// The bank says no.
    Declines {
        /// Stripe's code, such as `card_declined`.
        code: String,
        /// The bank's reason, such as `insufficient_funds`.
        decline_code: Option<String>,
    },
    /// The bank wants the cardholder; answered 402, as Stripe does off-session.
    AuthenticationError,
    /// The bank wants the cardholder; answered 200 with `requires_action`.
    RequiresAction,
    /// On its way, until [`super::StripeSim::finish`] ends it.
    Processing,
    /// Charged at once, and disputed right after.
    SucceedsThenDisputed,
}

impl Outcome {
    /// A decline of a card by its bank.
    pub fn declined(decline_code: &str) -> Outcome {
        Outcome::Declines { code: "card_declined".to_owned(), decline_code: Some(decline_code.to_owned()) }
    }
}

/// What a documented test payment method does; `None` when it is none.
pub(super) fn of_magic(payment_method: &str) -> Option<Outcome> {
    let failing = |code: &str| Outcome::Declines { code: code.to_owned(), decline_code: None };
    Some(match payment_method {
        "pm_card_visa"
        | "pm_card_visa_debit"
        | "pm_card_mastercard"
        | "pm_card_mastercard_debit"
        | "pm_card_amex"
        | "pm_card_discover"
        | "pm_card_us" => Outcome::Succeeds,
        "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" | "pm_card_chargeCustomerFail" => {
            Outcome::declined("generic_decline")
        }
        "pm_card_chargeDeclinedInsufficientFunds" | "pm_card_visa_chargeDeclinedInsufficientFunds" => {
            Outcome::declined("insufficient_funds")
        }
        "pm_card_chargeDeclinedLostCard" | "pm_card_visa_chargeDeclinedLostCard" => {
            Outcome::declined("lost_card")
        }
        "pm_card_chargeDeclinedStolenCard" | "pm_card_visa_chargeDeclinedStolenCard" => {
            Outcome::declined("stolen_card")
        }
        "pm_card_radarBlock" | "pm_card_chargeDeclinedFraudulent" => Outcome::declined("fraudulent"),
        "pm_card_chargeDeclinedExpiredCard" => failing("expired_card"),
        "pm_card_chargeDeclinedIncorrectCvc" => failing("incorrect_cvc"),
        "pm_card_chargeDeclinedProcessingError" => failing("processing_error"),
        "pm_card_authenticationRequired" | "pm_card_authenticationRequiredOnSetup" => {
            Outcome::AuthenticationError
        }
        "pm_usBankAccount" | "pm_usBankAccount_success" => Outcome::Processing,
        "pm_card_createDispute" => Outcome::SucceedsThenDisputed,
        _ => return None,
    })
}
