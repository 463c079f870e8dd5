//! Sessions: browsers in which somebody is signed in.
//!
//! Invariants: the cookie is stored as its hash alone. A session ends when it is signed out, after
//! [`limits::SESSION_IDLE_FOR`] without use, and after [`limits::SESSION_VALID_FOR`] in any case. What a person may do is
//! looked up with every request, so a member who is removed is out at once.

pub mod service;
pub mod sql;

use bursar_base::{Language, OrgId, PersonId, SessionId, TimeUs, limits};
use bursar_store::{Columns as _, Row, StoreError};
use serde::Serialize;

use crate::members::Role;
use crate::people::Membership;

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By a link in a mail.
    Mail,
    /// By a passkey.
    Passkey,
    /// By an account of a company (OpenID Connect).
    Oidc,
    /// By the link that a server prints while there is no org.
    #[serde(rename = "first_run")]
    FirstRun,
}

impl Method {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Mail => "mail",
            Method::Passkey => "passkey",
            Method::Oidc => "oidc",
            Method::FirstRun => "first_run",
        }
    }
}

/// What a browser says of itself, for the list in which its owner recognises it.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Its `User-Agent`.
    pub user_agent: String,
    /// Where it is.
    pub address: String,
    /// The language that it asks for.
    pub language: Option<Language>,
}

/// A session that was just begun. The cookie is shown here and never again.
#[derive(Debug)]
pub struct NewSession {
    /// Its id.
    pub id: SessionId,
    /// The cookie.
    pub cookie: String,
    /// Who signed in.
    pub person_id: PersonId,
    /// Whether the person is in no org yet.
    pub is_new: bool,
}

/// A session as it stands.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who is signed in.
    pub person_id: PersonId,
    /// Under which address.
    pub email: String,
    /// The org that is looked at, and what the person may do there.
    pub member: Option<Membership>,
    /// Whether all of that org is frozen.
    pub org_is_frozen: bool,
    /// When it was begun.
    pub created_at: TimeUs,
    /// How it was begun.
    pub method: Method,
    /// When it was last used, about.
    pub seen_at: TimeUs,
    /// When a passkey last proved that its owner is there.
    pub stepped_up_at: Option<TimeUs>,
}

impl Session {
    /// Whether a passkey proved a short while ago that its owner is there.
    pub fn is_stepped_up(&self, now: TimeUs) -> bool {
        self.stepped_up_at.is_some_and(|at| now < at.plus(limits::STEP_UP_VALID_FOR))
    }

    /// For the audit trail.
    pub fn actor(&self) -> String {
        format!("member:{}", self.email)
    }

    /// What the person may do in the org that is looked at.
    pub fn role(&self) -> Option<Role> {
        self.member.as_ref().map(|member| member.role)
    }
}

/// A session in the list of its owner.
#[derive(Debug, Clone, Serialize)]
pub struct SessionView {
    /// Its id.
    pub session_id: SessionId,
    /// How it was begun.
    pub method: Method,
    /// What the browser said of itself.
    pub user_agent: String,
    /// Where it was.
    pub address: String,
    /// When it was begun.
    pub created_at: TimeUs,
    /// When it was last used, about.
    pub seen_at: TimeUs,
}

fn method_from(row: &Row) -> Result<Method, StoreError> {
    match row.text("method")?.as_str() {
        "mail" => Ok(Method::Mail),
        "passkey" => Ok(Method::Passkey),
        "oidc" => Ok(Method::Oidc),
        "first_run" => Ok(Method::FirstRun),
        other => Err(StoreError::Damaged(format!("sessions.method: {other:?}"))),
    }
}

pub(crate) fn view_from(row: &Row) -> Result<SessionView, StoreError> {
    Ok(SessionView {
        session_id: SessionId::from_store(&row.text("id")?),
        method: method_from(row)?,
        user_agent: row.text("user_agent")?,
        address: row.text("address")?,
        created_at: row.time("created_us")?,
        seen_at: row.time("seen_us")?,
    })
}

pub(crate) fn session_from(row: &Row) -> Result<Session, StoreError> {
    let member = match row.opt_text("role")? {
        None => None,
        Some(role) => {
            let mode = row.text("mode")?;
            Some(Membership {
                org_id: OrgId::from_store(&row.text("org_id")?),
                org_name: row.text("org_name")?,
                mode: bursar_base::Mode::parse(&mode)
                    .ok_or_else(|| StoreError::Damaged(format!("orgs.mode: {mode:?}")))?,
                member_id: bursar_base::MemberId::from_store(&row.text("member_id")?),
                role: Role::parse(&role)
                    .ok_or_else(|| StoreError::Damaged(format!("members.role: {role:?}")))?,
            })
        }
    };
    Ok(Session {
        id: SessionId::from_store(&row.text("id")?),
        person_id: PersonId::from_store(&row.text("person_id")?),
        email: row.text("email")?,
        member,
        org_is_frozen: row.opt_time("frozen_us")?.is_some(),
        created_at: row.time("created_us")?,
        method: method_from(row)?,
        seen_at: row.time("seen_us")?,
        stepped_up_at: row.opt_time("stepped_up_us")?,
    })
}
