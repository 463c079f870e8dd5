//! What the entries of the audit trail are called when they are told. `docs/webhooks.md` shows the same list.
//!
//! An entry that changes a payment by a human's word is told under two names: as the payment's change and as the
//! human's decision. Entries that are not in the table are told to nobody.

/// Each action that is told, with its names, in the order of the alphabet.
pub const NAMES: &[(&str, &[&str])] = &[
    ("agent.claimed", &["claimed"]),
    ("agent.frozen", &["agent.frozen"]),
    ("agent.registered", &["registered"]),
    ("agent.unfrozen", &["agent.unfrozen"]),
    ("approval.approved", &["approval.approved", "transaction.approved"]),
    ("approval.asked", &["approval.asked", "transaction.pending"]),
    ("approval.declined", &["approval.declined", "transaction.declined"]),
    ("approval.timed_out", &["approval.timed_out", "transaction.timed_out"]),
    ("approval.voted", &["approval.voted"]),
    ("card.accessed", &["card.accessed"]),
    ("card.authorized", &["card.authorized"]),
    ("card.cancelled", &["card.cancelled"]),
    ("card.created", &["card.created"]),
    ("card.declined", &["card.declined"]),
    ("card.frozen", &["card.frozen"]),
    ("card.replaced", &["card.replaced"]),
    ("card.unasked", &["card.unasked"]),
    ("card.unfrozen", &["card.unfrozen"]),
    ("case.opened", &["case.opened"]),
    ("case.resolved", &["case.resolved"]),
    ("freeze.acknowledged", &["freeze.acknowledged"]),
    ("org.frozen", &["org.frozen"]),
    ("org.unfrozen", &["org.unfrozen"]),
    ("payment.approved", &["transaction.approved"]),
    ("payment.cancelled", &["transaction.cancelled"]),
    ("payment.captured", &["transaction.captured"]),
    ("payment.completed", &["transaction.completed"]),
    ("payment.declined", &["transaction.declined"]),
    ("payment.dispute_won", &["transaction.dispute_won"]),
    ("payment.disputed", &["transaction.disputed"]),
    ("payment.failed", &["transaction.failed"]),
    ("payment.increased", &["transaction.increased"]),
    ("payment.posted", &["transaction.posted"]),
    ("payment.reduced", &["transaction.reduced"]),
    ("payment.refunded", &["transaction.refunded"]),
    ("payment.unknown", &["transaction.unknown"]),
    ("policy.set", &["limits.changed"]),
    ("refund.failed", &["transaction.refund_failed"]),
    ("topup.failed", &["topup.failed"]),
    ("topup.requested", &["topup.requested"]),
    ("wallet.activated", &["wallet.activated"]),
    ("wallet.balance_low", &["wallet.balance_low"]),
    ("wallet.deposited", &["wallet.deposited"]),
    ("wallet.dispute_won", &["wallet.dispute_won"]),
    ("wallet.disputed", &["wallet.disputed"]),
    ("wallet.empty", &["wallet.empty"]),
    ("wallet.received", &["topup.completed"]),
    ("wallet.refund_failed", &["wallet.refund_failed"]),
    ("wallet.refunded", &["wallet.refunded"]),
];

/// What an action is called when it is told; nothing where it is not.
pub fn of(action: &str) -> &'static [&'static str] {
    let found = NAMES.binary_search_by(|(known, _)| known.cmp(&action));
    found.ok().and_then(|at| NAMES.get(at)).map_or(&[], |(_, names)| names)
}

/// Every name, in the order of the alphabet.
pub fn all() -> Vec<&'static str> {
    let mut names: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    names.push(super::TEST);
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use bursar_store::events::is_action;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_actions_that_exist() {
        assert!(NAMES.is_sorted_by(|(a, _), (b, _)| a < b));
        for (action, names) in NAMES {
            assert!(is_action(action), "there is no action {action}");
            assert_eq!(of(action), *names);
            assert!(!names.is_empty());
        }
        assert!(of("key.created").is_empty() && of("").is_empty());
    }

    #[test]
    fn names_are_dotted_words() {
        for name in all() {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'), "{name}");
            assert!(!name.starts_with('.') && !name.ends_with('.') && !name.contains(".."), "{name}");
        }
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/webhooks.md");
        let page = std::fs::read_to_string(file).unwrap();
        let rows: Vec<(String, String)> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | `"))
            .filter_map(|(name, rest)| Some((rest.split_once('`')?.0.to_owned(), name.to_owned())))
            .collect();
        let mut expected: Vec<(String, String)> = NAMES
            .iter()
            .flat_map(|(action, names)| names.iter().map(|name| ((*action).to_owned(), (*name).to_owned())))
            .collect();
        expected.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        assert_eq!(rows, expected, "the table in docs/webhooks.md and deliveries::names differ");
    }
}
