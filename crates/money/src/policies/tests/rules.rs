//! One rule after another, and which comes first.

use bursar_base::Currency;
use jiff::tz::TimeZone;

use super::*;
use crate::policies::AtTill;

fn shown(figure: &Option<crate::policies::Figure>) -> Option<String> {
    figure.as_ref().map(ToString::to_string)
}

#[test]
fn an_empty_policy_allows_everything_that_the_wallet_holds() {
    assert_approved(&say(""));
    let policy = policy("");
    let snapshot = Snapshot { available: usd(10) - 1, ..open(&policy) };
    let decision = decide(&snapshot, &ten_dollars(), noon());
    assert_declined(&decision, Reason::InsufficientFunds, "wallet");
    let check = decision.refusal().unwrap();
    assert_eq!(shown(&check.limit).as_deref(), Some("9.999999"));
    assert_eq!(shown(&check.asked).as_deref(), Some("10.00"));
}

#[test]
fn no_policy_means_no_spending_whoever_asks() {
    for agent in [AgentState::Active, AgentState::Frozen, AgentState::Pending] {
        let any = policy("");
        let snapshot = Snapshot { policy: None, agent, ..open(&any) };
        assert_declined(&decide(&snapshot, &ten_dollars(), noon()), Reason::NoPolicy, "policy");
    }
}

#[test]
fn an_agent_that_is_frozen_or_unclaimed_spends_nothing() {
    let policy = policy("");
    for (agent, reason) in
        [(AgentState::Frozen, Reason::AgentFrozen), (AgentState::Pending, Reason::AgentNotActive)]
    {
        let snapshot = Snapshot { agent, ..open(&policy) };
        let decision = decide(&snapshot, &ten_dollars(), noon());
        assert_declined(&decision, reason, "agent");
        assert!(!decision.trips_breaker());
    }
}

#[test]
fn in_a_frozen_org_nobody_spends_and_no_breaker_trips() {
    let policy = policy("");
    for agent in [AgentState::Active, AgentState::Frozen, AgentState::Pending] {
        let snapshot = Snapshot { org_frozen: true, agent, breaker_spent: true, ..open(&policy) };
        let decision = decide(&snapshot, &ten_dollars(), noon());
        assert_declined(&decision, Reason::OrgFrozen, "org");
        assert!(!decision.trips_breaker());
    }
}

#[test]
fn the_breaker_declines_as_frozen_and_says_which_setting_it_was() {
    let policy = policy("");
    let snapshot = Snapshot { breaker_spent: true, ..open(&policy) };
    let decision = decide(&snapshot, &ten_dollars(), noon());
    assert_declined(&decision, Reason::AgentFrozen, "breaker");
    assert!(decision.trips_breaker());
    assert_eq!(shown(&decision.refusal().unwrap().limit).as_deref(), Some("20 in 60 s"));
}

#[test]
fn each_window_is_full_to_the_micro_and_not_one_further() {
    let cases = [
        ("daily", Reason::DailyExceeded),
        ("weekly", Reason::WeeklyExceeded),
        ("monthly", Reason::MonthlyExceeded),
        ("lifetime", Reason::LifetimeExceeded),
    ];
    for (rule, reason) in cases {
        let policy = policy(&format!("{rule} = \"100.00\""));
        let used = |used: i64| {
            let mut usage = Usage::default();
            match rule {
                "daily" => usage.day = used,
                "weekly" => usage.week = used,
                "monthly" => usage.month = used,
                _ => usage.lifetime = used,
            }
            let snapshot = Snapshot { usage, ..open(&policy) };
            decide(&snapshot, &ten_dollars(), noon())
        };
        assert_approved(&used(usd(90)));
        let decision = used(usd(90) + 1);
        assert_declined(&decision, reason, rule);
        let check = decision.refusal().unwrap();
        assert_eq!(shown(&check.limit).as_deref(), Some("100.00"), "{rule}");
        assert_eq!(shown(&check.used).as_deref(), Some("90.000001"), "{rule}");
        assert_eq!(shown(&check.asked).as_deref(), Some("10.00"), "{rule}");
        assert_declined(&used(i64::MAX), reason, rule);
    }
}

