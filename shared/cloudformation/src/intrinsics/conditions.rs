//! The conditions of a template.

use super::{DEEPEST, IntrinsicError, Scope, only_member, text_of};
use serde_json::Value;

impl Scope {
    /// Returns whether the condition of that name holds.
    pub(super) fn condition(&self, name: &str, depth: u32) -> Result<bool, IntrinsicError> {
        let condition = self
            .conditions
            .get(name)
            .ok_or_else(|| IntrinsicError::Undefined(name.to_owned()))?;
        self.holds(condition, depth + 1)
    }

    pub(super) fn holds(&self, condition: &Value, depth: u32) -> Result<bool, IntrinsicError> {
        let malformed = || IntrinsicError::Malformed(condition.to_string());
        if depth > DEEPEST {
            return Err(IntrinsicError::Endless(condition.to_string()));
        }
        let (name, argument) = condition
            .as_object()
            .and_then(only_member)
            .ok_or_else(malformed)?;
        let operands = || argument.as_array().map(Vec::as_slice).ok_or_else(malformed);
        match name {
            "Condition" => self.condition(argument.as_str().ok_or_else(malformed)?, depth),
            "Fn::Equals" => {
                let [left, right] = operands()? else {
                    return Err(malformed());
                };
                let (left, right) = (self.value(left, depth)?, self.value(right, depth)?);
                Ok(left.as_ref().and_then(text_of) == right.as_ref().and_then(text_of))
            }
            "Fn::Not" => {
                let [operand] = operands()? else {
                    return Err(malformed());
                };
                Ok(!self.holds(operand, depth + 1)?)
            }
            "Fn::And" => operands()?
                .iter()
                .try_fold(true, |all, one| Ok(all && self.holds(one, depth + 1)?)),
            "Fn::Or" => operands()?
                .iter()
                .try_fold(false, |any, one| Ok(any || self.holds(one, depth + 1)?)),
            _ => Err(IntrinsicError::Unsupported(name.to_owned())),
        }
    }
}
