//! Exact amounts: whole micros (10⁻⁶ of the unit) and a currency. Never a float.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Micros in one unit of any currency.
pub const MICROS_PER_UNIT: i64 = 1_000_000;
/// Micros in one cent.
pub const MICROS_PER_CENT: i64 = 10_000;

/// An ISO 4217 code in upper case, three letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollar.
    pub const USD: Currency = Currency(*b"USD");

    /// Three ASCII letters, in either case.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] for anything else.
    pub fn parse(text: &str) -> Result<Currency, MoneyError> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| MoneyError::Currency)?;
        if !bytes.iter().all(u8::is_ascii_alphabetic) {
            return Err(MoneyError::Currency);
        }
        Ok(Currency(bytes.map(|b| b.to_ascii_uppercase())))
    }

    /// The code in upper case.
    pub fn as_str(&self) -> &str {
        // Three ASCII letters by construction.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Currency::parse(&text).map_err(de::Error::custom)
    }
}

/// Why an amount was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three letters.
    #[error("a currency is three letters, such as USD")]
    Currency,
    /// Not a plain decimal number.
    #[error("an amount is a plain decimal number, such as \"12.50\"")]
    Syntax,
    /// More than six digits behind the point.
    #[error("an amount has at most six digits behind the point")]
    Precision,
    /// Outside of what 64 bits of micros hold.
    #[error("the amount is too large")]
    Overflow,
    /// Two currencies in one sum.
    #[error("amounts of different currencies cannot be added")]
    CurrencyMismatch,
}

/// An amount of money, exact to one micro of the currency's unit.
///
/// # Examples
/// ```
/// use bursar_base::{Currency, Money};
/// let price = Money::parse("12.50", Currency::USD)?;
/// assert_eq!(price.micros, 12_500_000);
/// assert_eq!(price.decimal(), "12.50");
/// # Ok::<(), bursar_base::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Millionths of the currency's unit. May be negative in balances; never in requests.
    pub micros: i64,
    /// What it is an amount of.
    pub currency: Currency,
}

