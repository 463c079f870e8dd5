//! The pages and mails in which a human meets Bursar, as pure functions from plain structs to text.
//!
//! Invariants:
//! - no I/O: no clock, no table, no request. What a page says is in its argument, so every page can be looked at alone;
//!   `cargo run -p bursar-pages --example gallery -- DIR` writes all of them;
//! - what an agent wrote is escaped, isolated, made visible where it tries to hide, and shown as the agent's claim, apart
//!   from what Bursar knows. In mails it cannot become a link;
//! - a page holds no script, no style attribute and nothing from elsewhere, so [`CONTENT_SECURITY_POLICY`] fits all;
//! - opening a page changes nothing: what changes something is a form with `method="post"`.
//!
//! All words stand in `templates/en`. A second language is a second folder.

mod approval;
mod budget;
mod checkout;
mod decisions;
mod figures;
mod foreign;
mod json;
mod mails;
mod notices;
mod reasons;
mod shown;
mod stylesheet;

pub use approval::{ApprovalStatus, ApprovalView, LeftLine, RuleLine, RuleVerdict, Window};
pub use checkout::{CheckoutStatus, CheckoutView, payment_link, topup};
pub use decisions::{approve, decline, just_decided, outcome};
pub use mails::{
    ApprovalLinks, FreezeCause, FrozenView, MailContent, PaymentView, TestView, agent_frozen, approval_asked,
    approval_timed_out, captured_unheld, disputed, mail_test, refund_failed, topup_asked, topup_disputed,
    topup_mismatched,
};
pub use notices::{invalid_link, not_found, not_payable, try_again};
pub use stylesheet::{STYLESHEET, STYLESHEET_PATH};

/// The `Content-Security-Policy` header that every page is sent with.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
