//! What is left of the agent's limits, ready to be drawn.

use bursar_base::Money;

use crate::approval::{ApprovalStatus, ApprovalView, LeftLine, Window};
use crate::words::Words;

/// The whole width of a bar.
const BAR_WIDTH: i128 = 1_000;

/// One limit as it is drawn: a bar of what was used before, then of this payment.
pub(crate) struct Bar {
    pub(crate) window: Window,
    pub(crate) limit: String,
    /// Without its currency, which is the limit's.
    pub(crate) left: String,
    /// More arrived than was allowed.
    pub(crate) is_overdrawn: bool,
    /// Thousandths of the bar that others take up.
    pub(crate) before: i64,
    /// Thousandths of the bar that this payment takes up; at least a visible one.
    pub(crate) this: i64,
}

/// The bars of a payment.
pub(crate) fn bars(view: &ApprovalView) -> Vec<Bar> {
    view.left.iter().map(|line| bar(line, view)).collect()
}

fn bar(line: &LeftLine, view: &ApprovalView) -> Bar {
    let t = Words::of(view.language);
    let this = match view.status {
        ApprovalStatus::Pending => view.amount,
        _ => Money::zero(view.amount.currency),
    };
    let before = thousandths(line.used.micros.saturating_sub(this.micros), line.limit.micros);
    let least = if this.micros > 0 { 6 } else { 0 };
    let this = thousandths(this.micros, line.limit.micros).max(least);
    let room = thousandths(1, 1) - this;
    Bar {
        window: line.window,
        limit: t.amount(line.limit),
        left: t.grouped(line.left),
        is_overdrawn: line.left.micros < 0,
        before: before.min(room),
        this,
    }
}

/// `part` of `whole` in thousandths, from 0 to 1000; all of it where nothing is allowed.
fn thousandths(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 1_000;
    }
    let share = i128::from(part.max(0)) * BAR_WIDTH / i128::from(whole);
    i64::try_from(share.min(BAR_WIDTH)).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_the_bar() {
        assert_eq!(thousandths(250, 1_000), 250);
        assert_eq!(thousandths(i64::MAX, 1), 1_000);
        assert_eq!(thousandths(-5, 10), 0);
        assert_eq!(thousandths(0, 0), 1_000);
    }
}
