//! Sending one message, and what comes of it.

use std::time::Duration;

use bursar_base::{DeliveryId, EndpointId, limits};
use bursar_http::outgoing::{Answer, CallError};
use bursar_identity::OrgTx;
use bursar_store::events::Event;
use bursar_store::jobs::{self, Claimed};
use bursar_store::{StoreError, Tx};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::message::{DataBody, MessageBody, body};
use super::{Delivery, TEST, from_row, schedule, sql};
use crate::Spend;
use crate::endpoints::{Endpoint, Owner, State, service as endpoints};
use crate::requests::body::Reader;
use crate::worker::JobError;

/// "Gone": whoever answers so wants nothing any more.
const GONE: u16 = 410;

/// What came of an attempt.
enum Outcome {
    /// It was taken.
    Taken(u16),
    /// It was not.
    Refused { status: Option<u16>, why: String, retry_after: Option<Duration> },
}

/// The endpoint that a job sends to.
pub fn endpoint_of(job: &Claimed) -> &str {
    job.payload.split(' ').next().unwrap_or_default()
}

/// Sends the message of a job, and writes down what came of it.
///
/// # Errors
/// [`JobError`].
pub async fn deliver(spend: &Spend, job: &Claimed) -> Result<(), JobError> {
    let found = load(spend, job).await?;
    let Some((endpoint, delivery)) = found else { return Ok(end(spend, job, None).await?) };
    if endpoint.state != State::Active {
        return Ok(end(spend, job, Some((&delivery, "the endpoint is disabled"))).await?);
    }
    let Some(message) = message(spend, &endpoint, &delivery).await? else {
        return Ok(end(spend, job, Some((&delivery, "what it is about is gone"))).await?);
    };
    let text = serde_json::to_vec(&message).map_err(|error| JobError::Fatal(error.to_string()))?;
    let headers = headers(spend, &endpoint, &delivery, &text)?;
    let outcome = match spend.outgoing.post(&endpoint.url, headers, text).await {
        Ok(answer) => judge(&answer),
        Err(error) => Outcome::Refused { status: None, why: refusal(&error), retry_after: None },
    };
    record(spend, job, &endpoint, &delivery, outcome).await
}

fn judge(answer: &Answer) -> Outcome {
    let status = answer.status;
    let why = match status {
        200..=299 => return Outcome::Taken(status),
        300..=399 => format!("answered {status}: redirects are not followed, change the endpoint's url"),
        _ => format!("answered {status}"),
    };
    Outcome::Refused { status: Some(status), why, retry_after: answer.retry_after }
}

fn refusal(error: &CallError) -> String {
    error.to_string()
}

/// The delivery and its endpoint; nothing where the delivery is over, or one of them is gone.
async fn load(spend: &Spend, job: &Claimed) -> Result<Option<(Endpoint, Delivery)>, JobError> {
    let ids = job.payload.split_once(' ');
    let ids = ids.and_then(|(e, d)| Some((EndpointId::parse(e).ok()?, DeliveryId::parse(d).ok()?)));
    let (endpoint, delivery) = ids.ok_or_else(|| JobError::Fatal("no endpoint and delivery".to_owned()))?;
    let mut tx = spend.identity.db.read().await?;
    let row = tx.row(sql::FIND, &[delivery.as_str().into()]).await?;
    let delivery = row.as_ref().map(from_row).transpose()?.filter(|delivery| delivery.status == "pending");
    let endpoint = endpoints::find(&mut tx, &endpoint).await?;
    Ok(endpoint.zip(delivery))
}

