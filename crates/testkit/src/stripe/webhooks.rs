//! Events, signed and sent the way Stripe does.

use bursar_base::{Rng, SeededRng, TimeUs};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::parameters::table;

/// Something that happened in the simulated account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimEvent {
    /// `evt_…`.
    pub id: String,
    /// Such as `payment_intent.succeeded`.
    pub kind: String,
    /// The object as it was then.
    pub object: Value,
    /// Seconds since the epoch.
    pub created: i64,
    /// How often it was sent.
    pub sent: u32,
}

impl SimEvent {
    pub(super) fn new(id: String, kind: &str, object: Value, created: i64) -> SimEvent {
        SimEvent { id, kind: kind.to_owned(), object, created, sent: 0 }
    }

    /// The body that is sent, the same at every delivery.
    pub fn body(&self) -> String {
        json!({
            "id": self.id,
            "object": "event",
            "api_version": table().api_version,
            "created": self.created,
            "data": { "object": self.object },
            "livemode": self.object["livemode"].as_bool().unwrap_or(false),
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": self.kind,
        })
        .to_string()
    }
}

/// A `Stripe-Signature` header over `body` at `now`.
pub fn signature_header(body: &str, secret: &str, now: TimeUs) -> String {
    let time = now.seconds();
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mut mac| {
            mac.update(format!("{time}.{body}").as_bytes());
            hex::encode(mac.finalize().into_bytes())
        })
        .unwrap_or_default();
    format!("t={time},v1={signature}")
}

/// In which order events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sequence {
    /// As they happened.
    #[default]
    InOrder,
    /// The last first.
    Reversed,
    /// By chance, the same for the same seed.
    Shuffled(u64),
}

impl Sequence {
    /// `events` in this order, each `copies` times; copies are shuffled too.
    pub(super) fn arrange(self, events: &[SimEvent], copies: u32) -> Vec<SimEvent> {
        let mut out: Vec<SimEvent> = (0..copies).flat_map(|_| events.iter().cloned()).collect();
        match self {
            Sequence::InOrder => {}
            Sequence::Reversed => out.reverse(),
            Sequence::Shuffled(seed) => {
                let rng = SeededRng::new(seed);
                for last in (1..out.len()).rev() {
                    let chosen = rng.below(last as u64 + 1);
                    out.swap(last, usize::try_from(chosen).unwrap_or(last));
                }
            }
        }
        out
    }
}

/// Where events go.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) url: String,
    pub(super) secret: String,
    /// Whether events are sent as they happen.
    pub(super) at_once: bool,
}

impl Endpoint {
    /// Sends one event; the status it was answered with, or 0 when there was no answer.
    pub(super) async fn send(&self, client: &reqwest::Client, event: &SimEvent, now: TimeUs) -> u16 {
        self.request(client, event, now).await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Sends one event, and gives the whole answer.
    pub(super) async fn request(
        &self,
        client: &reqwest::Client,
        event: &SimEvent,
        now: TimeUs,
    ) -> reqwest::Result<reqwest::Response> {
        let body = event.body();
        let request = client
            .post(&self.url)
            .header("Content-Type", "application/json; charset=utf-8")
            .header("Stripe-Signature", signature_header(&body, &self.secret, now))
            .body(body);
        request.send().await
    }
}
