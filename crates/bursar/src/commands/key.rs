//! `bursar key`

use bursar_base::{AgentId, KeyId, OrgId};
use bursar_identity::keys::{NewKey, Scopes, service};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::span::Span;
use crate::table::table;

/// `bursar key`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum KeyCommand {
    /// Make one more key for an agent or an org; shows it, once
    Create(Create),
    /// Make a key like an old one, which goes on working for a while
    Rotate {
        /// The old key's id, key_…
        key_id: KeyId,
        /// How long the old one goes on working, such as 24h, 90m or 0s
        #[arg(long, default_value = "24h")]
        overlap: Span,
    },
    /// End a key now
    Revoke {
        /// The key's id, key_…
        key_id: KeyId,
    },
    /// Show an org's keys and when they were last used
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

/// `bursar key create`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// The agent it is for
    #[arg(long, value_name = "ID", required_unless_present = "org", conflicts_with = "org")]
    agent: Option<AgentId>,
    /// The org it is for
    #[arg(long, value_name = "ID")]
    org: Option<OrgId>,
    /// What it may do, separated by commas: spend, read, card, deploy, or for an org admin
    #[arg(long)]
    scopes: Option<String>,
    /// What people call it
    #[arg(long)]
    name: Option<String>,
}

pub(super) async fn run(context: &Context<'_>, command: KeyCommand) -> Ending {
    let identity = &context.spend().identity;
    Ok(Some(match command {
        KeyCommand::Create(create) => make(context, create).await?,
        KeyCommand::Rotate { key_id, overlap } => {
            let org = org_of(context, &key_id).await?;
            let new = service::rotate(identity, &org, &key_id, overlap.0, ACTOR).await?;
            let note = format!(
                "{key_id} goes on working for {overlap}; revoke it sooner with: bursar key revoke {key_id}\n"
            );
            shown(&new, &note)
        }
        KeyCommand::Revoke { key_id } => {
            let org = org_of(context, &key_id).await?;
            service::revoke(identity, &org, &key_id, ACTOR).await?;
            Answer::new(json!({ "key_id": key_id, "revoked": true }), format!("{key_id} no longer works.\n"))
        }
        KeyCommand::List { org } => {
            context.org(&org).await?;
            let keys = service::list(&mut context.read().await?, &org).await?;
            let time = |time: Option<bursar_base::TimeUs>| {
                time.map_or_else(|| "–".to_owned(), |time| time.to_string())
            };
            let rows: Vec<[String; 6]> = keys
                .iter()
                .map(|key| {
                    let agent =
                        key.agent_id.as_ref().map_or_else(|| "the org".to_owned(), ToString::to_string);
                    let ends = time(key.revoked_at.or(key.expires_at));
                    [
                        key.key_id.to_string(),
                        agent,
                        key.name.clone(),
                        key.scopes.clone(),
                        time(key.last_used_at),
                        ends,
                    ]
                })
                .collect();
            Answer::new(
                &keys,
                table(["key", "of", "name", "scopes", "last used", "ends"], &rows, "There is no key."),
            )
        }
    }))
}

async fn org_of(context: &Context<'_>, id: &KeyId) -> Result<OrgId, Failure> {
    let found = service::org_of(&mut context.read().await?, id).await?;
    found.ok_or_else(|| Failure(format!("there is no key {id}; `bursar key list --org ID` shows an org's")))
}

async fn make(context: &Context<'_>, create: Create) -> Result<Answer, Failure> {
    let (org, default) = match (&create.agent, create.org) {
        (Some(agent), _) => (context.agent(agent).await?.org_id, Scopes::agent()),
        (None, Some(org)) => (org, Scopes::admin()),
        (None, None) => return Err(Failure("name --agent or --org".to_owned())),
    };
    context.org(&org).await?;
    let unknown =
        || Failure("--scopes takes spend, read, card, deploy and admin, separated by commas".to_owned());
    let scopes = create.scopes.map_or(Ok(default), |text| Scopes::parse(&text).ok_or_else(unknown))?;
    let name =
        create.name.unwrap_or_else(|| if create.agent.is_some() { "agent" } else { "admin" }.to_owned());
    let name = bursar_identity::valid_name(&name).map_err(|why| Failure(format!("--name: {why}")))?;
    let key =
        service::create(&context.spend().identity, &org, create.agent.as_ref(), &name, scopes, ACTOR).await?;
    Ok(shown(&key, ""))
}

fn shown(key: &NewKey, note: &str) -> Answer {
    let (key_id, api_key) = (&key.id, key.key.reveal());
    let text =
        format!("key_id   {key_id}\napi_key  {api_key}\n\nThe key is shown this once; keep it safe.\n{note}");
    Answer::new(json!({ "key_id": key_id, "api_key": api_key }), text)
}
