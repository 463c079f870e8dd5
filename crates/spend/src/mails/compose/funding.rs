//! Mails about what is charged by itself: safety mails, which nobody can turn off.

use bursar_base::{AgentId, Currency, Language, Mode, Money, OrgId, PaymentMethodId, TimeUs};
use bursar_identity::agents::service as agents;
use bursar_identity::orgs::service as orgs;
use bursar_pages::{AutoTopupView, PaymentMethodChange, PaymentMethodView, Words};
use bursar_store::{StoreError, Tx};

use super::{Composed, GONE};
use crate::payment_methods::{Change, Saved, Status, service as payment_methods};

pub(super) async fn payment_method(
    tx: &mut Tx,
    org_id: &OrgId,
    id: &PaymentMethodId,
    change: Change,
    (by, at, language): (&str, TimeUs, Language),
) -> Result<Composed, StoreError> {
    let (Some(org), Some(m)) = (orgs::find(tx, org_id).await?, payment_methods::find(tx, id).await?) else {
        return Ok(Err(GONE));
    };
    let change = match change {
        Change::Added => PaymentMethodChange::Added,
        Change::Used { for_topups, for_payments } => PaymentMethodChange::Used { for_topups, for_payments },
        Change::Removed => PaymentMethodChange::Removed,
        Change::Ended => PaymentMethodChange::Ended {
            reason: match &m.status {
                Status::Ended(reason) => reason.clone(),
                Status::Open | Status::Checking | Status::Active | Status::Removed => String::new(),
            },
        },
    };
    Ok(Ok(bursar_pages::payment_method_changed(&PaymentMethodView {
        org_name: org.name,
        label: m.saved.as_ref().map(Saved::label).unwrap_or_default(),
        payment_method_id: id.to_string(),
        change,
        by: by.to_owned(),
        at,
        time_zone: org.time_zone,
        language,
        remove_command: format!("bursar payment-method remove {id}"),
        is_test: org.mode == Mode::Test,
    })))
}

pub(super) struct Paused<'a> {
    pub(super) agent_id: &'a Option<AgentId>,
    pub(super) amount: &'a str,
    pub(super) currency: &'a str,
    pub(super) topup_id: &'a Option<String>,
    pub(super) reason: &'a str,
    pub(super) at: TimeUs,
}

pub(super) async fn auto_topup_paused(
    tx: &mut Tx,
    org_id: &OrgId,
    paused: Paused<'_>,
    language: Language,
) -> Result<Composed, StoreError> {
    let Some(org) = orgs::find(tx, org_id).await? else { return Ok(Err(GONE)) };
    let agent = match paused.agent_id {
        Some(agent) => agents::find(tx, agent).await?,
        None => None,
    };
    let whose = match paused.agent_id {
        Some(agent) => format!("--agent {agent}"),
        None => format!("--org {org_id}"),
    };
    Ok(Ok(bursar_pages::auto_topup_paused(&AutoTopupView {
        org_name: org.name,
        agent_name: agent.map(|agent| agent.name),
        amount: sum(paused.amount, paused.currency, language),
        reason: paused.reason.to_owned(),
        topup_id: paused.topup_id.clone(),
        at: paused.at,
        time_zone: org.time_zone,
        language,
        set_command: format!(
            "bursar wallet auto-topup set {whose} --floor \u{2026} --amount \u{2026} --monthly-cap \u{2026}"
        ),
        is_test: org.mode == Mode::Test,
    })))
}

/// A stored sum as the reader writes it; one that is none as it is.
fn sum(amount: &str, currency: &str, language: Language) -> String {
    let money = Currency::parse(currency).and_then(|currency| Money::parse(amount, currency));
    money.map_or_else(|_| format!("{amount} {currency}"), |money| Words::of(language).amount(money))
}