#[test]
fn one_payment_may_be_as_large_as_its_limit() {
    assert_approved(&say("per_transaction = \"10.00\""));
    assert_declined(&say("per_transaction = \"9.999999\""), Reason::PerTxExceeded, "per_transaction");
}

#[test]
fn a_human_is_asked_only_above_the_threshold() {
    assert_approved(&say("approve_above = \"10.00\""));
    assert_asks(&say("approve_above = \"9.999999\""), "approve_above");
    assert_asks(&say("approve_above = \"0\""), "approve_above");
    let cautious = Policy::compile(&Document::ask_for_everything()).unwrap();
    assert_asks(&decide(&open(&cautious), &pay(1), noon()), "approve_above");
}

#[test]
fn over_a_hard_limit_nobody_is_asked() {
    assert_declined(&say("approve_above = \"1.00\"\ndaily = \"5.00\""), Reason::DailyExceeded, "daily");
}

#[test]
fn spending_hours_are_those_of_the_orgs_time_zone() {
    let office =
        "[[hours]]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"09:00\"\nto = \"17:30\"";
    let policy = policy(office);
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let when = |text, zone: &TimeZone| {
        let snapshot = Snapshot { zone, ..open(&policy) };
        decide(&snapshot, &ten_dollars(), at(text))
    };
    assert_approved(&when("2026-11-20T09:00:00Z", &UTC));
    assert_approved(&when("2026-11-20T08:00:00Z", &berlin));
    assert_approved(&when("2026-11-20T17:29:59Z", &UTC));
    for (text, zone) in [
        ("2026-11-20T08:59:59Z", &*UTC),
        ("2026-11-20T17:30:00Z", &*UTC),
        ("2026-11-20T07:59:59Z", &berlin),
        ("2026-11-21T12:00:00Z", &*UTC),
    ] {
        assert_declined(&when(text, zone), Reason::OutsideHours, "hours");
    }
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_began_on() {
    let night = policy("[[hours]]\ndays = [\"fri\"]\nfrom = \"22:00\"\nto = \"02:00\"");
    let open_at = |text| decide(&open(&night), &ten_dollars(), at(text)).verdict == Verdict::Approve;
    assert!(open_at("2026-11-20T22:00:00Z"), "Friday evening");
    assert!(open_at("2026-11-21T01:59:59Z"), "the small hours of Saturday are Friday's");
    assert!(!open_at("2026-11-21T02:00:00Z"), "the end is not included");
    assert!(!open_at("2026-11-20T01:00:00Z"), "the small hours of Friday are Thursday's");
    assert!(!open_at("2026-11-21T22:30:00Z"), "Saturday evening");
}

#[test]
fn hours_follow_the_clocks_when_they_change() {
    // On 29 March 2026 Berlin's clocks go from 02:00 to 03:00 at 01:00Z.
    let policy = policy("[[hours]]\ndays = [\"sun\"]\nfrom = \"03:00\"\nto = \"24:00\"");
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let open_at = |text| {
        let snapshot = Snapshot { zone: &berlin, ..open(&policy) };
        decide(&snapshot, &ten_dollars(), at(text)).verdict == Verdict::Approve
    };
    assert!(!open_at("2026-03-29T00:59:59Z"));
    assert!(open_at("2026-03-29T01:00:00Z"));
    assert!(open_at("2026-03-29T21:59:59Z"));
    assert!(!open_at("2026-03-29T22:00:00Z"), "Monday has begun in Berlin");
}

#[test]
fn only_listed_rails_that_the_org_has_are_used() {
    assert_approved(&say("rails = [\"sandbox\"]"));
    assert_declined(&say("rails = [\"stripe\"]"), Reason::RailBlocked, "rails");
    assert_declined(&say("rails = []"), Reason::RailBlocked, "rails");
    let policy = policy("");
    let snapshot = Snapshot { rail_available: false, ..open(&policy) };
    assert_declined(&decide(&snapshot, &ten_dollars(), noon()), Reason::RailBlocked, "rails");
}

#[test]
fn a_direct_rail_touches_no_wallet() {
    let policy = policy("");
    let snapshot = Snapshot { available: usd(-5), ..open(&policy) };
    let direct = Payment { rail: RailName::Stripe, ..ten_dollars() };
    assert_approved(&decide(&snapshot, &direct, noon()));
    assert_declined(&decide(&snapshot, &ten_dollars(), noon()), Reason::InsufficientFunds, "wallet");
}

#[test]
fn a_blocked_merchant_is_refused_even_where_it_is_also_allowed() {
    let both = "[merchants]\nblock = [\"example.com\"]\nallow = [\"shop.example.com\"]";
    assert_declined(&say(both), Reason::MerchantBlocked, "merchants.block");
    assert_declined(
        &say("[merchants]\nblock = [\"*.example.com\"]"),
        Reason::MerchantBlocked,
        "merchants.block",
    );
    assert_approved(&say("[merchants]\nblock = [\"example.org\"]"));
}

#[test]
fn unknown_merchants_are_declined_once_there_is_an_allow_list_unless_the_policy_says_otherwise() {
    assert_approved(&say("[merchants]\nallow = [\"example.com\"]"));
    let others = "[merchants]\nallow = [\"example.org\"]\n";
    assert_declined(&say(others), Reason::MerchantUnknown, "merchants.allow");
    assert_asks(&say(&format!("{others}unknown = \"ask\"")), "merchants.unknown");
    assert_approved(&say(&format!("{others}unknown = \"allow\"")));
    assert_declined(&say("[merchants]\nunknown = \"decline\""), Reason::MerchantUnknown, "merchants.allow");
}

#[test]
fn the_orgs_payees_are_known_merchants() {
    for unknown in ["ask", "decline"] {
        let policy = policy(&format!("[merchants]\nallow = [\"example.org\"]\nunknown = \"{unknown}\""));
        let snapshot = Snapshot { payee_known: true, ..open(&policy) };
        assert_approved(&decide(&snapshot, &ten_dollars(), noon()));
    }
}

#[test]
fn categories_block_allow_and_ask_without_regard_to_case() {
    let rules =
        policy("[categories]\nblock = [\"Gambling\"]\nallow = [\"books\", \"travel\"]\nask = [\"TRAVEL\"]");
    let category = |category| {
        let snapshot = Snapshot { category, ..open(&rules) };
        decide(&snapshot, &ten_dollars(), noon())
    };
    assert_approved(&category(Some(" Books ")));
    assert_asks(&category(Some("travel")), "categories.ask");
    for refused in ["GAMBLING", "food"] {
        assert_declined(&category(Some(refused)), Reason::CategoryBlocked, "categories");
    }
}

#[test]
fn where_nobody_knows_the_category_a_category_rule_asks() {
    for list in ["block", "allow", "ask"] {
        assert_asks(&say(&format!("[categories]\n{list} = [\"books\"]")), "categories");
    }
    assert_approved(&say("[categories]"));
}

#[test]
fn the_same_purchase_again_is_allowed_asked_about_or_declined() {
    let again = |action: &str| {
        let policy = policy(&format!("duplicates = {{ seconds = 600, action = \"{action}\" }}"));
        let snapshot = Snapshot { duplicate_of: Some("tx_1"), ..open(&policy) };
        decide(&snapshot, &ten_dollars(), noon())
    };
    assert_approved(&again("allow"));
    assert_asks(&again("ask"), "duplicates");
    let declined = again("decline");
    assert_declined(&declined, Reason::Duplicate, "duplicates");
    assert_eq!(shown(&declined.refusal().unwrap().used).as_deref(), Some("tx_1"));
    assert_approved(&say("duplicates = { seconds = 600, action = \"decline\" }"));
}

#[test]
fn a_purchase_that_repeats_an_old_one_is_allowed_asked_about_or_declined() {
    let again = |action: &str| {
        let policy = policy(&format!("recurring = \"{action}\""));
        let snapshot = Snapshot { repeat_of: Some("tx_1"), ..open(&policy) };
        decide(&snapshot, &ten_dollars(), noon())
    };
    assert_approved(&again("allow"));
    assert_asks(&again("ask"), "recurring");
    let declined = again("decline");
    assert_declined(&declined, Reason::Duplicate, "recurring");
    assert_eq!(shown(&declined.refusal().unwrap().used).as_deref(), Some("tx_1"));
    assert_approved(&say("recurring = \"decline\""));
}

#[test]
fn a_human_is_asked_for_everything_where_the_policy_says_so() {
    assert_asks(&say("ask = \"everything\""), "ask");
    assert_asks(&say("ask = \"everything\"\napprove_above = \"100.00\""), "ask");
    assert_asks(&say("ask = \"above\"\napprove_above = \"9.99\""), "approve_above");
    assert_approved(&say("ask = \"above\"\napprove_above = \"10.00\""));
    let over = say("ask = \"everything\"\nper_transaction = \"9.99\"");
    assert_declined(&over, Reason::PerTxExceeded, "per_transaction");
}

#[test]
fn a_human_is_asked_for_every_category_but_the_approved_ones() {
    let rules = "ask = \"other_categories\"\napprove_above = \"20.00\"\n[categories]\napproved = [\"Books\"]";
    let rules = policy(&format!("{rules}\nblock = [\"gambling\"]"));
    let category = |category, micros| {
        let snapshot = Snapshot { category, ..open(&rules) };
        decide(&snapshot, &pay(micros), noon())
    };
    assert_approved(&category(Some(" BOOKS "), usd(20)));
    assert_asks(&category(Some("books"), usd(21)), "approve_above");
    assert_asks(&category(Some("travel"), usd(1)), "categories.approved");
    assert_asks(&category(None, usd(1)), "categories");
    assert_declined(&category(Some("gambling"), usd(1)), Reason::CategoryBlocked, "categories");
    assert_asks(&say("ask = \"other_categories\""), "categories");
    // Where something else decides about asking, the list has no effect, not even on unknown categories.
    assert_approved(&say("[categories]\napproved = [\"books\"]"));
}

#[test]
fn another_currency_than_the_wallets_is_refused_before_any_amount_is_compared() {
    let policy = policy("per_transaction = \"1.00\"");
    let euros = Payment {
        amount: Money { micros: usd(10), currency: Currency::parse("EUR").unwrap() },
        ..ten_dollars()
    };
    assert_declined(&decide(&open(&policy), &euros, noon()), Reason::CurrencyMismatch, "currency");
}

#[test]
fn velocity_counts_decisions() {
    let policy = policy("velocity = { requests = 5, seconds = 60 }");
    assert_approved(&decide(&open(&policy), &ten_dollars(), noon()));
    let snapshot = Snapshot { velocity_spent: true, ..open(&policy) };
    let decision = decide(&snapshot, &ten_dollars(), noon());
    assert_declined(&decision, Reason::VelocityExceeded, "velocity");
    assert_eq!(shown(&decision.refusal().unwrap().limit).as_deref(), Some("5 in 60 s"));
}

/// Everything is wrong at once; then one thing after another is put right, and the reasons come in their order.
#[test]
fn the_first_refusal_in_the_documented_order_is_the_reason() {
    let mut text =
        String::from("per_transaction = \"1.00\"\ndaily = \"1.00\"\nweekly = \"1.00\"\nmonthly = \"1.00\"\n");
    text.push_str("lifetime = \"1.00\"\nvelocity = { requests = 1, seconds = 1 }\nrails = [\"stripe\"]\n");
    text.push_str("duplicates = { seconds = 9, action = \"decline\" }\nrecurring = \"decline\"\n");
    text.push_str("[[hours]]\ndays = [\"mon\"]\nfrom = \"09:00\"\nto = \"10:00\"\n");
    text.push_str("[merchants]\nblock = [\"example.com\"]\nallow = [\"example.org\"]\n[categories]\nblock = [\"books\"]");
    let mut policy = policy(&text);
    let mut agent = AgentState::Frozen;
    let mut org_frozen = true;
    let mut breaker_spent = true;
    let mut card = Some(AtTill::Stopped);
    let mut duplicate_of = Some("tx_1");
    let mut repeat_of = Some("tx_1");
    let mut payment = Payment {
        amount: Money { micros: usd(10), currency: Currency::parse("EUR").unwrap() },
        ..ten_dollars()
    };
    let mut seen = Vec::new();
    for step in 0.. {
        let snapshot = Snapshot {
            org_frozen,
            agent,
            breaker_spent,
            card,
            duplicate_of,
            repeat_of,
            category: Some("books"),
            velocity_spent: true,
            available: 0,
            ..open(&policy)
        };
        let decision = decide(&snapshot, &payment, noon());
        let Some(reason) = decision.reason else { break };
        seen.push((reason, decision.refusal().unwrap().rule.to_string()));
        match step {
            0 => org_frozen = false,
            1 => agent = AgentState::Active,
            2 => breaker_spent = false,
            3 => card = Some(AtTill::Elsewhere),
            4 => policy.hours.clear(),
            5 => policy.rails = None,
            6 => card = Some(AtTill::Usable),
            7 => policy.merchants_block.clear(),
            8 => policy.merchants_allow.clear(),
            9 => policy.categories.block.clear(),
            10 => duplicate_of = None,
            11 => repeat_of = None,
            12 => payment.amount.currency = Currency::USD,
            13 => policy.per_transaction = None,
            14 => policy.daily = None,
            15 => policy.weekly = None,
            16 => policy.monthly = None,
            17 => policy.lifetime = None,
            18 => policy.velocity = None,
            _ => payment.rail = RailName::Stripe,
        }
        if step == 8 {
            policy.merchants_unknown = crate::policies::Action::Allow;
        }
    }
    let rules: Vec<&str> = seen.iter().map(|(_, rule)| rule.as_str()).collect();
    let order = "org agent breaker card hours rails card.merchant merchants.block merchants.allow categories duplicates recurring currency \
        per_transaction daily weekly monthly lifetime velocity wallet";
    assert_eq!(rules, order.split_whitespace().collect::<Vec<_>>());
    let place = |reason| Reason::ALL.iter().position(|&known| known == reason);
    let mut places: Vec<_> = seen.iter().map(|&(reason, _)| place(reason)).collect();
    assert!(places.is_sorted(), "Reason::ALL lists them in the same order: {seen:?}");
    places.dedup();
    // All but `no_policy`, `agent_not_active` and the human's own.
    assert_eq!(places.len(), Reason::ALL.len() - 3);
}

#[test]
fn where_no_money_is_to_move_only_what_stops_the_card_says_no() {
    let mut policy = policy(
        "ask = \"everything\"\nper_transaction = \"1.00\"\ndaily = \"1.00\"\nrecurring = \"decline\"\n\
         duplicates = { seconds = 9, action = \"decline\" }\nvelocity = { requests = 1, seconds = 9 }\napprovals = 2\n\
         [merchants]\nunknown = \"ask\"\n[categories]\nask = [\"books\"]\nblock = [\"casinos\"]",
    );
    let look = |policy: &Policy, snapshot: Snapshot<'_>| {
        decide(&Snapshot { policy: Some(policy), available: -usd(1), ..snapshot }, &pay(0), noon())
    };
    let spent = Usage { day: usd(5), ..Usage::default() };
    let any = policy.clone();
    let snapshot = || Snapshot {
        usage: spent,
        card: Some(AtTill::Usable),
        category: Some("books"),
        duplicate_of: Some("tx_1"),
        repeat_of: Some("tx_1"),
        ..open(&any)
    };
    let good = look(&policy, snapshot());
    assert_approved(&good);
    assert!(good.checks.iter().all(|check| check.verdict == Verdict::Approve), "{good:?}");
    let stopped = Snapshot { card: Some(AtTill::Stopped), ..snapshot() };
    assert_declined(&look(&policy, stopped), Reason::CardNotActive, "card");
    let casino = Snapshot { category: Some("casinos"), ..snapshot() };
    assert_declined(&look(&policy, casino), Reason::CategoryBlocked, "categories");
    let abroad = Snapshot { currency: Currency::parse("EUR").unwrap(), ..snapshot() };
    assert_declined(&look(&policy, abroad), Reason::CurrencyMismatch, "currency");
    let often = Snapshot { velocity_spent: true, ..snapshot() };
    assert_declined(&look(&policy, often), Reason::VelocityExceeded, "velocity");
    policy.merchants_unknown = crate::policies::Action::Decline;
    assert_declined(&look(&policy, snapshot()), Reason::MerchantUnknown, "merchants.allow");
}

#[test]
fn reasons_read_themselves_back() {
    for &reason in Reason::ALL {
        assert_eq!(Reason::parse(reason.as_str()), Some(reason));
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, format!("\"{}\"", reason.as_str()));
    }
    assert_eq!(Reason::parse("because"), None);
}
