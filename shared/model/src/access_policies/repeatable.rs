//! A request with a client token may be repeated, and takes effect once.

use super::text::ClientToken;

/// A request that takes effect once, however often a client sends it under its client token.
pub trait Repeatable {
    /// The name of the operation. A client token belongs to one account and one operation.
    const OPERATION: &str;

    /// Returns the client token, if the client sent one.
    fn client_token(&self) -> Option<&ClientToken>;

    /// Returns the text whose hash tells whether two requests under one token are the same.
    fn canonical(&self) -> String;
}
