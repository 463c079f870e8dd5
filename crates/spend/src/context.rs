//! What spending's commands need.

use std::ops::Deref;
use std::sync::Arc;

use bursar_base::{AgentId, Language, Mode, OrgId, TimeUs, TransactionId};
use bursar_http::outgoing::Guarded;
use bursar_http::{Problem, Reading};
use bursar_identity::keys::{Authenticator, Caller, Proof};
use bursar_identity::languages::service as languages;
use bursar_identity::members::{Member, service as members};
use bursar_identity::sign_ins::SignUp;
use bursar_identity::{Identity, OrgTx};
use bursar_mail::Mailer;
use bursar_money::funnel::{Command, Funnel, FunnelError, Nonce, Outcome, Refusal, Reply, Step};
use bursar_money::policies::{RailName, Rate};
use bursar_money::transactions::Transaction;
use bursar_store::{StoreError, Tx, nonces};
use http::StatusCode;

use crate::cards::owners::Owners;
use crate::chats::Messengers;
use crate::rails::Rail;
use crate::rails::sandbox::SandboxRail;
use crate::rails::stripe::StripeRail;
use crate::rails::stripe::webhook::WebhookSecret;

/// The rails of this installation.
#[derive(Debug, Clone)]
pub struct Rails {
    /// Pretend money.
    pub sandbox: Arc<SandboxRail>,
    /// Stripe, where a key is set.
    pub stripe: Option<Arc<StripeRail>>,
}

impl Rails {
    /// The rail of this name, for an org of this mode: a test org reaches no real money, a live one no pretend money.
    pub fn get(&self, name: RailName, mode: Mode) -> Option<Arc<dyn Rail>> {
        match name {
            RailName::Sandbox => (mode == Mode::Test).then(|| self.sandbox.clone() as Arc<dyn Rail>),
            RailName::Stripe => {
                let stripe = self.stripe.as_ref().filter(|stripe| stripe.mode() == mode)?;
                Some(stripe.clone() as Arc<dyn Rail>)
            }
            RailName::Card | RailName::X402 | RailName::Tokens | RailName::Browser | RailName::Compute => {
                None
            }
        }
    }
}

/// What the installation is told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What links in mails begin with, without a slash at the end.
    pub public_url: String,
    /// The domain of Message-IDs.
    pub mail_domain: String,
    /// The circuit breaker of agents whose policy sets none.
    pub breaker: Rate,
    /// Proves that a webhook is Stripe's.
    pub stripe_webhook_secret: Option<WebhookSecret>,
    /// Whether Stripe's financial accounts, a preview there, are shown.
    pub stripe_financial_accounts: bool,
    /// The header in which the operator's own proxy says where a request comes from.
    pub client_address_header: Option<http::HeaderName>,
    /// Who may sign in.
    pub sign_up: SignUp,
    /// Whether bots that register on their own are test or live ones.
    pub bot_mode: Mode,
    /// The language of people whose own is not known.
    pub language: Language,
}

/// What spending's commands need. Cheap to clone: every request does.
#[derive(Debug, Clone)]
pub struct Spend(Arc<Parts>);

impl From<Parts> for Spend {
    fn from(parts: Parts) -> Spend {
        Spend(Arc::new(parts))
    }
}

impl Spend {
    /// The same, told something else.
    #[must_use]
    pub fn with_settings(&self, settings: Settings) -> Spend {
        Spend::from(Parts { settings, ..Parts::clone(self) })
    }
}

impl Deref for Spend {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Spend {
    /// The language of a page for somebody of whom nothing is known but the request.
    pub fn reads(&self, reading: Reading) -> Language {
        reading.language(None, self.settings.language)
    }

    /// The language of a page for whoever reads the mail of an address.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reads_as(&self, tx: &mut Tx, reading: Reading, email: &str) -> Result<Language, StoreError> {
        let known = match reading.chosen {
            Some(_) => None,
            None => languages::of(tx, email).await?,
        };
        Ok(reading.language(known, self.settings.language))
    }
}

/// What [`Spend`] is made of.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Orgs, members, agents, keys; the database, time and chance.
    pub identity: Identity,
    /// Who is calling.
    pub authenticator: Authenticator,
    /// What decides.
    pub funnel: Funnel,
    /// What pays.
    pub rails: Rails,
    /// What sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Where members are asked beside mails.
    pub messengers: Messengers,
    /// What calls the addresses that users supply.
    pub outgoing: Guarded,
    /// Whose card Stripe asks about.
    pub card_owners: Owners,
    /// What the installation is told.
    pub settings: Settings,
}

impl Spend {
    /// Submits a command, turning what can go wrong into a problem.
    ///
    /// # Errors
    /// 503 when busy, down or unknown; otherwise as [`refusal_problem`].
    pub async fn submit(&self, command: Command) -> Result<Reply, Problem> {
        let outcome: Outcome = self.funnel.submit(command).await.map_err(funnel_problem)?;
        outcome.map_err(refusal_problem)
    }

    /// Takes one step with a transaction.
    ///
    /// # Errors
    /// As [`Spend::submit`].
    pub async fn change(
        &self,
        t: (&OrgId, &TransactionId),
        step: Step,
        actor: &str,
        nonce: Option<Nonce>,
    ) -> Result<Arc<Transaction>, Problem> {
        let command = Command::Change {
            org_id: t.0.clone(),
            transaction_id: t.1.clone(),
            step,
            actor: actor.to_owned(),
            job: None,
            nonce,
        };
        match self.submit(command).await? {
            Reply::Transaction { transaction, .. } => Ok(transaction),
            Reply::Preview(_) | Reply::Authorization { .. } | Reply::Done => Err(Problem::unavailable()),
        }
    }

