//! Mails about an approval: it is asked for; it timed out.

use askama::Template;
use bursar_base::limits;

use super::{MailContent, claim, host_pieces, marked_claim, name, style, subject_name};
use crate::approval::{ApprovalView, Window};
use crate::foreign;
use crate::shown::Shown;
use crate::words::Words;

/// The whole links of one approval, each to a page that asks once more.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalLinks<'a> {
    /// To the page that approves.
    pub approve: &'a str,
    /// To the page that declines.
    pub decline: &'a str,
}

#[derive(Template)]
#[template(path = "mails/approval_asked.txt")]
struct AskedText<'a> {
    t: Words,
    m: &'a Letter<'a>,
    p: &'a Shown<'a>,
    links: ApprovalLinks<'a>,
}

#[derive(Template)]
#[template(path = "mails/approval_asked.html")]
struct AskedHtml<'a> {
    t: Words,
    m: &'a Letter<'a>,
    p: &'a Shown<'a>,
    links: ApprovalLinks<'a>,
}

#[derive(Template)]
#[template(path = "mails/approval_timed_out.txt")]
struct TimedOutText<'a> {
    t: Words,
    m: &'a Letter<'a>,
    p: &'a Shown<'a>,
}

#[derive(Template)]
#[template(path = "mails/approval_timed_out.html")]
struct TimedOutHtml<'a> {
    t: Words,
    m: &'a Letter<'a>,
    p: &'a Shown<'a>,
}

/// A view as mails show it: what others wrote cannot become a link.
struct Letter<'a> {
    view: &'a ApprovalView,
    reminder: bool,
}

impl Letter<'_> {
    fn is_reminder(&self) -> bool {
        self.reminder
    }

    fn org(&self) -> String {
        name(&self.view.org_name, limits::MAX_NAME_CHARS)
    }

    fn agent(&self) -> String {
        name(&self.view.agent_name, limits::MAX_NAME_CHARS)
    }

    /// A payee of the org's is shown as it is; any other merchant is the agent's choice.
    fn merchant(&self) -> String {
        if self.view.payee_known {
            return Shown::new(self.view).merchant();
        }
        name(&self.view.merchant, limits::MAX_MERCHANT_CHARS)
    }

    fn merchant_pieces(&self) -> Vec<String> {
        host_pieces(&self.view.merchant)
    }

    /// Whether something in the claim would have become a link.
    fn has_broken_links(&self) -> bool {
        foreign::unlinked(&self.view.purpose) != self.view.purpose
    }

    fn subject_agent(&self) -> String {
        subject_name(&self.view.agent_name)
    }

    fn subject_merchant(&self) -> String {
        subject_name(&self.view.merchant)
    }

    fn claim(&self) -> String {
        claim(&self.view.purpose)
    }

    fn marked_claim(&self) -> String {
        marked_claim(&self.view.purpose)
    }

    fn claimed_category(&self) -> Option<String> {
        let category = self.view.claimed_category.as_deref()?;
        Some(name(category, limits::MAX_CATEGORY_CHARS))
    }

    fn reasons(&self) -> Vec<String> {
        let reasons = crate::reasons::reasons(self.view);
        reasons.iter().map(|reason| foreign::unlinked(reason)).collect()
    }
}

/// A human is asked: what for, why, what is left, until when, and the two links.
pub fn approval_asked(view: &ApprovalView, links: ApprovalLinks<'_>) -> MailContent {
    asked(view, links, false)
}

/// The same once more, to somebody who has not decided.
pub fn approval_reminder(view: &ApprovalView, links: ApprovalLinks<'_>) -> MailContent {
    asked(view, links, true)
}

fn asked(view: &ApprovalView, links: ApprovalLinks<'_>, reminder: bool) -> MailContent {
    let t = Words::of(view.language);
    let (m, p) = (&Letter { view, reminder }, &Shown::new(view));
    MailContent::new(view.language, &AskedText { t, m, p, links }, &AskedHtml { t, m, p, links })
}

/// Nobody decided in time; nothing is paid.
pub fn approval_timed_out(view: &ApprovalView) -> MailContent {
    let t = Words::of(view.language);
    let (m, p) = (&Letter { view, reminder: false }, &Shown::new(view));
    MailContent::new(view.language, &TimedOutText { t, m, p }, &TimedOutHtml { t, m, p })
}
