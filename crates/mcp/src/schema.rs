//! The schemas of tools, out of the API's description. References are replaced by what they refer to, because a tool's
//! schema has no other document to look into.

use bursar_base::limits;
use http::Method;
use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::tools::Spec;
use crate::words;

/// The argument by which a lost answer can be asked for again.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency_key";
/// The argument that says how long to wait.
pub(crate) const WAIT: &str = "wait";
/// What an answer says is to be done now.
pub(crate) const NEXT: &str = "next";

/// A path's operation in the description.
pub(crate) fn operation<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    document["paths"].get(path)?.get(method.as_str().to_lowercase())
}

/// The names of what goes into the query.
pub(crate) fn query(operation: &Value) -> Vec<String> {
    let of_query = parameters(operation).filter(|parameter| parameter["in"] == "query");
    of_query.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect()
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

/// What a tool takes: the body's fields, the query, and the id in the path.
pub(crate) fn input(document: &Value, operation: &Value, spec: &Spec) -> JsonObject {
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body = the_object(alone(document, body));
    let mut properties = body["properties"].as_object().cloned().unwrap_or_default();
    let mut required = body["required"].as_array().cloned().unwrap_or_default();
    for parameter in parameters(operation).filter(|parameter| parameter["in"] == "query") {
        let mut schema = alone(document, &parameter["schema"]);
        schema["description"] = parameter["description"].clone();
        properties.insert(parameter["name"].as_str().unwrap_or_default().to_owned(), schema);
    }
    if let Some(id) = spec.id {
        properties.insert(id.to_owned(), json!({ "type": "string", "description": "Its id." }));
        required.push(id.into());
    }
    properties.values_mut().for_each(never_null);
    if let Some(wait) = properties.get_mut(WAIT) {
        wait["maximum"] = limits::MAX_TOOL_WAIT_SECONDS.into();
        wait["default"] = limits::MAX_TOOL_WAIT_SECONDS.into();
        wait["description"] = "Wait up to so many seconds.".into();
    }
    if let Some(key) = properties.get_mut(IDEMPOTENCY_KEY) {
        key["description"] = words::IDEMPOTENCY_KEY.into();
    }
    let schema = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    schema.as_object().cloned().unwrap_or_default()
}

/// What may be left out is left out: several clients and models know no field of two types.
fn never_null(schema: &mut Value) {
    let mut types = schema["type"].as_array().into_iter().flatten();
    if let Some(kind) = types.find(|kind| **kind != "null").cloned() {
        schema["type"] = kind;
    }
}

/// What a tool answers: what the path answers when all is well, and what to do next.
pub(crate) fn output(document: &Value, operation: &Value) -> JsonObject {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let well = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response).next();
    let schema = well.map(|response| alone(document, &response["content"]["application/json"]["schema"]));
    let mut schema = schema.and_then(|schema| schema.as_object().cloned()).unwrap_or_default();
    schema.insert("type".to_owned(), "object".into());
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    properties[NEXT] = json!({ "type": "string", "description": "What to do now." });
    schema
}

/// Of a body that may be left out, the schema of one that is there.
fn the_object(schema: Value) -> Value {
    let one = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] == "object"));
    one.cloned().unwrap_or(schema)
}

/// A schema with nothing in it that refers elsewhere. None of ours contains itself.
fn alone(document: &Value, schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields = fields.clone();
            if let Some(reference) = fields.remove("$ref") {
                let pointer = reference.as_str().unwrap_or_default().trim_start_matches('#').to_owned();
                let mut found = alone(document, document.pointer(&pointer).unwrap_or(&Value::Null));
                // What is said beside the reference is said of this one use.
                if let (Some(found), true) = (found.as_object_mut(), !fields.is_empty()) {
                    found.extend(fields);
                }
                return found;
            }
            // The word of OpenAPI for what JSON Schema calls `examples`.
            if let Some(example) = fields.remove("example") {
                fields.insert("examples".to_owned(), json!([example]));
            }
            fields.values_mut().for_each(|value| *value = alone(document, value));
            Value::Object(fields)
        }
        Value::Array(items) => items.iter().map(|item| alone(document, item)).collect(),
        plain => plain.clone(),
    }
}