    /// Begins a transaction under an org's lock on behalf of a caller, whose nonce it uses up.
    ///
    /// # Errors
    /// 401 `nonce_used`, 503.
    pub async fn lock_for(&self, caller: &Caller) -> Result<OrgTx, Problem> {
        let mut tx = self.identity.db.write_in_turn().await.map_err(store_problem)?;
        // Before the head, as in the funnel: two that meet over a nonce wait for each other in one order.
        if let Some((key_id, signature)) = caller.signature() {
            let fresh = nonces::use_up(&mut tx, signature.created, key_id.as_str(), &signature.nonce).await;
            if !fresh.map_err(store_problem)? {
                return Err(refusal_problem(Refusal::NonceUsed));
            }
        }
        self.identity.lock_in(tx, &caller.org_id).await.map_err(store_problem)
    }

    /// The agent, if it is the caller's org's.
    ///
    /// # Errors
    /// 404, 503.
    pub async fn agent_of(
        &self,
        org_id: &OrgId,
        agent_id: &AgentId,
    ) -> Result<bursar_identity::agents::Agent, Problem> {
        let mut tx = self.identity.db.read().await.map_err(store_problem)?;
        let agent = bursar_identity::agents::service::find(&mut tx, agent_id).await.map_err(store_problem)?;
        agent.filter(|agent| agent.org_id == *org_id).ok_or_else(|| Problem::not_found("agent"))
    }

    /// The member who is calling.
    ///
    /// # Errors
    /// 403 when it is none, or none any more; 503.
    pub async fn member_of(&self, caller: &Caller) -> Result<Member, Problem> {
        let Proof::Session(session) = &caller.proof else {
            return Err(Problem::forbidden("only members do this, signed in at /sign-in"));
        };
        let mut tx = self.identity.db.read().await.map_err(store_problem)?;
        let all = members::list(&mut tx, &caller.org_id).await.map_err(store_problem)?;
        let found = all.into_iter().find(|member| member.email == session.email);
        found.ok_or_else(|| Problem::forbidden("you are no longer a member of this org"))
    }

    /// This machine's time.
    pub fn now(&self) -> TimeUs {
        self.identity.clock.now()
    }
}

/// The nonce of a signed request, to be used up by its command.
pub fn nonce_of(caller: &Caller) -> Option<Nonce> {
    let (key_id, signature) = caller.signature()?;
    Some(Nonce { created: signature.created, key_id: key_id.clone(), nonce: signature.nonce.clone() })
}

/// 503, saying whether something may have been done.
pub fn funnel_problem(error: FunnelError) -> Problem {
    match error {
        FunnelError::Busy => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", error.to_string())
            .retry_after(std::time::Duration::from_secs(1)),
        FunnelError::OutcomeUnknown => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outcome_unknown", error.to_string())
                .retry_after(std::time::Duration::from_secs(1))
        }
        FunnelError::Store(error) => store_problem(error),
    }
}

/// 503; what is inside is logged.
pub fn store_problem(error: StoreError) -> Problem {
    tracing::error!(%error, "the store failed");
    if error.is_lock_timeout() {
        let detail = "another session keeps this org's books locked; nothing was done, try again shortly";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
            .retry_after(std::time::Duration::from_secs(1));
    }
    Problem::unavailable()
}

/// What a refusal is over HTTP.
pub fn refusal_problem(refusal: Refusal) -> Problem {
    let detail = refusal.to_string();
    let (status, code) = match &refusal {
        Refusal::NotFound(what) => return Problem::not_found(what),
        Refusal::IdempotencyConflict => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_conflict"),
        Refusal::NonceUsed => (StatusCode::UNAUTHORIZED, "nonce_used"),
        Refusal::KeyRevoked => (StatusCode::UNAUTHORIZED, "invalid_key"),
        Refusal::SignatureRequired => (StatusCode::UNAUTHORIZED, "signature_required"),
        Refusal::NoRail => return Problem::field("rail", detail),
        Refusal::CardAtTill => return Problem::field("rail", detail),
        Refusal::MerchantRefunds => (StatusCode::CONFLICT, "merchant_refunds"),
        Refusal::TooFine => (StatusCode::UNPROCESSABLE_ENTITY, "amount_too_fine"),
        Refusal::WrongStatus(status) => {
            return Problem::new(StatusCode::CONFLICT, "wrong_status", detail)
                .with("transaction_status", status.as_str());
        }
        Refusal::MayNotDecide => (StatusCode::FORBIDDEN, "forbidden"),
        Refusal::AlreadyVoted => (StatusCode::CONFLICT, "already_voted"),
        Refusal::IntentPending => (StatusCode::CONFLICT, "intent_pending"),
        Refusal::IntentOver => (StatusCode::CONFLICT, "intent_over"),
        Refusal::IntentDiffers => (StatusCode::CONFLICT, "intent_differs"),
        Refusal::IntentChanged => (StatusCode::CONFLICT, "intent_changed"),
        Refusal::RefundTooLarge { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "refund_too_large"),
        Refusal::LeaseLost => (StatusCode::CONFLICT, "lease_lost"),
        Refusal::CurrencyMismatch => (StatusCode::UNPROCESSABLE_ENTITY, "currency_mismatch"),
        Refusal::NoOwnWallet => (StatusCode::UNPROCESSABLE_ENTITY, "no_own_wallet"),
        Refusal::ReferenceTaken => (StatusCode::CONFLICT, "reference_taken"),
        Refusal::NotPositive => (StatusCode::UNPROCESSABLE_ENTITY, "amount_not_positive"),
        Refusal::Overflow => (StatusCode::UNPROCESSABLE_ENTITY, "amount_too_large"),
    };
    Problem::new(status, code, detail)
}
