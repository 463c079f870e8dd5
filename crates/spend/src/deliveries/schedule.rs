//! When a message that was not taken is sent again, after the Standard Webhooks specification.

use std::time::Duration;

use bursar_base::Rng;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The pauses in seconds between one attempt and the next: ten attempts over some three days.
const PAUSES: &[u64] =
    &[5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// A pause grows by at most one of so many parts, so that what failed together does not come back together.
const JITTER_PARTS: u64 = 5;

/// The longest pause that a receiver can ask for.
const ASKED_FOR_MAX: Duration = Duration::from_secs(24 * HOUR);

/// The pause after that many attempts; `None` when there were enough. A receiver can ask for a longer one.
pub(super) fn pause(attempts: i64, asked_for: Option<Duration>, rng: &dyn Rng) -> Option<Duration> {
    let at = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let pause = Duration::from_secs(*PAUSES.get(at)?).max(asked_for.unwrap_or_default().min(ASKED_FOR_MAX));
    let most = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / JITTER_PARTS;
    Some(pause + Duration::from_millis(rng.below(most + 1)))
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[test]
    fn ten_attempts_over_days_each_somewhat_later_than_planned() {
        let rng = SeededRng::new(4);
        for (attempts, planned) in (1..).zip(PAUSES) {
            let (planned, most) = (Duration::from_secs(*planned), Duration::from_millis(planned * 1_200));
            let pauses: Vec<Duration> = (0..50).map(|_| pause(attempts, None, &rng).unwrap()).collect();
            assert!(pauses.iter().all(|pause| (planned..=most).contains(pause)), "{attempts}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{attempts}: no jitter");
        }
        assert_eq!(pause(10, None, &rng), None);
        assert_eq!(pause(0, None, &rng), None);
        let days = Duration::from_secs(PAUSES.iter().sum::<u64>());
        assert!(days > bursar_base::limits::ENDPOINT_FAILING_MAX, "given up before it may be disabled");
    }

    #[test]
    fn a_receiver_can_ask_for_more_time_and_not_for_less_or_for_ever() {
        let rng = SeededRng::new(4);
        for (attempts, asked, least) in
            [(1, 60, 60), (3, 60, 30 * MINUTE), (1, u64::MAX, 24 * HOUR), (9, 48 * HOUR, 24 * HOUR)]
        {
            let pause = pause(attempts, Some(Duration::from_secs(asked)), &rng).unwrap();
            assert!((least..=least + least / 5).contains(&pause.as_secs()), "{attempts}, {asked}: {pause:?}");
        }
    }
}
