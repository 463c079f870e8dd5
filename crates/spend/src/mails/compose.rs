//! The words of a mail, made when it is sent, of what is true then.

mod cards;
mod funding;
mod notices;
mod people;

use bursar_base::{AgentId, CaseId, Language, Money, OrgId, TransactionId};
use bursar_identity::agents::service as agents;
use bursar_identity::languages::service as languages;
use bursar_identity::members::{Member, service as members};
use bursar_identity::orgs::service as orgs;
use bursar_identity::registrations::service as registrations;
use bursar_identity::sign_ins::service as sign_ins;
use bursar_money::transactions::{self, Status, Transaction};
use bursar_money::{budgets, policies};
use bursar_pages::{
    ApprovalLinks, CaseView, EndpointView, FreezeCause, FrozenView, MailContent, OrgFrozenView, PaymentView,
};
use bursar_store::{StoreError, Tx};

use super::About;
use crate::Spend;
use crate::approvals::{links, view};
use crate::cases;
use crate::notices::service::wants;
use crate::{checkouts, topups};

/// A mail's words, or why it is no longer worth sending.
type Composed = Result<MailContent, &'static str>;

/// The language of a mail to `recipient`: theirs; while it is not known, the one that somebody said of them with what the
/// mail is about; else the server's.
async fn language_of(
    spend: &Spend,
    tx: &mut Tx,
    about: &About,
    recipient: &str,
) -> Result<Language, StoreError> {
    let known = match languages::of(tx, recipient).await? {
        Some(language) => Some(language),
        None => match about {
            About::SignIn { sign_in_id } => sign_ins::language(tx, sign_in_id).await?,
            About::BotRegistered { agent_id } => {
                registrations::find(tx, agent_id).await?.and_then(|bot| bot.owner_language)
            }
            _ => None,
        },
    };
    Ok(known.unwrap_or(spend.settings.language))
}

