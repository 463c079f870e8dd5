//! Mails about what is charged by itself: saved payment methods, and automatic top-ups that were refused.

use askama::Template;
use bursar_base::{Language, TimeUs, limits};

use super::{MailContent, name, style, subject_name};
use crate::foreign;
use crate::shown::Moment;
use crate::words::{TextSentence, Words};

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
    /// The language that it is written in.
    pub language: Language,
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
    /// The language that it is written in.
    pub language: Language,
    /// The command that lets it go on, to be copied.
    pub set_command: String,
    /// Whether the org is for testing.
    pub is_test: bool,
}

#[derive(Template)]
#[template(path = "mails/payment_method.txt")]
struct MethodText<'a> {
    t: Words,
    m: &'a MethodLetter<'a>,
}

#[derive(Template)]
#[template(path = "mails/payment_method.html")]
struct MethodHtml<'a> {
    t: Words,
    m: &'a MethodLetter<'a>,
}

struct MethodLetter<'a> {
    view: &'a PaymentMethodView,
    org: String,
    label: String,
    title: String,
    says: String,
    by: String,
    can_be_removed: bool,
    at: Moment,
}

#[derive(Template)]
#[template(path = "mails/auto_topup_paused.txt")]
struct PausedText<'a> {
    t: Words,
    p: &'a PausedLetter<'a>,
}

#[derive(Template)]
#[template(path = "mails/auto_topup_paused.html")]
struct PausedHtml<'a> {
    t: Words,
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
    let t = Words::of(view.language);
    let (title, says) = match &view.change {
        PaymentMethodChange::Added => {
            (t.text("a-payment-method-was-saved"), t.text("nothing-is-charged-to-it-until"))
        }
        PaymentMethodChange::Used { for_topups, for_payments } => {
            (t.text("a-payment-method-is-charged"), charged_for(t, *for_topups, *for_payments))
        }
        PaymentMethodChange::Removed => {
            (t.text("a-payment-method-was-removed"), t.text("nothing-new-is-charged-to-it"))
        }
        PaymentMethodChange::Ended { reason } => {
            let says =
                t.text("it-can-no-longer-be-charged").with("reason", name(reason, limits::MAX_NAME_CHARS));
            (t.text("a-payment-method-has-ended"), says)
        }
    };
    let m = &MethodLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        label: name(&view.label, limits::MAX_NAME_CHARS),
        title: title.to_string(),
        says: says.to_string(),
        by: who(t, &view.by),
        can_be_removed: matches!(view.change, PaymentMethodChange::Added | PaymentMethodChange::Used { .. }),
        at: t.moment(view.at, &view.time_zone),
    };
    MailContent::new(view.language, &MethodText { t, m }, &MethodHtml { t, m })
}

fn charged_for(t: Words, for_topups: bool, for_payments: bool) -> TextSentence {
    match (for_topups, for_payments) {
        (true, true) => t.text("charged-for-topups-and-payments"),
        (true, false) => t.text("charged-for-topups"),
        (false, _) => t.text("charged-for-payments"),
    }
}

/// Who did it, as people read it.
fn who(t: Words, actor: &str) -> String {
    match actor {
        "cli" => t.text("the-command-line").to_string(),
        "rail:stripe" => "Stripe".to_owned(),
        "auto-topup" => "Bursar".to_owned(),
        _ => name(actor.strip_prefix("member:").unwrap_or(actor), limits::MAX_NAME_CHARS),
    }
}

/// An automatic top-up was refused: why, and how to go on.
pub fn auto_topup_paused(view: &AutoTopupView) -> MailContent {
    let t = Words::of(view.language);
    let p = &PausedLetter {
        view,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: view.agent_name.as_deref().map(|text| name(text, limits::MAX_NAME_CHARS)),
        subject_agent: view.agent_name.as_deref().map(subject_name),
        amount: foreign::short_line(&view.amount, limits::MAX_NAME_CHARS),
        says: reason(t, &view.reason).to_string(),
        topup_id: view.topup_id.as_deref().map(|id| name(id, limits::MAX_NAME_CHARS)),
        at: t.moment(view.at, &view.time_zone),
    };
    MailContent::new(view.language, &PausedText { t, p }, &PausedHtml { t, p })
}

/// The end of a sentence that begins with "because".
fn reason(t: Words, code: &str) -> TextSentence {
    match code {
        "payment_method_not_chargeable" => t.text("its-payment-method-can-no-longer-be-charged"),
        "authentication_required" => t.text("the-bank-wants-each-payment-confirmed"),
        "insufficient_funds" => t.text("there-was-not-enough-money"),
        "never_arrived" => t.text("stripe-never-received-the-request"),
        other => t.text("the-payment-method-was-refused").with("code", name(other, limits::MAX_NAME_CHARS)),
    }
}
