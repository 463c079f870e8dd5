//! A transaction in JSON: the same everywhere.

use bursar_base::{TimeUs, money};
use bursar_money::policies::{Check, Verdict};
use bursar_money::transactions::{RefundView, Transaction};
use serde::Serialize;
use serde_json::Value;

use crate::mails::MailView;

/// A transaction as people and programs see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TransactionBody {
    /// Its id.
    pub transaction_id: String,
    /// `pending`, `approved`, `executing`, `unknown`, `completed`, `refunded`, `failed`, `declined`, `timed_out` or
    /// `cancelled`.
    pub status: String,
    /// What was asked for.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// As the agent wrote it.
    pub merchant: String,
    /// By the payee or the card network.
    pub category: Option<String>,
    /// What the agent says it buys.
    pub claimed_category: Option<String>,
    /// In the agent's words.
    pub purpose: String,
    /// The agent's own.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// How it is paid.
    pub rail: String,
    /// Why it was declined, failed or withdrawn.
    pub reason: Option<String>,
    /// Every rule that was looked at, in order, up to the first refusal.
    pub decision: Vec<CheckBody>,
    /// The human side of it, where a human was asked or stepped in.
    pub approval: Option<ApprovalBody>,
    /// Stripe's id of the charge.
    pub stripe_charge_id: Option<String>,
    /// What was really paid.
    pub posted_amount: String,
    /// What was given back.
    pub refunded_amount: String,
    /// Refunds, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub refunds: Vec<RefundBody>,
    /// The agent that asked.
    pub agent_id: String,
    /// The agent's own key for it.
    pub idempotency_key: String,
    /// Whether this answer is about a request that was seen before.
    pub idempotent: bool,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When it was paid.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<TimeUs>,
}

/// One rule that was looked at.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CheckBody {
    /// The rule: a field of the policy.
    pub rule: String,
    /// `approve`, `ask` or `decline`.
    pub verdict: String,
    /// Its limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// What was used of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
}

/// The human side of a transaction.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ApprovalBody {
    /// Until when a human can decide.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<TimeUs>,
    /// Who decided, cancelled or resolved it.
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<TimeUs>,
    /// What they said.
    pub reason: Option<String>,
    /// Whether its mails were delivered.
    pub mails: Vec<MailView>,
}

/// A refund.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct RefundBody {
    /// Its id.
    pub refund_id: String,
    /// How much.
    pub amount: String,
    /// `requested`, `completed` or `failed`.
    pub status: String,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: TimeUs,
    /// When the rail did it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<TimeUs>,
}

impl From<&Check> for CheckBody {
    fn from(check: &Check) -> CheckBody {
        let verdict = match check.verdict {
            Verdict::Approve => "approve",
            Verdict::Ask => "ask",
            Verdict::Decline => "decline",
        };
        CheckBody {
            rule: check.rule.to_string(),
            verdict: verdict.to_owned(),
            limit: check.limit.clone(),
            used: check.used.clone(),
            asked: check.asked.clone(),
        }
    }
}

impl TransactionBody {
    /// Without mails and refunds, which a new transaction has none of.
    pub fn new(t: &Transaction, idempotent: bool) -> TransactionBody {
        let asked = t.checks.iter().any(|check| check.verdict == Verdict::Ask);
        let approval = (asked || t.decided_by.is_some()).then(|| ApprovalBody {
            deadline: t.deadline,
            decided_by: t.decided_by.clone(),
            decided_at: t.decided,
            reason: t.decided_reason.clone(),
            mails: Vec::new(),
        });
        TransactionBody {
            transaction_id: t.id.to_string(),
            status: t.status.as_str().to_owned(),
            amount: money::decimal(t.amount_micros),
            currency: t.currency.to_string(),
            merchant: t.merchant.clone(),
            category: t.category.clone(),
            claimed_category: t.claimed_category.clone(),
            purpose: t.purpose.clone(),
            context: t.context.as_deref().and_then(|text| serde_json::from_str(text).ok()),
            rail: t.rail.as_str().to_owned(),
            reason: t.reason.clone(),
            decision: t.checks.iter().map(CheckBody::from).collect(),
            approval,
            stripe_charge_id: t.charge_id.clone(),
            posted_amount: money::decimal(t.posted_micros),
            refunded_amount: money::decimal(t.refunded_micros),
            refunds: Vec::new(),
            agent_id: t.agent_id.to_string(),
            idempotency_key: t.idempotency_key.clone(),
            idempotent,
            created_at: t.created,
            completed_at: t.completed,
        }
    }

    /// Adds what was sent and given back. Recipients are for members' eyes only.
    #[must_use]
    pub fn with(
        mut self,
        mut mails: Vec<MailView>,
        refunds: Vec<RefundView>,
        show_recipients: bool,
    ) -> TransactionBody {
        if !show_recipients {
            mails.iter_mut().for_each(|mail| mail.recipient = None);
        }
        if let Some(approval) = &mut self.approval {
            approval.mails = mails;
        }
        self.refunds = refunds
            .into_iter()
            .map(|refund| RefundBody {
                refund_id: refund.refund_id,
                amount: refund.amount,
                status: refund.status,
                reason: refund.reason,
                created_at: refund.created_at,
                completed_at: refund.completed_at,
            })
            .collect();
        self
    }
}
