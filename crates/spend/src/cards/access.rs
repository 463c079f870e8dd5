//! An agent looks at its card. Every look is counted, written into the trail and told to the owners before anything is
//! shown; the number is asked for at Stripe for that one answer, and only where an owner allowed it.

use axum::Json;
use axum::extract::{OriginalUri, Query, Request, State};
use axum::response::{IntoResponse, Response};
use bursar_base::{CardAccessId, CardId, TimeUs, limits};
use bursar_http::Problem;
use bursar_http::peer::client_address;
use bursar_http::problem::ProblemBody;
use bursar_identity::keys::{Caller, Freshness};
use bursar_store::{Columns as _, StoreError, Tx};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

use super::service::{find, live, newest, record};
use super::stripe::account_of;
use super::{Card, Status, sql};
use crate::Spend;
use crate::context::store_problem;
use crate::mails::{About, service as mails};
use crate::rails::stripe::issuing::CardSecrets;
use crate::requests::api::{caller, query_of};
use crate::topups::service::take;

/// What an agent has to know before it uses a number.
const HYGIENE: [&str; 4] = [
    "Use the number for this purchase and forget it: do not store it, in no file, memory, log or note.",
    "Do not repeat it: in no message, answer, prompt or tool call but the shop's own form.",
    "Type it only into a page of the shop that you mean, over https.",
    "If it may have leaked, say so to your owner at once; they freeze the card.",
];

/// A card as its agent sees it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WalletCard {
    /// Its id.
    pub card_id: String,
    /// `issuing`, `active`, `frozen` or `cancelled`.
    pub status: String,
    /// Such as `Visa`.
    pub brand: Option<String>,
    /// The last digits of the number.
    pub last4: Option<String>,
    /// 1 to 12.
    pub exp_month: Option<i64>,
    /// Four digits.
    pub exp_year: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Whether it ends after one payment.
    pub single_use: bool,
    /// The only merchant it may be used at.
    pub merchant: Option<String>,
    /// Whether the number is in this answer. Only where your owner allowed it, and the card is active.
    pub revealed: bool,
    /// The whole number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvc: Option<String>,
    /// How to handle it.
    pub rules: Vec<String>,
}

/// Which card.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CardQuery {
    /// The newest that can be used, when absent.
    pub card_id: Option<String>,
}

