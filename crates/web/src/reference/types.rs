//! The types of bodies, in words.

use bursar_pages::reference::{FieldLine, Prose, TypePart};
use serde_json::Value;

use super::{prose, resolved, text};

/// The name of the type that a schema refers to, be it the schema itself, what a list holds, or what may be `null`.
pub(super) fn named(schema: &Value) -> Option<String> {
    let here = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let held = || schema.get("items").and_then(named);
    let choices = || schema["oneOf"].as_array().into_iter().flatten().find_map(named);
    here.or_else(held).or_else(choices)
}

/// What a schema is, in words; the name of a type stands beside it.
fn kind(schema: &Value) -> String {
    if let Some(items) = schema.get("items") {
        return format!("list of {}", kind(items)).trim_end().to_owned();
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let word = |kind: &&str| match (*kind, schema["format"].as_str()) {
        ("string", Some("date-time")) => "time",
        ("string", _) => "text",
        ("integer", _) => "whole number",
        ("number", _) => "number",
        ("boolean", _) => "true or false",
        ("object", _) => "object",
        ("null", _) => "null",
        _ => "anything",
    };
    let words: Vec<&str> = types.iter().map(word).collect();
    match (words.is_empty(), named(schema), schema["oneOf"].as_array()) {
        (false, ..) => words.join(" or "),
        (true, Some(_), Some(choices)) if choices.iter().any(|choice| choice["type"] == "null") => {
            "null or".to_owned()
        }
        (true, Some(_), _) => String::new(),
        (true, None, _) => "anything".to_owned(),
    }
}

/// What may be in it.
fn bounds(schema: &Value) -> Vec<String> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let names = [
        ("minLength", "length at least"),
        ("maxLength", "length at most"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("pattern", "of the form"),
        ("default", "left out, it is"),
        ("example", "such as"),
    ];
    let line = |(name, before): (&str, &str)| {
        let value = schema.get(name).filter(|value| !value.is_null())?;
        Some(format!("{before} {}", shown(value)))
    };
    let values = schema["enum"].as_array().map(|values| {
        let values: Vec<String> = values.iter().map(shown).collect();
        format!("one of {}", values.join(", "))
    });
    names.into_iter().filter_map(line).chain(values).collect()
}

/// A field of this schema. Whether it has to be there is the caller's to know.
pub(super) fn field(name: &str, schema: &Value) -> FieldLine {
    let held = schema["oneOf"].as_array().into_iter().flatten().find(|choice| choice["$ref"].is_string());
    let says = [Some(schema), held].into_iter().flatten().map(|schema| text(&schema["description"]));
    FieldLine {
        name: name.to_owned(),
        kind: kind(schema),
        of: named(schema),
        bounds: bounds(schema),
        text: Prose(says.into_iter().find(|text| !text.is_empty()).unwrap_or_default()),
        ..FieldLine::default()
    }
}

/// A type with all its fields, those of the types that it is made of among them.
pub(super) fn part(description: &Value, name: &str, schema: &Value) -> TypePart {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let values = schema["enum"].as_array().into_iter().flatten();
    TypePart {
        name: name.to_owned(),
        text: prose(&schema["description"]),
        fields: fields(description, schema),
        values: values.filter_map(Value::as_str).map(str::to_owned).collect(),
        any_of: choices.filter_map(named).collect(),
    }
}

fn fields(description: &Value, schema: &Value) -> Vec<FieldLine> {
    let mut all = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(fields(description, resolved(description, part)));
    }
    let required = schema["required"].as_array();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|names| names.iter().any(|wanted| wanted == name.as_str()));
        all.push(FieldLine { is_required, ..field(name, property) });
    }
    all
}