/// Makes the words of a mail to `recipient`, in their language.
///
/// # Errors
/// [`StoreError`].
pub async fn compose(
    spend: &Spend,
    org_id: &OrgId,
    about: &About,
    recipient: &str,
) -> Result<Composed, StoreError> {
    let mut tx = spend.identity.db.read().await?;
    let language = language_of(spend, &mut tx, about, recipient).await?;
    match about {
        About::ApprovalAsked { transaction_id } => {
            approval_asked(spend, &mut tx, transaction_id, recipient, (language, false)).await
        }
        About::ApprovalReminder { transaction_id } => {
            approval_asked(spend, &mut tx, transaction_id, recipient, (language, true)).await
        }
        About::TimedOut { transaction_id } => {
            let Some(t) = transactions::find(&mut tx, transaction_id).await? else {
                return Ok(Err(GONE));
            };
            let view = view::approval(&mut tx, &t, None, language).await?;
            Ok(Ok(bursar_pages::approval_timed_out(&view)))
        }
        About::AgentFrozen { agent_id, actor, reason, at } => {
            let frozen = Frozen { agent_id, actor, reason, at: *at };
            agent_frozen(spend, &mut tx, org_id, frozen, language).await
        }
        About::OrgFrozen { actor, reason, at } => {
            let Some(org) = orgs::find(&mut tx, org_id).await? else {
                return Ok(Err(GONE));
            };
            Ok(Ok(bursar_pages::org_frozen(&OrgFrozenView {
                org_name: org.name,
                org_id: org.id.to_string(),
                by: actor.clone(),
                reason: reason.clone(),
                frozen_at: *at,
                time_zone: org.time_zone,
                language,
                unfreeze_command: format!("bursar unfreeze --org {} --reason \"…\"", org.id),
                is_test: org.mode == bursar_base::Mode::Test,
            })))
        }
        About::CaseOpened { case_id } => case_opened(&mut tx, org_id, case_id, language).await,
        About::EndpointDisabled { endpoint_id, url, agent_id, reason, at } => {
            let Some(org) = orgs::find(&mut tx, org_id).await? else {
                return Ok(Err(GONE));
            };
            let agent = match agent_id {
                Some(agent) => agents::find(&mut tx, agent).await?,
                None => None,
            };
            Ok(Ok(bursar_pages::endpoint_disabled(&EndpointView {
                org_name: org.name,
                agent_name: agent.map(|agent| agent.name),
                url: url.clone(),
                endpoint_id: endpoint_id.to_string(),
                reason: reason.clone(),
                disabled_at: *at,
                time_zone: org.time_zone,
                language,
                enable_command: format!("bursar webhook enable {endpoint_id}"),
                is_test: org.mode == bursar_base::Mode::Test,
            })))
        }
        About::Captured { transaction_id } => {
            let Some((t, view)) = payment(&mut tx, transaction_id, language).await? else {
                return Ok(Err(GONE));
            };
            let within = match t.other_payments.get(transactions::UNHELD) {
                Some(unheld) => t.posted_micros - unheld,
                None if t.status.is_paid() => t.amount_micros,
                None => 0,
            };
            let amount = Money { micros: t.posted_micros - within, currency: t.currency };
            let held = Money { micros: within, currency: t.currency };
            Ok(Ok(bursar_pages::captured_unheld(&PaymentView { amount, ..view }, Some(held))))
        }
        About::Unasked { transaction_id } => {
            let found = payment(&mut tx, transaction_id, language).await?;
            Ok(found.map(|(_, view)| bursar_pages::held_unasked(&view)).ok_or(GONE))
        }
        About::Disputed { transaction_id } => {
            let Some((t, view)) = payment(&mut tx, transaction_id, language).await? else {
                return Ok(Err(GONE));
            };
            let amount = Money { micros: t.disputed_micros, currency: t.currency };
            Ok(Ok(bursar_pages::disputed(&PaymentView { amount, ..view }, None, None)))
        }
        About::SignIn { sign_in_id } => {
            drop(tx);
            people::sign_in(spend, sign_in_id, language).await
        }
        About::BotRegistered { agent_id } => {
            drop(tx);
            people::bot_registered(spend, agent_id, language).await
        }
        About::Invited { invitation_id } => people::invited(spend, &mut tx, invitation_id, language).await,
        About::RefundFailed { transaction_id, micros } => {
            let Some((t, view)) = payment(&mut tx, transaction_id, language).await? else {
                return Ok(Err(GONE));
            };
            let amount = Money { micros: *micros, currency: t.currency };
            Ok(Ok(bursar_pages::refund_failed(&PaymentView { amount, ..view }, None)))
        }
        About::TopupDisputed { checkout_id, micros } => {
            let Some(view) = paid_in(&mut tx, checkout_id, language).await? else {
                return Ok(Err(GONE));
            };
            let amount = Money { micros: *micros, ..view.amount };
            Ok(Ok(bursar_pages::topup_disputed(&PaymentView { amount, ..view })))
        }
        About::TopupMismatched { checkout_id } => {
            let view = paid_in(&mut tx, checkout_id, language).await?;
            Ok(view.map(|view| bursar_pages::topup_mismatched(&view)).ok_or(GONE))
        }
        About::CardAsked { request_id } => {
            cards::asked(spend, &mut tx, request_id, recipient, language).await
        }
        About::CardAccessed { card_id, key_id, address, number, at } => {
            let look = cards::Look { key_id, address, number: *number, at: *at };
            cards::accessed(&mut tx, card_id, look, language).await
        }
        About::PaymentMethod { payment_method_id, change, by, at } => {
            funding::payment_method(&mut tx, org_id, payment_method_id, *change, (by, *at, language)).await
        }
        About::AutoTopupPaused { agent_id, amount, currency, topup_id, reason, at } => {
            let paused = funding::Paused { agent_id, amount, currency, topup_id, reason, at: *at };
            funding::auto_topup_paused(&mut tx, org_id, paused, language).await
        }
        About::TopupAsked { topup_id } => topup_asked(spend, &mut tx, topup_id, recipient, language).await,
        About::BalanceLow { .. }
        | About::LimitNear { .. }
        | About::Declines { .. }
        | About::Summary { .. } => {
            let member = member_at(&mut tx, org_id, recipient).await?;
            let Some((choice, member)) = about.choice().zip(member) else {
                return Ok(Err("not sent: the recipient is no longer a member"));
            };
            if !wants(&mut tx, &member.id, choice.0).await? {
                return Ok(Err("not sent: the recipient turned such mails off"));
            }
            notices::notice(spend, &mut tx, org_id, about, choice, (&member.id, language)).await
        }
    }
}

