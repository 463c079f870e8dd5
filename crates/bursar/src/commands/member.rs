//! `bursar member`

use bursar_base::OrgId;
use bursar_identity::members::{Role, service};
use clap::{Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{ACTOR, Answer, Context, Ending};
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
    /// Show the people of an org
    List {
        /// The org
        #[arg(long, value_name = "ID")]
        org: OrgId,
    },
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
            let text = format!("{email} is now {} of {org}.\n", role.as_str());
            Answer::new(json!({ "org_id": org, "email": email, "role": role }), text)
        }
        MemberCommand::Remove { org, email } => {
            service::remove(identity, &org, &email, ACTOR).await?;
            let text = format!("{email} is no longer a member of {org}.\n");
            Answer::new(json!({ "org_id": org, "email": email, "removed": true }), text)
        }
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
