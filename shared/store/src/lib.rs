//! The only crate that talks DynamoDB: keys, conditional writes, idempotency, paging.
//!
//! Every table has the string keys `pk` and `sk` and the time to live `expiresAt` (epoch seconds). `pk` always
//! begins with the tenant's account, which comes from the caller's identity and never from a body or a token.

pub mod access_keys;
pub mod access_policies;
mod client_token;
mod error;
mod item;
mod page_token;
pub mod permissions;
mod pieces;
pub mod policies;
pub mod policy_generations;
mod secret;
mod transaction;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;

pub use access_keys::AccessKeys;
pub use access_policies::AccessPolicies;
pub use error::StoreError;
pub use page_token::InvalidPageToken;
pub use permissions::Permissions;
pub use policies::Policies;
pub use policy_generations::PolicyGenerations;

/// Longest time of one attempt. A transaction takes some ten milliseconds; without a limit a connection that has died
/// would be waited for until API Gateway gives up.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest time of a call with the SDK's own retries. An operation that changes something makes up to three calls one
/// after the other, and API Gateway waits 29 seconds.
const CALL_TIMEOUT: Duration = Duration::from_secs(7);

/// Makes a client with the configuration of the environment. A binary does this once, when it starts.
#[must_use]
pub fn connect() -> Client {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build();
    Client::new(&sdk::configuration().timeout_config(timeouts).build())
}
