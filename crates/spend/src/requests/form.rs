//! A payment request's body: read strictly, normalised, and fingerprinted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bursar_base::{Currency, Money, MoneyError, TransactionId, limits};
use bursar_http::Problem;
use bursar_money::policies::{RailName, merchant_key};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What an agent asks for. Exactly one of `amount` and `amount_cents`.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// A decimal text, such as `"12.50"`; up to six digits behind the point.
    #[schema(example = "12.50", pattern = r"^[0-9]{1,11}(\.[0-9]{1,6})?$")]
    pub amount: Option<String>,
    /// Whole cents instead of `amount`.
    #[schema(minimum = 1)]
    pub amount_cents: Option<i64>,
    /// ISO 4217; `USD` when absent.
    #[schema(example = "USD", pattern = "^[A-Za-z]{3}$")]
    pub currency: Option<String>,
    /// Who is to be paid: a host, or a name.
    #[schema(min_length = 1, max_length = 200, example = "api.example.com")]
    pub merchant: String,
    /// What for, in the agent's words. Shown to humans as the agent's claim.
    #[schema(max_length = 500)]
    pub purpose: Option<String>,
    /// Anything the agent wants kept with the payment; at most 8 KiB as JSON.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// What the agent says it buys. A claim: rules go by the payee's category.
    #[schema(max_length = 64)]
    pub category: Option<String>,
    /// How to pay; the org's default when absent.
    #[schema(value_type = Option<String>, example = "sandbox")]
    pub rail: Option<RailName>,
    /// The intent that this is the purchase of: it was decided then, and what was reserved is taken up.
    #[schema(value_type = Option<String>)]
    pub intent_id: Option<String>,
    /// Chosen by the agent, unique per payment, for ever. May be sent as the header `Idempotency-Key` instead.
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// A request in the form in which it is decided and compared.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// Greater than zero.
    pub amount: Money,
    /// Trimmed.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// Trimmed.
    pub purpose: String,
    /// As JSON, keys in order.
    pub context: Option<String>,
    /// Trimmed.
    pub category: Option<String>,
    /// As asked for.
    pub rail: Option<RailName>,
    /// What is taken up.
    pub intent: Option<TransactionId>,
    /// From the body or the header.
    pub idempotency_key: String,
    /// SHA-256 of everything above but the key, in base64.
    pub fingerprint: String,
}

impl PaymentRequest {
    /// Checks every field.
    ///
    /// # Errors
    /// 400 naming the first field that is wrong.
    pub fn normalise(self, header_key: Option<&str>) -> Result<Normalised, Problem> {
        let currency = match &self.currency {
            None => Currency::USD,
            Some(text) => {
                Currency::parse(text).map_err(|error| Problem::field("currency", error.to_string()))?
            }
        };
        let amount = amount(self.amount.as_deref(), self.amount_cents, currency)?;
        let merchant = text("merchant", &self.merchant, 1, limits::MAX_MERCHANT_CHARS)?;
        let purpose = text("purpose", self.purpose.as_deref().unwrap_or(""), 0, limits::MAX_PURPOSE_CHARS)?;
        let category = self.category.as_deref();
        let category =
            category.map(|value| text("category", value, 1, limits::MAX_CATEGORY_CHARS)).transpose()?;
        let context =
            self.context.filter(|value| !value.is_null()).map(|value| context(&value)).transpose()?;
        let idempotency_key = idempotency_key(self.idempotency_key.as_deref(), header_key)?;
        let intent = self.intent_id.as_deref().map(TransactionId::parse).transpose();
        let intent = intent.map_err(|error| Problem::field("intent_id", error.to_string()))?;
        let fields = (amount.micros, currency, &merchant, &purpose, &context, &category, self.rail);
        let fields = match &intent {
            None => serde_json::to_vec(&fields),
            Some(intent) => serde_json::to_vec(&(fields, intent)),
        };
        let fingerprint = URL_SAFE_NO_PAD.encode(Sha256::digest(fields.unwrap_or_default()));
        Ok(Normalised {
            amount,
            merchant_key: merchant_key(&merchant),
            merchant,
            purpose,
            context,
            category,
            rail: self.rail,
            intent,
            idempotency_key,
            fingerprint,
        })
    }
}

/// Reads an amount given in exactly one of two forms.
///
/// # Errors
/// 400 naming the field.
pub fn amount(decimal: Option<&str>, cents: Option<i64>, currency: Currency) -> Result<Money, Problem> {
    let wrong = |field: &'static str| move |error: MoneyError| Problem::field(field, error.to_string());
    let (field, money) = match (decimal, cents) {
        (Some(text), None) => ("amount", Money::parse(text, currency).map_err(wrong("amount"))?),
        (None, Some(cents)) => {
            ("amount_cents", Money::from_cents(cents, currency).map_err(wrong("amount_cents"))?)
        }
        (None, None) => return Err(Problem::field("amount", "send `amount`, such as \"12.50\"")),
        (Some(_), Some(_)) => {
            return Err(Problem::field("amount", "send either `amount` or `amount_cents`, not both"));
        }
    };
    if money.micros <= 0 {
        return Err(Problem::field(field, "must be greater than zero"));
    }
    if money.micros > limits::MAX_AMOUNT_MICROS {
        return Err(Problem::field(field, MoneyError::Overflow.to_string()));
    }
    Ok(money)
}

/// Reads a short text: trimmed, within bounds, without control characters.
///
/// # Errors
/// 400 naming the field.
pub fn text(field: &str, value: &str, min: usize, max: usize) -> Result<String, Problem> {
    let value = value.trim();
    let chars = value.chars().count();
    if chars < min || chars > max {
        return Err(Problem::field(field, format!("between {min} and {max} characters")));
    }
    if value.chars().any(char::is_control) {
        return Err(Problem::field(field, "no control characters"));
    }
    Ok(value.to_owned())
}

fn context(value: &Value) -> Result<String, Problem> {
    if depth(value) > limits::MAX_CONTEXT_DEPTH {
        return Err(Problem::field("context", format!("at most {} levels deep", limits::MAX_CONTEXT_DEPTH)));
    }
    let text = value.to_string();
    if text.len() > limits::MAX_CONTEXT_BYTES {
        return Err(Problem::field(
            "context",
            format!("at most {} bytes of JSON", limits::MAX_CONTEXT_BYTES),
        ));
    }
    if text.contains("\\u0000") {
        return Err(Problem::field("context", "no NUL characters"));
    }
    Ok(text)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Reads the idempotency key from body or header; both may be sent when they are the same.
///
/// # Errors
/// 400 naming the field.
pub fn idempotency_key(body: Option<&str>, header: Option<&str>) -> Result<String, Problem> {
    let key = match (body, header) {
        (Some(body), Some(header)) if body != header => {
            return Err(Problem::field("idempotency_key", "differs from the header `Idempotency-Key`"));
        }
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => {
            return Err(Problem::field(
                "idempotency_key",
                "required: a text of your own, unique per payment",
            ));
        }
    };
    let chars = key.chars().count();
    if chars == 0 || chars > limits::MAX_IDEMPOTENCY_KEY_CHARS || key.chars().any(char::is_control) {
        let max = limits::MAX_IDEMPOTENCY_KEY_CHARS;
        return Err(Problem::field(
            "idempotency_key",
            format!("between 1 and {max} characters, none a control character"),
        ));
    }
    Ok(key.to_owned())
}
