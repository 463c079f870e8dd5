//! Mails about payments: one per event and recipient, queued as jobs, their words made when they are sent.
//!
//! Invariant: a mail's row and its job are written in one transaction, and the row says whether it was delivered. Links
//! that decide are never stored; they are made anew for every attempt, and come out the same.

mod compose;
pub mod refusals;
pub mod service;
pub mod sql;

use bursar_base::{TimeUs, TransactionId};
use bursar_store::{Columns as _, StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::notices::Choice;

pub use service::send_test;

/// What a mail is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// A human is asked.
    ApprovalAsked {
        /// About which payment.
        transaction_id: TransactionId,
    },
    /// A human who was asked has not decided, and little time is left.
    ApprovalReminder {
        /// About which payment.
        transaction_id: TransactionId,
    },
    /// Nobody decided in time.
    TimedOut {
        /// About which payment.
        transaction_id: TransactionId,
    },
    /// An agent was frozen.
    AgentFrozen {
        /// Which.
        agent_id: bursar_base::AgentId,
        /// By whom.
        actor: String,
        /// Why.
        reason: String,
        /// When.
        at: TimeUs,
    },
    /// All of an org was frozen.
    OrgFrozen {
        /// By whom.
        actor: String,
        /// Why.
        reason: String,
        /// When.
        at: TimeUs,
    },
    /// Something about money wants a person.
    CaseOpened {
        /// Which.
        case_id: bursar_base::CaseId,
    },
    /// Webhooks to an endpoint stopped.
    EndpointDisabled {
        /// Which.
        endpoint_id: bursar_base::EndpointId,
        /// Where it is.
        url: String,
        /// The agent that it tells of, where it is one.
        agent_id: Option<bursar_base::AgentId>,
        /// Why.
        reason: String,
        /// When.
        at: TimeUs,
    },
    /// Money left that was not held.
    Captured {
        /// For which payment.
        transaction_id: TransactionId,
    },
    /// The card network holds money that nobody here allowed.
    Unasked {
        /// For which payment.
        transaction_id: TransactionId,
    },
    /// A bank took money back.
    Disputed {
        /// Of which payment.
        transaction_id: TransactionId,
    },
    /// Somebody wants to sign in.
    SignIn {
        /// With which link.
        sign_in_id: bursar_base::SignInId,
    },
    /// A bot names somebody as its owner.
    BotRegistered {
        /// Which.
        agent_id: bursar_base::AgentId,
    },
    /// Somebody is asked to join an org.
    Invited {
        /// By which invitation.
        invitation_id: bursar_base::InvitationId,
    },
    /// The rail refused a refund.
    RefundFailed {
        /// Of which payment.
        transaction_id: TransactionId,
        /// How much, in micros.
        micros: i64,
    },
    /// An agent asks for money.
    TopupAsked {
        /// Which top-up.
        topup_id: String,
    },
    /// An agent asks for a card.
    CardAsked {
        /// By which question.
        request_id: bursar_base::CardRequestId,
    },
    /// An agent looked at its card.
    CardAccessed {
        /// At which.
        card_id: bursar_base::CardId,
        /// With which key.
        key_id: bursar_base::KeyId,
        /// From where.
        address: String,
        /// Whether the number was asked for.
        number: bool,
        /// When.
        at: TimeUs,
    },
    /// A bank took back what was paid into a wallet.
    TopupDisputed {
        /// By which top-up or payment link.
        checkout_id: String,
        /// How much, in micros.
        micros: i64,
    },
    /// A payment method was saved, begins or ceases to be charged.
    PaymentMethod {
        /// Which.
        payment_method_id: bursar_base::PaymentMethodId,
        /// What became of it.
        change: crate::payment_methods::Change,
        /// By whom.
        by: String,
        /// When.
        at: TimeUs,
    },
    /// An automatic top-up was refused, or cannot be charged.
    AutoTopupPaused {
        /// The agent whose own wallet it is for; the org's when absent.
        agent_id: Option<bursar_base::AgentId>,
        /// How much, as a decimal.
        amount: String,
        /// Of what.
        currency: String,
        /// Which, where one was begun.
        topup_id: Option<String>,
        /// Why, as a code.
        reason: String,
        /// When.
        at: TimeUs,
    },
    /// Something else was paid than what was asked for, and was not credited.
    TopupMismatched {
        /// For which top-up or payment link.
        checkout_id: String,
    },
    /// A wallet holds less than it should, or nothing.
    BalanceLow {
        /// Whose own wallet it is; the org's, when absent.
        agent_id: Option<bursar_base::AgentId>,
        /// What could be spent from it, in micros.
        left: i64,
        /// What it should hold, in micros; absent when it is empty.
        below: Option<i64>,
        /// When.
        at: TimeUs,
    },
    /// Most of a limit is used.
    LimitNear {
        /// Whose.
        agent_id: bursar_base::AgentId,
        /// `day`, `week`, `month` or `lifetime`.
        window: String,
        /// In micros.
        used: i64,
        /// In micros.
        limit: i64,
        /// When.
        at: TimeUs,
    },
    /// The policy declined one payment after the other.
    Declines {
        /// Whose.
        agent_id: bursar_base::AgentId,
        /// How many.
        count: i64,
        /// Why it declined the last one.
        reason: String,
        /// When.
        at: TimeUs,
    },
    /// What happened within a day or a week.
    Summary {
        /// A week.
        is_week: bool,
        /// The first day.
        from: String,
        /// The last.
        to: String,
        /// When the mail was made.
        at: TimeUs,
    },
}

