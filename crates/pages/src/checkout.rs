//! Pages on which a sum is paid into a wallet: a top-up that an agent asked its owner for, and a payment link.

use askama::Template;
use bursar_base::{Language, Money, TimeUs, limits};

use crate::shown::Moment;
use crate::words::Words;
use crate::{STYLESHEET_PATH, foreign};

/// A sum that somebody may pay into a wallet. Texts may hold anything.
#[derive(Debug, Clone)]
pub struct CheckoutView {
    /// Whose wallet.
    pub org_name: String,
    /// The agent that it is for, where it is for one.
    pub agent_name: Option<String>,
    /// How much.
    pub amount: Money,
    /// The agent's reason, or what the payee says is paid for.
    pub words: String,
    /// Whether `words` are an agent's.
    pub by_agent: bool,
    /// When it was asked for.
    pub created: TimeUs,
    /// Until when it can be paid.
    pub expires: TimeUs,
    /// The org's time zone (IANA).
    pub time_zone: String,
    /// The language that it is written in.
    pub language: Language,
    /// Where it stands.
    pub status: CheckoutStatus,
    /// Path that the button posts to; without one there is no button.
    pub pay_path: Option<String>,
    /// Whether the org is for testing.
    pub is_test: bool,
    /// Its id.
    pub id: String,
}

/// Where a checkout stands, for who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutStatus {
    /// It can be paid.
    Open,
    /// Somebody has just come back from paying; Stripe has not said so yet.
    JustPaid,
    /// It was paid in a way that takes days.
    Processing,
    /// The money is there.
    Paid,
    /// It was paid in a way that takes days, and did not come.
    Failed,
    /// Nobody paid in time.
    Expired,
}

#[derive(Template)]
#[template(path = "topup.html")]
struct Topup<'a> {
    t: Words,
    c: &'a Seen<'a>,
}

#[derive(Template)]
#[template(path = "link.html")]
struct Link<'a> {
    t: Words,
    c: &'a Seen<'a>,
}

/// A view seen by a template.
pub(crate) struct Seen<'a> {
    pub(crate) view: &'a CheckoutView,
}

/// Longest figure that is set in the largest type, in characters.
const LARGE_FIGURE_CHARS_MAX: usize = 9;

impl Seen<'_> {
    fn t(&self) -> Words {
        Words::of(self.view.language)
    }

    fn org(&self) -> String {
        foreign::short_line(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> Option<String> {
        Some(foreign::short_line(self.view.agent_name.as_deref()?, limits::MAX_NAME_CHARS))
    }

    fn words(&self) -> String {
        foreign::shortened(&foreign::prose(&self.view.words), limits::MAX_REASON_CHARS)
    }

    fn figure(&self) -> String {
        self.t().grouped(self.view.amount)
    }

    fn figure_class(&self) -> &'static str {
        match self.figure().chars().count() {
            0..=LARGE_FIGURE_CHARS_MAX => "figure",
            10..=13 => "figure figure-long",
            _ => "figure figure-longest",
        }
    }

    fn currency(&self) -> &str {
        self.view.amount.currency.as_str()
    }

    fn amount(&self) -> String {
        self.t().amount(self.view.amount)
    }

    fn created(&self) -> Moment {
        self.t().moment(self.view.created, &self.view.time_zone)
    }

    fn expires(&self) -> Moment {
        self.t().moment(self.view.expires, &self.view.time_zone)
    }

    fn id(&self) -> String {
        foreign::line(&self.view.id)
    }

    /// The path of the button, while there is one.
    fn pay_path(&self) -> Option<&str> {
        self.view.pay_path.as_deref().filter(|_| self.view.status == CheckoutStatus::Open)
    }
}

/// The page behind the link in the mail that asks for a top-up.
pub fn topup(view: &CheckoutView) -> String {
    Topup { t: Words::of(view.language), c: &Seen { view } }.to_string()
}

/// The page of a payment link.
pub fn payment_link(view: &CheckoutView) -> String {
    Link { t: Words::of(view.language), c: &Seen { view } }.to_string()
}
