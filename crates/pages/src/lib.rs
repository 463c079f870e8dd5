//! The pages and mails in which a human meets Bursar, as pure functions from plain structs to text.
//!
//! Invariants:
//! - no I/O: no clock, no table, no request. What a page says is in its argument, so every page can be looked at alone;
//!   `cargo run -p bursar-pages --example gallery -- DIR` writes all of them;
//! - what an agent wrote is escaped, isolated, made visible where it tries to hide, and shown as the agent's claim, apart
//!   from what Bursar knows. In mails it cannot become a link;
//! - a page holds no script, no style attribute and nothing from elsewhere. Those that decide about money need none at
//!   all ([`CONTENT_SECURITY_POLICY`]); those that take passkeys fetch one file of ours
//!   ([`CONTENT_SECURITY_POLICY_WITH_SCRIPT`]), and work without it but for passkeys;
//! - opening a page changes nothing: what changes something is a form with `method="post"`.
//!
//! All words stand in `texts`, one folder for each language, and are said by [`Words`]; `templates` hold what they are
//! shown in. What programs read (`skill`) is English.

mod approval;
mod assets;
mod budget;
mod card;
mod chat;
mod checkout;
pub mod dashboard;
mod decisions;
mod figures;
pub mod first_run;
mod foreign;
mod json;
mod mails;
mod notices;
pub mod people;
mod reasons;
pub mod reference;
mod shown;
pub mod skill;
mod texts;
mod words;

pub use approval::{ApprovalStatus, ApprovalView, LeftLine, RuleLine, RuleVerdict, VoteLine, Window};
pub use assets::STYLESHEET_PATH;
pub use assets::{ASSETS, Asset};
pub(crate) use assets::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH};
pub use card::{CardRequestStatus, CardRequestView, card_request};
pub use chat::{ChatButtons, ChatText, Piece, chat_buttons, chat_question, chat_status};
pub use checkout::{CheckoutStatus, CheckoutView, payment_link, topup};
pub use decisions::{approve, decline, just_decided, outcome};
pub use mails::{
    ApprovalLinks, AutoTopupView, BotView, CardAccessView, CaseView, EndpointView, FreezeCause, FrozenView,
    InvitationView, MailContent, Notice, NoticeView, OrgFrozenView, PaymentMethodChange, PaymentMethodView,
    PaymentView, SignInView, SummaryLine, TestView, agent_frozen, approval_asked, approval_reminder,
    approval_timed_out, auto_topup_paused, bot_registered, captured_unheld, card_accessed, card_asked,
    case_opened, disputed, endpoint_disabled, held_unasked, invited, mail_test, notice, org_frozen,
    payment_method_changed, refund_failed, sign_in, topup_asked, topup_disputed, topup_mismatched,
};
pub use notices::{
    back_from_onboarding, back_from_stripe, invalid_link, not_found, not_payable, onboarding_refresh,
    try_again, unsubscribe,
};
pub use shown::Moment;
pub use words::{HtmlSentence, TextSentence, Words};

/// The `Content-Security-Policy` header that every page is sent with.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The same for pages that take passkeys.
pub const CONTENT_SECURITY_POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// How many minutes a purchase that was declined at the till may be tried again there once a human has allowed it.
pub(crate) fn at_till_minutes() -> u64 {
    bursar_base::limits::CARD_RETRY_WITHIN.as_secs() / 60
}