impl Money {
    /// `micros` millionths of a dollar.
    pub const fn usd_micros(micros: i64) -> Money {
        Money { micros, currency: Currency::USD }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Money {
        Money { micros: 0, currency }
    }

    /// From whole cents.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] beyond 64 bits of micros.
    pub fn from_cents(cents: i64, currency: Currency) -> Result<Money, MoneyError> {
        let micros = cents.checked_mul(MICROS_PER_CENT).ok_or(MoneyError::Overflow)?;
        Ok(Money { micros, currency })
    }

    /// Reads `12`, `12.5` or `12.500000`. No sign but a leading minus, no exponent, no grouping, no spaces.
    ///
    /// # Errors
    /// [`MoneyError::Syntax`], [`MoneyError::Precision`] or [`MoneyError::Overflow`].
    pub fn parse(text: &str, currency: Currency) -> Result<Money, MoneyError> {
        Ok(Money { micros: parse_micros(text)?, currency })
    }

    /// The amount as a decimal text with at least two digits behind the point: `12.50`, `0.000001`, `-3.00`.
    pub fn decimal(&self) -> String {
        decimal(self.micros)
    }

    /// Whole cents, or `None` where the amount is finer than a cent.
    pub fn cents(&self) -> Option<i64> {
        (self.micros % MICROS_PER_CENT == 0).then_some(self.micros / MICROS_PER_CENT)
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let micros = self.micros.checked_add(other.micros).ok_or(MoneyError::Overflow)?;
        Ok(Money { micros, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Micros as a decimal text with two to six digits behind the point.
pub fn decimal(micros: i64) -> String {
    Decimal::of(micros).as_str().to_owned()
}

/// Longest decimal text: a minus, thirteen digits, the point and six digits.
const MAX_DECIMAL_CHARS: usize = 21;

/// What [`decimal`] writes, without a text of its own in memory: an answer shows some thirty amounts.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    /// ASCII, at the end.
    chars: [u8; MAX_DECIMAL_CHARS],
    from: usize,
}

impl Decimal {
    /// Of so many micros.
    pub fn of(micros: i64) -> Decimal {
        let unit = MICROS_PER_UNIT.unsigned_abs();
        let (mut whole, mut fraction) = (micros.unsigned_abs() / unit, micros.unsigned_abs() % unit);
        let mut digits = 6;
        while digits > 2 && fraction.is_multiple_of(10) {
            (fraction, digits) = (fraction / 10, digits - 1);
        }
        let mut text = Decimal { chars: [b'0'; MAX_DECIMAL_CHARS], from: MAX_DECIMAL_CHARS };
        for _ in 0..digits {
            fraction = text.digit(fraction);
        }
        text.push(b'.');
        whole = text.digit(whole);
        while whole > 0 {
            whole = text.digit(whole);
        }
        if micros < 0 {
            text.push(b'-');
        }
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        // Nothing but ASCII was put there.
        std::str::from_utf8(&self.chars[self.from..]).unwrap_or_default()
    }

    /// Puts the last digit in front and returns what is left.
    fn digit(&mut self, number: u64) -> u64 {
        self.push(b'0' + u8::try_from(number % 10).unwrap_or_default());
        number / 10
    }

    fn push(&mut self, char: u8) {
        self.from -= 1;
        self.chars[self.from] = char;
    }
}

/// The inverse of [`decimal`]; see [`Money::parse`] for the accepted form.
///
/// # Errors
/// [`MoneyError::Syntax`], [`MoneyError::Precision`] or [`MoneyError::Overflow`].
pub fn parse_micros(text: &str) -> Result<i64, MoneyError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, "0"),
    };
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return Err(MoneyError::Syntax);
    }
    if fraction.len() > 6 {
        return Err(MoneyError::Precision);
    }
    let whole: i64 = whole.parse().map_err(|_| MoneyError::Overflow)?;
    let fraction: i64 = format!("{fraction:0<6}").parse().map_err(|_| MoneyError::Syntax)?;
    let micros = whole
        .checked_mul(MICROS_PER_UNIT)
        .and_then(|micros| micros.checked_add(fraction))
        .ok_or(MoneyError::Overflow)?;
    Ok(if negative { -micros } else { micros })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_strictly() {
        let usd = |text| Money::parse(text, Currency::USD).map(|m| m.micros);
        assert_eq!(usd("12.50"), Ok(12_500_000));
        assert_eq!(usd("0.000001"), Ok(1));
        assert_eq!(usd("7"), Ok(7_000_000));
        assert_eq!(usd("-1.5"), Ok(-1_500_000));
        assert_eq!(usd("9223372036854.775807"), Ok(i64::MAX));
        assert_eq!(usd("9223372036854.775808"), Err(MoneyError::Overflow));
        assert_eq!(usd("0.0000001"), Err(MoneyError::Precision));
        for bad in ["", ".", "1.", ".5", "1e3", "+1", " 1", "1,000", "--1", "1.2.3", "٣", "NaN", "-"] {
            assert_eq!(usd(bad), Err(MoneyError::Syntax), "{bad:?}");
        }
    }

    #[test]
    fn decimals_have_two_to_six_digits_behind_the_point() {
        let cases = [
            (0, "0.00"),
            (12_500_000, "12.50"),
            (-1, "-0.000001"),
            (1_234_500, "1.2345"),
            (i64::MAX, "9223372036854.775807"),
            (i64::MIN, "-9223372036854.775808"),
        ];
        for (micros, text) in cases {
            assert_eq!(decimal(micros), text);
        }
    }

    #[test]
    fn cents_are_exact_or_refused() {
        assert_eq!(Money::usd_micros(12_500_000).cents(), Some(1250));
        assert_eq!(Money::usd_micros(1).cents(), None);
        assert_eq!(Money::from_cents(i64::MAX, Currency::USD), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn decimals_read_back_as_written(micros in (i64::MIN + 1)..i64::MAX) {
            prop_assert_eq!(parse_micros(&decimal(micros)), Ok(micros));
        }
    }
}
