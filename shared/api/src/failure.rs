//! A failure is what the error of every family must be able to do.

use crate::cause::Cause;
use crate::reply::Reply;

/// A family's error: what an operation answers when it does not succeed.
///
/// The status decides how it is logged: from 500 on at error level with its sources, below at info level.
pub trait Failure: std::error::Error + Sized {
    /// Makes the reply. It holds no source: internals go to the log only.
    fn reply(&self) -> Reply;

    /// Returns the family's answer, 500, to what nobody foresaw: a panic, a reply that cannot be sent.
    fn unexpected(cause: Cause) -> Self;
}
