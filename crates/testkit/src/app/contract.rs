//! Holds every answer against the API's description: nothing may be answered that it does not say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Value, json};

const PROBLEM: &str = "application/problem+json";

/// The description, and the schemas that were compiled so far.
struct Contract {
    document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let document = serde_json::to_value(bursar::serve::openapi());
        let document = document.expect("the API's description is JSON");
        Contract { document, validators: Mutex::default() }
    })
}

/// Panics when an answer is none that the description allows.
pub(super) fn check(method: &Method, path: &str, status: StatusCode, content_type: &str, body: &[u8]) {
    if let Err(wrong) = contract().check(method, path, status, content_type, body) {
        let body = String::from_utf8_lossy(body);
        panic!(
            "openapi.json does not allow this answer to {method} {path}: {wrong}\n{status} {content_type}\n{body}"
        );
    }
}

impl Contract {
    fn check(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        content_type: &str,
        body: &[u8],
    ) -> Result<(), String> {
        let media_type = content_type.split(';').next().unwrap_or("").trim();
        let path = path.split('?').next().unwrap_or(path);
        let path = path.strip_prefix("/api").unwrap_or(path);
        let Some(operation) = self.operation(method, path) else {
            return self.check_undescribed(status, media_type, body);
        };
        let mut pointer = format!("{operation}/responses/{}", status.as_u16());
        let Some(response) = self.document.pointer(&pointer) else {
            return Err("this status is not described".to_owned());
        };
        if let Some(shared) = response["$ref"].as_str() {
            pointer = shared.trim_start_matches('#').to_owned();
        }
        let contents = self.document.pointer(&format!("{pointer}/content")).and_then(Value::as_object);
        match contents {
            None if body.is_empty() => Ok(()),
            None => Err("no body is described".to_owned()),
            Some(contents) if !contents.contains_key(media_type) => {
                Err(format!("{media_type:?} is none of {:?}", contents.keys().collect::<Vec<_>>()))
            }
            Some(_) if media_type.ends_with("json") => {
                let schema = format!("{pointer}/content/{}/schema", media_type.replace('/', "~1"));
                self.check_json(&schema, body)
            }
            Some(_) => Ok(()),
        }
    }

    /// Paths and methods that are not described: what serves them is not the API, or says that there is nothing.
    fn check_undescribed(&self, status: StatusCode, media_type: &str, body: &[u8]) -> Result<(), String> {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if media_type == PROBLEM => {
                self.check_json("/components/schemas/ProblemBody", body)
            }
            StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE | StatusCode::NOT_FOUND => Ok(()),
            // Pages outside of the API, and where they lead on to.
            _ if media_type == "text/html" || (status.is_redirection() && body.is_empty()) => Ok(()),
            _ => Err("neither path nor status is described".to_owned()),
        }
    }

    fn check_json(&self, schema: &str, body: &[u8]) -> Result<(), String> {
        let value: Value =
            serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
        let validator = self.validator(schema)?;
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    fn validator(&self, pointer: &str) -> Result<Arc<Validator>, String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = validators.get(pointer) {
            return Ok(known.clone());
        }
        let mut schema =
            self.document.pointer(pointer).cloned().ok_or_else(|| format!("there is no {pointer}"))?;
        // References in it lead to the components.
        schema["components"] = self.document["components"].clone();
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| format!("the schema {pointer} is none: {error}"))?;
        let validator = Arc::new(validator);
        validators.insert(pointer.to_owned(), validator.clone());
        Ok(validator)
    }

    /// The JSON pointer to the operation that serves a path; a path without parameters goes first.
    fn operation(&self, method: &Method, path: &str) -> Option<String> {
        let paths = self.document["paths"].as_object()?;
        let fitting = paths.keys().filter(|template| fits(template, path));
        let template = fitting.min_by_key(|template| template.matches('{').count())?;
        let method = method.as_str().to_lowercase();
        let pointer = format!("/paths/{}/{method}", template.replace('~', "~0").replace('/', "~1"));
        self.document.pointer(&pointer).map(|_| pointer)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(part), Some(text)) if part.starts_with('{') && !text.is_empty() => {}
            (Some(part), Some(text)) if part == text => {}
            _ => return false,
        }
    }
}
