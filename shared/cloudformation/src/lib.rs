//! A template of `CloudFormation`, as far as one machine can know what the template means.
//!
//! Source: AWS `CloudFormation` template reference.

mod document;
mod intrinsics;
mod table;

pub use document::{SyntaxError, parse};
pub use intrinsics::{ACCOUNT, IntrinsicError, STACK, Scope, text_of};
pub use table::Table;
