//! Mails about what is charged by itself: saved payment methods, and automatic top-ups that were refused.

use askama::Template;
use bursar_base::{TimeUs, limits};

use super::{MailContent, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;

/// What became of a payment method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentMethodChange {
    /// It was saved.
    Added,
    /// It is charged from now on.
    Used {
        /// By automatic top-ups.
        for_topups: bool,
        /// By payments on the rail `stripe`.
        for_payments: bool,
    },
    /// An owner removed it.
    Removed,
    /// It can no longer be charged.
    Ended {
        /// Why, as the end of a sentence.
        reason: String,
    },
}

/// What the mail about a payment method has to be told.
#[derive(Debug, Clone)]
pub struct PaymentMethodView {
    /// Whose it is.
    pub org_name: String,
    /// What people call it, such as `visa •••• 4242`.
    pub label: String,
    /// Its id.
    pub payment_method_id: String,
    /// What became of it.
    pub change: PaymentMethodChange,
    /// By whom.
    pub by: String,
    /// When.
    pub at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The command that removes it, to be copied.
    pub remove_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

/// What the mail about an automatic top-up that was refused has to be told.
#[derive(Debug, Clone)]
pub struct AutoTopupView {
    /// Whose it is.
    pub org_name: String,
    /// The agent whose own wallet it is for; the org's when absent.
    pub agent_name: Option<String>,
    /// How much, with its currency.
    pub amount: String,
    /// Why, as a code.
    pub reason: String,
    /// Which, where one was begun.
    pub topup_id: Option<String>,
    /// When.
    pub at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The command that lets it go on, to be copied.
    pub set_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "en/mails/payment_method.txt")]
struct MethodText<'a> {
    m: &'a MethodLetter<'a>,
}

#[derive(Template)]
#[template(path = "en/mails/payment_method.html")]
struct MethodHtml<'a> {
    m: &'a MethodLetter<'a>,
}

struct MethodLetter<'a> {
    view: &'a PaymentMethodView,
    org: String,
    label: String,
    title: &'static str,
    says: String,
    by: String,
    can_be_removed: bool,
    at: Moment,
}

#[derive(Template)]
#[template(path = "en/mails/auto_topup_paused.txt")]
struct PausedText<'a> {
    p: &'a PausedLetter<'a>,
}

#[derive(Template)]
#[template(path = "en/mails/auto_topup_paused.html")]
struct PausedHtml<'a> {
    p: &'a PausedLetter<'a>,
}

struct PausedLetter<'a> {
    view: &'a AutoTopupView,
    org: String,
    agent: Option<String>,
    subject_agent: Option<String>,
    amount: String,
    says: String,
    topup_id: Option<String>,
    at: Moment,
}

/// A payment method was saved, begins or ceases to be charged.
pub fn payment_method_changed(view: &PaymentMethodView) -> MailContent {
    let (title, says) = match &view.change {
        PaymentMethodChange::Added => (
            "A payment method was saved",
            "Nothing is charged to it until an owner says what it is used for.".to_owned(),
        ),
        PaymentMethodChange::Used { for_topups, for_payments } => {
            ("A payment method is charged from now on", charged_for(*for_topups, *for_payments).to_owned())
        }
        PaymentMethodChange::Removed => {
            ("A payment method was removed", "Nothing new is charged to it.".to_owned())
        }
        PaymentMethodChange::Ended { reason } => {
            let reason = name(reason, limits::MAX_NAME_CHARS);
            let says = format!(
                "It can no longer be charged: {reason}. What it was charged for waits for another one."
            );
            ("A payment method has ended", says)
        }
    };
    let m = &MethodLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        label: name(&view.label, limits::MAX_NAME_CHARS),
        title,
        says,
        by: who(&view.by),
        can_be_removed: matches!(view.change, PaymentMethodChange::Added | PaymentMethodChange::Used { .. }),
        at: Moment::new(view.at, &view.time_zone),
    };
    MailContent::new(&MethodText { m }, &MethodHtml { m })
}

fn charged_for(for_topups: bool, for_payments: bool) -> &'static str {
    match (for_topups, for_payments) {
        (true, true) => {
            "Automatic top-ups may charge it, and your agents' payments on the rail stripe are charged to it."
        }
        (true, false) => "Automatic top-ups may charge it.",
        (false, _) => "Your agents' payments on the rail stripe are charged to it.",
    }
}

/// Who did it, as people read it.
fn who(actor: &str) -> String {
    match actor {
        "cli" => "the command line".to_owned(),
        "rail:stripe" => "Stripe".to_owned(),
        "auto-topup" => "Bursar".to_owned(),
        _ => name(actor.strip_prefix("member:").unwrap_or(actor), limits::MAX_NAME_CHARS),
    }
}

/// An automatic top-up was refused: why, and how to go on.
pub fn auto_topup_paused(view: &AutoTopupView) -> MailContent {
    let p = &PausedLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: view.agent_name.as_deref().map(|text| name(text, limits::MAX_NAME_CHARS)),
        subject_agent: view.agent_name.as_deref().map(subject_name),
        amount: foreign::short_line(&view.amount, limits::MAX_NAME_CHARS),
        says: reason(&view.reason),
        topup_id: view.topup_id.as_deref().map(|id| name(id, limits::MAX_NAME_CHARS)),
        at: Moment::new(view.at, &view.time_zone),
    };
    MailContent::new(&PausedText { p }, &PausedHtml { p })
}

/// The end of a sentence that begins with "because".
fn reason(code: &str) -> String {
    match code {
        "payment_method_not_chargeable" => "its payment method can no longer be charged".to_owned(),
        "authentication_required" => "the bank wants the cardholder to confirm each payment".to_owned(),
        "insufficient_funds" => "there was not enough money behind the payment method".to_owned(),
        "never_arrived" => "Stripe never received the request".to_owned(),
        other => {
            let code = name(other, limits::MAX_NAME_CHARS);
            format!("the payment method was refused ({code})")
        }
    }
}
