//! Events: signatures against vectors of Stripe's own package, and what the simulator sends.

use std::sync::Mutex;

use axum::body::Bytes;
use axum::http::HeaderMap;
use bursar_spend::rails::stripe::webhook::{About, Event, WebhookError, WebhookSecret, read, verify};
use bursar_spend::rails::{Answer, Rail, RefundOrder};
use bursar_testkit::stripe::{Fault, Operation, Outcome, Sequence, signature_header};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Fixture {
    secret: String,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    payload: String,
    header: String,
    now: i64,
    expect: String,
}

#[test]
fn signatures_are_judged_as_stripes_own_package_makes_them() {
    let fixture: Fixture = serde_json::from_str(include_str!("stripe_webhooks.json")).unwrap();
    let secret = WebhookSecret::new(fixture.secret);
    assert!(fixture.vectors.len() >= 10);
    for vector in fixture.vectors {
        let now = TimeUs::from_seconds(vector.now);
        let verdict = match verify(vector.payload.as_bytes(), &vector.header, &secret, now) {
            Ok(()) => "ok",
            Err(WebhookError::Header) => "header",
            Err(WebhookError::Signature) => "signature",
            Err(WebhookError::Time) => "time",
            Err(WebhookError::Body(_)) => "body",
        };
        assert_eq!(verdict, vector.expect, "{}", vector.name);
    }
}

#[test]
fn malformed_headers_are_refused_and_the_secret_is_never_shown() {
    let secret = WebhookSecret::new("whsec_x");
    for header in
        ["", "t=1", "v1=00", "t=,v1=00", "t=x,v1=00", "t=1 v1=00", "=,=", "t=99999999999999999999,v1=00"]
    {
        assert_eq!(verify(b"{}", header, &secret, START), Err(WebhookError::Header), "{header:?}");
    }
    let time = START.seconds();
    for header in [format!("t={time},v1="), format!("t={time},v1=zz"), format!("t={time},v1=00")] {
        assert_eq!(verify(b"{}", &header, &secret, START), Err(WebhookError::Signature), "{header:?}");
    }
    assert!(!format!("{secret:?}").contains("whsec_x"));
}

#[test]
fn a_signed_body_that_is_no_event_is_refused_and_an_unknown_one_carried_through() {
    let secret = WebhookSecret::new("whsec_x");
    let event = |body: &str| read(body.as_bytes(), &signature_header(body, "whsec_x", START), &secret, START);
    let intent = r#"{"id":"evt_1","type":"payment_intent.succeeded","created":5,"livemode":true,"data":{"object":{}}}"#;
    for bad in ["", "[]", r#"{"id":"evt_1"}"#, intent] {
        assert!(matches!(event(bad), Err(WebhookError::Body(_))), "{bad:?}");
    }
    let other =
        r#"{"id":"evt_2","type":"invoice.paid","created":5,"livemode":true,"data":{"object":{"id":"in_1"}}}"#;
    let other = event(other).unwrap();
    assert_eq!(
        (other.kind.as_str(), other.livemode, other.created),
        ("invoice.paid", true, TimeUs(5_000_000))
    );
    assert!(matches!(&other.about, About::Other(object) if object["id"] == "in_1"));
    assert_eq!((other.transaction_id(), other.payment_intent()), (None, None));
}

/// An endpoint that reads what it gets; 200 for events it accepts.
async fn endpoint(clock: &ManualClock, secret: &'static str) -> (String, Arc<Mutex<Vec<Event>>>) {
    let received = Arc::new(Mutex::new(Vec::new()));
    let (sink, clock) = (Arc::clone(&received), clock.clone());
    let handler = move |headers: HeaderMap, body: Bytes| {
        let (sink, clock) = (Arc::clone(&sink), clock.clone());
        async move {
            let header = headers["stripe-signature"].to_str().unwrap().to_owned();
            match read(&body, &header, &WebhookSecret::new(secret), clock.now()) {
                Ok(event) => sink.lock().unwrap().push(event),
                Err(_) => return 400.try_into().unwrap(),
            }
            axum::http::StatusCode::OK
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
    let app = axum::Router::new().route("/webhooks/stripe", axum::routing::post(handler));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, received)
}

#[tokio::test]
async fn every_event_of_a_payments_life_is_read_whatever_the_order() {
    let bench = Bench::new().await;
    let (url, received) = endpoint(&bench.clock, "whsec_test").await;
    bench.sim.send_webhooks_to(&url, "whsec_test", false);
    let order = bench.order();
    let Answer::Paid { reference, charge, .. } = bench.rail.pay(&order).await else { panic!("not paid") };
    let refund = RefundOrder {
        transaction_id: order.transaction_id.clone(),
        reference: reference.clone(),
        amount: order.amount,
        idempotency_key: "one".into(),
    };
    bench.rail.refund(&refund).await;
    bench.sim.dispute(charge.as_deref().unwrap(), None);
    bench.sim.dispute(charge.as_deref().unwrap(), Some(false));
    bench.rail.pay(&bench.order_with("pm_card_chargeDeclined")).await;
    bench.sim.fail_next(Operation::CreatePayment, Fault::Payment { outcome: Outcome::Processing });
    bench.rail.pay(&bench.order()).await;

    let statuses = bench.sim.deliver_new(Sequence::Shuffled(3), 2).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(bench.sim.deliver_new(Sequence::InOrder, 1).await, Vec::<u16>::new());
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 2 * bench.sim.events().len());
    let count = |wanted: fn(&About) -> bool| received.iter().filter(|event| wanted(&event.about)).count();
    assert_eq!(count(|about| matches!(about, About::PaymentSucceeded(_))), 2);
    assert_eq!(count(|about| matches!(about, About::PaymentFailed(_))), 2);
    assert_eq!(count(|about| matches!(about, About::PaymentCanceled(_))), 2);
    assert_eq!(count(|about| matches!(about, About::PaymentProcessing(_))), 2);
    assert_eq!(count(|about| matches!(about, About::ChargeRefunded(_))), 2);
    assert_eq!(count(|about| matches!(about, About::Refund(_))), 2);
    assert_eq!(count(|about| matches!(about, About::DisputeOpened(_))), 2);
    assert_eq!(count(|about| matches!(about, About::DisputeClosed(_))), 2);
    for event in received.iter() {
        match &event.about {
            About::PaymentSucceeded(_) | About::ChargeRefunded(_) | About::Refund(_) => {
                assert_eq!(event.transaction_id(), Some(order.transaction_id.as_str()));
                assert_eq!(event.payment_intent(), Some(reference.as_str()));
            }
            About::DisputeOpened(_) | About::DisputeClosed(_) => {
                assert_eq!(event.payment_intent(), Some(reference.as_str()));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn events_are_sent_as_they_happen_and_refused_under_another_secret() {
    let bench = Bench::new().await;
    let (url, received) = endpoint(&bench.clock, "whsec_right").await;
    bench.sim.send_webhooks_to(&url, "whsec_right", true);
    bench.rail.pay(&bench.order()).await;
    until("three events came", || received.lock().unwrap().len() >= 3).await;
    assert_eq!(received.lock().unwrap().len(), 3);

    bench.sim.send_webhooks_to(&url, "whsec_wrong", false);
    assert_eq!(bench.sim.deliver(&bench.sim.events()).await, [400, 400, 400]);
    bench.sim.send_webhooks_to("http://127.0.0.1:1/", "whsec_right", false);
    assert_eq!(bench.sim.deliver(&bench.sim.events()[..1]).await, [0]);
}
