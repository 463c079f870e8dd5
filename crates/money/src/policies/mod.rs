//! Policies: an agent's limits and rules, and [`decide`], which applies them.
//!
//! Invariants: `decide` is pure and total: no I/O, no clock, no async, an answer for every input. A policy that cannot
//! be read declines. Every version of a policy is kept.

pub(crate) mod check;
mod decide;
mod document;
mod hours;
mod merchant;
mod rail;
mod raises;
pub(crate) mod rates;
mod reason;
mod sql;
mod versions;

use std::time::Duration;

use bursar_base::limits;

pub use check::{Check, Figure, Verdict};
pub use decide::{AgentState, AtTill, Decision, Payment, Snapshot, Usage, decide};
pub use document::{Action, Ask, Categories, Document, DocumentError, Duplicates, Hours, Merchants, Rate};
pub use merchant::{Pattern, candidates, covers, merchant_key};
pub use rail::RailName;
pub use raises::raises;
pub use reason::Reason;
pub use sql::ALL as STATEMENTS;
pub use versions::{
    PolicyVersion, SetPolicyError, check_for, current, history, insert_version, set, version,
};

use document::limit;
use hours::HoursRule;

/// A policy that was read, checked and made ready to decide with. Amounts are in micros.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The most that one payment may be.
    pub per_transaction: Option<i64>,
    /// The most within a day.
    pub daily: Option<i64>,
    /// The most within a week.
    pub weekly: Option<i64>,
    /// The most within a month.
    pub monthly: Option<i64>,
    /// The most for ever.
    pub lifetime: Option<i64>,
    /// Which payments a human is asked about.
    pub ask: Ask,
    /// A human is asked for anything greater.
    pub approve_above: Option<i64>,
    /// How many humans have to say yes; at least one.
    pub approvals: u32,
    /// How long a human has to decide.
    pub approval_within: Duration,
    /// Whether requests must be signed.
    pub require_signature: bool,
    /// The rails that may be used.
    pub rails: Option<Vec<RailName>>,
    /// Merchants that are never paid.
    pub merchants_block: Vec<Pattern>,
    /// Merchants that are known.
    pub merchants_allow: Vec<Pattern>,
    /// What happens with merchants that are not known.
    pub merchants_unknown: Action,
    /// Category rules, compared without regard to case.
    pub categories: Categories,
    /// When spending is allowed.
    pub hours: Vec<HoursRule>,
    /// How many decisions within how long.
    pub velocity: Option<Rate>,
    /// The circuit breaker, where the policy sets its own.
    pub breaker: Option<Rate>,
    /// The same purchase again.
    pub duplicates: Option<Duplicates>,
    /// The same purchase again, however long ago.
    pub recurring: Action,
}

impl Policy {
    /// Checks a document and makes it ready.
    ///
    /// # Errors
    /// [`DocumentError`] naming the first field that is wrong.
    pub fn compile(document: &Document) -> Result<Policy, DocumentError> {
        let merchants = document.merchants.clone().unwrap_or_default();
        let default_unknown = if merchants.allow.is_empty() { Action::Allow } else { Action::Decline };
        let patterns = |field: &str, list: &[String]| -> Result<Vec<Pattern>, DocumentError> {
            list.iter()
                .map(|text| Pattern::parse(text).map_err(|why| DocumentError::new(field, why)))
                .collect()
        };
        let approval_within = match document.approval_minutes {
            None => limits::APPROVAL_WITHIN,
            Some(minutes) => {
                let within = Duration::from_secs(u64::from(minutes) * 60);
                if minutes == 0 || within > limits::APPROVAL_WITHIN_MAX {
                    return Err(DocumentError::new("approval_minutes", "between 1 and 43200 (30 days)"));
                }
                within
            }
        };
        notes(document.notes.as_deref())?;
        let approvals = document.approvals.unwrap_or(1);
        if approvals == 0 || approvals > limits::APPROVALS_MAX {
            let message = format!("between 1 and {}", limits::APPROVALS_MAX);
            return Err(DocumentError::new("approvals", message));
        }
        Ok(Policy {
            ask: document.ask.unwrap_or_default(),
            recurring: document.recurring.unwrap_or(Action::Allow),
            per_transaction: limit("per_transaction", document.per_transaction.as_ref())?,
            daily: limit("daily", document.daily.as_ref())?,
            weekly: limit("weekly", document.weekly.as_ref())?,
            monthly: limit("monthly", document.monthly.as_ref())?,
            lifetime: limit("lifetime", document.lifetime.as_ref())?,
            approve_above: limit("approve_above", document.approve_above.as_ref())?,
            approvals,
            approval_within,
            require_signature: document.require_signature,
            rails: document.rails.clone(),
            merchants_block: patterns("merchants.block", &merchants.block)?,
            merchants_allow: patterns("merchants.allow", &merchants.allow)?,
            merchants_unknown: merchants.unknown.unwrap_or(default_unknown),
            categories: folded(document.categories.clone().unwrap_or_default()),
            hours: document.hours.iter().map(HoursRule::compile).collect::<Result<_, _>>()?,
            velocity: rate("velocity", document.velocity)?,
            breaker: rate("breaker", document.breaker)?,
            duplicates: duplicates(document.duplicates)?,
        })
    }

    /// Whether any rule looks at earlier purchases, so that they must be remembered.
    pub fn looks_back(&self) -> bool {
        self.duplicates.is_some() || self.recurring != Action::Allow
    }

    /// Reads and checks what is stored.
    ///
    /// # Errors
    /// [`DocumentError`]; the agent then has no policy, and spends nothing.
    pub fn from_json(text: &str) -> Result<Policy, DocumentError> {
        Policy::compile(&Document::from_json(text)?)
    }
}

fn folded(categories: Categories) -> Categories {
    let fold = |list: Vec<String>| list.iter().map(|entry| fold_category(entry)).collect();
    Categories {
        block: fold(categories.block),
        allow: fold(categories.allow),
        ask: fold(categories.ask),
        approved: fold(categories.approved),
    }
}

fn notes(notes: Option<&str>) -> Result<(), DocumentError> {
    let Some(notes) = notes else { return Ok(()) };
    if notes.chars().count() > limits::MAX_NOTES_CHARS {
        let message = format!("at most {} characters", limits::MAX_NOTES_CHARS);
        return Err(DocumentError::new("notes", message));
    }
    if notes.chars().any(|c| c.is_control() && c != '\n') {
        return Err(DocumentError::new("notes", "no control characters but line breaks"));
    }
    Ok(())
}

/// The form in which categories are compared.
pub fn fold_category(category: &str) -> String {
    category.trim().to_lowercase()
}

fn rate(field: &str, rate: Option<Rate>) -> Result<Option<Rate>, DocumentError> {
    match rate {
        Some(rate) if rate.requests == 0 || rate.seconds == 0 => {
            Err(DocumentError::new(field, "`requests` and `seconds` are at least 1"))
        }
        other => Ok(other),
    }
}

fn duplicates(rule: Option<Duplicates>) -> Result<Option<Duplicates>, DocumentError> {
    match rule {
        Some(rule) if rule.seconds == 0 => {
            Err(DocumentError::new("duplicates.seconds", "at least 1; leave `duplicates` out for no rule"))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests;
