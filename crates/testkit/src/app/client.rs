//! A small HTTP client. Every answer it gets is held against the API's description.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bursar_base::{Clock as _, ManualClock};
use bursar_http::signatures::{self, RequestHead, Signer};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::Value;

use super::contract;

/// Longer than anything that a test waits for.
const TIMEOUT: Duration = Duration::from_secs(90);

/// How a client proves who it is.
#[derive(Debug, Clone)]
enum Proof {
    Nothing,
    Bearer(String),
    Signature(Signer),
    Cookies(String),
}

/// Talks to one app as one caller. Paths are below `/v1`, unless [`Client::below`] says otherwise.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    prefix: &'static str,
    proof: Proof,
    clock: ManualClock,
}

impl Client {
    pub(super) fn new(http: reqwest::Client, base: String, clock: ManualClock) -> Client {
        Client { http, base, prefix: "/v1", proof: Proof::Nothing, clock }
    }

    pub(super) fn http() -> reqwest::Client {
        let client = bursar_http::outgoing::client()
            .no_proxy()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build();
        client.expect("an HTTP client can be built")
    }

    /// The same caller, sending its key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Client {
        Client { proof: Proof::Bearer(key.to_owned()), ..self.clone() }
    }

    /// The same caller, signing instead of sending its key.
    #[must_use]
    pub fn signing(&self, key_id: &str, key: &str) -> Client {
        let signer = Signer { key_id: key_id.to_owned(), secret: signatures::signing_secret(key) };
        Client { proof: Proof::Signature(signer), ..self.clone() }
    }

    /// The same caller as a browser with these cookies, on a page of ours.
    #[must_use]
    pub fn with_cookies(&self, cookies: &str) -> Client {
        Client { proof: Proof::Cookies(cookies.to_owned()), ..self.clone() }
    }

    /// The same caller with another way in, such as `/api/v1`, or none for the root.
    #[must_use]
    pub fn below(&self, prefix: &'static str) -> Client {
        Client { prefix, ..self.clone() }
    }

    /// A request that is not sent yet.
    pub fn call(&self, method: Method, path: &str) -> Call {
        Call {
            client: self.clone(),
            method,
            target: format!("{}{path}", self.prefix),
            headers: HeaderMap::new(),
            body: Vec::new(),
            sealed: false,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// POST with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// POST without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.call(Method::POST, path).send().await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path).send().await
    }

    /// PUT with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path).json(body).send().await
    }

    /// POST of a form, as a browser sends it.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let call = self.call(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
        call.bytes(form.into_bytes()).send().await
    }
}

/// A request that can be sent any number of times.
#[derive(Debug, Clone)]
pub struct Call {
    client: Client,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Vec<u8>,
    sealed: bool,
}

impl Call {
    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Call {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Call {
        self.header("content-type", "application/json").bytes(body.to_string().into_bytes())
    }

    /// Sets the body as it is.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Call {
        self.body = body.into();
        self
    }

    /// Signs now, so that every sending carries the same signature.
    #[must_use]
    pub fn seal(mut self) -> Call {
        self.headers = self.proven();
        self.sealed = true;
        self
    }

    /// The same request to another process.
    #[must_use]
    pub fn to(mut self, other: &Client) -> Call {
        self.client.base.clone_from(&other.base);
        self
    }

    /// Sends it.
    pub async fn send(&self) -> Answer {
        let headers = if self.sealed { self.headers.clone() } else { self.proven() };
        let url = format!("{}{}", self.client.base, self.target);
        let request =
            self.client.http.request(self.method.clone(), url).headers(headers).body(self.body.clone());
        let response = request.send().await.unwrap_or_else(|error| {
            panic!("{} {} was not answered: {error:?}", self.method, self.target);
        });
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.expect("the whole answer arrives").to_vec();
        let answer = Answer { status, headers, body };
        contract::check(&self.method, &self.target, status, answer.header("content-type"), &answer.body);
        answer
    }

    fn proven(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        match &self.client.proof {
            Proof::Nothing => {}
            Proof::Bearer(key) => {
                let value = HeaderValue::from_str(&format!("Bearer {key}")).expect("a key is ASCII");
                headers.insert(header::AUTHORIZATION, value);
            }
            Proof::Cookies(cookies) => {
                let value = HeaderValue::from_str(cookies).expect("cookies are ASCII");
                headers.insert(header::COOKIE, value);
                let same_origin = HeaderValue::from_static("same-origin");
                headers.entry("sec-fetch-site").or_insert(same_origin);
            }
            Proof::Signature(signer) => {
                static NONCES: AtomicU64 = AtomicU64::new(0);
                let nonce = format!("n-{}-{}", std::process::id(), NONCES.fetch_add(1, Ordering::Relaxed));
                let uri: Uri = self.target.parse().expect("a path that can be signed");
                let head = RequestHead::new(&self.method, &uri, &headers);
                let signed = signatures::sign(head, &self.body, signer, self.client.clock.now(), &nonce);
                let signed = signed.expect("a request that can be signed");
                signed.apply(&mut headers).expect("signatures are ASCII");
            }
        }
        headers
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The cookies that it sets, each `name=value`, as a browser sends them back.
    pub fn cookies(&self) -> String {
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = set.filter_map(|line| line.split(';').next()).filter(|pair| !pair.ends_with('='));
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text()))
    }

    /// The body, which must come with this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        self.must_be(status);
        self.json()
    }

    /// The page, which must come with this status.
    #[track_caller]
    pub fn page(&self, status: u16) -> String {
        self.must_be(status);
        assert!(self.header("content-type").starts_with("text/html"), "no page: {}", self.text());
        self.text()
    }

    /// The problem, which must come with this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem:#}");
        problem
    }

    /// The 400 that names this field.
    #[track_caller]
    pub fn names(&self, field: &str) {
        let problem = self.problem(400, "validation_error");
        assert_eq!(problem["errors"][0]["field"], field, "{problem:#}");
    }

    #[track_caller]
    fn must_be(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
    }
}
