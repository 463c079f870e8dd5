//! The pages behind the two links of an approval.

use askama::Template;
use bursar_base::limits;

use crate::STYLESHEET_PATH;
use crate::approval::{ApprovalStatus, ApprovalView, Window};
use crate::shown::Shown;
use crate::words::Words;

#[derive(Template)]
#[template(path = "approve.html")]
struct Approve<'a> {
    t: Words,
    p: Shown<'a>,
}

#[derive(Template)]
#[template(path = "decline.html")]
struct Decline<'a> {
    t: Words,
    p: Shown<'a>,
}

#[derive(Template)]
#[template(path = "outcome.html")]
struct Outcome<'a> {
    t: Words,
    p: Shown<'a>,
    /// Whether whoever sees the page has just decided.
    fresh: bool,
    tone: &'static str,
}

/// The page that asks for a yes: the payment and one button. Once the payment is no longer pending, or whoever looks has
/// said yes, it is [`outcome`].
pub fn approve(view: &ApprovalView) -> String {
    match view.status {
        ApprovalStatus::Pending if !view.has_voted => {
            Approve { t: Words::of(view.language), p: Shown::new(view) }.to_string()
        }
        _ => outcome(view),
    }
}

/// The page that asks for a no and why. Once the payment is no longer pending it is [`outcome`].
pub fn decline(view: &ApprovalView) -> String {
    match view.status {
        ApprovalStatus::Pending => Decline { t: Words::of(view.language), p: Shown::new(view) }.to_string(),
        _ => outcome(view),
    }
}

/// What whoever pressed the button sees.
pub fn just_decided(view: &ApprovalView) -> String {
    page_of(view, true)
}

/// What a link shows once the payment is decided, expired or withdrawn: by whom, when, how, and what happened after.
pub fn outcome(view: &ApprovalView) -> String {
    page_of(view, false)
}

fn page_of(view: &ApprovalView, fresh: bool) -> String {
    let tone = match view.status {
        ApprovalStatus::Approved
        | ApprovalStatus::Executing
        | ApprovalStatus::Completed
        | ApprovalStatus::Refunded => "good",
        ApprovalStatus::Declined | ApprovalStatus::Failed => "bad",
        ApprovalStatus::Pending
        | ApprovalStatus::Unknown
        | ApprovalStatus::TimedOut
        | ApprovalStatus::Cancelled => "open",
    };
    Outcome { t: Words::of(view.language), p: Shown::new(view), fresh, tone }.to_string()
}