/// The member of an org with this address.
///
/// # Errors
/// [`StoreError`].
pub async fn member_at(tx: &mut Tx, org: &OrgId, email: &str) -> Result<Option<Member>, StoreError> {
    Ok(members::list(tx, org).await?.into_iter().find(|member| member.email == email))
}

async fn case_opened(
    tx: &mut Tx,
    org_id: &OrgId,
    id: &CaseId,
    language: Language,
) -> Result<Composed, StoreError> {
    let (Some(org), Some(case)) = (orgs::find(tx, org_id).await?, cases::service::find(tx, id).await?) else {
        return Ok(Err(GONE));
    };
    if case.status == cases::Status::Resolved {
        return Ok(Err("not sent: the case was settled before"));
    }
    let found = case.found;
    Ok(Ok(bursar_pages::case_opened(&CaseView {
        org_name: org.name,
        case_id: case.id.to_string(),
        cause: found.cause,
        reference: found.reference,
        ours: found.ours,
        theirs: found.theirs,
        amount: found.at_stake,
        opened_at: case.updated,
        time_zone: org.time_zone,
        language,
        show_command: format!("bursar case show {}", case.id),
        is_test: org.mode == bursar_base::Mode::Test,
    })))
}

const GONE: &str = "what it is about is gone";

async fn approval_asked(
    spend: &Spend,
    tx: &mut Tx,
    id: &TransactionId,
    recipient: &str,
    (language, reminder): (Language, bool),
) -> Result<Composed, StoreError> {
    let Some(t) = transactions::find(tx, id).await? else {
        return Ok(Err(GONE));
    };
    if t.status != Status::Pending {
        return Ok(Err("not sent: the payment was decided before"));
    }
    let Some(member) = member_at(tx, &t.org_id, recipient).await? else {
        return Ok(Err("not sent: the recipient is no longer a member"));
    };
    let token = links::token(spend, &t, &member.id);
    let link = view::Link { token: &token, member: &member.id };
    let view = view::approval(tx, &t, Some(link), language).await?;
    if view.has_voted {
        return Ok(Err("not sent: the recipient has decided"));
    }
    let (approve, decline) = links::urls(spend, &token);
    let links = ApprovalLinks { approve: &approve, decline: &decline };
    let made = if reminder { bursar_pages::approval_reminder } else { bursar_pages::approval_asked };
    Ok(Ok(made(&view, links)))
}

/// A top-up or payment link as alerts show it.
async fn paid_in(tx: &mut Tx, id: &str, language: Language) -> Result<Option<PaymentView>, StoreError> {
    let Some(c) = checkouts::service::find(tx, id).await? else {
        return Ok(None);
    };
    let Some(org) = orgs::find(tx, &c.org_id).await? else {
        return Ok(None);
    };
    let agent = match &c.agent_id {
        Some(agent) => agents::find(tx, agent).await?,
        None => None,
    };
    Ok(Some(PaymentView {
        org_name: org.name,
        agent_name: agent.map(|agent| agent.name),
        merchant: None,
        amount: c.amount,
        transaction_id: Some(c.id),
        rail: "stripe".to_owned(),
        rail_reference: c.payment_intent,
        occurred_at: c.updated,
        time_zone: org.time_zone,
        language,
        is_test: org.mode == bursar_base::Mode::Test,
    }))
}

