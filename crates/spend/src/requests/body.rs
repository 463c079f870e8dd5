//! A transaction in JSON: the same everywhere.

use std::borrow::Cow;

use bursar_base::{AgentId, Currency, TimeUs, TransactionId, money};
use bursar_http::problem::ProblemBody;
use bursar_identity::keys::Caller;
use bursar_money::policies::{Check, Figure, Verdict};
use bursar_money::transactions::{RefundView, Status, Transaction};
use bursar_money::votes::{self, Vote};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::mails::MailView;

/// Who reads a transaction. People's names and addresses are for the eyes of people: an agent reads what became of its
/// payment, and the words that were meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A program that spends.
    Agent,
    /// Somebody of the org.
    Member,
}

impl Reader {
    /// Whoever called.
    pub fn of(caller: &Caller) -> Reader {
        if caller.agent_id.is_some() { Reader::Agent } else { Reader::Member }
    }
}

/// What kind of decider an agent is told of.
pub(crate) fn kind_of(actor: &str) -> &'static str {
    match actor.split_once(':').map_or(actor, |(kind, _)| kind) {
        "member" | "key" | "cli" => "human",
        "agent" | "card" => "agent",
        _ => "bursar",
    }
}

/// A transaction as people and programs see it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct TransactionBody {
    /// Its id.
    #[schema(value_type = String)]
    pub transaction_id: TransactionId,
    /// `pending`, `approved`, `executing`, `unknown`, `completed`, `refunded`, `failed`, `declined`, `timed_out` or
    /// `cancelled`.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// What was asked for.
    pub amount: String,
    /// ISO 4217.
    #[schema(value_type = String)]
    pub currency: Currency,
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
    pub context: Option<Box<RawValue>>,
    /// How it is paid.
    #[schema(value_type = String)]
    pub rail: &'static str,
    /// Why it was declined, failed or withdrawn.
    pub reason: Option<String>,
    /// Every rule that was looked at, in order, up to the first refusal.
    pub decision: Vec<CheckBody>,
    /// The human side of it, where a human was asked or stepped in.
    pub approval: Option<ApprovalBody>,
    /// The card that was used at a till.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub card_id: Option<String>,
    /// A human allowed what the till was refused: until then the same card passes there, with the same amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Option<String>, format = DateTime)]
    pub retry_until: Option<TimeUs>,
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
    #[schema(value_type = String)]
    pub agent_id: AgentId,
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

/// An error that says why a payment is not made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RefusalBody {
    /// What every error says.
    #[serde(flatten)]
    pub problem: ProblemBody,
    /// Why, as in `code`; absent from the answer to a dry run.
    #[schema(required = false)]
    pub reason: Option<String>,
    /// The limit that was reached: an amount, or a rate in words. `null` where no limit refused it.
    pub limit: Option<String>,
    /// What was used of it.
    pub used: Option<String>,
    /// What was asked for.
    pub asked: Option<String>,
    /// The payment; absent from the answer to a dry run, which makes none.
    #[schema(required = false)]
    pub transaction: Option<TransactionBody>,
    /// `true` in the answer to a dry run.
    #[schema(required = false)]
    pub dry_run: Option<bool>,
    /// Every rule that was looked at, in the answer to a dry run.
    #[schema(required = false)]
    pub decision: Option<Vec<CheckBody>>,
}

/// One rule that was looked at.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CheckBody {
    /// The rule: a field of the policy.
    #[schema(value_type = String)]
    pub rule: Cow<'static, str>,
    /// `approve`, `ask` or `decline`.
    #[schema(value_type = String)]
    pub verdict: &'static str,
    /// Its limit.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    #[schema(value_type = Option<String>)]
    pub limit: Option<Figure>,
    /// What was used of it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    #[schema(value_type = Option<String>)]
    pub used: Option<Figure>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    #[schema(value_type = Option<String>)]
    pub asked: Option<Figure>,
}

/// The human side of a transaction.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ApprovalBody {
    /// Until when a human can decide.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<TimeUs>,
    /// How many have to say yes, and how many have. Left out where a payment is asked for or listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approvals: Option<ApprovalsBody>,
    /// Who has said yes, oldest first; members see it, agents do not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub votes: Vec<VoteBody>,
    /// Who decided, cancelled or resolved it. An agent reads `human`, `agent` or, where a freeze withdrew it, `bursar`;
    /// the org reads who it was.
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<TimeUs>,
    /// What they said.
    pub reason: Option<String>,
    /// Whether its mails were delivered.
    pub mails: Vec<MailView>,
}

