//! `bursar member`

use bursar_base::{Language, OrgId, TimeUs};
use bursar_identity::languages::service as languages;
use bursar_identity::members::{Member, Role, service};
use bursar_identity::stand_ins::service as stand_ins;
use bursar_identity::valid_email;
use bursar_spend::notices::{Choice, service as notices};
use bursar_store::Tx;
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending, Failure};
use crate::table::table;

/// `bursar member`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum MemberCommand {
    /// Add a person to an org, or change a person's role
    Add {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// Where mails to this person go
        #[arg(long)]
        email: String,
        /// What this person may do
        #[arg(long, value_enum)]
        role: RoleName,
    },
    /// Remove a person from an org
    Remove {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
        /// The person's address
        #[arg(long)]
        email: String,
    },
    /// Say who gets a person's mails while they are away
    StandIn(StandIn),
    /// Show or choose which mails about how money goes a person gets
    Notifications(Notifications),
    /// Show or choose the language that a person is written to in
    Language(LanguageOf),
    /// Show the people of an org
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
}

/// `bursar member stand-in`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct StandIn {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Who is away
    #[arg(long)]
    email: String,
    /// Who gets their mails too: another owner or approver
    #[arg(long, value_name = "EMAIL", required_unless_present = "end", conflicts_with = "end")]
    by: Option<String>,
    /// From then, such as 2026-12-20T00:00:00Z; now, when left out
    #[arg(long, conflicts_with = "end")]
    from: Option<String>,
    /// Until then
    #[arg(long, required_unless_present = "end", conflicts_with = "end")]
    until: Option<String>,
    /// Nobody any more
    #[arg(long)]
    end: bool,
}

/// `bursar member notifications`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Notifications {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Whose mails
    #[arg(long)]
    email: String,
    /// Turn on: activity, weekly_summary, balance_low, limit_near or declines
    #[arg(long, value_name = "KIND")]
    on: Vec<String>,
    /// Turn off: the same kinds
    #[arg(long, value_name = "KIND")]
    off: Vec<String>,
}

/// `bursar member language`
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct LanguageOf {
    /// The org
    #[arg(long, value_name = "ID")]
    org: OrgId,
    /// Whose mails
    #[arg(long)]
    email: String,
    /// From now on: en or pt-BR
    #[arg(long, value_name = "LANGUAGE")]
    set: Option<Language>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize, Deserialize)]
pub enum RoleName {
    /// Everything
    Owner,
    /// Decide on payments
    Approver,
    /// Look
    Viewer,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Owner => Role::Owner,
            RoleName::Approver => Role::Approver,
            RoleName::Viewer => Role::Viewer,
        }
    }
}

pub(super) async fn run(context: &Context<'_>, command: MemberCommand) -> Ending {
    let identity = &context.spend().identity;
    Ok(Some(match command {
        MemberCommand::Add { org, email, role } => {
            let role = Role::from(role);
            service::add(identity, &org, &email, role, ACTOR).await?;
            let text = format!("{email} is now {} of {org}.\n{}", role.as_str(), short(context, &org).await?);
            Answer::new(json!({ "org_id": org, "email": email, "role": role }), text)
        }
        MemberCommand::Remove { org, email } => {
            service::remove(identity, &org, &email, ACTOR).await?;
            let text = format!("{email} is no longer a member of {org}.\n{}", short(context, &org).await?);
            Answer::new(json!({ "org_id": org, "email": email, "removed": true }), text)
        }
        MemberCommand::StandIn(asked) => stand_in(context, asked).await?,
        MemberCommand::Notifications(asked) => notifications(context, asked).await?,
        MemberCommand::Language(asked) => language(context, asked).await?,
        MemberCommand::List { org } => {
            context.org(&org).await?;
            let members = service::list(&mut context.read().await?, &org).await?;
            let rows: Vec<[String; 3]> = members
                .iter()
                .map(|member| {
                    [member.email.clone(), member.role.as_str().to_owned(), member.created_at.to_string()]
                })
                .collect();
            Answer::new(&members, table(["email", "role", "since"], &rows, "There is no member."))
        }
    }))
}

