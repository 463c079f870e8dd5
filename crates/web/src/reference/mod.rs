//! The reference of the API, made of the API's own description.
//!
//! Invariants: every operation and every type of the description is on the page, and nothing else; nothing of it is
//! written by hand twice.

pub mod api;
mod types;

use bursar_pages::reference::{
    AnswerLine, FieldLine, GroupPart, OperationPart, Prose, ReferenceView, TypePart,
};
use serde_json::Value;

/// What links to a part of the page say.
fn anchor(words: &str) -> String {
    let letters = words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let id: String = letters.collect();
    id.trim_matches('-').to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn prose(value: &Value) -> Prose {
    Prose(text(value))
}

/// The groups in the order in which somebody meets them; those that are not named here come behind.
const ORDER: &[&str] = &[
    "payments",
    "wallet",
    "approvals",
    "messages",
    "webhook-endpoints",
    "bots",
    "dashboard",
    "people",
    "pages",
    "webhooks",
    "server",
];

/// What the page is made of; `description` is the whole API's.
pub fn view(description: &Value) -> ReferenceView {
    let mut groups: Vec<GroupPart> = Vec::new();
    for (path, item) in description["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let name = operation["tags"][0].as_str().unwrap_or("others");
            let part = operation_part(description, method, path, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.operations.push(part),
                None => groups.push(GroupPart {
                    id: format!("group-{}", anchor(name)),
                    name: name.to_owned(),
                    operations: vec![part],
                }),
            }
        }
    }
    groups.sort_by_key(|group| ORDER.iter().position(|name| *name == group.name).unwrap_or(ORDER.len()));
    let schemas = description["components"]["schemas"].as_object().into_iter().flatten();
    ReferenceView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        text: prose(&description["info"]["description"]),
        proofs: proofs(description),
        groups,
        problems: problems(description),
        types: schemas.map(|(name, schema)| types::part(description, name, schema)).collect(),
    }
}

/// How callers prove who they are.
fn proofs(description: &Value) -> Vec<(String, Prose)> {
    let schemes = description["components"]["securitySchemes"].as_object().into_iter().flatten();
    let line = |(name, scheme): (&String, &Value)| {
        let how = match scheme["type"].as_str() {
            Some("http") => format!("{name}: Authorization: Bearer …"),
            _ => format!("{name}: the {} {}", text(&scheme["in"]), text(&scheme["name"])),
        };
        (how, prose(&scheme["description"]))
    };
    schemes.map(line).collect()
}

/// The errors that operations have in common, each once, with the statuses that it comes with.
fn problems(description: &Value) -> Vec<(String, Prose)> {
    let mut found: Vec<(String, Prose)> = Vec::new();
    let items = description["paths"].as_object().into_iter().flatten();
    let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    for (status, answer) in operations.flat_map(|(_, o)| o["responses"].as_object().into_iter().flatten()) {
        if answer["$ref"].is_string() {
            let line = (status.clone(), prose(&resolved(description, answer)["description"]));
            if !found.contains(&line) {
                found.push(line);
            }
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// What a reference leads to; anything else is itself.
fn resolved<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    let found = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    found.and_then(|path| description.pointer(path)).unwrap_or(value)
}

fn operation_part(description: &Value, method: &str, path: &str, operation: &Value) -> OperationPart {
    let method = method.to_uppercase();
    let bodies = operation["requestBody"]["content"].as_object();
    let body = bodies.and_then(|bodies| bodies.values().next()).map(|content| &content["schema"]);
    OperationPart {
        id: anchor(&format!("{method} {path}")),
        path: path.to_owned(),
        title: prose(&operation["summary"]),
        text: prose(&operation["description"]),
        who: who(&method, path),
        parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        body: body.map(|schema| body_part(description, schema)),
        answers: answers(description, operation),
        method,
    }
}

/// Who may, by the table that decides it.
fn who(method: &str, path: &str) -> Prose {
    Prose(bursar_identity::access::rule(method, path).map(|rule| rule.who.words()).unwrap_or_default())
}

fn parameter(parameter: &Value) -> FieldLine {
    FieldLine {
        place: text(&parameter["in"]),
        is_required: parameter["required"] == true,
        text: prose(&parameter["description"]),
        ..types::field(&text(&parameter["name"]), &parameter["schema"])
    }
}

fn body_part(description: &Value, schema: &Value) -> TypePart {
    match types::named(schema) {
        Some(name) => types::part(description, &name, resolved(description, schema)),
        None => types::part(description, "", schema),
    }
}

fn answers(description: &Value, operation: &Value) -> Vec<AnswerLine> {
    let line = |(status, answer): (&String, &Value)| {
        let answer = resolved(description, answer);
        let contents = answer["content"].as_object();
        let schema = contents.and_then(|contents| contents.values().next()).map(|content| &content["schema"]);
        AnswerLine {
            status: status.clone(),
            text: prose(&answer["description"]),
            of: schema.and_then(types::named),
            is_problem: status.starts_with(['4', '5']),
        }
    };
    operation["responses"].as_object().into_iter().flatten().map(line).collect()
}
