//! The closed list of audit actions. `docs/audit.md` shows the same list, and a test keeps the two and the code alike.

/// Every action that an audit entry can have, with what it means, in the order of the alphabet.
pub const ACTIONS: &[(&str, &str)] = &[
    ("agent.claimed", "An owner said that a bot is theirs; it is an agent of the org."),
    ("agent.created", "An agent was made."),
    ("agent.frozen", "An agent was stopped, by a human or by the circuit breaker."),
    ("agent.refused", "The owner who was named does not know a bot; its key opens nothing."),
    ("agent.registered", "A bot introduced itself and got a key."),
    ("agent.unfrozen", "A human let an agent go on."),
    ("approval.approved", "A human said yes to exactly this payment; the hold stays."),
    ("approval.asked", "The policy wants a human to decide; the amount is held until the deadline."),
    ("approval.declined", "A human said no; the hold was voided."),
    ("approval.timed_out", "No human decided in time; the hold was voided."),
    ("approval.voted", "A human said yes, and others have to as well; the amount is held on."),
    (
        "auto_topup.paused",
        "An automatic top-up was refused, or cannot be charged; its rule waits for an owner.",
    ),
    ("auto_topup.removed", "A wallet is no longer filled by itself."),
    ("auto_topup.set", "A rule by which a wallet is filled by itself was made or changed."),
    (
        "card.accessed",
        "An agent looked at its card: from which address, with which key, and whether at the number.",
    ),
    (
        "card.authorized",
        "The network asked about a card purchase and was told yes; from now on only it ends it.",
    ),
    ("card.cancelled", "A card ended; no authorisation passes any more."),
    ("card.created", "Stripe made a card for an agent."),
    ("card.declined", "The network asked about a card purchase and was told no; the note says why."),
    ("card.frozen", "A card was stopped here; Stripe is told next."),
    ("card.refused", "Stripe refused to make a card; there is none."),
    ("card.replaced", "A card ended, and another one is made in its place."),
    ("card.request_refused", "An owner said no to an agent's question for a card."),
    ("card.requested", "An agent asks its owners for a card."),
    ("card.reveal_set", "An owner decided whether an agent may be told the number of its card."),
    (
        "card.unasked",
        "The network allowed a card purchase without our yes; what it holds is held here too, whatever the budget says.",
    ),
    ("card.unfrozen", "A card goes on; Stripe had said so before."),
    ("case.opened", "Something about money wants a person; or does once more."),
    ("case.resolved", "A case was settled, by a human with evidence or because its difference is gone."),
    ("case.taken", "A member looks at a case."),
    (
        "chat.answered",
        "A member pressed a button under a question in their chat; what came of it is the payment's next entry.",
    ),
    ("chat.code_made", "A member made a code by which they link a chat to themselves."),
    ("chat.failed", "A message to a member's chat was given up."),
    ("chat.linked", "A member linked a chat to themselves: they are asked there too, and can decide there."),
    (
        "chat.unlinked",
        "A member's chat is linked no more: they ended it here or there, or it takes no messages.",
    ),
    ("checkout.begun", "Stripe is asked for a page on which a top-up or a payment link can be paid."),
    ("checkout.ended", "Nobody paid on the page, or the payment failed; nothing came in."),
    ("checkout.mismatched", "What Stripe says was paid is not what was asked for; nothing was credited."),
    (
        "endpoint.changed",
        "An address for webhooks got another URL, filter or description, or was enabled again.",
    ),
    ("endpoint.created", "An address was added that webhooks are sent to."),
    ("endpoint.deleted", "An address for webhooks was removed."),
    (
        "endpoint.disabled",
        "Webhooks to an address stopped: by hand, by its answer 410, or after days of failures.",
    ),
    (
        "endpoint.secret_rotated",
        "An address for webhooks got a new secret; the one before signs on for a while.",
    ),
    ("freeze.acknowledged", "Everything that a freeze had to stop has stopped."),
    (
        "intent.taken_up",
        "A purchase took up what was reserved for it; the note names the purchase, which holds the money now.",
    ),
    ("job.retried", "A human made a dead letter among the jobs ready again."),
    ("key.created", "An API key was made."),
    ("key.revoked", "An API key was revoked."),
    ("key.rotated", "An API key got a successor, and an end of its own."),
    ("link.created", "An agent made a payment link."),
    ("mail.failed", "A mail was given up after its last attempt."),
    ("member.added", "A person joined an org."),
    ("member.invitation_withdrawn", "An invitation was taken back."),
    ("member.invited", "A person was asked to join an org."),
    ("member.language_set", "A person chose the language that they are written to in."),
    ("member.notifications_set", "A person chose which mails about an org they get."),
    ("member.removed", "A person left an org."),
    ("member.role_set", "A person in an org got another role."),
    ("member.stand_in_ended", "Nobody stands in for a member any more."),
    ("member.stand_in_set", "Somebody stands in for a member for a while: they get the member's mails too."),
    ("org.cardholder_set", "Owners wrote down whom the cards of their agents are issued to."),
    ("org.created", "An org was made."),
    ("org.frozen", "All of an org was stopped by a human; nothing is allowed behind this entry."),
    ("org.stripe_set", "What an org's direct payments are charged to at Stripe was set."),
    ("org.time_zone_set", "The time zone of an org was set; windows that have begun keep their end."),
    ("org.unfrozen", "A human let an org go on."),
    ("pairing.code_made", "A member made a code by which one bot registers straight into the org."),
    ("passkey.added", "A person added a passkey."),
    ("passkey.removed", "A person removed a passkey."),
    ("payee.added", "A payee was added to an org."),
    ("payment.approved", "The payment is within policy; the amount is held until the rail is called."),
    ("payment.cancelled", "The payment was withdrawn before the rail was called; the hold was voided."),
    ("payment.captured", "Money left that was never held: above the hold, after its end, or a second time."),
    ("payment.completed", "The rail paid; the actual amount was posted and the hold ended."),
    ("payment.declined", "The policy refused, at once or when a human had said yes; nothing is held."),
    ("payment.dispute_won", "The bank gave money of a dispute back to the payee."),
    ("payment.disputed", "The bank took money back from the payee."),
    ("payment.executing", "The attempt is on record; the rail is called next."),
    ("payment.failed", "The rail said a certain no; the hold was voided."),
    ("payment.increased", "More is held for an open card purchase than before."),
    ("payment.posted", "Part of an open card purchase was captured; the rest stays held."),
    ("payment.reduced", "Less is held for an open card purchase than before; the difference was released."),
    ("payment.refunded", "Money came back, in whole or in part."),
    (
        "payment.resolved",
        "A human settled an unknown outcome, with evidence; what followed from it is the next entry.",
    ),
    ("payment.unknown", "The rail gave no certain answer; the hold stays."),
    ("payment_method.added", "A payment method was saved on a page of Stripe's."),
    ("payment_method.asked", "Stripe is asked for a page on which a payment method can be saved."),
    ("payment_method.changed", "What a saved payment method is used for was set."),
    (
        "payment_method.ended",
        "A saved payment method expired or was taken away at Stripe, or nobody saved one on the page.",
    ),
    ("payment_method.removed", "A saved payment method was removed; it is not charged again."),
    ("payout_account.asked", "Stripe is asked for the connected account by which the org receives money."),
    (
        "payout_account.changed",
        "Stripe says something else of the connected account: what it may do, or what is due.",
    ),
    ("payout_account.created", "Stripe has made the connected account by which the org receives money."),
    ("payout_account.link_made", "Somebody got a link to the page on which the connected account is set up."),
    ("policy.set", "A new version of an agent's policy is in force."),
    ("refund.failed", "The rail refused a refund."),
    ("refund.requested", "A refund was asked for; the rail is asked next."),
    ("session.began", "A person signed in."),
    ("session.ended", "A person signed out, here or elsewhere."),
    ("session.stepped_up", "A person proved with a passkey that it is them."),
    ("topup.failed", "An automatic top-up was refused; nothing came in."),
    ("topup.requested", "Money was asked for, to be paid into a wallet."),
    ("wallet.activated", "The first money came into a wallet that an agent draws on."),
    ("wallet.alert_set", "Owners are to be told when a wallet falls below a sum, or no longer."),
    ("wallet.balance_low", "A wallet fell below the sum that owners want to be told of."),
    ("wallet.deposited", "Money came into a wallet."),
    ("wallet.dispute_won", "The bank gave money of a dispute back to a wallet."),
    ("wallet.disputed", "The bank took money back that had been paid into a wallet."),
    ("wallet.empty", "Nothing is left to spend in a wallet."),
    ("wallet.received", "Money that was paid on a page of Stripe's came into a wallet, once."),
    (
        "wallet.refund_failed",
        "A refund of money that had been paid into a wallet failed; it is in the wallet again.",
    ),
    ("wallet.refunded", "Money that had been paid into a wallet was given back."),
];

