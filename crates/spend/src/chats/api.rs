//! A member's chat over HTTP, and what Telegram tells.

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use bursar_base::TimeUs;
use bursar_http::problem::ProblemBody;
use bursar_http::{Problem, read_body};
use bursar_identity::keys::Freshness;
use bursar_pages::{ChatText, Piece};
use bursar_store::jobs;
use http::StatusCode;
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;

use super::answers::{self, Press};
use super::telegram::Telegram;
use super::telegram::updates::{CallbackQuery, Chat, Message, Update};
use super::{Channel, ChatMessage, Messenger as _, service};
use crate::Spend;
use crate::context::store_problem;
use crate::requests::api::caller;

/// What the secret in Telegram's calls is made for.
const PURPOSE: &str = "bursar telegram webhook v1";
/// The header that it stands in.
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// Where Telegram's calls arrive.
const WEBHOOK_PATH: &str = "/v1/webhooks/telegram";

/// Your chat at Telegram.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelegramBody {
    /// Whether one is linked: you are asked there too, and can decide there.
    pub is_linked: bool,
    /// What its account calls itself; `null` when none is linked.
    pub name: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub linked_at: Option<TimeUs>,
}

/// A code by which you link a chat. It is shown once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelegramCodeBody {
    /// Good once.
    pub code: String,
    /// Opens the chat with the bot and sends it the code.
    pub url: String,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: TimeUs,
}

fn telegram_of(spend: &Spend) -> Result<&Telegram, Problem> {
    spend.messengers.telegram.as_deref().ok_or_else(|| {
        let detail = "no Telegram bot is set up here; whoever runs this server sets BURSAR_TELEGRAM_TOKEN";
        Problem::new(StatusCode::CONFLICT, "telegram_off", detail)
    })
}

/// Whether a chat at Telegram is linked to you.
#[utoipa::path(get, path = "/dashboard/members/me/telegram", tag = "dashboard",
    responses((status = 200, body = TelegramBody)))]
pub async fn get(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<Json<TelegramBody>, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let member = spend.member_of(&caller).await?;
    let mut tx = spend.identity.db.read().await.map_err(store_problem)?;
    let link = service::of_member(&mut tx, &member.id, Channel::Telegram).await.map_err(store_problem)?;
    Ok(Json(TelegramBody {
        is_linked: link.is_some(),
        linked_at: link.as_ref().map(|link| link.linked_at),
        name: link.map(|link| link.account.name),
    }))
}

/// Make a code by which you link your chat at Telegram. One that you had is good no more.
#[utoipa::path(post, path = "/dashboard/members/me/telegram", tag = "dashboard",
    responses((status = 201, body = TelegramCodeBody),
        (status = 409, body = ProblemBody, content_type = "application/problem+json",
            description = "`telegram_off`: no bot is set up here"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json",
            description = "`rate_limited`: so many codes were made within the hour")))]
pub async fn make_code(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<(StatusCode, Json<TelegramCodeBody>), Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let member = spend.member_of(&caller).await?;
    let telegram = telegram_of(&spend)?;
    // Asked before a code is made that nobody could use.
    telegram.link("").await.map_err(|error| {
        tracing::warn!(%error, "Telegram did not tell the bot's name");
        Problem::unavailable()
    })?;
    let mut org = spend.lock_for(&caller).await?;
    let actor = caller.actor();
    let made =
        service::make_code(&spend, &mut org, &caller.org_id, &member.id, Channel::Telegram, &actor).await;
    let code = made.map_err(store_problem)?.map_err(|wait| {
        Problem::rate_limited("so many codes were made within the hour; use the last one, or wait", wait)
    })?;
    org.commit().await.map_err(store_problem)?;
    let url = telegram.link(&code.text).await.map_err(|_| Problem::unavailable())?;
    Ok((StatusCode::CREATED, Json(TelegramCodeBody { code: code.text, url, expires_at: code.expires_at })))
}

