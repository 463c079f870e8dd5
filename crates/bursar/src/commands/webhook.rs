//! `bursar webhook`

use bursar_base::{AgentId, DeliveryId, EndpointId, OrgId};
use bursar_identity::OrgTx;
use bursar_spend::deliveries::api::since_of;
use bursar_spend::deliveries::{DeliveryBody, service as deliveries};
use bursar_spend::endpoints::service::{self, Change};
use bursar_spend::endpoints::{Endpoint, EndpointBody, Filter, Owner, State, Wanted};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::problem;
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, table};

/// How many deliveries are listed, unless asked otherwise.
const LISTED: u32 = 50;

/// `bursar webhook`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum WebhookCommand {
    /// Send an org's or an agent's events to a URL; shows the secret that signs them, once
    Add(Add),
    /// Show an org's endpoints, its agents' among them
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
    /// Stop sending to an endpoint, and forget it
    Remove {
        /// The endpoint, whe_…
        endpoint: EndpointId,
    },
    /// Send to a disabled endpoint again
    Enable {
        /// The endpoint, whe_…
        endpoint: EndpointId,
    },
    /// Show what was sent to an endpoint, newest first
    Deliveries {
        /// The endpoint, whe_…
        endpoint: EndpointId,
        /// How many at most
        #[arg(long, default_value_t = LISTED)]
        limit: u32,
    },
    /// Send again: one message, or everything since a time
    Replay(Replay),
}

/// `bursar webhook add`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Add {
    /// Make it the org's; with --agent only that agent's events are sent
    #[arg(long, value_name = "ID", required_unless_present = "agent")]
    org: Option<OrgId>,
    /// Make it this agent's own
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Where to: https, on the public internet
    #[arg(long)]
    url: String,
    /// Of what: names and patterns such as transaction.*, separated by commas; everything when left out
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    events: Vec<String>,
}

/// `bursar webhook replay`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Replay {
    /// The endpoint, whe_…
    endpoint: EndpointId,
    /// This message, whd_…
    #[arg(long, value_name = "ID", required_unless_present = "since", conflicts_with = "since")]
    delivery: Option<DeliveryId>,
    /// Everything since then, such as 2026-11-20T00:00:00Z; at most 30 days back
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: WebhookCommand) -> Ending {
    Ok(Some(match command {
        WebhookCommand::Add(add) => make(context, add).await?,
        WebhookCommand::List { org } => list(context, &org).await?,
        WebhookCommand::Remove { endpoint } => {
            let (mut org, endpoint) = lock(context, &endpoint).await?;
            service::remove(&mut org, &endpoint, ACTOR).await?;
            org.commit().await?;
            let text = format!("{} is no longer told at {}.\n", endpoint.org_id, endpoint.url);
            Answer::new(json!({ "endpoint_id": endpoint.id, "removed": true }), text)
        }
        WebhookCommand::Enable { endpoint } => {
            let (mut org, endpoint) = lock(context, &endpoint).await?;
            let change = Change { enabled: Some(true), ..Change::default() };
            let changed = service::change(context.spend(), &mut org, endpoint, change, ACTOR).await?;
            let now = org.now;
            org.commit().await?;
            let id = &changed.id;
            let text = format!(
                "{} is told of what happens from now on.\nNext, for what it missed: bursar webhook replay {id} \
                 --since TIME\n",
                changed.url
            );
            Answer::new(EndpointBody::new(&changed, now), text)
        }
        WebhookCommand::Deliveries { endpoint, limit } => {
            let endpoint = find(context, &endpoint).await?;
            let found = deliveries::list(&mut context.read().await?, &endpoint.id, "", None, limit).await?;
            let found: Vec<DeliveryBody> = found.into_iter().map(DeliveryBody::from).collect();
            let rows: Vec<[String; 6]> = found.iter().map(row).collect();
            let headings = ["delivery", "type", "status", "attempts", "next", "last error"];
            Answer::new(&found, table(headings, &rows, "Nothing was sent there yet."))
        }
        WebhookCommand::Replay(replay) => again(context, replay).await?,
    }))
}

fn row(delivery: &DeliveryBody) -> [String; 6] {
    [
        delivery.delivery_id.clone(),
        delivery.r#type.clone(),
        delivery.status.clone(),
        delivery.attempts.to_string(),
        or_dash(delivery.next_attempt_at.as_ref()),
        or_dash(delivery.error.as_ref()),
    ]
}

