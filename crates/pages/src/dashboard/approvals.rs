//! What waits for a human, to be decided in place.

use askama::Template;
use bursar_base::{Language, limits};

use super::agents::AgentRow;
use super::answers::{Agent, Transaction};
use super::{Eye, Shell, agent_name, merchant};
use crate::words::{HtmlText, Words};
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH, foreign};

struct Question {
    id: String,
    agent: String,
    amount: HtmlText,
    plain: String,
    merchant: String,
    purpose: String,
    at: String,
    until: Option<String>,
    votes: Option<String>,
    budget: Option<AgentRow>,
}

#[derive(Template)]
#[template(path = "dashboard/approvals.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
    questions: Vec<Question>,
    can_decide: bool,
}

/// The page of what waits.
pub fn approvals(language: Language, shell: &Shell, waiting: &[Transaction], agents: &[Agent]) -> String {
    let eye = Eye::new(language, shell);
    let question = |t: &Transaction| {
        let approval = t.approval.as_ref();
        let votes = approval.and_then(|approval| approval.approvals).filter(|votes| votes.needed > 1);
        let said = |votes: super::answers::Approvals| {
            let said = eye.t.text("dash-votes").with("given", votes.given).with("needed", votes.needed);
            said.to_string()
        };
        Question {
            id: t.transaction_id.clone(),
            agent: agent_name(agents, &t.agent_id),
            amount: eye.sum(&t.amount, &t.currency),
            plain: format!("{} {}", eye.t.group(&t.amount), t.currency),
            merchant: merchant(&t.merchant),
            purpose: foreign::shortened(&foreign::prose(&t.purpose), limits::MAX_PURPOSE_CHARS),
            at: eye.at(t.created_at),
            until: approval.and_then(|approval| approval.deadline).map(|until| eye.at(until)),
            votes: votes.map(said),
            budget: agents.iter().find(|a| a.agent_id == t.agent_id).map(|a| AgentRow::new(eye, a)),
        }
    };
    let questions = waiting.iter().map(question).collect();
    Page { t: eye.t, shell, questions, can_decide: shell.can_decide }.to_string()
}
