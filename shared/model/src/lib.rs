//! Requests and replies are types that are valid by construction. The crate has no I/O.
//!
//! A type of this crate exists only when it is valid: every constructor checks, and no field is public where a
//! rule holds it. Handlers read a request with [`request::Reader`], which reports every violation in one pass.

pub mod access_keys;
pub mod access_policies;
pub mod account;
mod checked_text;
pub mod inventory;
pub mod json;
pub mod permissions;
pub mod policies;
pub mod policy_generation;
pub mod request;
