//! What the funnel is asked to do, and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bursar_base::{AgentId, CardId, Currency, JobId, KeyId, MemberId, Money, OrgId, TimeUs, TransactionId};

use crate::policies::{Decision, RailName};
use crate::transactions::{Status, Transaction};

/// A signature's nonce, to be used up by the command it came with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce {
    /// The signature's `created`.
    pub created: TimeUs,
    /// The key it was made with.
    pub key_id: KeyId,
    /// The nonce itself.
    pub nonce: String,
}

/// A payment request, validated in form.
#[derive(Debug, Clone)]
pub struct Reserve {
    /// The id it gets if it is new.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub org_id: OrgId,
    /// Who asks.
    pub agent_id: AgentId,
    /// With which key.
    pub key_id: KeyId,
    /// Of the signature, if it is signed.
    pub nonce: Option<Nonce>,
    /// Chosen by the agent.
    pub idempotency_key: String,
    /// Hash of the normalised request.
    pub fingerprint: String,
    /// How much; greater than zero.
    pub amount: Money,
    /// As written.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// The agent's claim.
    pub purpose: String,
    /// The agent's own JSON.
    pub context: Option<String>,
    /// The agent's claim.
    pub claimed_category: Option<String>,
    /// By which rail; the org's default when unset.
    pub rail: Option<RailName>,
    /// What becomes of it where it is allowed.
    pub then: Then,
    /// Decide, and write nothing.
    pub dry_run: bool,
}

/// What becomes of a request that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// A job has its rail pay it.
    Pay,
    /// It waits for its purchase: a payment request that names it, or a card that is used there.
    Wait(Waiting),
    /// It is the purchase that this reservation waits for, and was decided with it.
    TakeUp(TransactionId),
}

/// How a reservation waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// For how long.
    pub within: Duration,
    /// How far below what is reserved the purchase may be, in micros.
    pub tolerance_micros: i64,
}

/// The job whose result a command is. Checked, and with `finished` removed, in the same transaction.
#[derive(Debug, Clone)]
pub struct JobProof {
    /// The job.
    pub id: JobId,
    /// Proof that it is still owned.
    pub fence: i64,
}

/// What a rail said about a transaction, or a human found out about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RailOutcome {
    /// It paid.
    Paid {
        /// What was really charged, in micros of the transaction's currency.
        micros: i64,
        /// The rail's id of the payment.
        reference: Option<String>,
        /// The rail's id of the charge.
        charge: Option<String>,
    },
    /// It certainly did not pay and will not.
    Refused {
        /// The rail's code.
        code: String,
        /// The rail's id of the payment.
        reference: Option<String>,
    },
    /// Nobody knows.
    Unknown {
        /// What happened.
        why: String,
        /// The rail's id of the payment.
        reference: Option<String>,
    },
}

/// What is to be done to a transaction.
#[derive(Debug, Clone)]
pub enum Step {
    /// A human said yes or no, to exactly this intent. A yes counts once for each member, and may not be enough.
    Decide {
        /// Whose word it is.
        member: MemberId,
        /// Yes.
        approve: bool,
        /// Hash of what the human saw; see [`crate::transactions::intent_hash`].
        intent_hash: String,
        /// What they said.
        reason: Option<String>,
    },
    /// The deadline has come, perhaps.
    Expire,
    /// Withdraw it, where its agent or all of its org is frozen; else leave it as it is.
    Withdraw,
    /// Withdraw it.
    Cancel {
        /// Why, such as `frozen` or a sentence.
        reason: Option<String>,
    },
    /// The rail is about to be called.
    BeginAttempt,
    /// The rail has spoken.
    Settle(RailOutcome),
    /// The rail has spoken, and will once more on its own.
    SettleForNow {
        /// What it said.
        outcome: RailOutcome,
        /// How much later it speaks again.
        again_after: Duration,
    },
    /// A human found out what became of an unknown outcome.
    Resolve {
        /// What.
        outcome: RailOutcome,
        /// How they know.
        evidence: String,
    },
    /// Money is to be given back.
    RequestRefund {
        /// The refund's own id.
        refund_id: String,
        /// How much, in micros; all that is left when unset.
        micros: Option<i64>,
        /// Unique per transaction; the same again is the same refund.
        idempotency_key: String,
        /// Why.
        reason: String,
    },
    /// The rail gave money back, or refused to.
    SettleRefund {
        /// Which.
        refund_id: String,
        /// The rail's id of it; `None` when the rail refused.
        reference: Option<String>,
    },
    /// Refunds that were made at the rail itself, and not asked for here, come to so much.
    RefundedElsewhere {
        /// In micros, in all.
        micros: i64,
    },
    /// So much stands taken back by a bank, in all; less than before when a dispute was won.
    DisputedInAll {
        /// In micros.
        micros: i64,
    },
}

