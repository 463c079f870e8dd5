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

/// Debits the wallet of a receipt by what has gone back since, also where that makes it negative, and credits it with what
/// came again. Whatever a receipt remembers has an entry of its own, so that the chain alone tells how it came to be.
///
/// # Errors
/// [`Refusal`].
pub fn give_back(w: &mut Working, org_id: &OrgId, reference: &str, gone: GoneBack, actor: &str) -> Outcome {
    let key = reference.to_owned();
    let receipt = w.receipts.get(&key).filter(|receipt| receipt.org_id == *org_id);
    let before = receipt.ok_or(Refusal::NotFound("receipt"))?.clone();
    let after = after(&before, gone);
    let more = |after: i64, before: i64| after.checked_sub(before).ok_or(Refusal::Overflow);
    let refunded = more(after.refunded_micros, before.refunded_micros)?;
    let returned = more(after.returned_micros, before.returned_micros)?;
    let disputed = more(after.disputed_micros, before.disputed_micros)?;
    for (action, kind, micros) in [
        ("wallet.refunded", TransferKind::Refund, refunded),
        ("wallet.refund_failed", TransferKind::Refund, -returned),
        ("wallet.disputed", TransferKind::Dispute, disputed.max(0)),
        ("wallet.dispute_won", TransferKind::Dispute, disputed.min(0)),
    ] {
        if micros != 0 {
            book_gone(w, &after, action, kind, micros, actor)?;
        }
    }
    if disputed > 0 {
        let notice = json!({ "checkout_id": after.about, "micros": after.disputed_micros }).to_string();
        let at = w.org(org_id)?.now;
        w.enqueue(org_id, "topup_disputed", notice, at);
    }
    if let Some(row) = w.receipts.get_mut(&key).filter(|row| **row != after) {
        *row = after;
    }
    Ok(Reply::Done)
}

/// What a receipt is after such news. What was given back and what failed of it never shrink; what a bank took may.
fn after(before: &Receipt, gone: GoneBack) -> Receipt {
    let mut after = before.clone();
    match gone {
        GoneBack::Refunded { gross, failed } => {
            after.refunded_micros = after.refunded_micros.max(gross);
            after.returned_micros = after.returned_micros.max(failed).min(after.refunded_micros);
        }
        GoneBack::Disputed(total) if total >= 0 => after.disputed_micros = total,
        GoneBack::Disputed(_) => {}
    }
    after
}

/// Books what left the wallet of a receipt; what came again where `micros` is negative.
fn book_gone(
    w: &mut Working,
    receipt: &Receipt,
    action: &'static str,
    kind: TransferKind,
    micros: i64,
    actor: &str,
) -> Result<(), Refusal> {
    let (wallet, checkout) = (receipt.wallet.clone(), AccountId::checkout(&receipt.org_id));
    let (debit, credit) = if micros > 0 { (wallet, checkout) } else { (checkout, wallet) };
    let micros = micros.checked_abs().ok_or(Refusal::Overflow)?;
    let wallet_id = receipt.wallet.as_str();
    let detail = json!({ "wallet": wallet_id, "reference": receipt.reference, "about": receipt.about });
    let mut event = NewEvent::new(action, actor, &detail);
    event.amount = Some(Money { micros, currency: receipt.currency });
    event.agent_id.clone_from(&receipt.agent_id);
    w.book(&receipt.org_id, event, receipt.currency, &[Leg { kind, debit, credit, micros }])
}
