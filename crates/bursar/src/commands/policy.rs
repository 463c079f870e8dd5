//! `bursar policy`

use std::path::PathBuf;

use bursar_base::{AgentId, KeyId, TransactionId};
use bursar_money::funnel::{Command, Reply, Reserve, Then};
use bursar_money::policies::{self, Decision, Document, PolicyVersion, RailName, Verdict};
use bursar_spend::cards::issue::mirror_again;
use bursar_spend::requests::PaymentRequest;
use bursar_spend::requests::body::CheckBody;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::backtest::{self, Backtest};
use super::context::problem;
use super::transaction::rules;
use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::pairs;

/// How many versions `policy history` shows.
const HISTORY_MAX: u32 = 100;

/// `bursar policy`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum PolicyCommand {
    /// Put a policy in force; docs/policies.md shows every field by example
    Set(Set),
    /// Show the policy in force
    Show {
        /// The agent
        #[arg(long, value_name = "ID")]
        agent: AgentId,
    },
    /// Show every version, newest first
    History {
        /// The agent
        #[arg(long, value_name = "ID")]
        agent: AgentId,
    },
    /// What would be decided about a payment, and why; writes nothing
    Check(Check),
    /// What would have been decided about an agent's recorded requests under another policy; writes nothing
    Backtest(Backtest),
}

/// `bursar policy set`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Set {
    /// The agent
    #[arg(long, value_name = "ID")]
    agent: AgentId,
    /// The policy, as TOML; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) file: PathBuf,
    /// What the file says; read by the client.
    #[arg(skip)]
    pub(super) document: Option<String>,
}

/// `bursar policy check`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Check {
    /// The agent
    #[arg(long, value_name = "ID")]
    agent: AgentId,
    /// How much
    #[arg(long)]
    amount: String,
    /// Who would be paid: a host, or a name
    #[arg(long)]
    merchant: String,
    /// In which currency
    #[arg(long, default_value = "USD")]
    currency: String,
    /// What for
    #[arg(long)]
    purpose: Option<String>,
    /// What the agent would claim that it buys
    #[arg(long)]
    category: Option<String>,
    /// By which rail; the org's default when left out
    #[arg(long)]
    rail: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: PolicyCommand) -> Ending {
    Ok(Some(match command {
        PolicyCommand::Set(set) => put_in_force(context, set).await?,
        PolicyCommand::Show { agent } => {
            context.agent(&agent).await?;
            let current = policies::current(&mut context.read().await?, &agent).await?;
            let current = current.ok_or_else(|| {
                Failure(format!(
                    "{agent} has no policy, so it spends nothing; set one: \
                     bursar policy set --agent {agent} --file policy.toml"
                ))
            })?;
            let text = format!("# version {}\n{}", current.version, toml_of(&current));
            Answer::new(current, text)
        }
        PolicyCommand::History { agent } => {
            context.agent(&agent).await?;
            let history = policies::history(&mut context.read().await?, &agent, HISTORY_MAX).await?;
            let show = |version: &PolicyVersion| {
                format!(
                    "# version {} by {} at {}\n{}\n",
                    version.version,
                    version.actor,
                    version.created_at,
                    toml_of(version)
                )
            };
            let text: String = history.iter().map(show).collect();
            Answer::new(&history, text)
        }
        PolicyCommand::Check(check) => preview(context, check).await?,
        PolicyCommand::Backtest(command) => backtest::run(context, command).await?,
    }))
}

fn toml_of(version: &PolicyVersion) -> String {
    toml::to_string(&version.document).unwrap_or_else(|_| version.document.to_json())
}

async fn put_in_force(context: &Context<'_>, set: Set) -> Result<Answer, Failure> {
    let text = set.document.ok_or_else(|| Failure("the policy file was not read".to_owned()))?;
    let named = |error| Failure(format!("{}: {error}", set.file.display()));
    let document = Document::from_toml(&text).map_err(named)?;
    let agent = context.agent(&set.agent).await?;
    let identity = &context.spend().identity;
    let mut tx = identity.db.write_in_turn().await?;
    let version =
        policies::set(&mut tx, &*identity.clock, &agent.org_id, &agent.id, &document, None, ACTOR).await?;
    tx.commit().await?;
    let mut org = identity.lock(&agent.org_id).await?;
    mirror_again(context.spend(), &mut org, &agent.org_id, Some(&agent.id)).await?;
    org.commit().await?;
    context.spend().funnel.wake_workers();
    let text = format!(
        "Version {version} of the policy of {} is in force; what was spent and held counts on.\nNext: bursar policy \
         check --agent {} --amount 12.50 --merchant shop.example\n",
        agent.id, agent.id
    );
    Ok(Answer::new(json!({ "agent_id": agent.id, "version": version }), text))
}

async fn preview(context: &Context<'_>, check: Check) -> Result<Answer, Failure> {
    let known = || {
        let names: Vec<&str> = RailName::ALL.iter().map(|rail| rail.as_str()).collect();
        Failure(format!("--rail takes one of {}", names.join(", ")))
    };
    let rail = check.rail.as_deref().map(|name| RailName::parse(name).ok_or_else(known)).transpose()?;
    let agent = context.agent(&check.agent).await?;
    let request = PaymentRequest {
        amount: Some(check.amount),
        amount_cents: None,
        currency: Some(check.currency),
        merchant: check.merchant,
        purpose: check.purpose,
        context: None,
        category: check.category,
        rail,
        intent_id: None,
        idempotency_key: None,
    };
    let form = request.normalise(Some("policy check")).map_err(problem)?;
    let identity = &context.spend().identity;
    let (now, rng) = (identity.clock.now(), &*identity.rng);
    let reserve = Reserve {
        transaction_id: TransactionId::new(now, rng),
        org_id: agent.org_id,
        agent_id: agent.id,
        key_id: KeyId::new(now, rng),
        nonce: None,
        idempotency_key: form.idempotency_key,
        fingerprint: form.fingerprint,
        amount: form.amount,
        merchant: form.merchant,
        merchant_key: form.merchant_key,
        purpose: form.purpose,
        context: None,
        claimed_category: form.category,
        rail: form.rail,
        then: Then::Pay,
        dry_run: true,
    };
    match context.submit(Command::Preview(Box::new(reserve))).await? {
        Reply::Preview(decision) => Ok(verdict(&decision)),
        Reply::Transaction { .. } | Reply::Authorization { .. } | Reply::Done => {
            Err(Failure("the funnel answered something else".to_owned()))
        }
    }
}

fn verdict(decision: &Decision) -> Answer {
    let (status, words) = match decision.verdict {
        Verdict::Approve => ("approved", "approved: it would be paid at once"),
        Verdict::Ask => ("pending", "pending: a human would be asked"),
        Verdict::Decline => ("declined", "declined"),
    };
    let reason = decision.reason.map(|reason| reason.as_str());
    let checks: Vec<CheckBody> = decision.checks.iter().map(CheckBody::from).collect();
    let mut text = pairs(&[("status", words.to_owned()), ("reason", reason.unwrap_or("–").to_owned())]);
    text.push('\n');
    text.push_str(&rules(&checks));
    Answer::new(json!({ "dry_run": true, "status": status, "reason": reason, "decision": checks }), text)
}
