//! The pages of claiming and refusing.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bursar_base::{Language, Mode};
use bursar_http::{Problem, Reading};
use bursar_identity::keys::Claimer;
use bursar_identity::languages::service as languages;
use bursar_identity::members::Role;
use bursar_identity::people::service as orgs_of;
use bursar_identity::registrations::{Registration, RegistrationStatus, service as registrations};
use bursar_identity::sessions::Session;
use bursar_pages::Words;
use bursar_pages::people::{BotLine, ClaimPage, Message, OrgLine, claim_page, refuse_page};
use bursar_spend::agents::Limits;
use bursar_spend::context::store_problem;
use bursar_spend::mails::refusals;
use http::StatusCode;
use serde::Deserialize;

use super::owner::{ClaimBody, ClaimedBody, claim_with};
use super::service::problem;
use crate::Web;
use crate::door::Open;
use crate::page::{Visitor, answered, form, page, said};
use crate::problems::what_happened;

/// A bot as pages show it.
pub(crate) fn line(web: &Web, bot: &Registration, language: Language) -> BotLine {
    let status = bot.status_at(web.now()).as_str();
    let (said, from) =
        ((bot.name.as_str(), bot.description.as_str()), (bot.address.as_str(), bot.created_at));
    BotLine::new(bot.id.as_str(), said, from, status, language)
}

/// The orgs that somebody may look at, or put a bot into.
pub(crate) async fn org_lines(web: &Web, session: &Session, owned: bool) -> Result<Vec<OrgLine>, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let found = orgs_of::orgs(&mut tx, &session.email).await.map_err(store_problem)?;
    let current = session.member.as_ref().map(|member| &member.org_id);
    let wanted = found.iter().filter(|org| !owned || org.role == Role::Owner);
    let line = |org: &bursar_identity::people::Membership| OrgLine {
        id: org.org_id.to_string(),
        name: org.org_name.clone(),
        is_test: org.mode == Mode::Test,
        is_current: Some(&org.org_id) == current,
    };
    Ok(wanted.map(line).collect())
}

/// What the page's address, or its form, says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClaimForm {
    token: String,
    claim_token: String,
    org_id: String,
    daily: String,
    per_tx: String,
    approve_above: String,
}

