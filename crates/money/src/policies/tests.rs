//! `decide` by example: every reason, every question, and the order in which the rules are looked at.

mod documents;
mod properties;
mod rules;

use std::sync::LazyLock;

use bursar_base::{Currency, Money, TimeUs};
use jiff::tz::TimeZone;

use super::{
    AgentState, Decision, Document, Payment, Policy, RailName, Rate, Reason, Snapshot, Usage, Verdict, decide,
};

static UTC: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::UTC);

/// A policy from the TOML that a person would write.
fn policy(toml: &str) -> Policy {
    Policy::compile(&Document::from_toml(toml).unwrap()).unwrap()
}

/// An active agent with a full wallet and empty windows, and a merchant nobody knows.
fn open(policy: &Policy) -> Snapshot<'_> {
    Snapshot {
        policy: Some(policy),
        org_frozen: false,
        agent: AgentState::Active,
        card: None,
        rail_available: true,
        zone: &UTC,
        currency: Currency::USD,
        usage: Usage::default(),
        available: usd(1_000_000),
        payee_known: false,
        category: None,
        breaker: Rate { requests: 20, seconds: 60 },
        breaker_spent: false,
        velocity_spent: false,
        duplicate_of: None,
        repeat_of: None,
    }
}

/// So many whole dollars, in micros.
const fn usd(dollars: i64) -> i64 {
    dollars * 1_000_000
}

/// Ten dollars to `shop.example.com` through the sandbox.
fn ten_dollars() -> Payment<'static> {
    pay(usd(10))
}

fn pay(micros: i64) -> Payment<'static> {
    Payment { amount: Money::usd_micros(micros), merchant_key: "shop.example.com", rail: RailName::Sandbox }
}

fn noon() -> TimeUs {
    at("2026-11-20T12:00:00Z") // a Friday
}

fn at(text: &str) -> TimeUs {
    TimeUs::parse_rfc3339(text).unwrap()
}

/// What a policy says to ten dollars, all else being open.
fn say(toml: &str) -> Decision {
    let policy = policy(toml);
    decide(&open(&policy), &ten_dollars(), noon())
}

#[track_caller]
fn assert_declined(decision: &Decision, reason: Reason, rule: &str) {
    assert_eq!(decision.verdict, Verdict::Decline, "{decision:?}");
    assert_eq!(decision.reason, Some(reason), "{decision:?}");
    assert_eq!(decision.refusal().map(|check| &*check.rule), Some(rule));
}

#[track_caller]
fn assert_asks(decision: &Decision, rule: &str) {
    assert_eq!(decision.verdict, Verdict::Ask, "{decision:?}");
    assert_eq!(decision.reason, None);
    let asking = decision.checks.iter().find(|check| check.verdict == Verdict::Ask);
    assert_eq!(asking.map(|check| &*check.rule), Some(rule), "{decision:?}");
}

#[track_caller]
fn assert_approved(decision: &Decision) {
    assert_eq!(decision.verdict, Verdict::Approve, "{decision:?}");
    assert_eq!(decision.reason, None);
}
