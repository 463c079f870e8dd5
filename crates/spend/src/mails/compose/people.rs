//! Mails to people who are, or become, owners. Their secrets are made here, while the mail is sent, and stored as hashes:
//! a mail that is sent twice carries two that work.

use bursar_base::{AgentId, InvitationId, Language, Mode, SignInId};
use bursar_identity::{invitations, orgs, registrations, sign_ins};
use bursar_pages::{BotView, InvitationView, SignInView};
use bursar_store::{StoreError, Tx};

use super::Composed;
use crate::Spend;
use crate::mails::refusals;

const OVER: &str = "not sent: what it is about is over";

pub(super) async fn sign_in(
    spend: &Spend,
    id: &SignInId,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some((token, expires_at)) = sign_ins::service::fresh_token(&spend.identity, id).await? else {
        return Ok(Err(OVER));
    };
    let link = format!("{}/sign-in/{token}", spend.settings.public_url);
    Ok(Ok(bursar_pages::sign_in(&SignInView { link, expires_at, language })))
}

pub(super) async fn bot_registered(
    spend: &Spend,
    id: &AgentId,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some((bot, token)) = registrations::service::fresh_token(&spend.identity, id).await? else {
        return Ok(Err(OVER));
    };
    let base = &spend.settings.public_url;
    Ok(Ok(bursar_pages::bot_registered(&BotView {
        name: bot.name.clone(),
        description: bot.description.clone(),
        id: bot.id.to_string(),
        address: bot.address.clone(),
        registered_at: bot.created_at,
        expires_at: bot.expires_at,
        claim_token: token.reveal().to_owned(),
        claim_link: format!("{base}/claim?token={}", token.reveal()),
        refuse_link: refusals::link(spend, &bot),
        language,
        is_test: bot.mode == Mode::Test,
    })))
}

pub(super) async fn invited(
    spend: &Spend,
    tx: &mut Tx,
    id: &InvitationId,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some(invitation) = invitations::service::find(tx, id, spend.now()).await? else {
        return Ok(Err(OVER));
    };
    let org = orgs::service::find(tx, &invitation.org_id).await?;
    Ok(Ok(bursar_pages::invited(&InvitationView {
        org_name: invitation.org_name,
        invited_by: invitation.invited_by.trim_start_matches("member:").to_owned(),
        role: invitation.role.as_str().to_owned(),
        link: format!("{}/account", spend.settings.public_url),
        expires_at: invitation.expires_at,
        language,
        is_test: org.is_some_and(|org| org.mode == Mode::Test),
    })))
}
