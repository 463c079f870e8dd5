//! Which events an endpoint is told of.

use bursar_base::limits;

use crate::deliveries::names;

/// Names and patterns such as `transaction.*`. Empty: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<String>);

impl Filter {
    /// Reads names of events, and patterns: what stands before `.*` is what some name begins with.
    ///
    /// # Errors
    /// A sentence about the first that is neither.
    pub fn parse(names: Vec<String>) -> Result<Filter, String> {
        if names.len() > limits::ENDPOINT_EVENTS_MAX {
            return Err(format!("at most {} names", limits::ENDPOINT_EVENTS_MAX));
        }
        let fits = |wanted: &str| names::all().iter().any(|name| fits(wanted, name));
        match names.iter().find(|wanted| !fits(wanted)) {
            Some(wanted) => {
                let wanted: String = wanted.chars().take(limits::MAX_NAME_CHARS).collect();
                Err(format!(
                    "no event has the name {wanted:?}; docs/webhooks.md lists all, and transaction.* is a pattern"
                ))
            }
            None => Ok(Filter(names)),
        }
    }

    /// Whether an event of this name is told.
    pub fn wants(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|wanted| fits(wanted, name))
    }

    /// As shown.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// As stored.
    pub fn text(&self) -> String {
        self.0.join(" ")
    }

    /// The inverse of [`Filter::text`]. Names that a newer process knew are kept.
    pub fn from_store(text: &str) -> Filter {
        Filter(text.split_whitespace().map(str::to_owned).collect())
    }
}

fn fits(wanted: &str, name: &str) -> bool {
    match wanted.strip_suffix(".*") {
        Some(noun) => name.strip_prefix(noun).is_some_and(|rest| rest.starts_with('.')),
        None => wanted == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<Filter, String> {
        Filter::parse(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn names_and_patterns_choose_and_nothing_chooses_all() {
        let filter = of(&["transaction.*", "agent.frozen"]).unwrap();
        assert!(filter.wants("transaction.completed") && filter.wants("agent.frozen"));
        assert!(!filter.wants("agent.unfrozen") && !filter.wants("approval.asked"));
        assert_eq!(Filter::from_store(&filter.text()), filter);
        assert!(of(&[]).unwrap().wants("whatever.comes"));
    }

    #[test]
    fn what_fits_no_event_is_refused() {
        for wrong in
            ["", "*", ".*", "transactions.*", "transaction.*.*", "transaction", "payment.completed", "tran*"]
        {
            assert!(of(&[wrong]).is_err(), "{wrong:?}");
        }
        assert!(of(&["transaction.*"; limits::ENDPOINT_EVENTS_MAX + 1]).is_err());
    }
}