/// Money that came in from outside.
#[derive(Debug, Clone)]
pub struct Receive {
    /// Whose it is.
    pub org_id: OrgId,
    /// The agent it is for: it goes to the wallet that this one draws on. To the org's when unset.
    pub agent_id: Option<AgentId>,
    /// How much.
    pub amount: Money,
    /// Unique in the ledger: heard of again, it is not booked again.
    pub reference: String,
    /// The id of what it was paid for.
    pub about: String,
    /// The same in words.
    pub note: String,
    /// On whose behalf.
    pub actor: String,
}

/// The card network asks, and waits for the answer.
#[derive(Debug, Clone)]
pub struct Authorize {
    /// The id the transaction gets if it is new.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub org_id: OrgId,
    /// Whose card it is.
    pub agent_id: AgentId,
    /// Which card.
    pub card_id: CardId,
    /// Whether the network speaks of real money.
    pub live: bool,
    /// The network's id of the authorisation.
    pub reference: String,
    /// The network's id of the question: asked again, it gets the same answer.
    pub request: String,
    /// How much more than was allowed before; nothing where a shop only looks whether the card is good.
    pub amount: Money,
    /// As the network writes it.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// By the network.
    pub category: Option<String>,
}

/// What the card network knows of one authorisation, or of one payment that has none. All of it is absolute, so that
/// hearing it twice changes nothing; see [`crate::authorizations`]. Amounts in micros of `currency`.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The id of a transaction of its own, should it need one.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub org_id: OrgId,
    /// Whose card it is.
    pub agent_id: AgentId,
    /// Which card.
    pub card_id: CardId,
    /// The network's own id.
    pub reference: String,
    /// Of what.
    pub currency: Currency,
    /// As the network writes it.
    pub merchant: String,
    /// As compared.
    pub merchant_key: String,
    /// By the network.
    pub category: Option<String>,
    /// What the network holds at this moment.
    pub held_micros: i64,
    /// Set once it will never hold anything again: the network's word for how it ended.
    pub ended: Option<String>,
    /// What left, by the network's own id.
    pub captures: BTreeMap<String, i64>,
    /// What came back, by the network's own id.
    pub refunds: BTreeMap<String, i64>,
    /// What disputes have brought back by now, in all.
    pub disputed_micros: i64,
    /// On whose behalf.
    pub actor: String,
    /// The job whose reading this is. Readings of one authorisation are one job, so an older one never comes later.
    pub job: Option<JobProof>,
}

/// What of a receipt has gone back by now, in micros and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoneBack {
    /// Given back. Both figures never get less, so older news changes nothing.
    Refunded {
        /// In all, with what failed later.
        gross: i64,
        /// What of it failed, and is there again.
        failed: i64,
    },
    /// Taken back by a bank; less than before when a dispute was won.
    Disputed(i64),
}

/// One unit of the funnel's work.
#[derive(Debug, Clone)]
pub enum Command {
    /// Decide a payment request.
    Reserve(Box<Reserve>),
    /// Decide a question of the card network.
    Authorize(Box<Authorize>),
    /// Make the books agree with what the card network knows.
    Facts(Box<Facts>),
    /// Decide a payment request as if it came now, with a valid key and signature, and write nothing: what
    /// `bursar policy check` asks.
    Preview(Box<Reserve>),
    /// Change a transaction.
    Change {
        /// Its org.
        org_id: OrgId,
        /// Which.
        transaction_id: TransactionId,
        /// How.
        step: Step,
        /// On whose behalf, for the audit trail.
        actor: String,
        /// The job that this is the result of.
        job: Option<JobProof>,
        /// Of a signed request.
        nonce: Option<Nonce>,
    },
    /// Stop an agent or a whole org, or let it go on.
    SetFrozen {
        /// The org.
        org_id: OrgId,
        /// Which agent; all of the org when unset.
        agent_id: Option<AgentId>,
        /// Stop it.
        frozen: bool,
        /// Why.
        reason: String,
        /// On whose behalf.
        actor: String,
        /// Of a signed request.
        nonce: Option<Nonce>,
    },
    /// Put money into a wallet.
    Deposit {
        /// Its org.
        org_id: OrgId,
        /// An agent's own wallet; the org's when unset.
        agent_id: Option<AgentId>,
        /// How much.
        amount: Money,
        /// Why.
        reason: String,
        /// On whose behalf.
        actor: String,
    },
    /// Put money into a wallet that somebody paid elsewhere, once.
    Receive(Box<Receive>),
    /// Take money out of a wallet that went back to whoever had paid it.
    GiveBack {
        /// Its org.
        org_id: OrgId,
        /// The reference of the receipt.
        reference: String,
        /// What went back.
        gone: GoneBack,
        /// On whose behalf.
        actor: String,
    },
}

