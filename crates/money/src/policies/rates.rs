//! Whether so many decisions were made within so long.

use std::time::Duration;

use bursar_base::TimeUs;

use super::Rate;

/// Whether `rate` is used up for the decision after number `decisions`: the one that many back exists, after number
/// `from`, and is young enough. `made_at` says when the decision of a number was made.
pub(crate) fn used_up(
    rate: Rate,
    decisions: i64,
    from: i64,
    now: TimeUs,
    made_at: impl FnOnce(i64) -> Option<TimeUs>,
) -> bool {
    let number = decisions + 1 - i64::from(rate.requests);
    if number <= from {
        return false;
    }
    let within = Duration::from_secs(u64::from(rate.seconds));
    made_at(number).is_some_and(|at| now.since(at) < within)
}
