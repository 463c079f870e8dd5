//! What a chat says of an approval: lines of pieces. Which markup they get, and how that is kept apart from what others
//! wrote, is each messenger's own.

use bursar_base::limits;

use crate::approval::{ApprovalStatus, ApprovalView};
use crate::mails::{claim, name};
use crate::shown::Shown;
use crate::words::Words;
use crate::{foreign, reasons};

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Our words.
    Words(String),
    /// Our words, to be seen first.
    Strong(String),
    /// What others chose: a name, an address.
    Foreign(String),
    /// What an agent claims, on lines of its own.
    Claim(String),
}

/// A message, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatText {
    /// Its lines; one without pieces is empty.
    pub lines: Vec<Vec<Piece>>,
}

/// The words on the two buttons under a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatButtons {
    /// Yes; nobody is asked for one whose yes counts already.
    pub approve: Option<String>,
    /// No.
    pub decline: String,
}

/// A payment, to somebody who is or was asked about it: what for, by whom, until when; or what became of it.
pub fn chat_question(view: &ApprovalView, is_reminder: bool) -> ChatText {
    let t = Words::of(view.language);
    let p = Shown::new(view);
    let mut lines = Vec::new();
    if p.is_test() {
        lines.push(vec![Piece::Words(t.text("test-mode-no-real-money-moves").to_string())]);
    }
    let is_open = p.status() == ApprovalStatus::Pending;
    let title = match (is_open && !p.has_voted(), is_reminder) {
        (false, _) => chat_status(view),
        (true, false) => t.text("chat-an-agent-asks-to-pay").with("amount", p.amount()).to_string(),
        (true, true) => t.text("chat-reminder-an-agent-asks-to-pay").with("amount", p.amount()).to_string(),
    };
    lines.push(vec![Piece::Strong(title)]);
    if !is_open || p.has_voted() {
        lines.extend(outcome(t, view, &p));
        lines.push(vec![Piece::Words(p.amount())]);
    }
    lines.push(Vec::new());
    lines.extend(facts(t, view, &p));
    if is_open {
        let reasons = reasons::reasons(view).into_iter().map(|reason| foreign::unlinked(&reason));
        let reasons: Vec<String> = reasons.collect();
        if !reasons.is_empty() {
            lines.push(Vec::new());
            lines.push(vec![Piece::Words(t.text("approval-asked-why-you-are-asked").to_string())]);
            lines.extend(reasons.into_iter().map(|reason| vec![Piece::Words(format!("– {reason}"))]));
        }
        if let Some(deadline) = p.deadline() {
            let by = t.text("decide-by-if-nobody-does-nothing").with("until", deadline.full);
            lines.extend([Vec::new(), vec![Piece::Words(by.to_string())]]);
        }
    }
    ChatText { lines }
}

/// The buttons under it, while there is something to decide.
pub fn chat_buttons(view: &ApprovalView) -> Option<ChatButtons> {
    let t = Words::of(view.language);
    if view.status != ApprovalStatus::Pending {
        return None;
    }
    Some(if view.has_voted {
        ChatButtons { approve: None, decline: t.text("decline-after-all").to_string() }
    } else {
        ChatButtons {
            approve: Some(t.text("approval-asked-approve").to_string()),
            decline: t.text("approval-asked-decline").to_string(),
        }
    })
}

/// Where a payment stands, in a few words.
pub fn chat_status(view: &ApprovalView) -> String {
    let t = Words::of(view.language);
    let said = match view.status {
        ApprovalStatus::Pending if view.has_voted => t.text("you-said-yes"),
        ApprovalStatus::Pending => t.text("waiting-for-a-decision"),
        ApprovalStatus::Approved | ApprovalStatus::Executing => t.text("approved"),
        ApprovalStatus::Completed => t.text("approved-and-paid"),
        ApprovalStatus::Refunded => t.text("approved-paid-and-refunded"),
        ApprovalStatus::Unknown => t.text("approved-outcome-not-yet-certain"),
        ApprovalStatus::Failed => t.text("approved-but-not-paid"),
        ApprovalStatus::Declined => t.text("declined"),
        ApprovalStatus::TimedOut => t.text("nobody-decided-in-time"),
        ApprovalStatus::Cancelled => t.text("this-payment-was-cancelled"),
    };
    said.to_string()
}

/// Who decided, when and why; or who else has to.
fn outcome(t: Words, view: &ApprovalView, p: &Shown<'_>) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    if view.status == ApprovalStatus::Pending {
        if let Some(needed) = p.needed() {
            let waits =
                t.text("of-have-said-yes-and-nothing").with("given", p.given()).with("needed", needed);
            lines.push(vec![Piece::Words(waits.to_string())]);
        }
        return lines;
    }
    if let Some(by) = p.decided_by() {
        let mut line = vec![
            Piece::Words(format!("{} ", t.text("chat-decided-by"))),
            Piece::Foreign(foreign::unlinked(&by)),
        ];
        line.extend(p.decided_at().map(|at| Piece::Words(format!(", {}", at.short))));
        lines.push(line);
    }
    if let Some(reason) = p.decided_reason() {
        lines.push(vec![Piece::Claim(claim(&reason))]);
    }
    lines
}

fn facts(t: Words, view: &ApprovalView, p: &Shown<'_>) -> Vec<Vec<Piece>> {
    let known = if p.is_payee_known() {
        t.text("approval-asked-one-of-your-payees")
    } else {
        t.text("approval-asked-not-one-of-your-payees")
    };
    let merchant = name(&view.merchant, limits::MAX_MERCHANT_CHARS);
    let line = |label: String, value: String| vec![Piece::Words(format!("{label}: ")), Piece::Foreign(value)];
    let mut to = line(t.text("merchant").to_string(), merchant);
    to.push(Piece::Words(format!(" ({known})")));
    let mut lines = vec![
        to,
        line(t.text("chat-agent").to_string(), name(&view.agent_name, limits::MAX_NAME_CHARS)),
        line(t.text("chat-org").to_string(), name(&view.org_name, limits::MAX_NAME_CHARS)),
    ];
    if p.is_card() {
        let till = t.text("this-is-a-purchase-with-a").with("minutes", crate::at_till_minutes());
        lines.push(vec![Piece::Words(till.to_string())]);
    } else if !view.purpose.trim().is_empty() {
        let says = t.text("approval-asked-says-the-agent-not-checked-by");
        lines.extend([vec![Piece::Words(says.to_string())], vec![Piece::Claim(claim(&view.purpose))]]);
    }
    lines
}
