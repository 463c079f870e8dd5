//! Registering bots.

use bursar_base::{Mode, OrgId};
use bursar_http::Problem;
use bursar_identity::OrgTx;
use bursar_identity::orgs::service as orgs;
use bursar_identity::pairings::service as pairings;
use bursar_identity::registrations::{
    NewRegistration, Registered, Registration, RegistrationError, service as registrations,
};
use bursar_identity::sign_ins::{SignUp, service as sign_ins};
use bursar_money::policies::Document;
use bursar_spend::agents::service as agents;
use bursar_spend::context::store_problem;
use bursar_spend::endpoints::Wanted;
use bursar_spend::endpoints::service::{self as endpoints, EndpointError, SealedSecret};
use bursar_spend::mails::{About, service as mails};
use bursar_store::{StoreError, events};
use http::StatusCode;

use crate::Web;

/// What a registration problem is over HTTP.
pub(crate) fn problem(error: RegistrationError) -> Problem {
    let detail = error.to_string();
    match error {
        RegistrationError::Duplicate => Problem::new(StatusCode::CONFLICT, "duplicate_registration", detail),
        RegistrationError::TooMany(wait) => Problem::rate_limited(detail, wait),
        RegistrationError::NotFound => Problem::not_found("bot"),
        RegistrationError::Token => Problem::new(StatusCode::BAD_REQUEST, "invalid_claim_token", detail),
        RegistrationError::Over(status) => {
            Problem::new(StatusCode::CONFLICT, "already_decided", detail).with("bot_status", status.as_str())
        }
        RegistrationError::OtherMode { .. } => Problem::new(StatusCode::CONFLICT, "mode_mismatch", detail),
        RegistrationError::Store(error) => store_problem(error),
    }
}

/// Writes down a bot that introduced itself, and asks the owner it names.
///
/// # Errors
/// 409 `duplicate_registration`, 429 `rate_limited`, 503.
pub async fn register(web: &Web, new: &NewRegistration) -> Result<Registered, Problem> {
    let mut system = web.identity.lock_system().await.map_err(store_problem)?;
    let made = register_in(web, &mut system, new).await.map_err(problem)?;
    system.commit().await.map_err(store_problem)?;
    web.funnel.wake_workers();
    Ok(made)
}

async fn register_in(
    web: &Web,
    system: &mut OrgTx,
    new: &NewRegistration,
) -> Result<Registered, RegistrationError> {
    let now = system.now;
    registrations::count(&mut system.tx, &new.address, now).await?;
    let is_asked = match web.settings.sign_up {
        SignUp::Open => true,
        // Where only the invited sign in, strangers get no mail about bots that they could not claim.
        SignUp::Invited => sign_ins::is_known(&mut system.tx, &new.owner_email, now).await?,
    };
    if is_asked {
        registrations::count_mail(&mut system.tx, &new.owner_email, now).await?;
    }
    let made = registrations::insert(&web.identity, system, new).await?;
    if is_asked {
        ask_owner(web, system, &new.owner_email, &made.id, "registered").await?;
    }
    Ok(made)
}

/// Queues the mail that asks an owner about a bot.
pub(crate) async fn ask_owner(
    web: &Web,
    system: &mut OrgTx,
    owner_email: &str,
    bot: &bursar_base::AgentId,
    why: &str,
) -> Result<(), StoreError> {
    let about = About::BotRegistered { agent_id: bot.clone() };
    let key = format!("bot_registered:{bot}:{why}");
    let org_id = OrgId::from_store(events::SYSTEM);
    mails::queue_to(web, (&mut system.tx, system.now), &org_id, &about, owner_email, &key).await
}

/// Writes down a bot that was given a pairing code: it is an agent of the code's org at once.
///
/// # Errors
/// 400 `invalid_pairing_code`, 409 `pairing_failed`, 429, 503.
pub async fn pair(web: &Web, new: NewRegistration, code: &str) -> Result<Registered, Problem> {
    let invalid = || {
        let detail = "pairing_code: six digits that a member of the org made within the last minutes; ask for a new one";
        Problem::new(StatusCode::BAD_REQUEST, "invalid_pairing_code", detail)
    };
    if !pairings::is_formed(code) {
        return Err(invalid());
    }
    let org_id = pairings::org_of(&web.identity, code).await.map_err(store_problem)?.ok_or_else(invalid)?;
    let mut org = web.identity.lock(&org_id).await.map_err(store_problem)?;
    let now = org.now;
    if !pairings::take(&mut org.tx, code, &org_id, now).await.map_err(store_problem)? {
        let detail = "this pairing code was used meanwhile; ask for a new one";
        return Err(Problem::new(StatusCode::CONFLICT, "pairing_failed", detail));
    }
    registrations::count(&mut org.tx, &new.address, now).await.map_err(problem)?;
    let found = orgs::find(&mut org.tx, &org_id).await.map_err(store_problem)?;
    let found = found.ok_or_else(|| Problem::not_found("org"))?;
    let new = NewRegistration { mode: found.mode, ..new };
    let made = registrations::insert(&web.identity, &mut org, &new).await.map_err(problem)?;
    let bot = registrations::find(&mut org.tx, &made.id).await.map_err(store_problem)?;
    let bot = bot.ok_or_else(|| Problem::not_found("bot"))?;
    let actor = format!("agent:{}", bot.id);
    let document = Document::ask_for_everything();
    adopt(web, &mut org, (&org_id, found.mode), &bot, &document, &actor).await.map_err(problem)?;
    org.commit().await.map_err(store_problem)?;
    Ok(made)
}

/// Makes a bot an agent of an org under a policy that was checked, in the caller's transaction.
pub(crate) async fn adopt(
    web: &Web,
    org: &mut OrgTx,
    (org_id, mode): (&OrgId, Mode),
    bot: &Registration,
    document: &Document,
    actor: &str,
) -> Result<(), RegistrationError> {
    registrations::claim(org, org_id, mode, bot, actor).await?;
    let found = orgs::find(&mut org.tx, org_id).await?.ok_or(RegistrationError::NotFound)?;
    agents::adopt(org, &found, bot, document, actor).await?;
    call_back(web, org, org_id, bot, actor).await?;
    Ok(registrations::record_claim(org, bot, actor).await?)
}

/// From now on the bot is told what happens, at the address that it gave and with the secret that it was shown.
async fn call_back(
    web: &Web,
    org: &mut OrgTx,
    org_id: &OrgId,
    bot: &Registration,
    actor: &str,
) -> Result<(), StoreError> {
    let (Some(url), Some(sealed)) = (&bot.callback_url, &bot.sealed_webhook_secret) else { return Ok(()) };
    let label = registrations::webhook_label(&bot.id);
    let secret = SealedSecret { label: &label, sealed };
    match endpoints::adopt(web, org, org_id, Wanted::of_agent(&bot.id, url), secret, actor).await {
        Ok(_) => Ok(()),
        Err(EndpointError::Store(error)) => Err(error),
        Err(refused) => {
            // It was checked when the bot registered; what has changed since then must not keep its owner from it.
            tracing::warn!(bot = %bot.id, %refused, "a bot's callback URL was not taken over");
            Ok(())
        }
    }
}
