//! Who may do what: one table over every path, looked at in one place, [`Authenticator::caller`] and its siblings.
//!
//! Invariants: a path that is not in the table is refused to everybody. An org's admin key may do whatever an owner may;
//! an agent's key only what the table says of its scopes. What belongs to another org does not exist.
//!
//! [`Authenticator::caller`]: crate::keys::Authenticator::caller

mod table;
mod words;

use bursar_http::Problem;

use crate::keys::{Caller, Proof, Scope};
use crate::members::Role;

pub use table::TABLE;

/// Who may use a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anybody: nothing is to be proved, or a token in the request proves it.
    Anyone,
    /// A bot that registered and was not claimed yet, or an agent.
    Registered {
        /// Agents whose key has one of these scopes; any key, when there is none.
        agents: &'static [Scope],
    },
    /// Somebody who is signed in, in an org or not.
    Person,
    /// Somebody who is signed in, or an org's admin key.
    PersonOrAdminKey,
    /// A member who is signed in, with at least this role: what is one person's own word, which no key gives.
    Member(Role),
    /// Somebody in an org.
    Org {
        /// Agents whose key has one of these scopes.
        agents: &'static [Scope],
        /// Members with at least this role, and the admin key.
        members: Option<Role>,
        /// Whether a member has to prove with a passkey that it is them.
        step_up: bool,
    },
}

/// One path and who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Such as `POST`.
    pub method: &'static str,
    /// As in `openapi.json`, such as `/v1/transactions/{id}`.
    pub path: &'static str,
    /// Who may use it.
    pub who: Who,
}

impl Role {
    /// Whether somebody of this role may do what takes `needed`.
    pub fn covers(self, needed: Role) -> bool {
        let rank = |role: Role| match role {
            Role::Owner => 2,
            Role::Approver => 1,
            Role::Viewer => 0,
        };
        rank(self) >= rank(needed)
    }
}

/// The rule of a path as the router matched it: `/api/v1/…` is `/v1/…`.
pub fn rule(method: &str, matched: &str) -> Option<&'static Rule> {
    let path = matched.strip_prefix("/api").filter(|rest| rest.starts_with("/v1/")).unwrap_or(matched);
    TABLE.iter().find(|rule| rule.path == path && rule.method == method)
}

/// Whether a caller may use a path.
///
/// # Errors
/// 403 `forbidden`, saying what is missing; 403 `step_up_required`.
pub fn check(rule: Option<&Rule>, caller: &Caller) -> Result<(), Problem> {
    let (agents, members, step_up) = match rule.map(|rule| &rule.who) {
        Some(Who::Org { agents, members, step_up }) => (agents, members, step_up),
        Some(Who::Member(role)) => return is_member(*role, caller),
        // The handlers of all others do not ask for a caller. One that does so all the same is a mistake of ours.
        Some(Who::Anyone | Who::Registered { .. } | Who::Person | Who::PersonOrAdminKey) | None => {
            return Err(Problem::forbidden("nobody may do this"));
        }
    };
    match &caller.proof {
        Proof::Key { scopes, .. } if caller.agent_id.is_none() && scopes.has(Scope::Admin) => {
            members.map(drop).ok_or_else(|| {
                Problem::forbidden("this needs an agent's key; an org's admin key spends nothing")
            })
        }
        Proof::Key { scopes, .. } => {
            if caller.agent_id.is_some() && agents.iter().any(|scope| scopes.has(*scope)) {
                return Ok(());
            }
            Err(Problem::forbidden(match agents.first() {
                Some(scope) => return Err(no_scope(*scope)),
                None => "this needs the org's admin key, or a member who is signed in",
            }))
        }
        Proof::Session(session) => {
            let Some(needed) = members else {
                return Err(Problem::forbidden("only agents do this, with their key"));
            };
            covers(session.role, *needed)?;
            if *step_up { session.must_be_stepped_up() } else { Ok(()) }
        }
    }
}

/// Whether a bot may use a path with its key: an agent, or, without a caller, a bot that waits for its owner.
pub fn bot_may(rule: &Rule, caller: Option<&Caller>) -> bool {
    match (rule.who, caller) {
        (Who::Anyone | Who::Registered { .. }, None) | (Who::Anyone, Some(_)) => true,
        (Who::Registered { agents }, Some(caller)) => has_scope(agents, caller).is_ok(),
        (Who::Org { .. }, Some(caller)) => check(Some(rule), caller).is_ok(),
        (Who::Org { .. }, None) | (Who::Person | Who::PersonOrAdminKey | Who::Member(_), _) => false,
    }
}

fn is_member(needed: Role, caller: &Caller) -> Result<(), Problem> {
    match &caller.proof {
        Proof::Key { .. } => {
            Err(Problem::forbidden("only members do this, signed in at /sign-in; no key does"))
        }
        Proof::Session(session) => covers(session.role, needed),
    }
}

fn covers(role: Role, needed: Role) -> Result<(), Problem> {
    if role.covers(needed) {
        return Ok(());
    }
    let (needed, role) = (needed.as_str(), role.as_str());
    Err(Problem::forbidden(format!("this needs an {needed} of the org; you are a {role}")))
}

/// Whether an agent's key has one of the scopes; where none is named, any key will do.
///
/// # Errors
/// 403 `forbidden`.
pub(crate) fn has_scope(agents: &[Scope], caller: &Caller) -> Result<(), Problem> {
    let Proof::Key { scopes, .. } = &caller.proof else {
        return Err(Problem::forbidden("only agents do this"));
    };
    match agents.first() {
        Some(first) if !agents.iter().any(|scope| scopes.has(*scope)) => Err(no_scope(*first)),
        Some(_) | None => Ok(()),
    }
}

fn no_scope(scope: Scope) -> Problem {
    Problem::forbidden(format!("this key has not the scope `{}`", scope.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_stands_in_the_table_once() {
        let mut seen: Vec<_> = TABLE.iter().map(|rule| (rule.path, rule.method)).collect();
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn both_prefixes_have_one_rule() {
        assert_eq!(rule("POST", "/api/v1/payment-request"), rule("POST", "/v1/payment-request"));
        assert!(rule("POST", "/v1/payment-request").is_some());
        assert!(rule("GET", "/v1/payment-request").is_none());
        assert!(rule("POST", "/v1/nothing").is_none());
    }

    #[test]
    fn nobody_acts_for_an_agent_but_the_agent() {
        for rule in TABLE {
            if let Who::Org { agents, members, .. } = rule.who {
                assert!(!agents.contains(&Scope::Admin), "{rule:?}");
                assert!(!agents.is_empty() || members.is_some(), "{rule:?}: nobody could");
            }
        }
    }
}