/// How many have to say yes, and how many have.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct ApprovalsBody {
    /// So many have to.
    pub needed: u32,
    /// So many have; while it waits, only those who may still decide.
    pub given: usize,
    /// So many members of the org can; members see it, agents do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub possible: Option<u32>,
}

/// A yes.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct VoteBody {
    /// Whose.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: TimeUs,
    /// What they said.
    pub reason: Option<String>,
}

/// What is read of a payment besides its own row.
#[derive(Debug)]
pub struct Around {
    /// What was sent.
    pub mails: Vec<MailView>,
    /// What was given back.
    pub refunds: Vec<RefundView>,
    /// Who has said yes.
    pub votes: Vec<Vote>,
    /// How many can.
    pub possible: u32,
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

/// As people read it.
fn as_text<S: Serializer>(figure: &Option<Figure>, serializer: S) -> Result<S::Ok, S::Error> {
    match figure {
        Some(figure) => serializer.collect_str(figure),
        None => serializer.serialize_none(),
    }
}

impl From<Vote> for VoteBody {
    fn from(vote: Vote) -> VoteBody {
        VoteBody { by: vote.actor, at: vote.at, reason: vote.reason }
    }
}

impl From<&Check> for CheckBody {
    fn from(check: &Check) -> CheckBody {
        let verdict = match check.verdict {
            Verdict::Approve => "approve",
            Verdict::Ask => "ask",
            Verdict::Decline => "decline",
        };
        CheckBody {
            rule: check.rule.clone(),
            verdict,
            limit: check.limit.clone(),
            used: check.used.clone(),
            asked: check.asked.clone(),
        }
    }
}

impl TransactionBody {
    /// Without mails and refunds, which a new transaction has none of.
    pub fn new(t: &Transaction, idempotent: bool, reader: Reader) -> TransactionBody {
        let asked = t.checks.iter().any(|check| check.verdict == Verdict::Ask);
        let approval = (asked || t.decided_by.is_some()).then(|| ApprovalBody {
            deadline: t.deadline,
            approvals: None,
            votes: Vec::new(),
            decided_by: t.decided_by.as_deref().map(|actor| match reader {
                Reader::Agent => kind_of(actor).to_owned(),
                Reader::Member => actor.to_owned(),
            }),
            decided_at: t.decided,
            reason: t.decided_reason.clone(),
            mails: Vec::new(),
        });
        TransactionBody {
            transaction_id: t.id.clone(),
            status: t.status.as_str(),
            amount: money::decimal(t.amount_micros),
            currency: t.currency,
            merchant: t.merchant.clone(),
            category: t.category.clone(),
            claimed_category: t.claimed_category.clone(),
            purpose: t.purpose.clone(),
            context: t.context.clone().and_then(|text| RawValue::from_string(text).ok()),
            rail: t.rail.as_str(),
            reason: t.reason.clone(),
            decision: t.checks.iter().map(CheckBody::from).collect(),
            approval,
            card_id: t.card_id.as_ref().map(ToString::to_string),
            retry_until: t.deadline.filter(|_| t.status == Status::Approved && t.tolerance_micros.is_some()),
            stripe_charge_id: t.charge_id.clone(),
            posted_amount: money::decimal(t.posted_micros),
            refunded_amount: money::decimal(t.refunded_micros),
            refunds: Vec::new(),
            agent_id: t.agent_id.clone(),
            idempotency_key: t.idempotency_key.clone(),
            idempotent,
            created_at: t.created,
            completed_at: t.completed,
        }
    }

    /// Adds what is around it. Recipients and voters are for members' eyes only, and so is what a mail server said.
    #[must_use]
    pub fn with(mut self, t: &Transaction, around: Around, reader: Reader) -> TransactionBody {
        let Around { mut mails, refunds, votes, possible } = around;
        if reader == Reader::Agent {
            for mail in &mut mails {
                (mail.recipient, mail.error) = (None, None);
            }
        }
        if let Some(approval) = &mut self.approval {
            approval.mails = mails;
            let possible = (reader == Reader::Member).then_some(possible);
            let (needed, given) = (votes::needed(t), votes.len());
            approval.approvals = Some(ApprovalsBody { needed, given, possible });
            if reader == Reader::Member {
                approval.votes = votes.into_iter().map(VoteBody::from).collect();
            }
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
