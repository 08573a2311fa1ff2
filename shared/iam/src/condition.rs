//! Conditions are operators and sets, and what remains of them while condition keys are unknown.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys
//! or values".

mod block;
mod expression;
mod key_test;
mod operator;
#[cfg(test)]
mod tests;
mod value;

pub use block::{Compiled, ConditionFinding, compile};
pub use expression::{Atom, Expression, MAX_ATOMS};
pub use key_test::KeyTest;
pub use operator::{Comparison, Operator, Order, ValueSet};
