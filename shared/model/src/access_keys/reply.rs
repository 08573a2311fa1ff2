//! The replies of the operations on access keys.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::{AccessKeyId, Status};

/// A key that was made. The secret is in this reply and in no other one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAccessKeyReply<'r> {
    id: String,
    secret_key: &'r str,
}

impl<'r> CreatedAccessKeyReply<'r> {
    /// Makes the reply for the key with this id and secret.
    #[must_use]
    pub fn new(id: &AccessKeyId, secret_key: &'r str) -> Self {
        let id = id.to_string();
        Self { id, secret_key }
    }
}

/// Writes the reply without the secret.
impl fmt::Debug for CreatedAccessKeyReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreatedAccessKeyReply")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A key in a list; times in milliseconds since 1970
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessKeyReply {
    id: String,
    name: String,
    status: bool,
    created_ts: i64,
    /// 0 when the key does not expire, as clients write it
    expires_on: i64,
    /// The time of the last use, to the hour; absent when the key was never used
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_time: Option<i64>,
}

impl AccessKeyReply {
    /// Makes the reply for the key with this id and name.
    #[must_use]
    pub fn new(id: &AccessKeyId, name: String, status: Status, created_at: Timestamp) -> Self {
        Self {
            id: id.to_string(),
            name,
            status: status.is_enabled(),
            created_ts: created_at.as_millisecond(),
            expires_on: 0,
            last_used_time: None,
        }
    }

    /// Adds the end of the key's life, if it has one.
    #[must_use]
    pub fn expiring(mut self, expires_on: Option<Timestamp>) -> Self {
        self.expires_on = expires_on.map_or(0, Timestamp::as_millisecond);
        self
    }

    /// Adds the hour of the last use, if the key was used.
    #[must_use]
    pub fn last_used(mut self, hour: Option<Timestamp>) -> Self {
        self.last_used_time = hour.map(Timestamp::as_millisecond);
        self
    }
}
