//! Throttles single methods, as the template's method settings say: each has a token bucket.
//!
//! Source: API Gateway developer guide, "Throttle requests to your REST APIs". The setting of all methods together is
//! far above what one machine takes and is not served.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::Value;

use cloudformation::text_of;

/// The limit of one method
#[derive(Debug)]
pub(crate) struct Limit {
    method: String,
    resource: String,
    /// Requests per second
    rate: u64,
    /// Requests at once
    burst: u64,
    bucket: Mutex<Option<Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Thousandths of a request
    level: u64,
    at: Instant,
}

const REQUEST: u64 = 1_000;

impl Limit {
    /// Reads the limit that an entry of `MethodSettings` declares; `None` for an entry for all methods, or without
    /// limits.
    pub(crate) fn read(setting: &Value) -> Option<Self> {
        let text = |name| setting.get(name).and_then(text_of);
        let number = |name| text(name)?.parse::<u64>().ok();
        let resource = text("ResourcePath")?;
        // The first slash is written as it is, the others as `~1`: `/~1a~1b` is `/a/b`.
        let resource = resource.strip_prefix('/')?.replace("~1", "/");
        if resource.contains('*') {
            return None;
        }
        Some(Self {
            method: text("HttpMethod")?,
            resource,
            rate: number("ThrottlingRateLimit")?,
            burst: number("ThrottlingBurstLimit")?,
            bucket: Mutex::new(None),
        })
    }

    /// Returns whether the limit is that of a method.
    pub(crate) fn is_of(&self, method: &str, resource: &str) -> bool {
        (self.method == "*" || self.method == method) && self.resource == resource
    }

    /// Takes a request, unless too many came before it.
    pub(crate) fn takes(&self, now: Instant) -> bool {
        let full = self.burst.saturating_mul(REQUEST);
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let before = bucket.unwrap_or(Bucket { level: full, at: now });
        let elapsed = now.saturating_duration_since(before.at).as_millis();
        let gained = u64::try_from(elapsed)
            .unwrap_or(u64::MAX)
            .saturating_mul(self.rate);
        let level = before.level.saturating_add(gained).min(full);
        let left = level.checked_sub(REQUEST);
        *bucket = Some(Bucket {
            level: left.unwrap_or(level),
            at: now,
        });
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn limit() -> Limit {
        let setting = json!({
            "ResourcePath": "/~1door~1login", "HttpMethod": "POST",
            "ThrottlingRateLimit": "2", "ThrottlingBurstLimit": 3,
        });
        Limit::read(&setting).unwrap()
    }

    #[test]
    fn a_setting_is_of_its_method_alone() {
        let limit = limit();
        assert!(limit.is_of("POST", "/door/login"));
        assert!(!limit.is_of("GET", "/door/login"));
        assert!(!limit.is_of("POST", "/door"));
        let all = json!({ "ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1 });
        assert!(Limit::read(&all).is_none());
    }

    #[test]
    fn a_burst_is_taken_at_once_and_then_so_many_a_second() {
        let (limit, start) = (limit(), Instant::now());
        let taken = |milliseconds| limit.takes(start + Duration::from_millis(milliseconds));
        assert_eq!([0, 0, 0, 0].map(taken), [true, true, true, false]);
        assert_eq!([499, 500, 501, 1_000].map(taken), [false, true, false, true]);
        assert_eq!(
            [60_000, 60_000, 60_000, 60_000].map(taken),
            [true, true, true, false]
        );
    }
}
