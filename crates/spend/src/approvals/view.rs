//! A payment as an approver sees it.

use bursar_base::{Language, MemberId, Money, money};
use bursar_identity::agents::service as agents;
use bursar_identity::orgs::service as orgs;
use bursar_money::budgets;
use bursar_money::policies::{self, Document, Verdict};
use bursar_money::transactions::{Status, Transaction};
use bursar_money::votes;
use bursar_pages::{ApprovalStatus, ApprovalView, LeftLine, RuleLine, RuleVerdict, VoteLine, Window, Words};
use bursar_store::{StoreError, Tx};

/// The link by which somebody looks at a payment.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// Where its buttons lead.
    pub token: &'a str,
    /// Whose word it is.
    pub member: &'a MemberId,
}

/// What pages and mails say about `t`, to whoever has the link, or to everybody.
///
/// # Errors
/// [`StoreError`].
pub async fn approval(
    tx: &mut Tx,
    t: &Transaction,
    link: Option<Link<'_>>,
    language: Language,
) -> Result<ApprovalView, StoreError> {
    let org = orgs::find(tx, &t.org_id)
        .await?
        .ok_or_else(|| StoreError::Damaged("transactions.org_id".to_owned()))?;
    let agent = agents::find(tx, &t.agent_id).await?;
    let document =
        policies::current(tx, &t.agent_id).await?.map(|version| version.document).unwrap_or_default();
    let budget = budgets::find(tx, &t.agent_id).await?;
    let wallet = if t.rail.is_prepaid() { budgets::wallet(tx, &t.debit).await? } else { None };
    let left = budget.map(|budget| left_lines(&document, &budget.usage(), t)).unwrap_or_default();
    let money = |micros| Money { micros, currency: t.currency };
    let path = |page: &str| link.map_or_else(String::new, |link| format!("/v1/{page}/{}", link.token));
    let votes = votes::of(tx, t).await?;
    Ok(ApprovalView {
        org_name: org.name,
        agent_name: agent.map_or_else(|| t.agent_id.to_string(), |agent| agent.name),
        amount: t.amount(),
        merchant: t.merchant.clone(),
        payee_known: t.payee_id.is_some(),
        category: t.category.clone(),
        claimed_category: t.claimed_category.clone(),
        purpose: t.purpose.clone(),
        context_json: t.context.clone(),
        rail: t.rail.as_str().to_owned(),
        created: t.created,
        deadline: t.deadline,
        time_zone: org.time_zone,
        language,
        rules: t.checks.iter().map(rule_line).collect(),
        left,
        wallet_left: wallet.map(|account| money(account.available())),
        status: status_of(t.status),
        needed: votes::needed(t),
        has_voted: link.is_some_and(|link| votes.iter().any(|vote| vote.member_id == *link.member)),
        votes: votes.iter().map(|vote| VoteLine { by: person(&vote.actor, language), at: vote.at }).collect(),
        decided_by: t.decided_by.as_deref().map(|actor| person(actor, language)),
        decided_reason: t.decided_reason.clone(),
        decided_at: t.decided,
        reason_code: t.reason.clone(),
        completed_at: t.completed,
        paid: (t.posted_micros > 0 && t.posted_micros != t.amount_micros).then(|| money(t.posted_micros)),
        refunded: (t.refunded_micros > 0).then(|| money(t.refunded_micros)),
        approve_path: path("approve"),
        decline_path: path("decline"),
        is_test: org.mode == bursar_base::Mode::Test,
        transaction_id: t.id.to_string(),
    })
}

/// Who did something, in words: an address for a member, else what kind of caller it was.
fn person(actor: &str, language: Language) -> String {
    let words = Words::of(language);
    match actor.split_once(':') {
        Some(("member", email)) => email.to_owned(),
        Some(("agent", _)) => words.text("the-agent").to_string(),
        Some(("key", _)) => words.text("an-owner-by-the-admin-key").to_string(),
        Some(_) | None if actor == "cli" => words.text("an-owner-on-the-command-line").to_string(),
        Some(_) | None => actor.to_owned(),
    }
}

fn rule_line(check: &policies::Check) -> RuleLine {
    RuleLine {
        rule: check.rule.to_string(),
        verdict: match check.verdict {
            Verdict::Approve => RuleVerdict::Approve,
            Verdict::Ask => RuleVerdict::Ask,
            Verdict::Decline => RuleVerdict::Decline,
        },
        limit: check.limit.as_ref().map(ToString::to_string),
        used: check.used.as_ref().map(ToString::to_string),
        asked: check.asked.as_ref().map(ToString::to_string),
    }
}

fn left_lines(document: &Document, usage: &policies::Usage, t: &Transaction) -> Vec<LeftLine> {
    let lines = [
        (Window::Day, &document.daily, usage.day),
        (Window::Week, &document.weekly, usage.week),
        (Window::Month, &document.monthly, usage.month),
        (Window::Lifetime, &document.lifetime, usage.lifetime),
    ];
    let amount = |micros| Money { micros, currency: t.currency };
    let limited = lines.into_iter().filter_map(|(window, limit, used)| {
        let limit = money::parse_micros(limit.as_deref()?).ok()?;
        let left = limit.saturating_sub(used);
        Some(LeftLine { window, limit: amount(limit), used: amount(used), left: amount(left) })
    });
    limited.collect()
}

fn status_of(status: Status) -> ApprovalStatus {
    match status {
        Status::Pending => ApprovalStatus::Pending,
        Status::Approved => ApprovalStatus::Approved,
        Status::Executing => ApprovalStatus::Executing,
        Status::Unknown => ApprovalStatus::Unknown,
        Status::Completed => ApprovalStatus::Completed,
        Status::Refunded => ApprovalStatus::Refunded,
        Status::Failed => ApprovalStatus::Failed,
        Status::Declined => ApprovalStatus::Declined,
        Status::TimedOut => ApprovalStatus::TimedOut,
        Status::Cancelled => ApprovalStatus::Cancelled,
    }
}