fn some(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

async fn blank(visitor: &Visitor, token: &str) -> Result<ClaimPage, Problem> {
    let web = &visitor.web;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    // Shown to nobody but whom the bot named, so that looking is no way to try tokens.
    let bot = match registrations::of_token(&mut tx, token, web.now()).await {
        Ok(bot) if bot.owner_email == visitor.session.email => Some(line(web, &bot, visitor.language)),
        Ok(_) | Err(_) => None,
    };
    drop(tx);
    Ok(ClaimPage {
        language: visitor.language,
        email: visitor.session.email.clone(),
        token: token.to_owned(),
        bot,
        orgs: org_lines(web, &visitor.session, true).await?,
        ..ClaimPage::default()
    })
}

/// The page that claims a bot.
pub async fn show_claim(query: Result<Query<ClaimForm>, QueryRejection>, visitor: Visitor) -> Response {
    let (token, language) = (query.map(|Query(query)| query.token).unwrap_or_default(), visitor.language);
    let shown = async { Ok(page(StatusCode::OK, language, claim_page(&blank(&visitor, &token).await?))) };
    answered(shown.await, language)
}

/// Claims it.
pub async fn claim(visitor: Visitor) -> Response {
    let (sent, language): (ClaimForm, _) = (form(&visitor.body), visitor.language);
    let amount = |typed: &str| some(&Words::of(language).typed_amount(typed));
    let limits = Limits {
        daily: amount(&sent.daily),
        per_tx: amount(&sent.per_tx),
        approve_above: amount(&sent.approve_above),
        ..Limits::default()
    };
    let body = ClaimBody { claim_token: None, org_id: some(&sent.org_id), limits };
    let by = Claimer::Person(Box::new(visitor.session.clone()));
    match claim_with(&visitor.web, &by, &sent.claim_token, body).await {
        Ok(claimed) => said(StatusCode::OK, &done(&claimed, language)),
        Err(problem) => {
            let again = async {
                let blank = blank(&visitor, &sent.claim_token).await?;
                let again = ClaimPage {
                    problem: Some(what_happened(&problem, language)),
                    daily: sent.daily,
                    per_tx: sent.per_tx,
                    approve_above: sent.approve_above,
                    ..blank
                };
                Ok(page(problem.status, language, claim_page(&again)))
            };
            answered(again.await, language)
        }
    }
}

fn done(claimed: &ClaimedBody, language: Language) -> Message {
    let words = Words::of(language);
    let name = bursar_pages::people::shown_name(&claimed.bot_name);
    let rule = if claimed.asks_for_everything {
        words.text("it-asks-you-before-every-payment")
    } else {
        words.text("it-pays-within-the-limits")
    };
    let org = if claimed.org_created {
        words.text("an-org-was-made-for-you").with("org", &claimed.org_name)
    } else {
        words.text("it-belongs-to").with("org", &claimed.org_name)
    };
    Message {
        title: words.text("is-yours").with("name", name).to_string(),
        lead: format!("{org} {rule}"),
        link: Some(("/account".to_owned(), words.text("go-to-your-account").to_string())),
        is_good: true,
        language,
    }
}

async fn of_link(web: &Web, token: &str) -> Result<Registration, Problem> {
    let id = refusals::read(web, token).ok_or_else(|| Problem::not_found("bot"))?;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let bot = registrations::find(&mut tx, &id).await.map_err(store_problem)?;
    bot.ok_or_else(|| Problem::not_found("bot"))
}

/// The language of whom a bot named as its owner: theirs, or the one that the bot said.
async fn language_of(web: &Web, reading: Reading, bot: &Registration) -> Result<Language, Problem> {
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let known = languages::of(&mut tx, &bot.owner_email).await.map_err(store_problem)?;
    Ok(reading.language(known.or(bot.owner_language), web.settings.language))
}

fn decided(status: RegistrationStatus, language: Language) -> Response {
    let words = Words::of(language);
    let (title, lead) = match status {
        RegistrationStatus::Claimed => ("this-bot-was-claimed", "somebody-said-that-it-is-theirs"),
        RegistrationStatus::Expired => ("it-is-over-already", "nobody-claimed-this-bot-in-time"),
        RegistrationStatus::Refused | RegistrationStatus::Pending => {
            ("refused-for-good", "its-key-opens-nothing")
        }
    };
    let is_good = matches!(status, RegistrationStatus::Refused | RegistrationStatus::Pending);
    let (title, lead) = (words.text(title).to_string(), words.text(lead).to_string());
    said(StatusCode::OK, &Message { title, lead, link: None, is_good, language })
}

/// The page that refuses a bot. The link is the authority; opening it changes nothing.
pub async fn show_refusal(State(web): State<Web>, Path(token): Path<String>, reading: Reading) -> Response {
    let shown = async {
        let bot = of_link(&web, &token).await?;
        let language = language_of(&web, reading, &bot).await?;
        match bot.status_at(web.now()) {
            RegistrationStatus::Pending => {
                let html = refuse_page(&line(&web, &bot, language), &token, language);
                Ok(page(StatusCode::OK, language, html))
            }
            status => Ok(decided(status, language)),
        }
    };
    answered(shown.await, web.reads(reading))
}

/// Refuses it.
pub async fn refuse(Path(token): Path<String>, open: Open) -> Response {
    let refused = async {
        let bot = of_link(&open.web, &token).await?;
        let reading = Reading::of(&open.parts.uri, &open.parts.headers);
        let language = language_of(&open.web, reading, &bot).await?;
        let now = open.web.now();
        if bot.status_at(now) != RegistrationStatus::Pending {
            return Ok(decided(bot.status_at(now), language));
        }
        let actor = format!("member:{}", bot.owner_email);
        registrations::refuse(&open.web.identity, &bot.id, &actor).await.map_err(problem)?;
        Ok(decided(RegistrationStatus::Refused, language))
    };
    answered(refused.await, open.language())
}
