//! One command against the running state.

use bursar_store::events::NewEvent;
use serde_json::json;

use super::authorize::authorize;
use super::booking::Leg;
use super::change::{Change, change};
use super::command::{Command, Outcome, Refusal, Reply};
use super::facts::facts;
use super::freeze::set_frozen;
use super::receive::{give_back, receive};
use super::reserve::{preview, reserve};
use super::working::Working;
use crate::ledger::{AccountId, TransferKind};
use crate::policies::Rate;

/// Applies one command.
///
/// Every refusal but [`Refusal::Overflow`] is made before anything is changed; after an overflow the whole running
/// state must be thrown away.
pub fn apply(w: &mut Working, command: &Command, breaker: Rate) -> Outcome {
    match command {
        Command::Reserve(r) => reserve(w, r, breaker),
        Command::Preview(r) => preview(w, r, breaker),
        Command::Change { org_id, transaction_id, step, actor, job, nonce } => {
            let by = Change { org_id, id: transaction_id, actor };
            change(w, by, step, job.as_ref(), nonce.as_ref())
        }
        Command::SetFrozen { org_id, agent_id, frozen, reason, actor, nonce } => {
            set_frozen(w, (org_id, agent_id.as_ref()), *frozen, reason, actor, nonce.as_ref())
        }
        Command::Authorize(a) => authorize(w, a, breaker),
        Command::Facts(f) => facts(w, f),
        Command::Receive(r) => receive(w, r),
        Command::GiveBack { org_id, reference, gone, actor } => give_back(w, org_id, reference, *gone, actor),
        Command::Deposit { org_id, agent_id, amount, reason, actor } => {
            let org = w.org(org_id)?;
            if amount.micros <= 0 {
                return Err(Refusal::NotPositive);
            }
            if amount.currency != org.currency {
                return Err(Refusal::CurrencyMismatch);
            }
            let wallet = match agent_id {
                None => AccountId::wallet(org_id.as_str()),
                Some(agent) => {
                    let own = AccountId::wallet(agent.as_str());
                    if w.budget(org_id, agent)?.wallet != own {
                        return Err(Refusal::NoOwnWallet);
                    }
                    own
                }
            };
            let mut event = NewEvent::new(
                "wallet.deposited",
                actor,
                &json!({ "wallet": wallet.as_str(), "reason": reason }),
            );
            event.amount = Some(*amount);
            event.agent_id.clone_from(agent_id);
            let leg = Leg {
                kind: TransferKind::Deposit,
                debit: AccountId::deposits(org_id),
                credit: wallet,
                micros: amount.micros,
            };
            w.book(org_id, event, amount.currency, &[leg])?;
            Ok(Reply::Done)
        }
    }
}
