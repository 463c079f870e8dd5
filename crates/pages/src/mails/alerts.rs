//! Alerts about money that moved, or would not, against what was decided; and the mail that tests mails.

use askama::Template;
use bursar_base::{Language, Money, TimeUs, limits};

use super::{MailContent, host_pieces, name, style, subject_name};
use crate::shown::Moment;
use crate::words::Words;

/// What an alert about one payment has to be told.
#[derive(Debug, Clone)]
pub struct PaymentView {
    /// Whose money it is.
    pub org_name: String,
    /// Which agent it was, where known.
    pub agent_name: Option<String>,
    /// Who was paid, where known.
    pub merchant: Option<String>,
    /// The amount that the alert is about.
    pub amount: Money,
    /// The transaction, where one is known.
    pub transaction_id: Option<String>,
    /// The rail's name.
    pub rail: String,
    /// The rail's own id of what happened.
    pub rail_reference: Option<String>,
    /// When it happened.
    pub occurred_at: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// Whether the org is for testing.
    pub is_test: bool,
}

/// What the mail that tests mails has to be told.
#[derive(Debug, Clone)]
pub struct TestView {
    /// The public address of the server.
    pub server: String,
    /// When it was sent.
    pub sent_at: TimeUs,
    /// The zone to show that in (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
}

/// Which alert it is, with what only that one knows.
enum Kind {
    Captured { held: Option<String> },
    Unasked,
    Disputed { reason: Option<String>, respond_by: Option<Moment> },
    RefundFailed { reason: Option<String> },
    TopupDisputed,
    TopupMismatched,
}

impl Kind {
    /// What the id is of: the name of its term.
    fn subject(&self) -> &'static str {
        match self {
            Kind::Captured { .. } | Kind::Unasked | Kind::Disputed { .. } | Kind::RefundFailed { .. } => {
                "alert-transaction"
            }
            Kind::TopupDisputed | Kind::TopupMismatched => "alert-paid-in-as",
        }
    }
}

#[derive(Template)]
#[template(path = "mails/alert.txt")]
struct AlertText<'a> {
    t: Words,
    a: &'a Letter,
}

#[derive(Template)]
#[template(path = "mails/alert.html")]
struct AlertHtml<'a> {
    t: Words,
    a: &'a Letter,
}

#[derive(Template)]
#[template(path = "mails/mail_test.txt")]
struct TestText<'a> {
    t: Words,
    server: &'a str,
    at: &'a Moment,
}

#[derive(Template)]
#[template(path = "mails/mail_test.html")]
struct TestHtml<'a> {
    t: Words,
    server: &'a str,
    at: &'a Moment,
}

struct Letter {
    kind: Kind,
    org: String,
    agent: Option<String>,
    merchant: Option<String>,
    merchant_pieces: Option<Vec<String>>,
    subject_merchant: Option<String>,
    figure: String,
    currency: String,
    amount: String,
    transaction_id: Option<String>,
    rail: String,
    rail_reference: Option<String>,
    at: Moment,
    is_test: bool,
}

/// Money was captured that was not held, or more than was: `held` is what was, where anything was.
pub fn captured_unheld(view: &PaymentView, held: Option<Money>) -> MailContent {
    let t = Words::of(view.language);
    let held = held.filter(|held| held.micros != 0).map(|held| t.amount(held));
    alert(view, Kind::Captured { held })
}

/// The card network holds money that nobody here allowed; it is held here too.
pub fn held_unasked(view: &PaymentView) -> MailContent {
    alert(view, Kind::Unasked)
}

/// A bank took a payment back. `reason` is the rail's; after `respond_by` the rail takes no evidence.
pub fn disputed(view: &PaymentView, reason: Option<&str>, respond_by: Option<TimeUs>) -> MailContent {
    let t = Words::of(view.language);
    let kind = Kind::Disputed {
        reason: code(reason),
        respond_by: respond_by.map(|time| t.moment(time, &view.time_zone)),
    };
    alert(view, kind)
}

/// The rail refused a refund, or it came back. `reason` is the rail's.
pub fn refund_failed(view: &PaymentView, reason: Option<&str>) -> MailContent {
    alert(view, Kind::RefundFailed { reason: code(reason) })
}

/// A bank took back what had been paid into a wallet. The view's transaction is the id of what was paid.
pub fn topup_disputed(view: &PaymentView) -> MailContent {
    alert(view, Kind::TopupDisputed)
}

/// Something was paid for a top-up or a link, but not what was asked for, and was not credited. The view's transaction is
/// the id of what was asked for, and its amount that sum.
pub fn topup_mismatched(view: &PaymentView) -> MailContent {
    alert(view, Kind::TopupMismatched)
}

/// For the operator who wants to see whether mails arrive.
pub fn mail_test(view: &TestView) -> MailContent {
    let t = Words::of(view.language);
    let at = &t.moment(view.sent_at, &view.time_zone);
    let server = view.server.as_str();
    MailContent::new(view.language, &TestText { t, server, at }, &TestHtml { t, server, at })
}

fn alert(view: &PaymentView, kind: Kind) -> MailContent {
    let t = Words::of(view.language);
    let a = &Letter {
        kind,
        org: name(&view.org_name, limits::MAX_NAME_CHARS),
        agent: view.agent_name.as_deref().map(|text| name(text, limits::MAX_NAME_CHARS)),
        merchant: view.merchant.as_deref().map(|text| name(text, limits::MAX_MERCHANT_CHARS)),
        merchant_pieces: view.merchant.as_deref().map(host_pieces),
        subject_merchant: view.merchant.as_deref().map(subject_name),
        figure: t.grouped(view.amount),
        currency: view.amount.currency.to_string(),
        amount: t.amount(view.amount),
        transaction_id: code(view.transaction_id.as_deref()),
        rail: name(&view.rail, limits::MAX_NAME_CHARS),
        rail_reference: code(view.rail_reference.as_deref()),
        at: t.moment(view.occurred_at, &view.time_zone),
        is_test: view.is_test,
    };
    MailContent::new(view.language, &AlertText { t, a }, &AlertHtml { t, a })
}

fn code(text: Option<&str>) -> Option<String> {
    text.map(|text| name(text, limits::MAX_NAME_CHARS)).filter(|text| !text.is_empty())
}