async fn topup_asked(
    spend: &Spend,
    tx: &mut Tx,
    id: &str,
    recipient: &str,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some(c) = checkouts::service::find(tx, id).await? else {
        return Ok(Err(GONE));
    };
    let now = tx.now(&*spend.identity.clock).await?;
    if c.status_at(now) != checkouts::Status::Asked {
        return Ok(Err("not sent: the top-up was paid, or its time is over"));
    }
    let Some(member) = member_at(tx, &c.org_id, recipient).await? else {
        return Ok(Err("not sent: the recipient is no longer a member"));
    };
    let left = match &c.agent_id {
        None => None,
        Some(agent) => match budgets::find(tx, agent).await? {
            None => None,
            Some(budget) => {
                let account = budgets::wallet(tx, &budget.wallet).await?;
                let micros = account.map_or(0, |account| account.available());
                Some(Money { micros, currency: budget.currency })
            }
        },
    };
    let Some(view) = checkouts::show::view(tx, &c, now, (None, false), language).await? else {
        return Ok(Err(GONE));
    };
    let token = topups::links::token(spend, &c, Some(&member.id));
    Ok(Ok(bursar_pages::topup_asked(&view, left, &topups::links::url(spend, &token))))
}

struct Frozen<'a> {
    agent_id: &'a AgentId,
    actor: &'a str,
    reason: &'a str,
    at: bursar_base::TimeUs,
}

async fn agent_frozen(
    spend: &Spend,
    tx: &mut Tx,
    org_id: &OrgId,
    frozen: Frozen<'_>,
    language: Language,
) -> Result<Composed, StoreError> {
    let (Some(org), Some(agent)) = (orgs::find(tx, org_id).await?, agents::find(tx, frozen.agent_id).await?)
    else {
        return Ok(Err(GONE));
    };
    let cause = if frozen.actor == "breaker" {
        let own = policies::current(tx, frozen.agent_id).await?.and_then(|version| version.document.breaker);
        let rate = own.unwrap_or(spend.settings.breaker);
        let setting = match own {
            Some(_) => "breaker (in the agent's policy)",
            None => "BURSAR_BREAKER_REQUESTS and BURSAR_BREAKER_SECONDS",
        };
        let (requests, seconds) = (u64::from(rate.requests), u64::from(rate.seconds));
        FreezeCause::Breaker { requests, seconds, setting: setting.to_owned() }
    } else {
        FreezeCause::Human { by: frozen.actor.to_owned(), reason: Some(frozen.reason.to_owned()) }
    };
    Ok(Ok(bursar_pages::agent_frozen(&FrozenView {
        org_name: org.name,
        agent_name: agent.name,
        agent_id: agent.id.to_string(),
        cause,
        frozen_at: frozen.at,
        time_zone: org.time_zone,
        language,
        unfreeze_command: format!("bursar agent unfreeze {} --reason \"…\"", agent.id),
        is_test: org.mode == bursar_base::Mode::Test,
    })))
}

async fn payment(
    tx: &mut Tx,
    id: &TransactionId,
    language: Language,
) -> Result<Option<(Transaction, PaymentView)>, StoreError> {
    let Some(t) = transactions::find(tx, id).await? else {
        return Ok(None);
    };
    let Some(org) = orgs::find(tx, &t.org_id).await? else {
        return Ok(None);
    };
    let agent = agents::find(tx, &t.agent_id).await?;
    let view = PaymentView {
        org_name: org.name,
        agent_name: agent.map(|agent| agent.name),
        merchant: Some(t.merchant.clone()),
        amount: t.amount(),
        transaction_id: Some(t.id.to_string()),
        rail: t.rail.as_str().to_owned(),
        rail_reference: t.rail_reference.clone(),
        occurred_at: t.updated,
        time_zone: org.time_zone,
        language,
        is_test: org.mode == bursar_base::Mode::Test,
    };
    Ok(Some((t, view)))
}