/// Have nothing asked in your chat at Telegram any more.
#[utoipa::path(delete, path = "/dashboard/members/me/telegram", tag = "dashboard", responses((status = 204)))]
pub async fn unlink(
    State(spend): State<Spend>,
    uri: OriginalUri,
    request: Request,
) -> Result<StatusCode, Problem> {
    let (caller, ..) = caller(&spend, uri, request, Freshness::Now).await?;
    let member = spend.member_of(&caller).await?;
    let mut org = spend.lock_for(&caller).await?;
    let link = service::of_member(&mut org.tx, &member.id, Channel::Telegram).await.map_err(store_problem)?;
    if let Some(link) = link {
        let ended = service::unlink(&mut org, &link, &caller.actor(), "ended by the member").await;
        ended.map_err(store_problem)?;
    }
    org.commit().await.map_err(store_problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hear of something from Telegram. 200 once it is done; 503 makes Telegram tell it again.
#[utoipa::path(post, path = "/webhooks/telegram", tag = "webhooks", request_body = Object,
    params(("X-Telegram-Bot-Api-Secret-Token" = String, Header)),
    responses((status = 200, description = "Done, or nothing that concerns us"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Not an update"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Not Telegram's")))]
pub async fn telegram(State(spend): State<Spend>, request: Request) -> Result<StatusCode, Problem> {
    let Some(telegram) = spend.messengers.telegram.clone() else {
        return Err(Problem::not_found("webhook: BURSAR_TELEGRAM_TOKEN is not set"));
    };
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    let given = parts.headers.get(SECRET_HEADER).map(http::HeaderValue::as_bytes).unwrap_or_default();
    if !bool::from(given.ct_eq(secret(&spend).as_bytes())) {
        return Err(Problem::unauthorized("invalid_webhook", "the secret of Telegram's calls is not in it"));
    }
    let update: Update = serde_json::from_slice(&body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid_webhook", format!("this is no update: {error}"))
    })?;
    match update {
        Update { callback_query: Some(query), .. } => pressed(&spend, &telegram, query).await?,
        Update { message: Some(message), .. } => wrote(&spend, &telegram, message).await?,
        Update { .. } => {}
    }
    Ok(StatusCode::OK)
}

async fn pressed(spend: &Spend, telegram: &Telegram, query: CallbackQuery) -> Result<(), Problem> {
    // Without a message it is not known where it was pressed: that is no chat of anybody's.
    let nowhere = Chat { id: 0, kind: String::new() };
    let chat = query.message.as_ref().map_or(&nowhere, |message| &message.chat);
    let (account, is_private) = (query.from.account(chat), chat.is_private());
    let language = query.from.language_code;
    let press = Press { account, is_private, data: query.data.unwrap_or_default(), language };
    let told = answers::press(spend, &press).await?;
    // What was decided is decided, whether or not the words arrive.
    if let Err(error) = telegram.answer(&query.id, &told.words, told.is_alert).await {
        tracing::warn!(%error, "a press was not answered");
    }
    Ok(())
}

async fn wrote(spend: &Spend, telegram: &Telegram, message: Message) -> Result<(), Problem> {
    // In groups nobody is linked, and nobody is disturbed.
    let Some(from) = message.from.filter(|_| message.chat.is_private()) else { return Ok(()) };
    let account = from.account(&message.chat);
    let text = message.text.unwrap_or_default();
    let words = answers::words(spend, &account, &text, from.language_code.as_deref()).await?;
    let text = ChatText { lines: vec![vec![Piece::Words(words)]] };
    if let Err(error) = telegram.send(&account.chat, &ChatMessage { text, buttons: Vec::new() }).await {
        tracing::warn!(%error, "somebody who wrote to the bot was not answered");
    }
    Ok(())
}

/// By which we know Telegram: the same in every process under one master key.
fn secret(spend: &Spend) -> String {
    hex::encode(spend.identity.master.derive(PURPOSE))
}

/// Tells Telegram where to call, until it has heard.
pub async fn listen(spend: Spend, mut shutdown: watch::Receiver<bool>) {
    let Some(telegram) = spend.messengers.telegram.clone() else { return };
    let url = format!("{}{WEBHOOK_PATH}", spend.settings.public_url);
    let mut attempts = 0;
    while !*shutdown.borrow() {
        let Err(error) = telegram.listen(&url, &secret(&spend)).await else { return };
        attempts += 1;
        tracing::warn!(%error, url, "Telegram was not told where to call; it calls https addresses of hosts that it can reach");
        tokio::select! {
            _ = shutdown.changed() => {}
            () = tokio::time::sleep(jobs::backoff(attempts)) => {}
        }
    }
}
