//! Errors in Stripe's form.

use serde_json::{Map, Value, json};

/// An error that the simulator answers with.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    object: Map<String, Value>,
}

impl ApiError {
    pub(super) fn new(status: u16, kind: &str, message: &str) -> ApiError {
        ApiError { status, object: Map::new() }.with("type", kind).with("message", message)
    }

    /// 400 about one parameter, or about none where `param` is empty.
    pub(super) fn invalid(message: &str, param: &str) -> ApiError {
        let error = ApiError::new(400, "invalid_request_error", message);
        if param.is_empty() { error } else { error.with("param", param) }
    }

    /// An object that is not there: 404 where the path names it (`param` is `id`), 400 where a parameter does.
    pub(super) fn missing(what: &str, id: &str, param: &str) -> ApiError {
        let mut error = ApiError::invalid(&format!("No such {what}: '{id}'"), param).code("resource_missing");
        if param == "id" {
            error.status = 404;
        }
        error
    }

    /// A parameter that Stripe takes and this simulator does not play: better an error than a wrong answer.
    pub(super) fn not_played(param: &str) -> ApiError {
        let message = format!("This simulator does not play the parameter {param}");
        ApiError::invalid(&message, param).code("simulator_not_played")
    }

    pub(super) fn code(self, code: &str) -> ApiError {
        self.with("code", code)
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> ApiError {
        self.object.insert(name.to_owned(), value.into());
        self
    }

    /// The object under `error`, which is also what `last_payment_error` holds.
    pub(super) fn object(&self) -> &Map<String, Value> {
        &self.object
    }

    /// The whole body.
    pub(super) fn body(&self) -> Value {
        json!({ "error": self.object })
    }
}
