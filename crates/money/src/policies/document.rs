//! The policy document: what people write, and what is kept of every version.

use bursar_base::{limits, money};
use serde::{Deserialize, Serialize};

use super::RailName;

/// What happens when a softer rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The rule has no effect.
    Allow,
    /// A human is asked.
    Ask,
    /// The payment is declined.
    Decline,
}

/// A policy as it is written: every field optional, unknown ones refused. Amounts are decimal texts in the currency of
/// the agent's wallet. `docs/policies.md` shows every field by example.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Document {
    /// The most that one payment may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_transaction: Option<String>,
    /// The most within a calendar day of the org's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily: Option<String>,
    /// The most within a week that begins on Monday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekly: Option<String>,
    /// The most within a calendar month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly: Option<String>,
    /// The most for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<String>,
    /// A human is asked for anything greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_above: Option<String>,
    /// How long a human has to decide, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval_minutes: Option<u32>,
    /// Whether requests must be signed (RFC 9421); a bare key is then refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signature: bool,
    /// The rails that may be used; all that the org has, when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rails: Option<Vec<RailName>>,
    /// Which merchants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchants: Option<Merchants>,
    /// Which categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Categories>,
    /// When; at any time, when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// How many decisions within how long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity: Option<Rate>,
    /// The circuit breaker, instead of the installation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Rate>,
    /// The same purchase again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
}

/// Which merchants may be paid. Entries are hosts (which cover their subdomains), names, or globs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Merchants {
    /// Never these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub block: Vec<String>,
    /// These are known; so are the org's payees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// What happens with all others: `decline` when `allow` has entries, `allow` when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Action>,
}

/// Which categories may be bought. Where neither payee nor card network knows the category, a human is asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Categories {
    /// Never these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub block: Vec<String>,
    /// Only these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// A human is asked for these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<String>,
}

/// A time of day in which spending is allowed, in the org's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// `mon` to `sun`.
    pub days: Vec<String>,
    /// `HH:MM`, inclusive.
    pub from: String,
    /// `HH:MM`, exclusive; `24:00` for the end of the day. Earlier than `from`: it runs past midnight.
    pub to: String,
}

/// So many within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// This many new decisions are allowed ...
    pub requests: u32,
    /// ... within this many seconds.
    pub seconds: u32,
}

/// The same agent, amount, merchant and purpose again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// Within this many seconds ...
    pub seconds: u32,
    /// ... this happens.
    pub action: Action,
}

/// A document that cannot be a policy: which field, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct DocumentError {
    /// Path of the field, such as `merchants.allow`; empty where the text is no document at all.
    pub field: String,
    /// What is wrong with it, and what to write instead.
    pub message: String,
}

impl DocumentError {
    pub(super) fn new(field: &str, message: impl Into<String>) -> DocumentError {
        DocumentError {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

impl Document {
    /// Asks a human for everything: what an agent gets that was made without limits.
    pub fn ask_for_everything() -> Document {
        Document {
            approve_above: Some("0.00".to_owned()),
            ..Document::default()
        }
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// [`DocumentError`] naming the field; the content is checked by [`super::Policy::compile`].
    pub fn from_toml(text: &str) -> Result<Document, DocumentError> {
        toml::from_str(text).map_err(|error| DocumentError::new("policy", error.to_string()))
    }

    /// The document as it is stored.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists: always serialisable.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reads a limit: a positive or zero amount.
pub(super) fn limit(field: &str, text: Option<&String>) -> Result<Option<i64>, DocumentError> {
    let Some(text) = text else { return Ok(None) };
    let micros = money::parse_micros(text).map_err(|error| DocumentError::new(field, error.to_string()))?;
    if micros < 0 {
        return Err(DocumentError::new(field, "a limit cannot be negative"));
    }
    if micros > limits::MAX_AMOUNT_MICROS {
        return Err(DocumentError::new(
            field,
            "the limit is larger than any amount; leave it out for no limit",
        ));
    }
    Ok(Some(micros))
}
