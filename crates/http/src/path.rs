//! The one parameter of a path.

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::Problem;

/// The text of a path's only parameter, such as an id. What is no text names nothing that exists.
#[derive(Debug, Clone)]
pub struct PathText(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        path.map(|Path(text)| PathText(text)).map_err(|_| Problem::not_found("path"))
    }
}
