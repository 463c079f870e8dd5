//! Money that comes in under a reference, once; and what of it goes back. Neither changes a window.

use bursar_base::{Money, OrgId};
use bursar_store::events::NewEvent;
use serde_json::json;

use super::booking::Leg;
use super::command::{GoneBack, Outcome, Receive, Refusal, Reply};
use super::working::Working;
use crate::ledger::{AccountId, TransferKind};
use crate::receipts::Receipt;

/// Credits a wallet, unless the reference was credited before.
///
/// # Errors
/// [`Refusal`].
pub fn receive(w: &mut Working, r: &Receive) -> Outcome {
    let org = w.org(&r.org_id)?;
    if r.amount.micros <= 0 {
        return Err(Refusal::NotPositive);
    }
    if let Some(earlier) = w.receipts.get(&r.reference) {
        let same = earlier.org_id == r.org_id
            && (earlier.micros, earlier.currency) == (r.amount.micros, r.amount.currency);
        return if same { Ok(Reply::Done) } else { Err(Refusal::ReferenceTaken) };
    }
    let (wallet, currency) = match &r.agent_id {
        None => (AccountId::wallet(r.org_id.as_str()), org.currency),
        Some(agent) => {
            let budget = w.budget(&r.org_id, agent)?;
            (budget.wallet.clone(), budget.currency)
        }
    };
    if r.amount.currency != currency {
        return Err(Refusal::CurrencyMismatch);
    }
    let receipt = Receipt {
        reference: r.reference.clone(),
        org_id: r.org_id.clone(),
        agent_id: r.agent_id.clone(),
        wallet: wallet.clone(),
        about: r.about.clone(),
        micros: r.amount.micros,
        currency,
        seq: org.head.seq + 1,
        refunded_micros: 0,
        returned_micros: 0,
        disputed_micros: 0,
        received: org.now,
    };
    let detail =
        json!({ "wallet": wallet.as_str(), "reference": r.reference, "about": r.about, "note": r.note });
    let mut event = NewEvent::new("wallet.received", &r.actor, &detail);
    event.amount = Some(r.amount);
    event.agent_id.clone_from(&r.agent_id);
    let leg = Leg {
        kind: TransferKind::Deposit,
        debit: AccountId::checkout(&r.org_id),
        credit: wallet,
        micros: r.amount.micros,
    };
    w.book(&r.org_id, event, currency, &[leg])?;
    w.receipts.add(r.reference.clone(), receipt);
    Ok(Reply::Done)
}

/// Debits the wallet of a receipt by what has gone back since, also where that makes it negative.
///
/// # Errors
/// [`Refusal`].
pub fn give_back(w: &mut Working, org_id: &OrgId, reference: &str, gone: GoneBack, actor: &str) -> Outcome {
    let key = reference.to_owned();
    let receipt = w.receipts.get(&key).filter(|receipt| receipt.org_id == *org_id);
    let mut receipt = receipt.ok_or(Refusal::NotFound("receipt"))?.clone();
    let before = (receipt.given_back(), receipt.disputed_micros);
    match gone {
        GoneBack::Refunded { gross, failed } => {
            receipt.refunded_micros = receipt.refunded_micros.max(gross);
            receipt.returned_micros = receipt.returned_micros.max(failed).min(receipt.refunded_micros);
        }
        GoneBack::Disputed(total) if total >= 0 => receipt.disputed_micros = total,
        GoneBack::Disputed(_) => return Ok(Reply::Done),
    }
    let overflow = Refusal::Overflow;
    let refunded = receipt.given_back().checked_sub(before.0).ok_or(overflow.clone())?;
    let disputed = receipt.disputed_micros.checked_sub(before.1).ok_or(overflow)?;
    let more = refunded.checked_add(disputed).ok_or(Refusal::Overflow)?;
    let (kind, action) = match gone {
        GoneBack::Refunded { .. } if more > 0 => (TransferKind::Refund, "wallet.refunded"),
        GoneBack::Refunded { .. } => (TransferKind::Refund, "wallet.refund_failed"),
        GoneBack::Disputed(_) if more > 0 => (TransferKind::Dispute, "wallet.disputed"),
        GoneBack::Disputed(_) => (TransferKind::Dispute, "wallet.dispute_won"),
    };
    if more == 0 {
        // What was given back and failed before anybody heard of it moves nothing, and is remembered.
        if let Some(row) = w.receipts.get_mut(&key).filter(|row| **row != receipt) {
            *row = receipt;
        }
        return Ok(Reply::Done);
    }
    let (wallet, checkout) = (receipt.wallet.clone(), AccountId::checkout(org_id));
    let (debit, credit) = if more > 0 { (wallet, checkout) } else { (checkout, wallet) };
    let micros = more.abs();
    let detail = json!({ "wallet": receipt.wallet.as_str(), "reference": reference, "about": receipt.about });
    let mut event = NewEvent::new(action, actor, &detail);
    event.amount = Some(Money { micros, currency: receipt.currency });
    event.agent_id.clone_from(&receipt.agent_id);
    w.book(org_id, event, receipt.currency, &[Leg { kind, debit, credit, micros }])?;
    if action == "wallet.disputed" {
        let notice = json!({ "checkout_id": receipt.about, "micros": receipt.disputed_micros }).to_string();
        let at = w.org(org_id)?.now;
        w.enqueue(org_id, "topup_disputed", notice, at);
    }
    if let Some(row) = w.receipts.get_mut(&key) {
        *row = receipt;
    }
    Ok(Reply::Done)
}
