//! Which parameters Stripe takes, by the committed table `parameters.json` (`scripts/stripe_parameters.py` makes it).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::errors::ApiError;
use super::forms::Form;

/// The table.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    pub(super) api_version: String,
    pub(super) operations: BTreeMap<String, String>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Shape {
    fields: BTreeMap<String, Kind>,
    #[serde(default)]
    required: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Enum(Vec<String>),
    List(Box<Kind>),
    Map(Box<Kind>),
    Shape(String),
    Any(Vec<Kind>),
}

/// The committed table.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    #[allow(clippy::expect_used)] // the file is compiled in, and a test reads it
    TABLE.get_or_init(|| serde_json::from_str(include_str!("parameters.json")).expect("parameters.json"))
}

/// Checks a form against an operation such as `POST /v1/refunds` and gives its parameters their types.
pub(super) fn check(operation: &str, form: BTreeMap<String, Form>) -> Result<Map<String, Value>, ApiError> {
    let shape = table().operations.get(operation).map(String::as_str).unwrap_or_default();
    match typed(&Kind::Shape(shape.to_owned()), &Form::Tree(form), "")? {
        Value::Object(map) => Ok(map),
        _ => Err(ApiError::invalid("Invalid form", "")),
    }
}

fn typed(kind: &Kind, form: &Form, path: &str) -> Result<Value, ApiError> {
    match (kind, form) {
        (Kind::Any(options), form) => any(options, form, path),
        (Kind::Enum(values), Form::Text(text)) if values.contains(text) => Ok(Value::from(text.as_str())),
        // Stripe's way to unset a list.
        (Kind::List(_), Form::Text(text)) if text.is_empty() => Ok(Value::Array(Vec::new())),
        (_, Form::Text(text)) if text.is_empty() => Err(ApiError::invalid(
            &format!("You passed an empty string for '{path}'. It cannot be unset this way."),
            path,
        )
        .code("parameter_invalid_empty")),
        (Kind::String, Form::Text(text)) => Ok(Value::from(text.as_str())),
        (Kind::String, _) => Err(ApiError::invalid(&format!("Invalid string: {path}"), path)),
        (Kind::Integer, Form::Text(text)) if digits(text) => match text.parse::<i64>() {
            Ok(number) => Ok(Value::from(number)),
            Err(_) => Err(not_an_integer(path)),
        },
        (Kind::Integer, _) => Err(not_an_integer(path)),
        (Kind::Number, Form::Text(text)) => match text.parse::<serde_json::Number>() {
            Ok(number) => Ok(Value::Number(number)),
            Err(_) => Err(ApiError::invalid(&format!("Invalid decimal: {path}"), path)),
        },
        (Kind::Boolean, Form::Text(text)) if text == "true" || text == "false" => {
            Ok(Value::from(text == "true"))
        }
        (Kind::Boolean | Kind::Number, _) => {
            Err(ApiError::invalid(&format!("Invalid boolean: {path}"), path))
        }
        (Kind::Enum(values), _) => {
            Err(ApiError::invalid(&format!("Invalid {path}: must be one of {}", values.join(", ")), path))
        }
        (Kind::List(inner), Form::Tree(tree)) => list(inner, tree, path),
        (Kind::List(_), _) => Err(ApiError::invalid(&format!("Invalid array: {path}"), path)),
        (Kind::Map(inner), Form::Tree(tree)) => map(inner, tree, path),
        (Kind::Shape(name), Form::Tree(tree)) => fields(name, tree, path),
        (Kind::Map(_) | Kind::Shape(_), _) => {
            Err(ApiError::invalid(&format!("Invalid object: {path}"), path))
        }
    }
}

fn digits(text: &str) -> bool {
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    !magnitude.is_empty() && magnitude.bytes().all(|b| b.is_ascii_digit())
}

fn not_an_integer(path: &str) -> ApiError {
    ApiError::invalid(&format!("Invalid integer: {path}"), path).code("parameter_invalid_integer")
}

/// The first option that fits; else what the option of the same build (text or tree) has against it.
fn any(options: &[Kind], form: &Form, path: &str) -> Result<Value, ApiError> {
    let is_tree = matches!(form, Form::Tree(_));
    let mut first = None;
    for option in options {
        match typed(option, form, path) {
            Ok(value) => return Ok(value),
            Err(error) => {
                let takes_tree = matches!(option, Kind::List(_) | Kind::Map(_) | Kind::Shape(_));
                if first.is_none() || takes_tree == is_tree {
                    first = Some(error);
                }
            }
        }
    }
    Err(first.unwrap_or_else(|| ApiError::invalid("Invalid parameter", path)))
}

