//! The page of one's own account.

use axum::response::Response;
use bursar_http::{PathText, Problem};
use bursar_identity::invitations::service as invitations;
use bursar_identity::passkeys::service as passkeys;
use bursar_identity::sessions::service as sessions;
use bursar_pages::people::{AccountPage, InvitationLine, PasskeyLine, SessionLine, account_page, role_name};
use bursar_spend::context::store_problem;
use http::StatusCode;
use serde::Deserialize;

use super::api;
use crate::bots::{owner, page as bots};
use crate::page::{Visitor, answered, form, page, see_other};
use crate::problems::what_happened;

async fn shown(visitor: &Visitor, problem: Option<String>) -> Result<AccountPage, Problem> {
    let (web, session) = (&visitor.web, &visitor.session);
    let (now, language) = (web.now(), visitor.language);
    let waiting = owner::waiting(web, session).await?;
    let orgs = bots::org_lines(web, session, false).await?;
    let mut tx = web.identity.db.read().await.map_err(store_problem)?;
    let asked = invitations::of_email(&mut tx, &session.email, now).await.map_err(store_problem)?;
    let keys = passkeys::list(&mut tx, &session.person_id).await.map_err(store_problem)?;
    let signed_in = sessions::list(&mut tx, &session.person_id, now).await.map_err(store_problem)?;
    let invitation = |i: &bursar_identity::invitations::Invitation| {
        InvitationLine::new(
            i.invitation_id.as_str(),
            (&i.org_name, i.role.as_str()),
            &i.invited_by,
            i.expires_at,
            language,
        )
    };
    let key = |k: &bursar_identity::passkeys::PasskeyView| {
        PasskeyLine::new(k.passkey_id.as_str(), &k.name, k.created_at, k.used_at, language)
    };
    let line = |s: &bursar_identity::sessions::SessionView| {
        let times = (s.created_at, s.seen_at);
        let (id, method) = (s.session_id.as_str(), s.method.as_str());
        let line = SessionLine::new(id, &s.user_agent, method, &s.address, times, language);
        SessionLine { is_current: s.session_id == session.id, ..line }
    };
    Ok(AccountPage {
        language,
        email: session.email.clone(),
        org: session.member.as_ref().map(|member| member.org_name.clone()),
        role: session.role().map(|role| role_name(role.as_str(), language)).unwrap_or_default(),
        problem,
        invitations: asked.iter().map(invitation).collect(),
        orgs,
        bots: waiting.iter().map(|bot| bots::line(web, bot, language)).collect(),
        passkeys: keys.iter().map(key).collect(),
        has_passkeys: web.passkeys().is_some(),
        sessions: signed_in.iter().map(line).collect(),
    })
}

/// The page of one's own account.
pub async fn show(visitor: Visitor) -> Response {
    let language = visitor.language;
    let answer = async { Ok(page(StatusCode::OK, language, account_page(&shown(&visitor, None).await?))) };
    answered(answer.await, language)
}

/// What its forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AccountForm {
    action: String,
    id: String,
}

/// Does what one of its buttons says, by the very same functions that answer programs.
pub async fn act(visitor: Visitor) -> Response {
    let AccountForm { action, id } = form(&visitor.body);
    let (signed, language) = (visitor.signed(), visitor.language);
    let path = PathText(id.clone());
    let done = match action.as_str() {
        "sign-out" => {
            let out = api::delete(signed).await;
            return answered(out.map(|_| api::signed_out(see_other("/sign-in"))), language);
        }
        "accept" => crate::invitations::api::accept(path, signed).await.map(drop),
        "look-at" => api::look_at(&signed.web, signed.session, &id).await.map(drop),
        "claim" => owner::claim_waiting(path, signed).await.map(drop),
        "resend" => owner::resend(path, signed).await.map(drop),
        "refuse" => owner::refuse(path, signed).await.map(drop),
        "end-session" => api::end(path, signed).await.map(drop),
        "remove-passkey" => crate::passkeys::api::remove(path, signed).await.map(drop),
        _ => Err(Problem::field("action", "one of the page's own")),
    };
    match done {
        Ok(()) => see_other("/account"),
        Err(problem) => {
            let again = async {
                let shown = shown(&visitor, Some(what_happened(&problem, language))).await?;
                Ok(page(problem.status, language, account_page(&shown)))
            };
            answered(again.await, language)
        }
    }
}
