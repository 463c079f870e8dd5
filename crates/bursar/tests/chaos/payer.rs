//! An agent that asks for payments over HTTP, and the org's own view of them.

use std::collections::BTreeMap;

use bursar_base::{Currency, Money};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::People;
use crate::until::PATIENCE;

/// A payment as a test asks for it.
#[derive(Debug, Clone)]
pub struct Wish {
    pub key: String,
    pub cents: i64,
    pub merchant: &'static str,
    pub rail: &'static str,
}

/// A payment as an answer shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub status: String,
    /// The answer was about a request that was seen before.
    pub replayed: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nothing came back.
    Silence(String),
    /// 503: nothing was done, or nobody knows; the code says which.
    Unavailable(String),
}

/// A payment as the org's list has it. Amounts are micros.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: String,
    pub status: String,
    pub amount: i64,
    pub posted: i64,
    pub refunded: i64,
}

/// Somebody who talks to a server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Payer {
    http: reqwest::Client,
    pub url: String,
    people: People,
}

/// An amount in micros.
pub fn micros(decimal: &str) -> i64 {
    Money::parse(decimal, Currency::USD).unwrap().micros
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

fn row(body: &Value) -> Row {
    let amount = |name| micros(&text(body, name));
    Row {
        id: text(body, "transaction_id"),
        status: text(body, "status"),
        amount: amount("amount"),
        posted: amount("posted_amount"),
        refunded: amount("refunded_amount"),
    }
}

impl Payer {
    pub fn new(url: &str, people: &People) -> Payer {
        let http = bursar_http::outgoing::client().no_proxy().timeout(PATIENCE).build().unwrap();
        Payer { http, url: url.to_owned(), people: people.clone() }
    }

    /// The same at another server, or at the same one after a restart.
    pub fn at(&self, url: &str) -> Payer {
        Payer { url: url.to_owned(), ..self.clone() }
    }

    /// Sends a request as it is; the answer's status, headers and body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, reqwest::header::HeaderMap, String), NoAnswer> {
        let silence = |error: reqwest::Error| NoAnswer::Silence(format!("{error:?}"));
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(key);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.map_err(silence)?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok((status, headers, response.text().await.map_err(silence)?))
    }

    /// Asks for a payment.
    pub async fn ask(&self, wish: &Wish) -> Result<Shown, NoAnswer> {
        let Wish { key, cents, merchant, rail } = wish;
        let body = json!({ "amount_cents": cents, "currency": "USD", "merchant": merchant, "purpose": "chaos",
            "rail": rail, "idempotency_key": key });
        let sent = self.send(Method::POST, "/v1/payment-request", &self.people.api_key, Some(&body));
        let (status, _, body) = sent.await?;
        let value: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{status}: {body}"));
        let transaction = match status.as_u16() {
            200 | 202 => &value,
            402 => &value["transaction"],
            503 => return Err(NoAnswer::Unavailable(text(&value, "code"))),
            _ => panic!("{wish:?} was answered {status}: {body}"),
        };
        let replayed = transaction["idempotent"].as_bool().unwrap();
        Ok(Shown { id: text(transaction, "transaction_id"), status: text(transaction, "status"), replayed })
    }

    async fn read(&self, path: &str) -> Value {
        let (status, _, body) = self.send(Method::GET, path, &self.people.admin_key, None).await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// One payment, once nothing is on its way any more.
    pub async fn settled(&self, id: &str) -> Row {
        let body = self.read(&format!("/v1/transactions/{id}?wait=25&until=settled")).await;
        row(&body)
    }

    /// One payment as it is now.
    pub async fn shown(&self, id: &str) -> Row {
        row(&self.read(&format!("/v1/transactions/{id}")).await)
    }

    /// Asks for all of a payment back.
    pub async fn refund(&self, id: &str) {
        let path = format!("/v1/dashboard/transactions/{id}/refund");
        let asked = self.send(Method::POST, &path, &self.people.admin_key, Some(&json!({}))).await;
        let (status, _, body) = asked.unwrap();
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    }

    /// Every payment of the org, by idempotency key. Two of the same key are a failure.
    pub async fn rows(&self) -> BTreeMap<String, Row> {
        let mut rows = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let page = self.read(&format!("/v1/dashboard/transactions?limit=100{cursor}")).await;
            for body in page["data"].as_array().unwrap_or_else(|| panic!("no data in {page}")) {
                let key = text(body, "idempotency_key");
                let second = rows.insert(key.clone(), row(body));
                assert!(second.is_none(), "{key} was paid twice: {second:?} and {body}");
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// How many payments are in this status, up to a page of them.
    pub async fn count(&self, status: &str) -> usize {
        let page = self.read(&format!("/v1/dashboard/transactions?limit=100&status={status}")).await;
        page["data"].as_array().unwrap().len()
    }
}
