//! What the command line can do, one file per noun.
//!
//! A command is plain data: the same value runs in this process, or travels through the socket and runs in the server's.
//! Nothing here reads or writes files that a command names; that is the client's part ([`Noun::load_files`]).

pub mod agent;
pub mod audit;
pub mod auto_topup;
pub mod backtest;
pub mod card;
pub mod case;
pub mod exposure;
pub mod financial_account;
pub mod freeze;
pub mod jobs;
pub mod key;
pub mod ledger;
pub mod mail;
pub mod member;
pub mod migrate;
pub mod org;
pub mod payee;
pub mod payment_method;
pub mod payout_account;
pub mod policy;
pub mod reconcile;
pub mod settings;
pub mod transaction;
pub mod wallet;
pub mod webhook;

mod context;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::console::{Console, Frame};

pub(crate) use context::Context;

/// On whose behalf the command line acts, in the audit trail.
pub(crate) const ACTOR: &str = "cli";

/// Every command that works on an installation.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum Noun {
    /// Who pays: make and list orgs, save a Stripe payment method, set the time zone
    #[command(subcommand)]
    Org(org::OrgCommand),
    /// The people of an org: owners, approvers, viewers
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Whom an org pays: the records that a merchant resolves to
    #[command(subcommand)]
    Payee(payee::PayeeCommand),
    /// The programs that spend: make, list, freeze, unfreeze
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    /// The kill switch: stop a whole org or one agent, at once
    Freeze(freeze::Target),
    /// Let a frozen org or agent go on
    Unfreeze(freeze::Target),
    /// API keys: make, rotate, revoke, list
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// An agent's limits and rules: set, show, history, check, backtest
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// The payment methods that Stripe keeps for an org: list, add, use, remove
    #[command(subcommand)]
    PaymentMethod(payment_method::PaymentMethodCommand),
    /// The account by which an org receives money through Stripe: link, show
    #[command(subcommand)]
    PayoutAccount(payout_account::PayoutAccountCommand),
    /// The financial accounts at Stripe, a preview there: list
    #[command(subcommand)]
    FinancialAccount(financial_account::FinancialAccountCommand),
    /// Put money into a wallet
    #[command(subcommand)]
    Wallet(wallet::WalletCommand),
    /// The cards that agents pay with: create, list, freeze, unfreeze, cancel, replace, reveal
    #[command(subcommand)]
    Card(card::CardCommand),
    /// Whom to tell what happens: add, list, remove, enable, deliveries, replay
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// One payment: show, cancel, refund, resolve
    #[command(subcommand)]
    Transaction(transaction::TransactionCommand),
    /// Ask the rails about every unknown outcome, compare their books with ours, book what they have more
    Reconcile(reconcile::Reconcile),
    /// The most that can still leave in the next hour and day, by agent and in all
    Exposure(exposure::Exposure),
    /// What is wrong with money and wants a person: list, show, resolve
    #[command(subcommand)]
    Case(case::CaseCommand),
    /// Background work: list what waits, retry what was given up
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// Try the mail settings
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// The audit trail: verify, export, checkpoint
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The ledger: recompute and compare everything
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Bring the database to the newest schema
    Migrate,
}

/// What a command answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For programs.
    pub(crate) json: Value,
    /// For people, with a line break at the end.
    pub(crate) text: String,
    /// 0, or 1 where it found something broken.
    pub(crate) code: u8,
}

impl Answer {
    /// An answer in both forms.
    pub(crate) fn new(json: impl Serialize, text: impl Into<String>) -> Answer {
        Answer { json: serde_json::to_value(json).unwrap_or_default(), text: text.into(), code: 0 }
    }

    /// The same, as a finding of something broken when `broken`.
    pub(crate) fn broken(mut self, broken: bool) -> Answer {
        self.code = u8::from(broken);
        self
    }
}

/// Why a command did nothing, with what to do next. Made from every error.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}

/// What a command ends with: an answer, or `None` where it has said everything itself.
pub(crate) type Ending = Result<Option<Answer>, Failure>;

/// Runs a command and says what came of it; the last word is the exit code.
pub async fn run(app: &App, noun: Noun, json: bool, console: &Console) {
    let context = Context { app, console };
    let code = match dispatch(&context, noun).await {
        Ok(None) => 0,
        Ok(Some(answer)) => {
            let text = if json { pretty(&answer.json) } else { answer.text };
            console.say(Frame::Out(text)).await;
            answer.code
        }
        Err(Failure(message)) => {
            console.say(Frame::Error(format!("error: {message}"))).await;
            1
        }
    };
    console.say(Frame::Exit(code)).await;
}

async fn dispatch(context: &Context<'_>, noun: Noun) -> Ending {
    match noun {
        Noun::Org(command) => org::run(context, command).await,
        Noun::Member(command) => member::run(context, command).await,
        Noun::Payee(command) => payee::run(context, command).await,
        Noun::Agent(command) => agent::run(context, command).await,
        Noun::Freeze(target) => freeze::run(context, target, true).await,
        Noun::Unfreeze(target) => freeze::run(context, target, false).await,
        Noun::Key(command) => key::run(context, command).await,
        Noun::Policy(command) => policy::run(context, command).await,
        Noun::PaymentMethod(command) => payment_method::run(context, command).await,
        Noun::FinancialAccount(command) => financial_account::run(context, command).await,
        Noun::PayoutAccount(command) => payout_account::run(context, command).await,
        Noun::Wallet(command) => wallet::run(context, command).await,
        Noun::Card(command) => card::run(context, command).await,
        Noun::Webhook(command) => webhook::run(context, command).await,
        Noun::Transaction(command) => transaction::run(context, command).await,
        Noun::Reconcile(command) => reconcile::run(context, command).await,
        Noun::Exposure(command) => exposure::run(context, command).await,
        Noun::Case(command) => case::run(context, command).await,
        Noun::Jobs(command) => jobs::run(context, command).await,
        Noun::Mail(command) => mail::run(context, command).await,
        Noun::Audit(command) => audit::run(context, command).await,
        Noun::Ledger(command) => ledger::run(context, command).await,
        Noun::Migrate => Ok(Some(migrate::run(context))),
    }
}

/// One JSON document for `--json`.
pub(crate) fn pretty(json: &Value) -> String {
    format!("{json:#}\n")
}

impl Noun {
    /// Reads the files that the command names, on the client's side.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn load_files(&mut self) -> Result<(), String> {
        match self {
            Noun::Policy(policy::PolicyCommand::Set(set)) => set.document = Some(read(&set.file)?),
            Noun::Policy(policy::PolicyCommand::Backtest(draft)) => draft.document = Some(read(&draft.file)?),
            Noun::Org(org::OrgCommand::Cardholder { file: Some(file), document, .. }) => {
                *document = Some(read(file)?);
            }
            Noun::Audit(audit::AuditCommand::Verify(verify)) => {
                verify.kept = verify.checkpoint.as_deref().map(read).transpose()?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The file that takes what the command says instead of stdout.
    pub fn output(&self) -> Option<PathBuf> {
        match self {
            Noun::Audit(command) => command.output(),
            _ => None,
        }
    }
}

/// Reads a file, or stdin for `-`.
fn read(path: &Path) -> Result<String, String> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