impl Command {
    /// The org whose lock it needs.
    pub fn org_id(&self) -> &OrgId {
        match self {
            Command::Reserve(reserve) | Command::Preview(reserve) => &reserve.org_id,
            Command::Change { org_id, .. }
            | Command::SetFrozen { org_id, .. }
            | Command::Deposit { org_id, .. }
            | Command::GiveBack { org_id, .. } => org_id,
            Command::Receive(receive) => &receive.org_id,
            Command::Authorize(authorize) => &authorize.org_id,
            Command::Facts(facts) => &facts.org_id,
        }
    }

    /// The nonce it uses up. A dry run writes nothing, so it uses up none.
    pub fn nonce(&self) -> Option<&Nonce> {
        match self {
            Command::Reserve(reserve) => reserve.nonce.as_ref().filter(|_| !reserve.dry_run),
            Command::Change { nonce, .. } | Command::SetFrozen { nonce, .. } => nonce.as_ref(),
            Command::Preview(_)
            | Command::Authorize(_)
            | Command::Facts(_)
            | Command::Deposit { .. }
            | Command::Receive(_)
            | Command::GiveBack { .. } => None,
        }
    }
}

/// What was done.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The transaction as it is now.
    Transaction {
        /// It.
        transaction: Arc<Transaction>,
        /// Whether it was there before: a request that was seen earlier, or an attempt that another worker began.
        replayed: bool,
    },
    /// What the card network is told.
    Authorization {
        /// What it is booked in, or what a human is asked about.
        transaction: Arc<Transaction>,
        /// Yes or no.
        approved: bool,
        /// Why not: a [`crate::policies::Reason`] or a word of [`super::authorize`]. A replay tells no reason.
        reason: Option<&'static str>,
    },
    /// What would be decided; nothing was written.
    Preview(Box<Decision>),
    /// Done; there is nothing more to say.
    Done,
}

/// Why a command was refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such transaction, agent or refund in this org.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The idempotency key was used for another request.
    #[error("this idempotency_key was used for a different request; use a new key for a new payment")]
    IdempotencyConflict,
    /// The signature was used before.
    #[error("this signature was used before; sign every request anew, with a fresh nonce")]
    NonceUsed,
    /// The key was revoked or has expired.
    #[error("this key was revoked or has expired; ask the org's owner for a new one")]
    KeyRevoked,
    /// The policy demands signed requests.
    #[error("this agent's policy demands signed requests (RFC 9421); see docs/signatures.md")]
    SignatureRequired,
    /// The org's rails leave no default.
    #[error("no rail can pay this: name one in `rail`, or save a payment method for the org")]
    NoRail,
    /// A card is used at a till, not by a payment request.
    #[error(
        "a card is used at the till: pay with it there, and its authorisation is decided like any request"
    )]
    CardAtTill,
    /// What was bought with a card is given back by whoever sold it.
    #[error("a card purchase is given back by the merchant; ask there, or dispute it")]
    MerchantRefunds,
    /// The rail moves whole cents only.
    #[error("this rail moves whole cents only")]
    TooFine,
    /// The status does not allow it.
    #[error("the transaction is {} and cannot be changed in this way", .0.as_str())]
    WrongStatus(Status),
    /// A human decided on something else than what this payment is.
    #[error("this link belongs to another payment than the one it names")]
    IntentChanged,
    /// Whoever decides is no longer a member who can.
    #[error("only an owner or approver of the org can decide")]
    MayNotDecide,
    /// The same member said yes before.
    #[error("you have said yes to this payment; it waits for others")]
    AlreadyVoted,
    /// A human has not decided on the reservation yet.
    #[error("your owner has not decided about this intent yet; wait for it, then buy")]
    IntentPending,
    /// It is past that: taken up, withdrawn, or not used in time.
    #[error("this intent is over; make a new one, or ask without it")]
    IntentOver,
    /// The purchase is another than what was intended.
    #[error("this is not what was intended: merchant, amount, currency and rail must be those of the intent")]
    IntentDiffers,
    /// More than is left to give back.
    #[error("at most {} can still be refunded", bursar_base::money::decimal(*.left))]
    RefundTooLarge {
        /// In micros.
        left: i64,
    },
    /// The job is another worker's by now.
    #[error("the job's lease was lost")]
    LeaseLost,
    /// Nothing, or less than nothing, was to be paid or deposited.
    #[error("an amount must be greater than zero")]
    NotPositive,
    /// The amount's currency is not the wallet's.
    #[error("the wallet holds another currency")]
    CurrencyMismatch,
    /// Another sum was booked under this reference.
    #[error("another sum was received under this reference")]
    ReferenceTaken,
    /// The agent has no wallet of its own.
    #[error("the agent draws on its org's wallet; deposit there with --org")]
    NoOwnWallet,
    /// A sum would leave the range of 64 bits of micros.
    #[error("the amount is too large for this ledger")]
    Overflow,
}

impl From<crate::ledger::Overflow> for Refusal {
    fn from(_: crate::ledger::Overflow) -> Refusal {
        Refusal::Overflow
    }
}

/// What became of a command.
pub type Outcome = Result<Reply, Refusal>;
