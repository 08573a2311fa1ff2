//! Access keys, with which clients that cannot sign requests for AWS come in: requests and replies.
//!
//! Source: Prisma Cloud, access key operations, as its Go client reads and writes them. An access key of this stack
//! is never an AWS access key.

mod id;
mod login;
mod reply;
mod request;
#[cfg(test)]
mod tests;

pub use id::AccessKeyId;
pub use login::{Login, LoginReply};
pub use reply::{AccessKeyReply, CreatedAccessKeyReply};
pub use request::{NewAccessKey, Status};
