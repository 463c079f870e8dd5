//! What one rule said, and how that is kept with the transaction.

use std::borrow::Cow;
use std::fmt;

use bursar_base::money::Decimal;
use serde::{Deserialize, Serialize};

/// What one rule, or all together, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Within policy.
    #[serde(rename = "yes")]
    Approve,
    /// A human decides.
    #[serde(rename = "ask")]
    Ask,
    /// No.
    #[serde(rename = "no")]
    Decline,
}

/// What a rule compares. Shown as people read it: `12.50`, or the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Figure {
    /// In micros. Most rules compare amounts, so these are not made into texts until somebody looks.
    Amount(i64),
    /// Anything else.
    Words(String),
}

impl Figure {
    /// Anything but an amount.
    pub fn words(text: impl Into<String>) -> Figure {
        Figure::Words(text.into())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Figure::Amount(micros) => f.write_str(Decimal::of(*micros).as_str()),
            Figure::Words(text) => f.write_str(text),
        }
    }
}

/// One rule that was looked at, kept with the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The rule's name: a field of the policy document, or `agent`, `card`, `policy`, `wallet`, `currency`, `breaker`.
    pub rule: Cow<'static, str>,
    /// What it says.
    pub verdict: Verdict,
    /// The limit, where the rule has one.
    pub limit: Option<Figure>,
    /// What is used of it already.
    pub used: Option<Figure>,
    /// What was asked for.
    pub asked: Option<Figure>,
}

/// As stored: JSON arrays `[rule, verdict, limit, used, asked]`, amounts in micros. Every payment keeps one of each rule, so
/// names of fields would be most of what is written.
pub fn to_json(checks: &[Check]) -> String {
    let rows: Vec<_> = checks.iter().map(|c| (&c.rule, c.verdict, &c.limit, &c.used, &c.asked)).collect();
    // Texts, integers and arrays of them always serialise.
    serde_json::to_string(&rows).unwrap_or_default()
}

/// The inverse of [`to_json`].
///
/// # Errors
/// When the text is something else.
pub fn from_json(text: &str) -> Result<Vec<Check>, serde_json::Error> {
    type Row = (String, Verdict, Option<Figure>, Option<Figure>, Option<Figure>);
    let rows: Vec<Row> = serde_json::from_str(text)?;
    let check =
        |(rule, verdict, limit, used, asked): Row| Check { rule: rule.into(), verdict, limit, used, asked };
    Ok(rows.into_iter().map(check).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_short_and_reads_back() {
        let amount = |micros| Some(Figure::Amount(micros));
        let daily = Check {
            rule: "daily".into(),
            verdict: Verdict::Approve,
            limit: amount(100_000_000),
            used: amount(12_500_000),
            asked: amount(-1),
        };
        let words = Some(Figure::words("12.50"));
        let rails =
            Check { rule: "rails".into(), verdict: Verdict::Decline, limit: None, used: None, asked: words };
        let text = to_json(&[daily.clone(), rails.clone()]);
        assert_eq!(text, r#"[["daily","yes",100000000,12500000,-1],["rails","no",null,null,"12.50"]]"#);
        assert_eq!(from_json(&text).unwrap(), [daily.clone(), rails]);
        assert_eq!(daily.used.unwrap().to_string(), "12.50");
        assert!(from_json("[[1]]").is_err());
    }
}
