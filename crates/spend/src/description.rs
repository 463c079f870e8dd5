//! What the API's description says of every operation: how a caller proves who it is, and the errors that all have in
//! common.

use bursar_http::problem::ProblemBody;
use bursar_identity::access::{self, Rule, Who};
use http::{Method, StatusCode};
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// The names of the ways in which requests are authenticated.
const KEY: &str = "key";
const SESSION: &str = "session";
const PROBLEM: &str = "application/problem+json";
const PAGE: &str = "text/html";
/// The tag of the pages behind links, whose token is the authority and whose errors are pages too.
const APPROVALS: &str = "approvals";
/// The tag of other pages that need no key.
const PAGES: &str = "pages";
/// The tag of what others call; each proves itself in its own way.
const WEBHOOKS: &str = "webhooks";
/// The tags of what may be done only so often.
const LIMITED: &[&str] = &["bots", "people"];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Bursar",
        description = "The treasury for AI agents: every spend is reserved before it happens, executed on a rail, and \
            settled to the actual cost. Errors are RFC 9457 problems with a stable `code`."
    ),
    components(schemas(ProblemBody))
)]
struct Base;

/// The description without any path.
pub(crate) fn base() -> OpenApi {
    let mut document = Base::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API key, `bur_test_…` or `bur_live_…`; or sign the request instead (RFC 9421).",
        ))
        .build();
    let cookie = ApiKeyValue::with_description(
        bursar_http::cookies::SESSION.name(),
        "Somebody who signed in at /sign-in. What changes something must come from a page of ours.",
    );
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(KEY, SecurityScheme::Http(bearer));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    document
}

/// What a caller proves itself with, by the table of who may do what.
fn security(rule: Option<&Rule>) -> Vec<SecurityRequirement> {
    let one = |name: &str| SecurityRequirement::new::<_, [&str; 0], &str>(name, []);
    match rule.map(|rule| rule.who) {
        Some(Who::Anyone) | None => Vec::new(),
        Some(Who::Registered { .. } | Who::Org { members: None, .. }) => vec![one(KEY)],
        Some(Who::Person | Who::Member(_)) => vec![one(SESSION)],
        Some(Who::PersonOrAdminKey | Who::Org { members: Some(_), .. }) => vec![one(KEY), one(SESSION)],
    }
}

/// An error that operations have in common: its status, its name among the components, and when it happens.
const COMMON: &[(StatusCode, &str, &str)] = &[
    (StatusCode::BAD_REQUEST, "BadRequest", "Something in the request is wrong; `errors` names it"),
    (StatusCode::UNAUTHORIZED, "Unauthorized", "No key, an unknown one, or a signature that is refused"),
    (StatusCode::FORBIDDEN, "Forbidden", "The key may not do this"),
    (StatusCode::NOT_FOUND, "NotFound", "There is no such thing, or it is not yours"),
    (StatusCode::REQUEST_TIMEOUT, "TooSlow", "The request did not arrive in time"),
    (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge", "The body is too large"),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "NoJson", "The body is not said to be JSON"),
    (StatusCode::TOO_MANY_REQUESTS, "TooMany", "Too often; `retry_after` says when to try again"),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "Unprocessable",
        "Well formed, but it cannot be done; `code` says why",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "Unavailable",
        "Busy or down; `code` says whether something may have been done",
    ),
];

/// Adds what operations have in common to each that can answer it. Paths begin with `/v1`.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (_, name, says) in COMMON {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
        components.responses.insert((*name).to_owned(), response(says, PROBLEM, content).into());
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let rule = access::rule(method.as_str(), path);
            complete_operation(&method, path.contains('{'), rule, operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let all = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    all.into_iter().filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}

fn complete_operation(
    method: &Method,
    has_path_parameter: bool,
    rule: Option<&Rule>,
    operation: &mut Operation,
) {
    let has_tag = |tag: &str| operation.tags.iter().flatten().any(|found| found == tag);
    let is_page = has_tag(APPROVALS) || has_tag(PAGES);
    let is_webhook = has_tag(WEBHOOKS);
    let security = security(rule);
    let is_open = security.is_empty();
    operation.security = Some(security);
    let is_limited = LIMITED.iter().any(|tag| has_tag(tag));
    for parameter in operation.parameters.iter_mut().flatten() {
        never_null(parameter);
    }
    let has_body = operation.request_body.is_some();
    for (status, name, says) in COMMON {
        let possible = match *status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => !is_open,
            StatusCode::TOO_MANY_REQUESTS => is_limited,
            StatusCode::NOT_FOUND => has_path_parameter || is_webhook,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => has_body && !is_page && !is_webhook,
            StatusCode::UNPROCESSABLE_ENTITY => *method != Method::GET && !is_page && !is_webhook,
            StatusCode::BAD_REQUEST | StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => {
                !is_page || *method != Method::GET
            }
            _ => true,
        };
        if possible {
            let described = operation.responses.responses.entry(status.as_str().to_owned());
            described
                .or_insert_with(|| if is_page { page(says) } else { Ref::from_response_name(*name).into() });
        }
    }
}

/// A parameter that may be left out is left out: there is no way to write `null` in a query or a header.
fn never_null(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(Parameter { schema: Some(RefOr::T(Schema::Object(schema))), .. }) = parameter else {
        return;
    };
    if let SchemaType::Array(types) = &schema.schema_type {
        let mut others = types.iter().filter(|kind| **kind != Type::Null);
        if let (Some(kind), None) = (others.next().cloned(), others.next()) {
            schema.schema_type = SchemaType::Type(kind);
        }
    }
}

fn page(says: &str) -> RefOr<Response> {
    let content = ContentBuilder::new().schema(Some(utoipa::schema!(String))).build();
    response(says, PAGE, content).into()
}

fn response(says: &str, content_type: &str, content: utoipa::openapi::Content) -> Response {
    ResponseBuilder::new().description(says).content(content_type, content).build()
}
