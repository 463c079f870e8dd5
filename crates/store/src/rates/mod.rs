//! Rates: how often somebody may do something, counted in the database, so that several processes agree.
//!
//! Invariants: the count slides (in *any* hour there are at most so many, not only in those of the clock); what was
//! refused does not count; two at the same instant wait for each other's lock, so they are never both the last one.

mod sql;

use std::time::Duration;

use bursar_base::TimeUs;

use crate::{Columns as _, Db, StoreError, Tx};

pub use sql::ALL as STATEMENTS;

/// At most `count` within any `within`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: usize,
    /// Within how long; at most [`LONGEST`].
    pub within: Duration,
}

/// The longest time that a rate can look back.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// It may, and was counted.
    Yes,
    /// Not before so much time has gone by.
    After(Duration),
}

/// Counts one more `name` of `subject`, if every rate allows it. It counts once the caller commits.
///
/// # Errors
/// [`StoreError`].
pub async fn take(
    tx: &mut Tx,
    name: &str,
    subject: &str,
    rates: &[Rate],
    now: TimeUs,
) -> Result<Allowed, StoreError> {
    let row = tx.row(sql::LOCK, &[name.into(), subject.into()]).await?;
    let damaged = || StoreError::Damaged(format!("rates.times of {name} {subject}"));
    let text = row.ok_or_else(damaged)?.text("times")?;
    let past: Option<Vec<TimeUs>> =
        text.split_terminator(' ').map(|at| at.parse().ok().map(TimeUs)).collect();
    let mut past = past.ok_or_else(damaged)?;
    if let Some(wait) = rates.iter().filter_map(|rate| rate.wait(&past, now)).max() {
        return Ok(Allowed::After(wait));
    }
    let longest = rates.iter().map(|rate| rate.within).max().unwrap_or_default();
    past.retain(|at| *at > now.minus(longest));
    past.push(now);
    let text: String = past.iter().map(|at| format!("{} ", at.0)).collect();
    tx.execute(sql::SAVE, &[name.into(), subject.into(), (&text).into(), now.into()]).await?;
    Ok(Allowed::Yes)
}

/// Forgets those who did nothing for longer than any rate looks back.
///
/// # Errors
/// [`StoreError`].
pub async fn forget_old(db: &Db, now: TimeUs) -> Result<u64, StoreError> {
    let mut tx = db.write().await?;
    let forgotten = tx.execute(sql::DELETE_OLD, &[now.minus(LONGEST).into()]).await?;
    tx.commit().await?;
    Ok(forgotten)
}

impl Rate {
    /// How long until one more is allowed; `None` when it is now. `past` is in the order of time.
    fn wait(&self, past: &[TimeUs], now: TimeUs) -> Option<Duration> {
        let oldest = *past.get(past.len().checked_sub(self.count)?)?;
        let free = oldest.plus(self.within);
        (free > now).then(|| free.since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE_AN_HOUR: Rate = Rate { count: 3, within: Duration::from_secs(3600) };

    fn at(minutes: i64) -> TimeUs {
        TimeUs(minutes * 60_000_000)
    }

    #[test]
    fn the_count_slides() {
        let past = [at(0), at(50), at(55)];
        assert_eq!(THREE_AN_HOUR.wait(&past[..2], at(59)), None);
        assert_eq!(THREE_AN_HOUR.wait(&past, at(59)), Some(Duration::from_secs(60)));
        assert_eq!(THREE_AN_HOUR.wait(&past, at(60)), None);
        assert_eq!(
            THREE_AN_HOUR.wait(&[at(0), at(50), at(55), at(60)], at(61)),
            Some(Duration::from_secs(49 * 60))
        );
    }
}
