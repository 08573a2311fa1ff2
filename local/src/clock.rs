//! The one place that looks at the clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the milliseconds since 1970, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "a runner, like Lambda itself, has to know what time it is"
)]
pub(crate) fn now_millis() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Returns a new random id, as requests have.
#[expect(
    clippy::disallowed_methods,
    reason = "a runner, like Lambda itself, numbers the requests"
)]
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
