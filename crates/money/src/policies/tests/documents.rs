//! The policy document: the page that explains it is tried out whole, and what is wrong is named.

use std::collections::BTreeSet;

use super::*;

const PAGE: &str = include_str!("../../../../../docs/policies.md");

fn blocks() -> Vec<&'static str> {
    let parts = PAGE.split("```toml\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn every_example_of_the_page_is_a_policy() {
    let blocks = blocks();
    assert!(blocks.len() > 10, "the page has its examples");
    for block in blocks {
        let document = Document::from_toml(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
        Policy::compile(&document).unwrap_or_else(|error| panic!("{error}\n{block}"));
        let stored = Document::from_json(&document.to_json()).unwrap();
        assert_eq!(stored, document, "what is stored reads back as written");
    }
}

#[test]
fn the_page_shows_every_field_there_is() {
    let mut shown = BTreeSet::new();
    for block in blocks() {
        let table: toml::Table = block.parse().unwrap();
        fields(&toml::Value::Table(table), "", &mut shown);
    }
    for field in known_fields() {
        assert!(shown.contains(&field), "docs/policies.md shows no `{field}`");
    }
}

#[test]
fn the_page_explains_every_reason_in_the_order_of_the_rules() {
    let mut from = 0;
    for reason in Reason::ALL {
        let row = format!("| `{}` |", reason.as_str());
        let found = PAGE[from..].find(&row);
        from += found.unwrap_or_else(|| panic!("docs/policies.md has no row {row:?} in its place"));
    }
}

/// Paths of all fields of a document: every one is given a value here, so that none can be added unseen.
fn known_fields() -> BTreeSet<String> {
    let every = crate::policies::Document {
        per_transaction: Some("1".to_owned()),
        daily: Some("1".to_owned()),
        weekly: Some("1".to_owned()),
        monthly: Some("1".to_owned()),
        lifetime: Some("1".to_owned()),
        approvals: Some(2),
        approve_above: Some("1".to_owned()),
        ask: Some(crate::policies::Ask::OtherCategories),
        approval_minutes: Some(1),
        require_signature: true,
        rails: Some(vec![RailName::Sandbox]),
        merchants: Some(crate::policies::Merchants {
            block: vec!["a".to_owned()],
            allow: vec!["b".to_owned()],
            unknown: Some(crate::policies::Action::Ask),
        }),
        categories: Some(crate::policies::Categories {
            block: vec!["a".to_owned()],
            allow: vec!["b".to_owned()],
            ask: vec!["c".to_owned()],
            approved: vec!["d".to_owned()],
        }),
        hours: vec![crate::policies::Hours {
            days: vec!["mon".to_owned()],
            from: "09:00".to_owned(),
            to: "10:00".to_owned(),
        }],
        velocity: Some(Rate { requests: 1, seconds: 1 }),
        breaker: Some(Rate { requests: 1, seconds: 1 }),
        duplicates: Some(crate::policies::Duplicates { seconds: 1, action: crate::policies::Action::Ask }),
        recurring: Some(crate::policies::Action::Ask),
        notes: Some("a".to_owned()),
    };
    let mut out = BTreeSet::new();
    fields(&toml::Value::try_from(&every).unwrap(), "", &mut out);
    out
}

fn fields(value: &toml::Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        toml::Value::Table(table) => {
            for (key, inner) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                fields(inner, &path, out);
            }
        }
        toml::Value::Array(list) if list.iter().any(toml::Value::is_table) => {
            for inner in list {
                fields(inner, path, out);
            }
        }
        _ => drop(out.insert(path.to_owned())),
    }
}

#[test]
fn a_mistake_is_named_with_its_field_and_with_what_to_write_instead() {
    let cases = [
        ("daily = 100", "policy.daily: ", "in quotes"),
        ("daily = \"1,000\"", "policy.daily: ", "plain decimal number"),
        ("daily = \"0.0000001\"", "policy.daily: ", "six digits"),
        ("weekly = \"-1\"", "policy.weekly: ", "negative"),
        ("lifetime = \"99999999999.00\"", "policy.lifetime: ", "leave it out"),
        ("dayly = \"1\"", "policy", "unknown field `dayly`, expected one of"),
        ("approval_minutes = 0", "policy.approval_minutes: ", "between 1 and"),
        ("rails = [\"cash\"]", "policy.rails[0]: ", "expected one of `sandbox`"),
        ("[merchants]\nallow = \"example.com\"", "policy.merchants.allow: ", "[\"example.com\"]"),
        ("[merchants]\nunknown = \"maybe\"", "policy.merchants.unknown: ", "expected one of `allow`"),
        ("[merchants]\nblock = [\"a[\"]", "policy.merchants.block: ", "\"a[\""),
        ("[merchants]\nblock = [\" \"]", "policy.merchants.block: ", "empty"),
        ("merchants = [\"example.com\"]", "policy.merchants: ", "not a list"),
        ("hours = [[[\"mon\"], \"09:00\", \"10:00\"]]", "policy.hours: ", "not a list"),
        ("merchants = 5", "policy.merchants: ", "`block`, `allow` and `unknown`"),
        ("velocity = 5", "policy.velocity: ", "{ requests = 10, seconds = 60 }"),
        ("velocity = { requests = 5 }", "policy.velocity: ", "missing field `seconds`"),
        ("breaker = { requests = 0, seconds = 1 }", "policy.breaker: ", "at least 1"),
        ("duplicates = { seconds = 0, action = \"ask\" }", "policy.duplicates.seconds: ", "at least 1"),
        ("ask = \"sometimes\"", "policy.ask: ", "expected one of `everything`"),
        ("recurring = \"never\"", "policy.recurring: ", "expected one of `allow`"),
        ("notes = \"a\\u0007\"", "policy.notes: ", "control characters"),
        ("[hours]\ndays = [\"mon\"]", "policy.hours: ", "[[hours]]"),
        ("[[hours]]\ndays = []\nfrom = \"09:00\"\nto = \"10:00\"", "policy.hours.days: ", "at least one day"),
        (
            "[[hours]]\ndays = [\"monday\"]\nfrom = \"09:00\"\nto = \"10:00\"",
            "policy.hours.days: ",
            "`mon` to `sun`",
        ),
        ("[[hours]]\ndays = [\"mon\"]\nfrom = \"9\"\nto = \"10:00\"", "policy.hours.from: ", "09:30"),
        ("[[hours]]\ndays = [\"mon\"]\nfrom = \"09:00\"\nto = \"24:01\"", "policy.hours.to: ", "09:30"),
        ("[[hours]]\ndays = [\"mon\"]\nfrom = \"09:00\"\nto = \"09:00\"", "policy.hours: ", "must differ"),
        ("daily = \"1\"\nweekly = ", "policy: ", "line 2 is not TOML"),
    ];
    for (text, begins, contains) in cases {
        let error = Document::from_toml(text)
            .and_then(|document| Policy::compile(&document))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(begins) && error.contains(contains), "{text:?} gave {error:?}");
        assert!(!error.contains('\n'), "one line: {error:?}");
    }
}

#[test]
fn what_is_stored_and_cannot_be_read_is_no_policy() {
    for text in ["", "{", "[]", "{\"daily\": 5}", "{\"later\": 1}", "{} {}", "[[]]"] {
        assert!(Policy::from_json(text).is_err(), "{text:?}");
    }
    assert!(Policy::from_json("{}").is_ok());
}
