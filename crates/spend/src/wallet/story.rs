//! A wallet's story: payments, and what came in or back, in the order of the org's audit trail.

use bursar_base::{AgentId, money};
use bursar_http::Problem;
use bursar_money::holds::Budget;
use bursar_money::ledger::AccountId;
use bursar_store::{Columns as _, Row, StoreError, Tx};

use super::{StoryLine, sql};

/// Where a page begins: after this entry of the trail, and after this payment of the agent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    entry: i64,
    number: i64,
}

impl After {
    /// The newest.
    pub const NOTHING: After = After { entry: i64::MAX, number: i64::MAX };

    /// Reads a cursor.
    ///
    /// # Errors
    /// 400.
    pub fn parse(text: &str) -> Result<After, Problem> {
        let read = |text: &str| text.parse().ok().filter(|number| *number >= 0);
        let parts = text.split_once('.').and_then(|(entry, number)| read(entry).zip(read(number)));
        let (entry, number) =
            parts.ok_or_else(|| Problem::field("cursor", "the `next_cursor` of the page before"))?;
        Ok(After { entry, number })
    }

    /// The cursor of a page that ends with this line.
    pub fn text(line: &StoryLine) -> String {
        format!("{}.{}", line.entry, line.number)
    }
}

/// A page of an agent's story, newest first, at most `limit` lines.
///
/// # Errors
/// [`StoreError`].
pub async fn read(
    tx: &mut Tx,
    agent: &AgentId,
    budget: &Budget,
    after: After,
    limit: u32,
) -> Result<Vec<StoryLine>, StoreError> {
    let limit_arg = i64::from(limit);
    let args = [agent.as_str().into(), after.number.into(), limit_arg.into()];
    let payments = tx.rows(sql::PAYMENTS, &args).await?;
    let mut lines = payments.iter().map(payment).collect::<Result<Vec<_>, _>>()?;
    let shared = budget.wallet == AccountId::wallet(budget.org_id.as_str());
    let args = [
        budget.org_id.as_str().into(),
        after.entry.into(),
        agent.as_str().into(),
        i64::from(shared).into(),
        limit_arg.into(),
    ];
    for row in tx.rows(sql::CAME_IN, &args).await? {
        lines.push(came_in(&row)?);
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.entry));
    lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    // Each line knows the last payment at or before it in the page, so that the next page goes on behind it.
    let mut number = after.number;
    for line in &mut lines {
        if line.kind == "payment" {
            number = line.number;
        }
        line.number = number;
    }
    Ok(lines)
}

fn payment(row: &Row) -> Result<StoryLine, StoreError> {
    let (held, posted) = (row.int("held_micros")?, row.int("posted_micros")?);
    // What is posted is what left; until then it is what is held to leave.
    let micros = if posted > 0 { posted } else { held };
    Ok(StoryLine {
        entry: row.int("seq")?,
        kind: "payment".to_owned(),
        amount: money::decimal(micros.saturating_neg()),
        currency: row.text("currency")?,
        status: row.text("status")?,
        description: row.text("merchant")?,
        rail: Some(row.text("rail")?),
        transaction_id: Some(row.text("id")?),
        topup_id: None,
        payment_link_id: None,
        created_at: row.time("created_us")?,
        number: row.int("number")?,
    })
}

fn came_in(row: &Row) -> Result<StoryLine, StoreError> {
    let detail: serde_json::Value = serde_json::from_str(&row.text("detail")?)
        .map_err(|error| StoreError::Damaged(format!("events.detail: {error}")))?;
    let word = |name: &str| detail.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let about = word("about");
    let of = |prefix: &str| about.clone().filter(|id| id.starts_with(prefix));
    let (topup_id, payment_link_id) = (of("topup_"), of("link_"));
    let paid_in = if payment_link_id.is_some() { "payment_link" } else { "topup" };
    let (kind, sign, description) = match row.text("action")?.as_str() {
        "payment.refunded" => ("refund", 1, word("merchant")),
        "payment.disputed" => ("dispute", 1, word("merchant")),
        "payment.dispute_won" => ("dispute", -1, word("merchant")),
        "wallet.deposited" => ("deposit", 1, word("reason")),
        "wallet.received" => (paid_in, 1, word("note")),
        "wallet.refunded" => ("topup_refund", -1, about.clone()),
        "wallet.refund_failed" => ("topup_refund", 1, about.clone()),
        "wallet.disputed" => ("topup_dispute", -1, about.clone()),
        "wallet.dispute_won" => ("topup_dispute", 1, about.clone()),
        other => return Err(StoreError::Damaged(format!("events.action: {other:?}"))),
    };
    Ok(StoryLine {
        entry: row.int("seq")?,
        kind: kind.to_owned(),
        amount: money::decimal(row.int("amount_micros")?.saturating_mul(sign)),
        currency: row.text("currency")?,
        status: "completed".to_owned(),
        description: description.unwrap_or_default(),
        rail: word("rail"),
        transaction_id: row.opt_text("transaction_id")?,
        topup_id,
        payment_link_id,
        created_at: row.time("at_us")?,
        number: 0,
    })
}
