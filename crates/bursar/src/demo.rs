//! `bursar demo`: the main job, shown on real input. An agent asks over HTTP; a small payment is paid, a large one waits
//! for a human; then the server stays up for more.

use bursar_base::{AgentId, Mode, OrgId, TransactionId, ids};
use bursar_identity::orgs::service as orgs;
use bursar_money::budgets;
use bursar_money::funnel::Command;
use bursar_money::ledger::AccountId;
use bursar_spend::Spend;
use bursar_spend::agents::{Limits, NewAgent, service as agents};
use bursar_spend::approvals::link_for;
use serde_json::{Value, json};

use crate::app::Roles;
use crate::cli::{self, tell_out};
use crate::commands::ACTOR;
use crate::config::Config;
use crate::{opening, serve};

/// The org that the demo makes once, and finds again when it runs again.
const ORG: &str = "Demo";
const OWNER: &str = "owner@example.com";
/// What its wallet is filled up to, in micros: 1,000.00.
const WALLET_MICROS: i64 = 1_000_000_000;

/// What the demo pays with.
struct Cast {
    org: OrgId,
    agent: AgentId,
    key: String,
}

/// Shows the main job, then serves until it is told to stop.
///
/// # Errors
/// A sentence about what went wrong, and what to do.
pub async fn run(config: &Config) -> Result<(), String> {
    let mut shutdown = serve::signals::shutdown().map_err(text)?;
    // It calls itself by an address that no certificate names.
    let config = &Config { tls: None, ..config.clone() };
    let app = opening::open(config, Roles::ALL).await?;
    let listener = cli::listen(config).await?;
    let address = listener.local_addr().map_err(text)?;
    let app = app.listening_on(address);
    let spend = app.spend.clone();
    let notes = serve::notes(&app);
    let server = tokio::spawn(serve::run(app, listener, None, shutdown.clone(), || {}));
    tell_out(&format!("listening on http://{address}\n\n"));
    let url = format!("http://{}", reachable(address));
    let told = tokio::select! {
        told = show(&spend, config, &url, &notes) => told,
        () = serve::signals::requested(&mut shutdown) => Ok(()),
    };
    drop(spend);
    // What went wrong in the show ends the demo; otherwise it serves on.
    told?;
    server.await.map_err(text)?.map_err(text)
}

/// Where this machine reaches its own server.
fn reachable(mut address: std::net::SocketAddr) -> std::net::SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

async fn show(spend: &Spend, config: &Config, server: &str, notes: &[String]) -> Result<(), String> {
    let cast = prepare(spend).await?;
    tell_out(&format!(
        "A test org, its wallet and an agent are ready: 100.00 a day, 50.00 a payment, a human is asked above 20.00.\n\n\
         org    {} ({ORG}; its owner is {OWNER})\nagent  {}\nkey    {}\n\n",
        cast.org, cast.agent, cast.key
    ));

    let small =
        ask(spend, server, &cast, "12.50", "books.example", "a book about double-entry bookkeeping").await?;
    let settled = wait(server, &cast, &small, "settled").await?;
    tell_out(&format!(
        "1. The agent asked to pay 12.50 USD to books.example.\n   \
         Within policy: approved, paid on the sandbox rail, booked.\n   \
         {small} is {}.\n\n",
        status(&settled)
    ));

    let large = ask(spend, server, &cast, "45.00", "hotel.example", "one night in a hotel").await?;
    let pending = wait(server, &cast, &large, "mailed").await?;
    let id: TransactionId = large.parse().map_err(text)?;
    let link =
        link_for(spend, &id).await.map_err(text)?.unwrap_or_else(|| "(it was decided already)".to_owned());
    tell_out(&format!(
        "2. The agent asked to pay 45.00 USD to hotel.example.\n   \
         More than 20.00, so a human decides; the amount is held.\n   \
         {large} is {}.\n   Approve or decline it here:\n\n   {link}\n\n",
        status(&pending)
    ));
    tell_out(&next(config, server, &cast, &large, notes));
    Ok(())
}

/// Finds or makes the org, fills its wallet, and makes an agent, because keys are shown only when they are made.
async fn prepare(spend: &Spend) -> Result<Cast, String> {
    let mut tx = spend.identity.db.read().await.map_err(text)?;
    let known = orgs::all(&mut tx).await.map_err(text)?;
    drop(tx);
    let org = match known.into_iter().find(|org| org.name == ORG && org.mode == Mode::Test) {
        Some(org) => org.id,
        None => {
            let made = orgs::create(&spend.identity, ORG, OWNER, Mode::Test, "UTC", ACTOR).await;
            made.map_err(text)?.0
        }
    };
    fill_wallet(spend, &org).await?;
    let earlier = agents::list(spend, &org).await.map_err(text)?.len();
    let limits = Limits {
        daily: Some("100.00".to_owned()),
        per_tx: Some("50.00".to_owned()),
        approve_above: Some("20.00".to_owned()),
        ..Limits::default()
    };
    let new = NewAgent { name: format!("shopper-{}", earlier + 1), limits, own_wallet: false };
    let (agent, key) = agents::create(spend, &org, new, ACTOR).await.map_err(text)?;
    Ok(Cast { org, agent, key: key.key.reveal().to_owned() })
}

