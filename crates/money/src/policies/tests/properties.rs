//! `decide` with anything that 64 bits can hold.

use proptest::prelude::*;

use super::*;
use crate::policies::{Action, Ask, Categories, Duplicates};

/// Reasons that have to do with how much is asked.
const AMOUNT_REASONS: &[Reason] = &[
    Reason::PerTxExceeded,
    Reason::DailyExceeded,
    Reason::WeeklyExceeded,
    Reason::MonthlyExceeded,
    Reason::LifetimeExceeded,
    Reason::InsufficientFunds,
];

/// A policy of numbers alone, with the few lists that change which rules are looked at.
fn policies() -> impl Strategy<Value = Policy> {
    let limit = || prop::option::of(prop_oneof![any::<i64>(), 0..1_000_i64, i64::MAX - 9..=i64::MAX]);
    let action = prop_oneof![Just(Action::Allow), Just(Action::Ask), Just(Action::Decline)];
    let limits = (limit(), limit(), limit(), limit(), limit(), limit());
    let ask =
        prop_oneof![Just(Ask::Above), Just(Ask::Above), Just(Ask::Everything), Just(Ask::OtherCategories)];
    let flags = any::<[bool; 5]>();
    (limits, action, ask, flags).prop_map(
        |(limits, action, ask, [rails, categories, velocity, again, ever])| {
            let mut policy = policy("");
            policy.ask = ask;
            policy.recurring = if ever { action } else { Action::Allow };
            (policy.per_transaction, policy.daily, policy.weekly) = (limits.0, limits.1, limits.2);
            (policy.monthly, policy.lifetime, policy.approve_above) = (limits.3, limits.4, limits.5);
            policy.merchants_unknown = action;
            policy.rails = rails.then(|| vec![RailName::Sandbox]);
            policy.velocity = velocity.then_some(Rate { requests: 1, seconds: u32::MAX });
            policy.duplicates = again.then_some(Duplicates { seconds: 1, action });
            if categories {
                let books = || vec!["books".to_owned()];
                policy.categories = Categories { allow: books(), approved: books(), ..Categories::default() };
            }
            policy
        },
    )
}

/// What else there is to know, with any numbers.
#[derive(Debug, Clone)]
struct Facts {
    usage: Usage,
    available: i64,
    flags: [bool; 6],
    now: TimeUs,
}

fn facts() -> impl Strategy<Value = Facts> {
    let number = || prop_oneof![any::<i64>(), -1_000..1_000_i64];
    let numbers = [number(), number(), number(), number(), number()];
    let mostly = |share| prop::bool::weighted(share);
    let flags = [mostly(0.1), mostly(0.9), mostly(0.7), mostly(0.2), mostly(0.2), mostly(0.2)];
    (numbers, flags, any::<i64>()).prop_map(|([day, week, month, lifetime, available], flags, now)| Facts {
        usage: Usage { day, week, month, lifetime },
        available,
        flags,
        now: TimeUs(now),
    })
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -1_000..1_000_i64]
}

fn answer(policy: &Policy, facts: &Facts, micros: i64, rail: RailName) -> Decision {
    let [frozen, available, payee, breaker, velocity, again] = facts.flags;
    let snapshot = Snapshot {
        org_frozen: frozen && again,
        agent: if frozen { AgentState::Frozen } else { AgentState::Active },
        rail_available: available,
        usage: facts.usage,
        available: facts.available,
        payee_known: payee,
        category: payee.then_some("books"),
        breaker_spent: breaker,
        velocity_spent: velocity,
        duplicate_of: again.then_some("tx_1"),
        repeat_of: again.then_some("tx_1"),
        ..open(policy)
    };
    let payment = Payment { rail, ..pay(micros) };
    decide(&snapshot, &payment, facts.now)
}