impl About {
    /// As stored and shown.
    pub fn kind(&self) -> &'static str {
        match self {
            About::ApprovalAsked { .. } => "approval_asked",
            About::ApprovalReminder { .. } => "approval_reminder",
            About::TimedOut { .. } => "approval_timed_out",
            About::AgentFrozen { .. } => "agent_frozen",
            About::OrgFrozen { .. } => "org_frozen",
            About::CaseOpened { .. } => "case_opened",
            About::EndpointDisabled { .. } => "endpoint_disabled",
            About::Captured { .. } => "payment_captured",
            About::Unasked { .. } => "payment_unasked",
            About::Disputed { .. } => "payment_disputed",
            About::RefundFailed { .. } => "refund_failed",
            About::SignIn { .. } => "sign_in",
            About::BotRegistered { .. } => "bot_registered",
            About::Invited { .. } => "invited",
            About::CardAsked { .. } => "card_asked",
            About::CardAccessed { .. } => "card_accessed",
            About::TopupAsked { .. } => "topup_asked",
            About::TopupDisputed { .. } => "topup_disputed",
            About::TopupMismatched { .. } => "topup_mismatched",
            About::BalanceLow { .. } => "balance_low",
            About::LimitNear { .. } => "limit_near",
            About::Declines { .. } => "declines",
            About::Summary { is_week: true, .. } => "weekly_summary",
            About::Summary { is_week: false, .. } => "activity",
            About::PaymentMethod { .. } => "payment_method",
            About::AutoTopupPaused { .. } => "auto_topup_paused",
        }
    }

    /// The payment it is about.
    pub fn transaction_id(&self) -> Option<&TransactionId> {
        match self {
            About::ApprovalAsked { transaction_id }
            | About::ApprovalReminder { transaction_id }
            | About::TimedOut { transaction_id }
            | About::Captured { transaction_id }
            | About::Unasked { transaction_id }
            | About::Disputed { transaction_id }
            | About::RefundFailed { transaction_id, .. } => Some(transaction_id),
            About::AgentFrozen { .. }
            | About::OrgFrozen { .. }
            | About::CaseOpened { .. }
            | About::EndpointDisabled { .. }
            | About::SignIn { .. }
            | About::BotRegistered { .. }
            | About::Invited { .. }
            | About::CardAsked { .. }
            | About::CardAccessed { .. }
            | About::TopupAsked { .. }
            | About::TopupDisputed { .. }
            | About::TopupMismatched { .. }
            | About::BalanceLow { .. }
            | About::LimitNear { .. }
            | About::Declines { .. }
            | About::Summary { .. }
            | About::PaymentMethod { .. }
            | About::AutoTopupPaused { .. } => None,
        }
    }

    /// Whether approvers get it too, and not owners alone.
    pub fn goes_to_approvers(&self) -> bool {
        match self {
            About::ApprovalAsked { .. } | About::ApprovalReminder { .. } | About::TimedOut { .. } => true,
            About::AgentFrozen { .. }
            | About::OrgFrozen { .. }
            | About::CaseOpened { .. }
            | About::EndpointDisabled { .. }
            | About::Captured { .. }
            | About::Unasked { .. }
            | About::Disputed { .. }
            | About::RefundFailed { .. }
            | About::SignIn { .. }
            | About::BotRegistered { .. }
            | About::Invited { .. }
            | About::CardAsked { .. }
            | About::CardAccessed { .. }
            | About::TopupAsked { .. }
            | About::TopupDisputed { .. }
            | About::TopupMismatched { .. }
            | About::BalanceLow { .. }
            | About::LimitNear { .. }
            | About::Declines { .. }
            | About::Summary { .. }
            | About::PaymentMethod { .. }
            | About::AutoTopupPaused { .. } => false,
        }
    }

    /// The kind by which it can be turned off, and when it happened; what is about safety, or was asked for, cannot.
    pub fn choice(&self) -> Option<(Choice, TimeUs)> {
        match self {
            About::BalanceLow { at, .. } => Some((Choice::BalanceLow, *at)),
            About::LimitNear { at, .. } => Some((Choice::LimitNear, *at)),
            About::Declines { at, .. } => Some((Choice::Declines, *at)),
            About::Summary { is_week: true, at, .. } => Some((Choice::WeeklySummary, *at)),
            About::Summary { is_week: false, at, .. } => Some((Choice::Activity, *at)),
            About::ApprovalAsked { .. }
            | About::ApprovalReminder { .. }
            | About::TimedOut { .. }
            | About::AgentFrozen { .. }
            | About::OrgFrozen { .. }
            | About::CaseOpened { .. }
            | About::EndpointDisabled { .. }
            | About::Captured { .. }
            | About::Unasked { .. }
            | About::Disputed { .. }
            | About::RefundFailed { .. }
            | About::SignIn { .. }
            | About::BotRegistered { .. }
            | About::Invited { .. }
            | About::CardAsked { .. }
            | About::CardAccessed { .. }
            | About::TopupAsked { .. }
            | About::TopupDisputed { .. }
            | About::TopupMismatched { .. }
            | About::PaymentMethod { .. }
            | About::AutoTopupPaused { .. } => None,
        }
    }
}

/// Whether a mail was delivered.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MailView {
    /// What it is about.
    pub kind: String,
    /// To whom; members see it, agents do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// `queued`, `sent` or `failed`.
    pub status: String,
    /// Why it failed; members see it, agents do not.
    pub error: Option<String>,
    /// When the mail server took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<TimeUs>,
}

/// The mails about a payment, oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_transaction(tx: &mut Tx, id: &TransactionId) -> Result<Vec<MailView>, StoreError> {
    let rows = tx.rows(sql::OF_TRANSACTION, &[id.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(MailView {
                kind: row.text("kind")?,
                recipient: Some(row.text("recipient")?),
                status: row.text("status")?,
                error: row.opt_text("error")?,
                sent_at: row.opt_time("sent_us")?,
            })
        })
        .collect()
}