async fn fill_wallet(spend: &Spend, org: &OrgId) -> Result<(), String> {
    let mut tx = spend.identity.db.read().await.map_err(text)?;
    let account = budgets::wallet(&mut tx, &AccountId::wallet(org.as_str())).await.map_err(text)?;
    drop(tx);
    let missing = WALLET_MICROS - account.map_or(0, |account| account.available());
    if missing <= 0 {
        return Ok(());
    }
    let command = Command::Deposit {
        org_id: org.clone(),
        agent_id: None,
        amount: bursar_base::Money::usd_micros(missing),
        reason: "pretend money for the demo".to_owned(),
        actor: ACTOR.to_owned(),
    };
    spend.funnel.submit(command).await.map_err(text)?.map_err(text)?;
    Ok(())
}

/// Asks for a payment as the agent would, and returns its id.
async fn ask(
    spend: &Spend,
    server: &str,
    cast: &Cast,
    amount: &str,
    merchant: &str,
    purpose: &str,
) -> Result<String, String> {
    let key = format!("demo-{}", ids::uuid_v7_hex(spend.now(), &*spend.identity.rng));
    let body = json!({
        "amount": amount, "currency": "USD", "merchant": merchant, "purpose": purpose, "idempotency_key": key,
    });
    let request = client()?.post(format!("{server}/v1/payment-request"));
    let answer = answer(request.bearer_auth(&cast.key).json(&body)).await?;
    let id = answer.get("transaction_id").and_then(Value::as_str);
    id.map(str::to_owned).ok_or_else(|| format!("the server answered without a transaction: {answer}"))
}

/// Calls the server that this very process is: never by a proxy.
fn client() -> Result<reqwest::Client, String> {
    bursar_http::outgoing::client().no_proxy().build().map_err(text)
}

/// How often the demo looks whether the mail is out, and how long it waits each time, in seconds.
const LOOKS: u32 = 50;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// Waits until the payment is settled, or its mail has been sent.
async fn wait(server: &str, cast: &Cast, id: &str, until: &str) -> Result<Value, String> {
    let client = client()?;
    let get =
        |query: &str| client.get(format!("{server}/v1/transactions/{id}{query}")).bearer_auth(&cast.key);
    if until == "settled" {
        return answer(get("?wait=30&until=settled")).await;
    }
    let mut seen = answer(get("")).await?;
    for _ in 0..LOOKS {
        let mails = seen.pointer("/approval/mails").and_then(Value::as_array);
        if mails.is_some_and(|mails| !mails.is_empty() && mails.iter().all(|mail| mail["status"] != "queued"))
        {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        seen = answer(get("")).await?;
    }
    Ok(seen)
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.map_err(text)?;
    let (status, body) = (response.status(), response.text().await.map_err(text)?);
    if !status.is_success() {
        return Err(format!("the server answered {status}: {body}"));
    }
    serde_json::from_str(&body).map_err(text)
}

fn status(body: &Value) -> &str {
    body["status"].as_str().unwrap_or("somewhere")
}

/// What to try next.
fn next(config: &Config, server: &str, cast: &Cast, large: &str, notes: &[String]) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "bursar".to_owned());
    let data = config.data.display();
    let place = match &config.database_url {
        Some(_) => " --database-url URL".to_owned(),
        None => format!(" --data {data}"),
    };
    let notes: String = notes.iter().map(|note| format!("Note: {note}.\n")).collect();
    format!(
        "Ask for the next payment yourself (a new idempotency_key is a new payment):\n\n\
         \x20 curl -s {server}/v1/payment-request \\\n\
         \x20   -H 'Authorization: Bearer {}' \\\n\
         \x20   -H 'Content-Type: application/json' \\\n\
         \x20   -d '{{\"amount\": \"7.25\", \"merchant\": \"books.example\", \"purpose\": \"another book\", \
         \"idempotency_key\": \"by-hand-1\"}}'\n\n\
         See what became of the large one:\n\n\
         \x20 curl -s {server}/v1/transactions/{large} -H 'Authorization: Bearer {}'\n\n\
         The mails are in {} (open one with a mail program, or read it).\n\
         Prove it, in another terminal:\n\n\
         \x20 {program} ledger check{place}\n\
         \x20 {program} audit verify{place}\n\
         \x20 {program} agent list --org {}{place}\n\n\
         {notes}Serving until Ctrl-C.\n",
        cast.key, cast.key, config.mail_url, cast.org
    )
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
