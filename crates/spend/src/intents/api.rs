//! Intents over HTTP.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::{Money, limits};
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, parse_json};
use bursar_identity::keys::Freshness;
use bursar_money::policies::RailName;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

use super::IntentBody;
use super::service::{self, Wish};
use crate::Spend;
use crate::requests::PaymentRequest;
use crate::requests::api::{caller, header_key};
use crate::topups::api::{amount_in, currency_of};

/// What is written for the idempotency key of what leaves nothing behind.
const NOTHING_WRITTEN: &str = "-";

/// What an agent is about to buy. Exactly one of `amount` and `amount_usd`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntentRequest {
    /// A decimal text, such as `"12.50"`, in the wallet's currency.
    #[schema(example = "12.50")]
    pub amount: Option<String>,
    /// The same, for a wallet of US dollars.
    pub amount_usd: Option<String>,
    /// The wallet's; ISO 4217.
    pub currency: Option<String>,
    /// Who is to be paid: a host, or a name; for a card as the till will name it.
    #[schema(min_length = 1, max_length = 200, example = "shop.example.com")]
    pub merchant: String,
    /// What for, in the agent's words.
    #[schema(max_length = 500)]
    pub purpose: Option<String>,
    /// Anything the agent wants kept with it; at most 8 KiB as JSON.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// What the agent says it buys. A claim: rules go by the payee's category.
    #[schema(max_length = 64)]
    pub category: Option<String>,
    /// How it is to be paid, `card` among others; the org's default when absent.
    #[schema(value_type = Option<String>, example = "card")]
    pub rail: Option<RailName>,
    /// By how much the purchase may differ from the amount, either way; nothing when absent.
    #[schema(example = "1.50")]
    pub tolerance: Option<String>,
    /// Reserve the money for so many minutes, at most 30; nothing is reserved when absent.
    #[schema(minimum = 1, maximum = 30)]
    pub reserve_minutes: Option<u64>,
    /// Needed with `reserve_minutes`: chosen by the agent, unique for ever. May be sent as the header `Idempotency-Key`.
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// Ask whether you may buy something, before you do, and have the money reserved if you like. The purchase then names
/// `intent_id`; of an intent with the rail `card`, the card at that merchant is enough.
#[utoipa::path(post, path = "/wallet/intent", tag = "wallet", request_body = IntentRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "Instead of `idempotency_key` in the body")),
    responses((status = 200, body = IntentBody), (status = 409, body = ProblemBody,
        content_type = "application/problem+json", description = "`no_card`: you have no card that can be used")))]
pub async fn intend(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<IntentBody>, Problem> {
    let (caller, parts, body) = caller(&spend, uri, request, Freshness::Now).await?;
    let asked: IntentRequest = parse_json(&parts.headers, &body)?;
    let header_key = header_key(&parts.headers)?;
    let wallet = currency_of(&spend, caller.agent()?.0).await?;
    let amount =
        amount_in(wallet, asked.amount.as_deref(), asked.amount_usd.as_deref(), asked.currency.as_deref())?;
    let tolerance = tolerance(asked.tolerance.as_deref(), amount)?;
    let within = asked.reserve_minutes.map(within).transpose()?;
    let key = match within {
        Some(_) => asked.idempotency_key,
        None => Some(NOTHING_WRITTEN.to_owned()),
    };
    let most = Money { micros: amount.micros.saturating_add(tolerance.micros), currency: wallet };
    let request = PaymentRequest {
        amount: Some(most.decimal()),
        amount_cents: None,
        currency: Some(wallet.to_string()),
        merchant: asked.merchant,
        purpose: asked.purpose,
        context: asked.context,
        category: asked.category,
        rail: asked.rail,
        intent_id: None,
        idempotency_key: key,
    };
    let form = request.normalise(header_key.as_deref().filter(|_| within.is_some()))?;
    let wish = Wish { form, tolerance, within };
    Ok(Json(service::intend(&spend, &caller, wish).await?))
}

fn within(minutes: u64) -> Result<Duration, Problem> {
    let most = limits::INTENT_WITHIN_MAX.as_secs() / 60;
    if minutes == 0 || minutes > most {
        return Err(Problem::field("reserve_minutes", format!("between 1 and {most}")));
    }
    Ok(Duration::from_secs(minutes * 60))
}

/// A purchase is for something, so the tolerance is less than the amount.
fn tolerance(text: Option<&str>, amount: Money) -> Result<Money, Problem> {
    let Some(text) = text else { return Ok(Money { micros: 0, ..amount }) };
    let money = Money::parse(text, amount.currency);
    let money = money.map_err(|error| Problem::field("tolerance", error.to_string()))?;
    if money.micros < 0 || money.micros >= amount.micros {
        return Err(Problem::field("tolerance", "at least 0, and less than the amount"));
    }
    Ok(money)
}