async fn find(context: &Context<'_>, id: &EndpointId) -> Result<Endpoint, Failure> {
    let found = service::find(&mut context.read().await?, id).await?;
    found.ok_or_else(|| {
        Failure(format!("there is no endpoint {id}; `bursar webhook list --org ID` shows an org's"))
    })
}

/// Begins a transaction under the lock of an endpoint's org.
async fn lock(context: &Context<'_>, id: &EndpointId) -> Result<(OrgTx, Endpoint), Failure> {
    let endpoint = find(context, id).await?;
    Ok((context.spend().identity.lock(&endpoint.org_id).await?, endpoint))
}

async fn make(context: &Context<'_>, add: Add) -> Result<Answer, Failure> {
    let (owner, org_id) = match (add.org, &add.agent) {
        (Some(org), _) => (Owner::Org, context.org(&org).await?.id),
        (None, Some(agent)) => (Owner::Agent, context.agent(agent).await?.org_id),
        (None, None) => return Err(Failure("name --org or --agent".to_owned())),
    };
    let events = Filter::parse(add.events).map_err(|message| Failure(format!("--events: {message}")))?;
    let wanted = Wanted { owner, agent_id: add.agent, url: add.url, events, description: None };
    let mut org = context.spend().identity.lock(&org_id).await?;
    let made = service::insert(context.spend(), &mut org, &org_id, wanted, ACTOR).await?;
    org.commit().await?;
    let (id, secret) = (&made.id, made.secret.reveal());
    let text = format!(
        "endpoint_id  {id}\nsecret       {secret}\n\nThe secret is shown this once; give it to the receiver, which \
         verifies messages by it (docs/webhooks.md).\n"
    );
    Ok(Answer::new(json!({ "endpoint_id": id, "secret": secret }), text))
}

async fn list(context: &Context<'_>, org: &OrgId) -> Result<Answer, Failure> {
    context.org(org).await?;
    let found = service::list(&mut context.read().await?, org).await?;
    let now = context.spend().now();
    let found: Vec<EndpointBody> = found.iter().map(|endpoint| EndpointBody::new(endpoint, now)).collect();
    let rows: Vec<[String; 6]> = found
        .iter()
        .map(|endpoint| {
            let events =
                if endpoint.events.is_empty() { "all".to_owned() } else { endpoint.events.join(", ") };
            [
                endpoint.endpoint_id.clone(),
                endpoint.owner.clone(),
                or_dash(endpoint.agent_id.as_ref()),
                endpoint.url.clone(),
                events,
                endpoint.disabled_reason.clone().unwrap_or_else(|| endpoint.status.clone()),
            ]
        })
        .collect();
    let none = "No endpoint yet. Add one: bursar webhook add --org ID --url https://hooks.example.com/bursar";
    Ok(Answer::new(&found, table(["endpoint", "of", "agent", "url", "events", "state"], &rows, none)))
}

async fn again(context: &Context<'_>, replay: Replay) -> Result<Answer, Failure> {
    let (mut org, endpoint) = lock(context, &replay.endpoint).await?;
    let id = &endpoint.id;
    if endpoint.state != State::Active {
        return Err(Failure(format!("{id} is disabled; enable it first: bursar webhook enable {id}")));
    }
    let answer = match (replay.delivery, replay.since) {
        (Some(delivery), _) => {
            let found = deliveries::find(&mut org.tx, &endpoint, &delivery).await?;
            let found = found.ok_or_else(|| {
                Failure(format!(
                    "{id} has no delivery {delivery}; `bursar webhook deliveries {id}` shows them"
                ))
            })?;
            deliveries::replay(context.spend(), &mut org, &found).await?;
            let text = format!("{} is sent to {} again.\n", found.message_id, endpoint.url);
            Answer::new(json!({ "endpoint_id": id, "delivery_id": delivery }), text)
        }
        (None, Some(since)) => {
            let since = since_of(&since, org.now).map_err(problem)?;
            deliveries::replay_since(&mut org, &endpoint, since).await?;
            let text = format!("Everything since {since} is sent to {} again.\n", endpoint.url);
            Answer::new(json!({ "endpoint_id": id, "since": since }), text)
        }
        (None, None) => return Err(Failure("name --delivery or --since".to_owned())),
    };
    org.commit().await?;
    Ok(answer)
}
