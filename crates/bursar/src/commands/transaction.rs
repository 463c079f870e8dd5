//! `bursar transaction`

use bursar_base::{TransactionId, ids};
use bursar_money::funnel::{Command, Reply, Step};
use bursar_money::transactions::Transaction;
use bursar_spend::requests::TransactionBody;
use bursar_spend::requests::body::{CheckBody, Reader};
use bursar_spend::requests::refunds::{ResolvedAs, resolved};
use bursar_spend::requests::service::full_body;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::{amount, problem, sentence};
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::{or_dash, pairs, table};

/// `bursar transaction`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum TransactionCommand {
    /// Show a payment and all that became of it
    Show {
        /// The payment, tx_…
        id: TransactionId,
    },
    /// Withdraw a payment that its rail was not called for yet
    Cancel {
        /// The payment, tx_…
        id: TransactionId,
        /// Why, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
    /// Ask the rail to give a payment back, whole or in part
    Refund {
        /// The payment, tx_…
        id: TransactionId,
        /// How much; all that is left when left out
        #[arg(long)]
        amount: Option<String>,
        /// Why, for the audit trail
        #[arg(long)]
        reason: Option<String>,
    },
    /// Settle an unknown outcome with what a human found out
    Resolve(Resolve),
}

/// `bursar transaction resolve`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Resolve {
    /// The payment, tx_…
    id: TransactionId,
    /// It was paid, and this much was charged
    #[arg(long, value_name = "AMOUNT", required_unless_present = "failed", conflicts_with = "failed")]
    completed: Option<String>,
    /// It was not paid, and will not be
    #[arg(long)]
    failed: bool,
    /// How you know, for the audit trail
    #[arg(long, value_name = "TEXT")]
    evidence: String,
}

pub(super) async fn run(context: &Context<'_>, command: TransactionCommand) -> Ending {
    match command {
        TransactionCommand::Show { id } => {
            let t = context.transaction(&id).await?;
            shown(context, &t).await
        }
        TransactionCommand::Cancel { id, reason } => {
            let t = context.transaction(&id).await?;
            let reason = reason.map(|reason| sentence("reason", &reason)).transpose()?;
            change(context, t, Step::Cancel { reason }).await
        }
        TransactionCommand::Refund { id, amount: wanted, reason } => {
            refund(context, &id, wanted, reason).await
        }
        TransactionCommand::Resolve(resolve) => {
            let t = context.transaction(&resolve.id).await?;
            let evidence = sentence("evidence", &resolve.evidence)?;
            let end = if resolve.failed { ResolvedAs::Failed } else { ResolvedAs::Completed };
            let outcome =
                resolved(end, resolve.completed.as_deref(), t.amount_micros, t.currency).map_err(problem)?;
            change(context, t, Step::Resolve { outcome, evidence }).await
        }
    }
}

async fn step(context: &Context<'_>, t: &Transaction, step: Step) -> Result<Reply, Failure> {
    let command = Command::Change {
        org_id: t.org_id.clone(),
        transaction_id: t.id.clone(),
        step,
        actor: ACTOR.to_owned(),
        job: None,
        nonce: None,
    };
    context.submit(command).await
}

async fn change(context: &Context<'_>, t: Transaction, wanted: Step) -> Ending {
    step(context, &t, wanted).await?;
    let now = context.transaction(&t.id).await?;
    shown(context, &now).await
}

async fn refund(
    context: &Context<'_>,
    id: &TransactionId,
    wanted: Option<String>,
    reason: Option<String>,
) -> Ending {
    let t = context.transaction(id).await?;
    let micros = wanted.map(|text| amount(&text, t.currency)).transpose()?.map(|money| money.micros);
    let reason = reason.map_or(Ok("by the command line".to_owned()), |reason| sentence("reason", &reason))?;
    let spend = context.spend();
    let refund_id = format!("ref_{}", ids::uuid_v7_hex(spend.now(), &*spend.identity.rng));
    // Every call of the command line is a refund of its own, so its key is its id.
    let idempotency_key = refund_id.clone();
    let wanted = Step::RequestRefund { refund_id: refund_id.clone(), micros, idempotency_key, reason };
    step(context, &t, wanted).await?;
    let body = full_body(spend, &t, false, Reader::Member).await.map_err(problem)?;
    let made = body.refunds.iter().find(|refund| refund.refund_id == refund_id);
    let amount = made.map(|refund| refund.amount.clone());
    let text = format!(
        "Asked the rail to give back {} {}; the refund is {refund_id}.\nNext: bursar transaction show {id}\n",
        or_dash(amount.as_ref()),
        t.currency
    );
    let answer =
        json!({ "refund_id": refund_id, "transaction_id": id, "amount": amount, "status": "requested" });
    Ok(Some(Answer::new(answer, text)))
}

async fn shown(context: &Context<'_>, t: &Transaction) -> Ending {
    let body = full_body(context.spend(), t, false, Reader::Member).await.map_err(problem)?;
    let text = words(&body);
    Ok(Some(Answer::new(body, text)))
}

/// The rules that were looked at, as a table.
pub(super) fn rules(checks: &[CheckBody]) -> String {
    let row = |check: &CheckBody| {
        let [limit, used, asked] =
            [&check.limit, &check.used, &check.asked].map(|value| or_dash(value.as_ref()));
        [check.rule.to_string(), check.verdict.to_owned(), limit, used, asked]
    };
    let rows: Vec<[String; 5]> = checks.iter().map(row).collect();
    table(["rule", "verdict", "limit", "used", "asked"], &rows, "No rule was looked at.")
}

fn words(body: &TransactionBody) -> String {
    let money = |amount: &str| format!("{amount} {}", body.currency);
    let mut text = pairs(&[
        ("transaction", body.transaction_id.to_string()),
        ("status", body.status.to_owned()),
        ("amount", money(&body.amount)),
        ("merchant", body.merchant.clone()),
        ("purpose", body.purpose.clone()),
        ("agent", body.agent_id.to_string()),
        ("rail", body.rail.to_owned()),
        ("reason", or_dash(body.reason.as_ref())),
        ("paid", money(&body.posted_amount)),
        ("given back", money(&body.refunded_amount)),
        ("asked at", body.created_at.to_string()),
        ("paid at", body.completed_at.map_or_else(|| "–".to_owned(), |at| at.to_string())),
    ]);
    text.push('\n');
    text.push_str(&rules(&body.decision));
    if let Some(approval) = &body.approval {
        text.push('\n');
        text.push_str(&pairs(&[
            ("deadline", approval.deadline.map_or_else(|| "–".to_owned(), |at| at.to_string())),
            ("decided by", or_dash(approval.decided_by.as_ref())),
            ("they said", or_dash(approval.reason.as_ref())),
        ]));
        for mail in &approval.mails {
            text.push_str(&format!(
                "mail {} to {}: {}\n",
                mail.kind,
                or_dash(mail.recipient.as_ref()),
                mail.status
            ));
        }
    }
    for refund in &body.refunds {
        text.push_str(&format!(
            "refund {}: {} {}, {}\n",
            refund.refund_id, refund.amount, body.currency, refund.status
        ));
    }
    text
}