fn rails() -> impl Strategy<Value = RailName> {
    prop_oneof![Just(RailName::Sandbox), Just(RailName::Stripe)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_input_has_one_answer_and_a_reason_exactly_when_it_is_no(
        policy in policies(), facts in facts(), micros in amounts(), rail in rails(),
    ) {
        let decision = answer(&policy, &facts, micros, rail);
        prop_assert_eq!(decision.reason.is_some(), decision.verdict == Verdict::Decline);
        let refusals = decision.checks.iter().filter(|check| check.verdict == Verdict::Decline).count();
        prop_assert_eq!(refusals, usize::from(decision.reason.is_some()), "looking stops at the first refusal");
        prop_assert_eq!(&decision, &answer(&policy, &facts, micros, rail), "the same again is the same");
    }

    #[test]
    fn what_was_not_too_much_is_not_too_much_when_it_is_less(
        policy in policies(), facts in facts(), one in 1..i64::MAX, other in 1..i64::MAX, rail in rails(),
    ) {
        let (less, more) = (one.min(other), one.max(other));
        let refused_for_amount =
            |micros| answer(&policy, &facts, micros, rail).reason.is_some_and(|reason| AMOUNT_REASONS.contains(&reason));
        prop_assert!(refused_for_amount(more) || !refused_for_amount(less));
    }

    #[test]
    fn who_is_not_asked_about_more_is_not_asked_about_less(
        policy in policies(), facts in facts(), one in 1..i64::MAX, other in 1..i64::MAX, rail in rails(),
    ) {
        let (less, more) = (one.min(other), one.max(other));
        if answer(&policy, &facts, more, rail).verdict == Verdict::Approve {
            prop_assert_eq!(answer(&policy, &facts, less, rail).verdict, Verdict::Approve);
        }
    }

    #[test]
    fn nothing_is_asked_of_nobody_and_refused_only_where_anything_is(
        policy in policies(), facts in facts(), micros in 1..i64::MAX, rail in rails(),
    ) {
        let (nothing, something) = (answer(&policy, &facts, 0, rail), answer(&policy, &facts, micros, rail));
        prop_assert!(nothing.verdict != Verdict::Ask);
        let of_money = |reason| AMOUNT_REASONS.contains(&reason) || reason == Reason::Duplicate;
        prop_assert!(!nothing.reason.is_some_and(of_money));
        if nothing.verdict == Verdict::Decline {
            prop_assert_eq!(something.verdict, Verdict::Decline);
        } else if something.reason.is_some_and(|reason| !of_money(reason)) {
            prop_assert!(false, "what does not look at money refuses both alike: {:?}", something);
        }
    }

    #[test]
    fn whatever_is_not_refused_fits_every_limit(
        policy in policies(), facts in facts(), micros in amounts(), rail in rails(),
    ) {
        let decision = answer(&policy, &facts, micros, rail);
        // Nothing fits anywhere; that has a property of its own.
        if decision.verdict == Verdict::Decline || micros == 0 {
            return Ok(());
        }
        let asked = i128::from(micros);
        let fits = |limit: Option<i64>, used: i64| limit.is_none_or(|limit| i128::from(used) + asked <= i128::from(limit));
        prop_assert!(fits(policy.per_transaction, 0));
        prop_assert!(fits(policy.daily, facts.usage.day));
        prop_assert!(fits(policy.weekly, facts.usage.week));
        prop_assert!(fits(policy.monthly, facts.usage.month));
        prop_assert!(fits(policy.lifetime, facts.usage.lifetime));
        prop_assert!(!rail.is_prepaid() || fits(Some(facts.available), 0));
        if decision.verdict == Verdict::Approve {
            prop_assert!(fits(policy.approve_above, 0), "above the threshold a human is asked");
            prop_assert!(policy.ask != Ask::Everything, "a human is asked for everything");
            let approved = facts.flags[2] && policy.categories.approved.contains(&"books".to_owned());
            prop_assert!(policy.ask != Ask::OtherCategories || approved, "a human is asked for other categories");
            prop_assert!(policy.recurring == Action::Allow || !facts.flags[5], "a human is asked for repetitions");
        }
    }
}
