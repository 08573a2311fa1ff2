//! The only crate that talks DynamoDB: keys, conditional writes, idempotency, paging.
//!
//! Every table has the string keys `pk` and `sk` and the time to live `expiresAt` (epoch seconds). `pk` always
//! begins with the tenant's account, which comes from the caller's identity and never from a body or a token.

mod blob;
mod error;
mod item;
mod page_token;
pub mod permissions;
pub mod policies;
pub mod policy_generations;
mod transaction;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;

pub use error::StoreError;
pub use page_token::InvalidPageToken;
pub use permissions::Permissions;
pub use policies::Policies;
pub use policy_generations::PolicyGenerations;

/// A client with the configuration of the environment, made once when a binary starts.
///
/// The behaviour version is pinned: a new version of the SDK must not change retries or time-outs by itself.
pub async fn connect() -> Client {
    // Boxed: the future nests deeper than the compiler follows where it is used.
    let config = Box::pin(aws_config::load_defaults(BehaviorVersion::v2026_01_12())).await;
    Client::new(&config)
}
