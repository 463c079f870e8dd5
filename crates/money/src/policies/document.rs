//! The policy document: what people write, and what is kept of every version.

use bursar_base::{limits, money};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

/// Which payments a human is asked about, where no rule asks already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// All of them.
    Everything,
    /// Those greater than `approve_above`.
    #[default]
    Above,
    /// Those of a category that is not among `categories.approved`, and those greater than `approve_above`.
    OtherCategories,
}

/// A policy as it is written: every field optional, unknown ones refused. Amounts are decimal texts in the currency of
/// the agent's wallet. `docs/policies.md` shows every field by example.
///
/// Read it with [`Document::from_toml`] or [`Document::from_json`]: they name the field that is wrong, and refuse what
/// serde alone would take.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a policy document")]
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
    /// Which payments a human is asked about; `above` when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
    /// A human is asked for anything greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_above: Option<String>,
    /// How many humans have to say yes; one when unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<u32>,
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
    /// The same purchase again, however long ago the earlier one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring: Option<Action>,
    /// What the owner wants the agent to know. It decides nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Which merchants may be paid. Entries are hosts (which cover their subdomains), names, or globs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table with `block`, `allow` and `unknown`")]
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
#[serde(deny_unknown_fields, default, expecting = "a table with `block`, `allow`, `ask` and `approved`")]
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
    /// With `ask = "other_categories"` no human is asked on account of these. Otherwise they decide nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<String>,
}

/// A time of day in which spending is allowed, in the org's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as { days = [\"mon\"], from = \"09:00\", to = \"17:30\" }"
)]
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
#[serde(deny_unknown_fields, expecting = "a table such as { requests = 10, seconds = 60 }")]
pub struct Rate {
    /// This many new decisions are allowed ...
    pub requests: u32,
    /// ... within this many seconds.
    pub seconds: u32,
}

/// The same agent, amount, merchant and purpose again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as { seconds = 600, action = \"ask\" }")]
pub struct Duplicates {
    /// Within this many seconds ...
    pub seconds: u32,
    /// ... this happens.
    pub action: Action,
}

/// A document that cannot be a policy: which field, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy{}{field}: {message}", if field.is_empty() { "" } else { "." })]
pub struct DocumentError {
    /// Path of the field, such as `merchants.allow`; empty where the text is no document at all.
    pub field: String,
    /// What is wrong with it, and what to write instead.
    pub message: String,
}

impl DocumentError {
    pub(super) fn new(field: &str, message: impl Into<String>) -> DocumentError {
        DocumentError { field: field.to_owned(), message: message.into() }
    }
}

impl Document {
    /// Asks a human for everything: what an agent gets that was made without limits.
    pub fn ask_for_everything() -> Document {
        Document { approve_above: Some("0.00".to_owned()), ..Document::default() }
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// [`DocumentError`] naming the field; the content is checked by [`super::Policy::compile`].
    pub fn from_toml(text: &str) -> Result<Document, DocumentError> {
        let deserializer = toml::Deserializer::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            DocumentError::new("", format!("line {line} is not TOML: {}", error.message().trim()))
        })?;
        let document = serde_path_to_error::deserialize(deserializer)
            .map_err(|error| unreadable(&error.path().to_string(), error.inner().message()));
        let table: toml::Table = text.parse().unwrap_or_default();
        tables_only(&serde_json::to_value(table).unwrap_or_default())?;
        document
    }

    /// Reads JSON: what is stored, and what `PUT …/policy` sends.
    ///
    /// # Errors
    /// [`DocumentError`] naming the field; the content is checked by [`super::Policy::compile`].
    pub fn from_json(text: &str) -> Result<Document, DocumentError> {
        tables_only(&serde_json::from_str(text).unwrap_or_default())?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let document = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| unreadable(&error.path().to_string(), &error.inner().to_string()))?;
        deserializer.end().map_err(|error| DocumentError::new("", error.to_string()))?;
        Ok(document)
    }

    /// The document as it is stored.
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists: always serialisable.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Refuses lists where tables belong: serde would take a list's entries for the fields in their order, so `[]` would be
/// a policy without limits.
fn tables_only(document: &Value) -> Result<(), DocumentError> {
    let refused = |field: &str| Err(DocumentError::new(field, "a table with named fields, not a list"));
    if document.is_array() {
        return refused("");
    }
    for field in ["merchants", "categories", "velocity", "breaker", "duplicates"] {
        if document.get(field).is_some_and(Value::is_array) {
            return refused(field);
        }
    }
    let hours = document.get("hours").and_then(Value::as_array);
    if hours.is_some_and(|entries| entries.iter().any(Value::is_array)) {
        return refused("hours");
    }
    Ok(())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
}

/// What a deserializer says, with what to do about the mistakes that people make.
fn unreadable(path: &str, message: &str) -> DocumentError {
    let field = if path == "." { "" } else { path };
    let message = message.trim();
    let advice = if message.contains("expected a string") {
        "; put the value in quotes, such as \"100.00\""
    } else if message.contains("expected a sequence") && field == "hours" {
        "; write `[[hours]]`, with two brackets, for each of them"
    } else if message.contains("expected a sequence") {
        "; write a list, such as [\"example.com\"]"
    } else {
        ""
    };
    DocumentError::new(field, format!("{message}{advice}"))
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