/// Your card. Three looks an hour, each told to your owner; the number only where your owner allowed it.
#[utoipa::path(get, path = "/wallet/card", tag = "wallet", params(CardQuery),
    responses((status = 200, body = WalletCard),
        (status = 404, body = ProblemBody, content_type = "application/problem+json",
            description = "`no_card`: ask for one with `POST /wallet/card-request`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "Looked too often; see `Retry-After`")))]
pub async fn card(
    State(spend): State<Spend>,
    query: Result<Query<CardQuery>, axum::extract::rejection::QueryRejection>,
    uri: OriginalUri,
    request: Request,
) -> Result<Response, Problem> {
    let query = query_of(query)?;
    let (caller, parts, _) = caller(&spend, uri, request, Freshness::Now).await?;
    let trusted = spend.settings.client_address_header.as_ref();
    let address = client_address(&parts.extensions, &parts.headers, trusted);
    let card = chosen(&spend, &caller, query.card_id.as_deref()).await?;
    let reveals = card.reveal && card.status == Status::Active && card.stripe_id.is_some();
    looked(&spend, &caller, &card, &address, reveals).await?;
    let secrets = if reveals { Some(secrets_of(&spend, &card).await?) } else { None };
    let mut response = Json(shown(&card, secrets)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn shown(card: &Card, secrets: Option<CardSecrets>) -> WalletCard {
    let face = card.face.as_ref();
    let revealed = secrets.is_some();
    let (number, cvc) = secrets.map(|secrets| (secrets.number, secrets.cvc)).unzip();
    WalletCard {
        card_id: card.id.to_string(),
        status: card.status.as_str().to_owned(),
        brand: face.map(|face| face.brand.clone()),
        last4: face.map(|face| face.last4.clone()),
        exp_month: face.map(|face| face.exp_month),
        exp_year: face.map(|face| face.exp_year),
        currency: card.currency.to_string(),
        single_use: card.single_use,
        merchant: card.merchant.clone(),
        revealed,
        number,
        cvc,
        rules: HYGIENE.iter().map(|rule| (*rule).to_owned()).collect(),
    }
}

/// The card that is meant: the one that is named, else the newest that can be used, else the newest.
async fn chosen(spend: &Spend, caller: &Caller, id: Option<&str>) -> Result<Card, Problem> {
    let (agent, _) = caller.agent()?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let found = match id {
        Some(id) => {
            let id = CardId::parse(id).map_err(|error| Problem::field("card_id", error.to_string()))?;
            find(&mut tx, &id).await.map_err(store_problem)?
        }
        None => {
            let open = live(&mut tx, &caller.org_id, Some(agent)).await.map_err(store_problem)?;
            match open.into_iter().find(|card| card.status == Status::Active) {
                Some(card) => Some(card),
                None => newest(&mut tx, agent).await.map_err(store_problem)?,
            }
        }
    };
    found.filter(|card| card.agent_id == *agent && card.status != Status::Failed).ok_or_else(|| {
        let detail = "you have no such card; ask your owner for one with POST /v1/wallet/card-request";
        Problem::new(StatusCode::NOT_FOUND, "no_card", detail)
    })
}

/// Counts a look, writes it down and has the owners told, before anything is shown.
async fn looked(
    spend: &Spend,
    caller: &Caller,
    card: &Card,
    address: &str,
    reveals: bool,
) -> Result<(), Problem> {
    let (agent, key) = caller.agent()?;
    let mut org = spend.lock_for(caller).await?;
    take(&mut org, "card_look", agent, limits::CARD_LOOKS_PER_HOUR).await?;
    let id = CardAccessId::new(org.now, &*spend.identity.rng);
    let args = [
        id.as_str().into(),
        caller.org_id.as_str().into(),
        card.id.as_str().into(),
        agent.as_str().into(),
        key.as_str().into(),
        address.into(),
        i64::from(reveals).into(),
        org.now.into(),
    ];
    let written = async {
        org.tx.execute(sql::INSERT_ACCESS, &args).await?;
        let more = json!({ "access_id": id, "address": address, "key_id": key, "number": reveals });
        record(&mut org, card, "card.accessed", &caller.actor(), more).await?;
        let about = About::CardAccessed {
            card_id: card.id.clone(),
            key_id: key.clone(),
            address: address.to_owned(),
            number: reveals,
            at: org.now,
        };
        mails::queue(spend, &mut org, &caller.org_id, &about, &format!("{}:{id}", about.kind())).await?;
        org.commit().await
    };
    written.await.map_err(store_problem)?;
    spend.funnel.wake_workers();
    Ok(())
}

async fn secrets_of(spend: &Spend, card: &Card) -> Result<CardSecrets, Problem> {
    let unavailable = || {
        let detail = "Stripe did not tell the number; your look was counted, try again later";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stripe_unavailable", detail)
            .retry_after(Duration::from_secs(5))
    };
    let stripe = account_of(spend, &card.org_id).await.map_err(|_| unavailable())?;
    let secrets = stripe.card_secrets(card.stripe_id.as_deref().unwrap_or_default()).await;
    secrets.map_err(|error| {
        tracing::warn!(card = %card.id, %error, "Stripe did not tell the number of a card");
        unavailable()
    })
}

/// One look of an agent at its card.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AccessBody {
    /// Its id.
    pub access_id: String,
    /// Who looked.
    pub agent_id: String,
    /// With which key.
    pub key_id: String,
    /// From where.
    pub address: String,
    /// Whether the number was asked for.
    pub number: bool,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: TimeUs,
}

/// A page of the looks at a card, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn list(
    tx: &mut Tx,
    card: &CardId,
    before: Option<&CardAccessId>,
    limit: u32,
) -> Result<Vec<AccessBody>, StoreError> {
    // Every id is smaller than this.
    let before = before.map_or("~", CardAccessId::as_str);
    let rows =
        tx.rows(sql::ACCESSES, &[card.as_str().into(), before.into(), i64::from(limit).into()]).await?;
    let body = |row: &bursar_store::Row| {
        Ok(AccessBody {
            access_id: row.text("id")?,
            agent_id: row.text("agent_id")?,
            key_id: row.text("key_id")?,
            address: row.text("address")?,
            number: row.int("revealed")? == 1,
            at: row.time("at_us")?,
        })
    };
    rows.iter().map(body).collect()
}
