//! The table in words, as pages show it.

use super::Who;
use crate::members::Role;

impl Who {
    /// In words, with scopes as `code`.
    pub fn words(self) -> String {
        match self {
            Who::Anyone => "anybody".to_owned(),
            Who::Registered { agents: [] } => "a bot, claimed or not".to_owned(),
            Who::Registered { agents } => {
                let scopes: Vec<String> =
                    agents.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
                format!("a bot that waits; an agent with {}", scopes.join(" or "))
            }
            Who::Person => "a person who is signed in".to_owned(),
            Who::PersonOrAdminKey => "a person who is signed in; the admin key".to_owned(),
            Who::Member(role) => format!("{}, signed in", member_words(role)),
            Who::Org { agents, members, step_up } => {
                let scopes: Vec<String> =
                    agents.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
                let agents = (!agents.is_empty()).then(|| format!("an agent with {}", scopes.join(" or ")));
                let members = members.map(|role| {
                    let passkey = if step_up { ", with a passkey's word" } else { "" };
                    format!("{}{passkey}; the admin key", member_words(role))
                });
                [agents, members].into_iter().flatten().collect::<Vec<_>>().join("; ")
            }
        }
    }
}

fn member_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "an owner",
        Role::Approver => "an owner or approver",
        Role::Viewer => "any member",
    }
}
