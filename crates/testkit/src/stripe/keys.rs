//! Idempotency keys: what was first answered under each, for a day.

use std::collections::HashMap;
use std::time::Duration;

use bursar_base::TimeUs;

use super::errors::ApiError;
use super::reply::Reply;

/// Stripe forgets keys after this long.
const KEYS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What is kept under an idempotency key.
#[derive(Debug)]
pub(super) enum Kept {
    InFlight,
    Answered { request: String, status: u16, body: String, at: TimeUs },
}

/// Keys by API key and idempotency key.
pub(super) type Keys = HashMap<(String, String), Kept>;

/// Marks a key as in flight, or answers from what is kept under it.
pub(super) fn begin(keys: &mut Keys, key: &(String, String), request: &str, now: TimeUs) -> Option<Reply> {
    match keys.get(key) {
        Some(Kept::InFlight) => {
            let message = "There is another request in progress with this key.";
            let error = ApiError::new(409, "idempotency_error", message).code("idempotency_key_in_use");
            return Some(Reply::error(&error));
        }
        Some(Kept::Answered { at, .. }) if now.since(*at) >= KEYS_KEPT => {}
        Some(Kept::Answered { request: first, .. }) if first != request => {
            let message = "Keys for idempotent requests go with the parameters they were first used with.";
            return Some(Reply::error(&ApiError::new(400, "idempotency_error", message)));
        }
        Some(Kept::Answered { status, body, .. }) => {
            return Some(Reply::Answer { status: *status, body: body.clone(), replayed: true });
        }
        None => {}
    }
    keys.insert(key.clone(), Kept::InFlight);
    None
}
