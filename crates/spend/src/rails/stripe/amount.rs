//! Between our micros and Stripe's minor units.

use bursar_base::{Currency, Money};

/// Most minor units that one Stripe charge can have: eight digits.
pub const MAX_MINOR_UNITS: i64 = 99_999_999;

/// Currencies whose minor unit at Stripe is the unit itself.
const NO_DECIMALS: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Currencies whose minor unit is a thousandth.
const THREE_DECIMALS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];
/// Currencies that Stripe writes with two decimals but charges only in whole units.
const ODD: [&str; 4] = ["HUF", "ISK", "TWD", "UGX"];

/// Why an order cannot be charged by Stripe. All of these are known before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// Zero or negative.
    #[error("the amount must be greater than zero")]
    NotPositive,
    /// Finer than a cent.
    #[error("Stripe charges whole cents only")]
    NotWholeCents,
    /// Less than Stripe takes on its pages.
    #[error("Stripe takes at least 0.50 at once")]
    TooSmall,
    /// More than eight digits of cents.
    #[error("Stripe charges at most 999999.99 at once")]
    TooLarge,
    /// A currency whose minor unit is not a hundredth.
    #[error("this currency cannot be charged through Stripe here")]
    Currency,
    /// The org has no Stripe customer.
    #[error("the org has no Stripe customer")]
    NoCustomer,
    /// The org has no saved payment method.
    #[error("the org has no saved Stripe payment method")]
    NoPaymentMethod,
}

impl OrderError {
    /// A stable word for records and answers.
    pub fn code(self) -> &'static str {
        match self {
            OrderError::NotPositive => "amount_not_positive",
            OrderError::NotWholeCents => "amount_not_whole_cents",
            OrderError::TooSmall => "amount_too_small",
            OrderError::TooLarge => "amount_too_large",
            OrderError::Currency => "currency_not_supported",
            OrderError::NoCustomer => "stripe_customer_missing",
            OrderError::NoPaymentMethod => "stripe_payment_method_missing",
        }
    }
}

/// Micros in one of Stripe's minor units of `currency`.
fn micros_per_minor_unit(currency: Currency) -> i64 {
    match currency.as_str() {
        code if NO_DECIMALS.contains(&code) => 1_000_000,
        code if THREE_DECIMALS.contains(&code) => 1_000,
        _ => 10_000,
    }
}

/// `amount` in cents, as Stripe wants it.
///
/// # Errors
/// The [`OrderError`]s about amounts. Only currencies with hundredths are accepted.
pub fn to_minor_units(amount: Money) -> Result<i64, OrderError> {
    let code = amount.currency.as_str();
    if NO_DECIMALS.contains(&code) || THREE_DECIMALS.contains(&code) || ODD.contains(&code) {
        return Err(OrderError::Currency);
    }
    if amount.micros <= 0 {
        return Err(OrderError::NotPositive);
    }
    let cents = amount.cents().ok_or(OrderError::NotWholeCents)?;
    if cents > MAX_MINOR_UNITS {
        return Err(OrderError::TooLarge);
    }
    Ok(cents)
}

/// What Stripe says in minor units, as money; `None` for a currency that is none or an amount beyond 64 bits.
pub fn from_minor_units(minor_units: i64, currency: &str) -> Option<Money> {
    let currency = Currency::parse(currency).ok()?;
    let micros = minor_units.checked_mul(micros_per_minor_unit(currency))?;
    Some(Money { micros, currency })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_cents_within_eight_digits_are_charged() {
        let cents = |micros| to_minor_units(Money::usd_micros(micros));
        assert_eq!(cents(12_500_000), Ok(1_250));
        assert_eq!(cents(12_500_001), Err(OrderError::NotWholeCents));
        assert_eq!(cents(1), Err(OrderError::NotWholeCents));
        assert_eq!(cents(0), Err(OrderError::NotPositive));
        assert_eq!(cents(-10_000), Err(OrderError::NotPositive));
        assert_eq!(cents(999_999_990_000), Ok(MAX_MINOR_UNITS));
        assert_eq!(cents(1_000_000_000_000), Err(OrderError::TooLarge));
    }

    #[test]
    fn a_yen_is_not_taken_for_a_hundredth() {
        let yen = Currency::parse("jpy").unwrap();
        assert_eq!(to_minor_units(Money { micros: 5_000_000, currency: yen }), Err(OrderError::Currency));
        assert_eq!(from_minor_units(5, "jpy"), Some(Money { micros: 5_000_000, currency: yen }));
        assert_eq!(from_minor_units(5, "usd"), Some(Money::usd_micros(50_000)));
        assert_eq!(from_minor_units(i64::MAX, "usd"), None);
        assert_eq!(from_minor_units(1, "us$"), None);
    }
}
