//! The pages of claiming and refusing.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bursar_base::Mode;
use bursar_http::Problem;
use bursar_identity::keys::Claimer;
use bursar_identity::members::Role;
use bursar_identity::people::service as orgs_of;
use bursar_identity::registrations::{Registration, RegistrationStatus, service as registrations};
use bursar_identity::sessions::Session;
use bursar_pages::people::{BotLine, ClaimPage, Message, OrgLine, claim_page, message, refuse_page};
use bursar_spend::agents::Limits;
use bursar_spend::context::store_problem;
use bursar_spend::mails::refusals;
use http::StatusCode;
use serde::Deserialize;

use super::owner::{ClaimBody, ClaimedBody, claim_with};
use super::service::problem;
use crate::Web;
use crate::door::Open;
use crate::page::{Visitor, answered, form, page, sentence};

/// A bot as pages show it.
pub(crate) fn line(web: &Web, bot: &Registration) -> BotLine {
    let status = bot.status_at(web.now()).as_str();
    BotLine::new(bot.id.as_str(), &bot.name, &bot.description, &bot.address, bot.created_at, status)
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
        Ok(bot) if bot.owner_email == visitor.session.email => Some(line(web, &bot)),
        Ok(_) | Err(_) => None,
    };
    drop(tx);
    Ok(ClaimPage {
        email: visitor.session.email.clone(),
        token: token.to_owned(),
        bot,
        orgs: org_lines(web, &visitor.session, true).await?,
        ..ClaimPage::default()
    })
}

/// The page that claims a bot.
pub async fn show_claim(query: Result<Query<ClaimForm>, QueryRejection>, visitor: Visitor) -> Response {
    let token = query.map(|Query(query)| query.token).unwrap_or_default();
    let shown = async { Ok(page(StatusCode::OK, claim_page(&blank(&visitor, &token).await?))) };
    answered(shown.await)
}

/// Claims it.
pub async fn claim(visitor: Visitor) -> Response {
    let sent: ClaimForm = form(&visitor.body);
    let limits = Limits {
        daily: some(&sent.daily),
        per_tx: some(&sent.per_tx),
        approve_above: some(&sent.approve_above),
        ..Limits::default()
    };
    let body = ClaimBody { claim_token: None, org_id: some(&sent.org_id), limits };
    let by = Claimer::Person(Box::new(visitor.session.clone()));
    match claim_with(&visitor.web, &by, &sent.claim_token, body).await {
        Ok(claimed) => page(StatusCode::OK, message(&done(&claimed))),
        Err(problem) => {
            let again = async {
                let blank = blank(&visitor, &sent.claim_token).await?;
                let again = ClaimPage {
                    problem: Some(sentence(&problem.detail)),
                    daily: sent.daily,
                    per_tx: sent.per_tx,
                    approve_above: sent.approve_above,
                    ..blank
                };
                Ok(page(problem.status, claim_page(&again)))
            };
            answered(again.await)
        }
    }
}

fn done(claimed: &ClaimedBody) -> Message {
    let name = bursar_pages::people::shown_name(&claimed.bot_name);
    let rule = if claimed.asks_for_everything {
        "It asks you before every payment, by mail, until you give it limits."
    } else {
        "It pays within the limits that you gave it, and asks you beyond them where you said so."
    };
    let org = if claimed.org_created {
        format!("An org was made for you: {}.", claimed.org_name)
    } else {
        format!("It belongs to {}.", claimed.org_name)
    };
    Message {
        title: format!("{name} is yours"),
        lead: format!("{org} {rule}"),
        link: Some(("/account".to_owned(), "Go to your account".to_owned())),
        is_good: true,
    }
}

async fn of_link(web: &Web, token: &str) -> Result<Registration, Problem> {
    let id = refusals::read(web, token).ok_or_else(|| Problem::not_found("bot"))?;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let bot = registrations::find(&mut tx, &id).await.map_err(store_problem)?;
    bot.ok_or_else(|| Problem::not_found("bot"))
}

fn decided(status: RegistrationStatus) -> Response {
    let (title, lead) = match status {
        RegistrationStatus::Claimed => (
            "This bot was claimed",
            "Somebody said that it is theirs. If that was not you, it is not your money either.",
        ),
        RegistrationStatus::Expired => {
            ("It is over already", "Nobody claimed this bot in time, so it can do nothing.")
        }
        RegistrationStatus::Refused | RegistrationStatus::Pending => {
            ("Refused", "Its key opens nothing, for good. There is nothing else to do.")
        }
    };
    let is_good = matches!(status, RegistrationStatus::Refused | RegistrationStatus::Pending);
    let said = Message { title: title.to_owned(), lead: lead.to_owned(), link: None, is_good };
    page(StatusCode::OK, message(&said))
}

/// The page that refuses a bot. The link is the authority; opening it changes nothing.
pub async fn show_refusal(State(web): State<Web>, Path(token): Path<String>) -> Response {
    let shown = async {
        let bot = of_link(&web, &token).await?;
        match bot.status_at(web.now()) {
            RegistrationStatus::Pending => Ok(page(StatusCode::OK, refuse_page(&line(&web, &bot), &token))),
            status => Ok(decided(status)),
        }
    };
    answered(shown.await)
}

/// Refuses it.
pub async fn refuse(Path(token): Path<String>, open: Open) -> Response {
    let refused = async {
        let bot = of_link(&open.web, &token).await?;
        let now = open.web.now();
        if bot.status_at(now) != RegistrationStatus::Pending {
            return Ok(decided(bot.status_at(now)));
        }
        let actor = format!("member:{}", bot.owner_email);
        registrations::refuse(&open.web.identity, &bot.id, &actor).await.map_err(problem)?;
        Ok(decided(RegistrationStatus::Refused))
    };
    answered(refused.await)
}
