//! Sub accounts and the policies that they get or lose.

use crate::request::{Constraint, Object, Reader, Violations};

/// Most policies of one request.
const MAX_IDS: usize = 50;

/// A sub account. There is no registry of them: each that can exist is taken as existing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubAccountId(String);

impl SubAccountId {
    /// Parses an id; returns `None` when it is not 1 to 64 letters, digits and hyphens of ASCII.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The body of a request to attach or detach: 1 to 50 ids, opaque, in the order of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyIdList(Vec<String>);

impl PolicyIdList {
    /// Reads the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let list = reader.required(Object::root(body).member("policyIdList"));
        let ids = reader.array(&list);
        if ids
            .as_ref()
            .is_some_and(|ids| !(1..=MAX_IDS).contains(&ids.len()))
        {
            reader.refuse(list.path(), Constraint::length(1, MAX_IDS));
        }
        let ids = ids.map(|ids| {
            let read = |id| {
                let id = reader.required(id);
                reader.typed(&id, "a string", |value| value.as_str().map(str::to_owned))
            };
            ids.into_iter().filter_map(read).collect()
        });
        reader.finish(ids.map(Self))
    }

    /// Returns the ids, repeated ones as often as they were sent.
    #[must_use]
    pub fn into_ids(self) -> Vec<String> {
        self.0
    }
}