async fn message(
    spend: &Spend,
    endpoint: &Endpoint,
    delivery: &Delivery,
) -> Result<Option<MessageBody>, JobError> {
    let Some(seq) = delivery.seq else {
        let agent_id = endpoint.agent_id.as_ref().map(ToString::to_string);
        let data = DataBody {
            org_id: endpoint.org_id.to_string(),
            bot_id: agent_id.clone(),
            agent_id,
            endpoint_id: Some(endpoint.id.to_string()),
            ..DataBody::default()
        };
        return Ok(Some(MessageBody { r#type: TEST.to_owned(), timestamp: delivery.created, data }));
    };
    let mut tx = spend.identity.db.read().await?;
    let row = tx.row(sql::EVENT, &[endpoint.org_id.as_str().into(), seq.into()]).await?;
    drop(tx);
    let Some(row) = row else { return Ok(None) };
    let reader = match endpoint.owner {
        Owner::Agent => Reader::Agent,
        Owner::Org => Reader::Member,
    };
    let event = Event::from_row(&row)?;
    let body = body(spend, &event, &delivery.kind, reader).await;
    body.map(Some).map_err(|problem| JobError::Retry(problem.detail))
}

/// Id, time and signatures: one for each secret that is in force.
fn headers(
    spend: &Spend,
    endpoint: &Endpoint,
    delivery: &Delivery,
    body: &[u8],
) -> Result<HeaderMap, JobError> {
    let seconds = spend.now().seconds();
    let secrets = endpoints::secrets(spend, endpoint)?;
    let signatures: Vec<String> =
        secrets.iter().map(|secret| secret.sign(&delivery.message_id, seconds, body)).collect();
    let text = |value: &str| HeaderValue::from_str(value).map_err(|error| JobError::Fatal(error.to_string()));
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("webhook-id"), text(&delivery.message_id)?);
    headers.insert(HeaderName::from_static("webhook-timestamp"), HeaderValue::from(seconds));
    headers.insert(HeaderName::from_static("webhook-signature"), text(&signatures.join(" "))?);
    Ok(headers)
}

/// Ends a job whose message is not sent.
async fn end(spend: &Spend, job: &Claimed, cancelled: Option<(&Delivery, &str)>) -> Result<(), StoreError> {
    let mut tx = spend.identity.db.write().await?;
    if let Some((delivery, why)) = cancelled {
        tx.execute(sql::CANCEL, &[delivery.id.as_str().into(), why.into()]).await?;
    }
    jobs::finish(&mut tx, job).await?;
    tx.commit().await
}

async fn record(
    spend: &Spend,
    job: &Claimed,
    endpoint: &Endpoint,
    delivery: &Delivery,
    outcome: Outcome,
) -> Result<(), JobError> {
    let attempts = delivery.attempts + 1;
    let (status, why, retry_after) = match outcome {
        Outcome::Taken(status) => return taken(spend, job, endpoint, delivery, status).await,
        Outcome::Refused { status, why, retry_after } => (status, why, retry_after),
    };
    tracing::debug!(endpoint = %endpoint.id, message = delivery.message_id, attempts, why, "a webhook was not taken");
    let gone = status == Some(GONE);
    let pause = schedule::pause(attempts, retry_after, &*spend.identity.rng).filter(|_| !gone);
    let failed = Failed { attempts, status: status.map(i64::from), why: &why };
    let Some(pause) = pause else {
        // It is given up, and perhaps its endpoint with it, which is an entry of the org's trail.
        let mut org = spend.identity.lock(&endpoint.org_id).await?;
        let is_over = if gone { true } else { is_long(&mut org, endpoint).await? };
        failed.write(&mut org.tx, endpoint, delivery, None, org.now).await?;
        jobs::finish(&mut org.tx, job).await?;
        if is_over {
            let why = if gone { "it answered 410" } else { "nothing that was sent there was taken for days" };
            endpoints::give_up(spend, &mut org, endpoint, why).await?;
        }
        org.commit().await?;
        spend.funnel.wake_workers();
        return Ok(());
    };
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    failed.write(&mut tx, endpoint, delivery, Some(now.plus(pause)), now).await?;
    jobs::postpone(&mut tx, job, now.plus(pause), &why).await?;
    Ok(tx.commit().await?)
}

/// Whether an endpoint has done nothing but fail for long, as it stands under the org's lock.
async fn is_long(org: &mut OrgTx, endpoint: &Endpoint) -> Result<bool, StoreError> {
    let found = endpoints::find(&mut org.tx, &endpoint.id).await?;
    let since = found.and_then(|endpoint| endpoint.failing_since);
    Ok(since.is_some_and(|since| org.now.since(since) >= limits::ENDPOINT_FAILING_MAX))
}

async fn taken(
    spend: &Spend,
    job: &Claimed,
    endpoint: &Endpoint,
    delivery: &Delivery,
    status: u16,
) -> Result<(), JobError> {
    let mut tx = spend.identity.db.write().await?;
    let now = tx.now(&*spend.identity.clock).await?;
    tx.execute(sql::ANSWERS, &[endpoint.id.as_str().into()]).await?;
    let args = [
        delivery.id.as_str().into(),
        "delivered".into(),
        (delivery.attempts + 1).into(),
        i64::from(status).into(),
        None::<&str>.into(),
        None::<i64>.into(),
        now.into(),
    ];
    tx.execute(sql::SENT, &args).await?;
    jobs::finish(&mut tx, job).await?;
    Ok(tx.commit().await?)
}

struct Failed<'a> {
    attempts: i64,
    status: Option<i64>,
    why: &'a str,
}

impl Failed<'_> {
    async fn write(
        &self,
        tx: &mut Tx,
        endpoint: &Endpoint,
        delivery: &Delivery,
        next: Option<bursar_base::TimeUs>,
        now: bursar_base::TimeUs,
    ) -> Result<(), StoreError> {
        tx.execute(sql::FAILING, &[endpoint.id.as_str().into(), now.into()]).await?;
        let args = [
            delivery.id.as_str().into(),
            if next.is_some() { "pending" } else { "failed" }.into(),
            self.attempts.into(),
            self.status.into(),
            Some(self.why).into(),
            next.into(),
            now.into(),
        ];
        tx.execute(sql::SENT, &args).await.map(drop)
    }
}
