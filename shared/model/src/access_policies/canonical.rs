//! Writes the text of a request by which repetitions are recognised.

use serde_json::Value;

/// Raised by a change of form; tokens that were stored before keep the hashes of their form until they end.
const VERSION: u32 = 1;

/// Builds the canonical text of a validated request: a JSON object whose members have the order in which they
/// are added, without white space. The hash of the text stands for the request under its client token, so that the
/// order of members, white space, nulls and unknown members of the request do not matter, and every other leaf does.
pub(super) struct Canonical(String);

impl Canonical {
    pub(super) fn of(operation: &str) -> Self {
        Self(format!("{{\"v\":{VERSION}")).member("op", operation)
    }

    /// Adds a member. Objects within `value` are to be sorted by name, as maps of this crate are.
    pub(super) fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        let member = format!(",{}:{}", Value::from(name), value.into());
        self.0.push_str(&member);
        self
    }

    /// Adds a member if it is there.
    pub(super) fn optional(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.member(name, value),
            None => self,
        }
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
