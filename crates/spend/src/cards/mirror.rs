//! What of a policy Stripe can hold authorisations against by itself.
//!
//! Invariant: whatever the policy lets pass, the mirror lets pass. Stripe's days, weeks and months are those of UTC, and
//! its weeks begin on Sundays; one of Stripe's can lie in two of the policy's, so it gets twice the policy's limit, unless
//! the two begin and end together. Amounts are rounded up to whole cents. A list of allowed categories is mirrored only
//! where Stripe knows all of them.

use bursar_money::policies::Policy;
use serde::Serialize;

use crate::rails::stripe::issuing::{Controls, SpendingLimit, knows_category};

/// Micros in a cent.
const CENT: i64 = 10_000;

/// The mirror of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// What Stripe is told.
    pub controls: Controls,
    /// What only our own decision knows.
    pub left_out: Vec<LeftOut>,
}

/// A rule that Stripe cannot hold by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// Its name in the policy.
    pub rule: String,
    /// Why.
    pub why: String,
}

/// Mirrors a policy for an org in this time zone. No policy, or one that cannot be read, lets nothing pass, and neither
/// does its mirror let more than a cent.
pub fn mirror(policy: Option<&Policy>, time_zone: &str) -> Mirror {
    let Some(policy) = policy else {
        let limit = SpendingLimit { amount: 1, interval: "all_time".to_owned() };
        return Mirror {
            controls: Controls { spending_limits: vec![limit], ..Controls::default() },
            left_out: Vec::new(),
        };
    };
    let in_utc = time_zone == "UTC";
    let twice = |aligned: bool| if aligned { 1 } else { 2 };
    let windows = [
        (policy.per_transaction, "per_authorization", 1),
        (policy.daily, "daily", twice(in_utc)),
        (policy.weekly, "weekly", 2),
        (policy.monthly, "monthly", twice(in_utc)),
        (policy.lifetime, "all_time", 1),
    ];
    let spending_limits = windows.into_iter().filter_map(|(limit, interval, times)| {
        let amount = cents_up(limit?).saturating_mul(times).max(1);
        Some(SpendingLimit { amount, interval: interval.to_owned() })
    });
    let mut left_out = Vec::new();
    let mut left =
        |rule: &str, why: &str| left_out.push(LeftOut { rule: rule.to_owned(), why: why.to_owned() });
    let (known, unknown): (Vec<String>, Vec<String>) =
        policy.categories.block.iter().cloned().partition(|name| knows_category(name));
    for name in unknown {
        left("categories.block", &format!("Stripe knows no category {name}"));
    }
    let mut controls = Controls { spending_limits: spending_limits.collect(), ..Controls::default() };
    let allow = &policy.categories.allow;
    if !allow.is_empty() && allow.iter().all(|name| knows_category(name)) {
        controls.allowed_categories = allow.iter().filter(|name| !known.contains(name)).cloned().collect();
    } else if !allow.is_empty() {
        left("categories.allow", "Stripe does not know all of these categories");
    }
    if controls.allowed_categories.is_empty() {
        controls.blocked_categories = known;
    }
    controls.allowed_categories.sort_unstable();
    controls.blocked_categories.sort_unstable();
    if !policy.merchants_allow.is_empty() || !policy.merchants_block.is_empty() {
        left("merchants", "Stripe knows merchants by numbers of the card networks only");
    }
    if policy.approve_above.is_some() || !policy.categories.ask.is_empty() {
        left("ask", "only our own decision asks people");
    }
    if !policy.hours.is_empty() {
        left("hours", "Stripe knows no hours");
    }
    if policy.velocity.is_some() {
        left("velocity", "Stripe does not count payments");
    }
    Mirror { controls, left_out }
}

fn cents_up(micros: i64) -> i64 {
    micros.div_euclid(CENT) + i64::from(micros.rem_euclid(CENT) > 0)
}

#[cfg(test)]
mod tests {
    use bursar_money::policies::Document;
    use serde_json::json;

    use super::*;

    fn mirrored(document: &serde_json::Value, zone: &str) -> Mirror {
        let policy = Policy::compile(&Document::from_json(&document.to_string()).unwrap()).unwrap();
        mirror(Some(&policy), zone)
    }

    fn limits(mirror: &Mirror) -> Vec<(i64, &str)> {
        mirror.controls.spending_limits.iter().map(|limit| (limit.amount, limit.interval.as_str())).collect()
    }

    #[test]
    fn a_window_that_is_not_stripes_gets_twice_its_limit() {
        let document = json!({ "per_transaction": "10.005", "daily": "20", "weekly": "30", "monthly": "40", "lifetime": "50" });
        let here = mirrored(&document, "America/Sao_Paulo");
        let expected = [
            (1_001, "per_authorization"),
            (4_000, "daily"),
            (6_000, "weekly"),
            (8_000, "monthly"),
            (5_000, "all_time"),
        ];
        assert_eq!(limits(&here), expected);
        let utc = mirrored(&document, "UTC");
        assert_eq!(limits(&utc)[1..4], [(2_000, "daily"), (6_000, "weekly"), (4_000, "monthly")]);
    }

    #[test]
    fn categories_are_mirrored_where_stripe_knows_them() {
        let document =
            json!({ "daily": "1", "categories": { "block": ["betting_casino_gambling", "weapons"] } });
        let blocked = mirrored(&document, "UTC");
        assert_eq!(blocked.controls.blocked_categories, ["betting_casino_gambling"]);
        assert_eq!(blocked.left_out.len(), 1);
        let document = json!({ "categories": { "allow": ["book_stores", "taxicabs_limousines"], "block": ["book_stores"] } });
        let allowed = mirrored(&document, "UTC").controls;
        assert_eq!(
            (allowed.allowed_categories, allowed.blocked_categories.len()),
            (vec!["taxicabs_limousines".to_owned()], 0)
        );
        let document = json!({ "categories": { "allow": ["book_stores", "software"] } });
        let open = mirrored(&document, "UTC");
        assert!(open.controls.allowed_categories.is_empty() && open.left_out.len() == 1);
    }

    #[test]
    fn nothing_passes_without_a_policy_or_within_nothing() {
        assert_eq!(limits(&mirror(None, "UTC")), [(1, "all_time")]);
        assert_eq!(
            limits(&mirrored(&json!({ "per_transaction": "0.00" }), "UTC")),
            [(1, "per_authorization")]
        );
    }
}
