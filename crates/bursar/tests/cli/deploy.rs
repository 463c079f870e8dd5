//! What lies under `deploy/` speaks of metrics that the server really exports, by labels that they really have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::{House, Server, get, post, text_of};

/// Labels that are made by Prometheus, or by a histogram for its parts.
const NOT_OURS: &[&str] = &["instance", "job", "le"];
/// What a histogram is exported as.
const PARTS: &[&str] = &["_bucket", "_sum", "_count"];

/// Every metric by name, with its labels; a histogram under the names of its parts.
type Exported = BTreeMap<String, BTreeSet<String>>;

fn deploy(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)).unwrap()
}

/// What a server exports once it has paid something.
async fn exported() -> Exported {
    let house = House::new();
    let server = Server::start(&house, "serve --listen 127.0.0.1:0");
    let (_, _, key) = house.org_and_agent();
    let body = json!({ "amount": "12.50", "merchant": "shop.example", "idempotency_key": "one" });
    let (status, paid) = post(&format!("{}/v1/payment-request", server.url), &key, &body).await;
    assert_eq!(status, 200, "{paid}");
    let id = text_of(&paid, "transaction_id");
    get(&format!("{}/v1/transactions/{id}?wait=20&until=settled", server.url), &key).await;
    let (_, text) = get(&format!("{}/metrics", server.url), "").await;
    let mut found = Exported::new();
    for line in text.as_str().unwrap().lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name: String = line.chars().take_while(|c| is_of_name(*c)).collect();
        found.entry(name.clone()).or_default().extend(labels_after(&line[name.len()..]));
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names in the braces that the text begins with. Values in them may hold commas, so only what is compared counts.
fn labels_after(text: &str) -> Vec<String> {
    let Some(inside) = text.strip_prefix('{').and_then(|rest| rest.split('}').next()) else {
        return Vec::new();
    };
    let before = inside.match_indices("=").map(|(at, _)| inside[..at].trim_end_matches('!'));
    let name = |text: &str| text.rsplit(|c| !is_of_name(c)).next().unwrap_or_default().to_owned();
    before.map(name).filter(|name| !name.is_empty()).collect()
}

/// Holds a text with expressions against what is exported. Answers how many metrics it names.
fn hold(text: &str, exported: &Exported) -> usize {
    let mut named = 0;
    for (at, _) in text.match_indices("bursar_") {
        let rest = &text[at..];
        let name: String = rest.chars().take_while(|c| is_of_name(*c)).collect();
        let labels = exported.get(&name).unwrap_or_else(|| panic!("{name} is not exported: {rest:.80}"));
        for label in labels_after(&rest[name.len()..]) {
            assert!(NOT_OURS.contains(&&*label) || labels.contains(&label), "{name} has no label {label}");
        }
        named += 1;
    }
    let all: BTreeSet<&str> =
        exported.values().flatten().map(String::as_str).chain(NOT_OURS.iter().copied()).collect();
    for (_, rest) in text.match_indices("by (").map(|(at, by)| (at, &text[at + by.len()..])) {
        for label in rest.split(')').next().unwrap_or_default().split(',').map(str::trim) {
            assert!(all.contains(label), "nothing has a label {label}: by ({rest:.40}");
        }
    }
    named
}

/// Every text under a key `expr` or `query`.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value.as_str() {
                    Some(text) if ["expr", "query"].contains(&&**key) => found.push(text.to_owned()),
                    _ => expressions(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| expressions(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_name_what_is_exported() {
    let exported = exported().await;
    let dashboard: Value = serde_json::from_str(&deploy("grafana.json")).unwrap();
    let mut shown = Vec::new();
    expressions(&dashboard, &mut shown);
    let shown = shown.join("\n");
    assert!(hold(&shown, &exported) > 20, "the dashboard shows next to nothing");
    let alerts = deploy("alerts.yaml");
    // What is said to people names no metric; a comment may.
    let said: Vec<&str> = alerts.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    assert!(hold(&said.join("\n"), &exported) > 8, "the alerts look at next to nothing");

    // And the other way round: nothing is counted that nobody is shown.
    for name in exported.keys() {
        let whole = PARTS.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        assert!(shown.contains(whole), "{whole} is exported, and no panel shows it");
    }
}
