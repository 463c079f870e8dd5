//! What bots read: `/skill.md` and its companions, made of what this server really serves.
//!
//! Invariants: a path stands there because it is in the API's description and because the table of who may do what lets
//! agents use it; a reason because the policies have it. Nothing of it is written by hand twice.

pub mod api;

use bursar_base::limits;
use bursar_identity::access::{self, Who};
use bursar_pages::skill::{CallLine, SkillView};
use serde_json::Value;

use crate::Web;

/// What the files are made of; `description` is the whole API's.
pub fn view(web: &Web, description: &Value) -> SkillView {
    let base = web.settings.public_url.clone();
    let host = url::Url::parse(&base).ok().and_then(|url| url.host_str().map(str::to_owned));
    let breaker = web.settings.breaker;
    SkillView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: host.unwrap_or_default(),
        calls: calls(description),
        limits: vec![
            format!(
                "Registering: {} an hour and {} a day from one address.",
                limits::REGISTRATIONS_PER_HOUR,
                limits::REGISTRATIONS_PER_DAY
            ),
            format!("Asking for a top-up: {} an hour.", limits::TOPUP_REQUESTS_PER_HOUR),
            format!("Asking for a card: {} an hour.", limits::CARD_REQUESTS_PER_HOUR),
            format!(
                "Looking at your card: {} an hour, each told to your owner.",
                limits::CARD_LOOKS_PER_HOUR
            ),
            format!("Making payment links: {} an hour.", limits::LINKS_PER_HOUR),
            format!("Waiting for a payment: at most {} seconds at a time.", limits::MAX_WAIT_SECONDS),
            format!("A body: at most {} KB.", limits::MAX_BODY_BYTES / 1024),
        ],
        breaker: format!("{} within {} seconds", breaker.requests, breaker.seconds),
        refusals: bursar_spend::refusals::all(),
        base,
    }
}

/// Whatever the table lets agents, and bots that wait, use.
fn calls(description: &Value) -> Vec<CallLine> {
    let is_theirs = |who: Who| match who {
        Who::Registered { .. } => true,
        Who::Org { agents, .. } => !agents.is_empty(),
        Who::Anyone | Who::Person | Who::PersonOrAdminKey | Who::Member(_) => false,
    };
    let rules = access::TABLE.iter().filter(|rule| is_theirs(rule.who));
    rules
        .filter_map(|rule| {
            let operation = &description["paths"][rule.path][rule.method.to_lowercase()];
            let summary = operation["summary"].as_str()?;
            Some(CallLine {
                method: rule.method.to_owned(),
                path: rule.path.strip_prefix("/v1")?.to_owned(),
                summary: summary.trim_end_matches('.').to_owned(),
            })
        })
        .collect()
}