/// Which agents' policies ask for more approvals than there are people to give them.
async fn short(context: &Context<'_>, org: &OrgId) -> Result<String, Failure> {
    let mut text = String::new();
    for agent in bursar_spend::agents::service::list(context.spend(), org).await? {
        let (needed, possible) = (agent.approvals.needed, agent.approvals.possible);
        if needed > possible {
            let name = &agent.name;
            text.push_str(&format!(
                "Note: the policy of {name} asks for {needed} approvals, and {possible} people can give one.\n"
            ));
        }
    }
    Ok(text)
}

async fn stand_in(context: &Context<'_>, asked: StandIn) -> Result<Answer, Failure> {
    context.org(&asked.org).await?;
    let mut org = context.spend().identity.lock(&asked.org).await?;
    let email = valid_email(&asked.email).map_err(Failure)?;
    let (Some(by), Some(until)) = (&asked.by, &asked.until) else {
        stand_ins::end(&mut org, &asked.org, &email, ACTOR).await?;
        org.commit().await?;
        let text = format!("Nobody stands in for {email}.\n");
        return Ok(Answer::new(json!({ "org_id": asked.org, "email": email, "stand_in": null }), text));
    };
    let from = asked.from.as_deref().map(time).transpose()?.unwrap_or(org.now);
    let by = valid_email(by).map_err(Failure)?;
    let set = stand_ins::set(&mut org, &asked.org, &email, &by, (from, time(until)?), ACTOR).await?;
    org.commit().await?;
    let text = format!("{by} gets the mails of {email} from {} until {}.\n", set.from, set.until);
    Ok(Answer::new(&set, text))
}

fn time(text: &str) -> Result<TimeUs, Failure> {
    let wrong = || Failure(format!("{text:?} is no time such as 2026-12-20T00:00:00Z"));
    TimeUs::parse_rfc3339(text).ok_or_else(wrong)
}

async fn notifications(context: &Context<'_>, asked: Notifications) -> Result<Answer, Failure> {
    context.org(&asked.org).await?;
    let kind = |text: &String| {
        let known: Vec<&str> = Choice::ALL.iter().map(|choice| choice.as_str()).collect();
        Choice::parse(text).ok_or_else(|| Failure(format!("{text:?} is none of {}", known.join(", "))))
    };
    let mut wanted = Vec::new();
    for (list, on) in [(&asked.on, true), (&asked.off, false)] {
        for text in list {
            wanted.push((kind(text)?, on));
        }
    }
    let mut org = context.spend().identity.lock(&asked.org).await?;
    let member = member_of(&mut org.tx, &asked.org, &asked.email).await?;
    notices::choose(&mut org, &asked.org, &member.id, &wanted, ACTOR).await?;
    let all = notices::choices(&mut org.tx, &member.id).await?;
    org.commit().await?;
    let rows: Vec<[String; 2]> = all
        .iter()
        .map(|(kind, on)| [(*kind).to_owned(), if *on { "on" } else { "off" }.to_owned()])
        .collect();
    Ok(Answer::new(&all, table(["mail", "it is"], &rows, "")))
}

/// The member of an org with an address.
async fn member_of(tx: &mut Tx, org: &OrgId, email: &str) -> Result<Member, Failure> {
    let email = valid_email(email).map_err(Failure)?;
    let member = service::list(tx, org).await?.into_iter().find(|member| member.email == email);
    member.ok_or_else(|| Failure(format!("{email} is no member of {org}")))
}

async fn language(context: &Context<'_>, asked: LanguageOf) -> Result<Answer, Failure> {
    context.org(&asked.org).await?;
    let mut org = context.spend().identity.lock(&asked.org).await?;
    let member = member_of(&mut org.tx, &asked.org, &asked.email).await?;
    if let Some(language) = asked.set {
        languages::choose(&mut org, &member, language, ACTOR).await?;
    }
    let own = languages::of(&mut org.tx, &member.email).await?;
    org.commit().await?;
    let language = own.unwrap_or(context.spend().settings.language);
    let whose = if own.is_some() { "their own" } else { "the server's" };
    let text = format!("{} is written to in {} ({whose} language).\n", member.email, language.own_name());
    let answer = json!({ "email": member.email, "language": language, "is_own": own.is_some() });
    Ok(Answer::new(answer, text))
}