fn list(inner: &Kind, tree: &BTreeMap<String, Form>, path: &str) -> Result<Value, ApiError> {
    let mut items = Vec::new();
    for (index, item) in tree {
        let position: usize =
            index.parse().map_err(|_| ApiError::invalid(&format!("Invalid array: {path}"), path))?;
        items.push((position, typed(inner, item, &format!("{path}[{index}]"))?));
    }
    items.sort_by_key(|(position, _)| *position);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

fn map(inner: &Kind, tree: &BTreeMap<String, Form>, path: &str) -> Result<Value, ApiError> {
    let mut values = Map::new();
    for (key, value) in tree {
        let inner_path = format!("{path}[{key}]");
        let value = match value {
            Form::Text(text) if text.is_empty() => Value::from(""), // unsets a key
            value => typed(inner, value, &inner_path)?,
        };
        values.insert(key.clone(), value);
    }
    Ok(Value::Object(values))
}

fn fields(name: &str, tree: &BTreeMap<String, Form>, path: &str) -> Result<Value, ApiError> {
    let inside = |field: &str| {
        if path.is_empty() { field.to_owned() } else { format!("{path}[{field}]") }
    };
    let Some(shape) = table().shapes.get(name) else {
        return Err(ApiError::invalid("Unrecognized request", path));
    };
    let mut values = Map::new();
    for (field, form) in tree {
        let at = inside(field);
        let Some(kind) = shape.fields.get(field) else {
            return Err(ApiError::invalid(&format!("Received unknown parameter: {at}"), &at)
                .code("parameter_unknown"));
        };
        values.insert(field.clone(), typed(kind, form, &at)?);
    }
    if let Some(missing) = shape.required.iter().find(|field| !values.contains_key(*field)) {
        let at = inside(missing);
        return Err(
            ApiError::invalid(&format!("Missing required param: {at}."), &at).code("parameter_missing")
        );
    }
    Ok(Value::Object(values))
}

#[cfg(test)]
mod tests {
    use super::super::forms::parse;
    use super::*;

    fn refusal(operation: &str, form: &str) -> (Option<String>, Option<String>) {
        let error = check(operation, parse(form.as_bytes()).unwrap()).unwrap_err();
        let text = |name: &str| error.object().get(name).and_then(Value::as_str).map(str::to_owned);
        (text("code"), text("param"))
    }

    #[test]
    fn every_shape_of_the_committed_table_is_there() {
        fn known(kind: &Kind) -> bool {
            match kind {
                Kind::Shape(name) => table().shapes.contains_key(name),
                Kind::List(inner) | Kind::Map(inner) => known(inner),
                Kind::Any(options) => options.iter().all(known),
                _ => true,
            }
        }
        assert!(table().operations.values().all(|shape| table().shapes.contains_key(shape)));
        assert!(table().shapes.values().flat_map(|shape| shape.fields.values()).all(known));
    }

    #[test]
    fn wrong_parameters_are_named_at_any_depth() {
        let create = "POST /v1/payment_intents";
        let some = |code: &str, param: &str| (Some(code.to_owned()), Some(param.to_owned()));
        assert_eq!(refusal(create, "currency=usd"), some("parameter_missing", "amount"));
        assert_eq!(refusal(create, "amount=1&currency=usd&colour=red"), some("parameter_unknown", "colour"));
        assert_eq!(refusal(create, "amount=1.5&currency=usd"), some("parameter_invalid_integer", "amount"));
        assert_eq!(refusal(create, "amount=1&currency="), some("parameter_invalid_empty", "currency"));
        assert_eq!(
            refusal(create, "amount=1&currency=usd&transfer_data[to]=x"),
            some("parameter_unknown", "transfer_data[to]")
        );
        assert_eq!(
            refusal(create, "amount=1&currency=usd&transfer_data[amount]=5"),
            some("parameter_missing", "transfer_data[destination]")
        );
        assert_eq!(refusal(create, "amount=1&currency=usd&confirm=yes"), (None, Some("confirm".into())));
        assert_eq!(refusal(create, "amount=1&currency=usd&metadata=x"), (None, Some("metadata".into())));
        assert_eq!(
            refusal(create, "amount=1&currency=usd&capture_method=later").1,
            Some("capture_method".into())
        );
        assert_eq!(
            refusal("GET /v1/payment_intents", "created[since]=1"),
            some("parameter_unknown", "created[since]")
        );
    }

    #[test]
    fn right_parameters_get_their_types() {
        let form =
            parse(b"amount=100&currency=usd&off_session=true&metadata[a]=1&expand[0]=latest_charge").unwrap();
        let typed = check("POST /v1/payment_intents", form).unwrap();
        assert_eq!(typed["amount"], 100);
        assert_eq!(typed["off_session"], true);
        assert_eq!(typed["metadata"]["a"], "1");
        assert_eq!(typed["expand"][0], "latest_charge");
    }
}