/// Whether `name` is in the list.
pub fn is_action(name: &str) -> bool {
    ACTIONS.binary_search_by(|(action, _)| action.cmp(&name)).is_ok()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    #[test]
    fn the_list_is_sorted_and_each_is_found() {
        assert!(ACTIONS.is_sorted_by(|(a, _), (b, _)| a < b));
        assert!(ACTIONS.iter().all(|(name, _)| is_action(name)));
        assert!(!is_action("payment.invented"));
    }

    #[test]
    fn every_action_in_the_code_is_in_the_list() {
        let mut sources = Vec::new();
        collect(&root().join("crates"), &mut sources);
        let mut used = 0;
        for path in sources {
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]\nmod ").next().unwrap();
            for name in named_in_new_events(product).into_iter().chain(shaped_like_actions(&path, product)) {
                assert!(is_action(name), "{}: `{name}` is not in events::ACTIONS", path.display());
                used += 1;
            }
        }
        assert!(used > 20, "the search no longer finds how the code names its actions");
    }

    #[test]
    fn the_documentation_has_the_same_list() {
        let page = std::fs::read_to_string(root().join("docs/audit.md")).unwrap();
        let rows: Vec<(&str, &str)> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "))
            .filter(|(name, _)| name.contains('.'))
            .collect();
        assert_eq!(rows, ACTIONS, "the table in docs/audit.md and events::ACTIONS differ");
    }

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// All Rust files of the product, without tests.
    fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "tests" | "benches" | "testkit" | "xtask" | "target") {
                    collect(&path, into);
                }
            } else if name.ends_with(".rs") && name != "tests.rs" && name != "actions.rs" {
                into.push(path);
            }
        }
    }

    /// The first argument of each `NewEvent::new(` and the field `action:` of each literal, where it is a text.
    fn named_in_new_events(text: &str) -> Vec<&str> {
        ["NewEvent::new(", "action: "]
            .iter()
            .flat_map(|door| text.split(door).skip(1))
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
            .filter(|name| name.contains('.'))
            .collect()
    }

    /// In the funnel actions travel as arguments, so there every text of their shape counts.
    fn shaped_like_actions<'a>(path: &Path, text: &'a str) -> Vec<&'a str> {
        if !path.to_string_lossy().contains("money/src/funnel/") {
            return Vec::new();
        }
        let nouns = ["agent.", "approval.", "card.", "payment.", "refund.", "wallet.", "policy."];
        text.split('"')
            .filter(|part| nouns.iter().any(|noun| part.starts_with(noun)))
            .filter(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_'))
            .collect()
    }
}
