//! The requests about access keys.

use std::str::FromStr;

use ::json::{Object as Members, Value};
use jiff::Timestamp;

use crate::request::{Constraint, Object, Reader, Violations};

/// Most characters of the name of a key.
const LONGEST_NAME: usize = 128;

/// An access key to be made
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccessKey {
    /// 1 to 128 characters, none of them a control character
    pub name: String,
    /// Says when the key ends; a key without this never does
    pub expires_on: Option<Timestamp>,
}

impl NewAccessKey {
    /// Reads a body: `name`, and `expiresOn` in milliseconds since 1970, which must lie in the future. An absent
    /// `expiresOn`, null and 0 mean that the key does not expire: the Go client leaves a 0 out, others send it.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &Members<'_>, now: Timestamp) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let name = reader.required(root.member("name"));
        let name = reader.text::<Name>(&name);
        let expires_on = root.member("expiresOn");
        let milliseconds = reader.typed(&expires_on, "a whole number of milliseconds", whole_number);
        let expires_on = milliseconds.filter(|&end| end != 0).and_then(|end| {
            let end = Timestamp::from_millisecond(end).ok().filter(|end| *end > now);
            if end.is_none() {
                reader.refuse("expiresOn", Constraint::new("Member must lie in the future"));
            }
            end
        });
        reader.finish(name.map(|Name(name)| Self { name, expires_on }))
    }
}

fn whole_number(value: &Value<'_>) -> Option<i64> {
    if let Value::Number(digits) = value {
        digits.parse().ok()
    } else {
        None
    }
}

struct Name(String);

impl FromStr for Name {
    type Err = Constraint;

    fn from_str(text: &str) -> Result<Self, Constraint> {
        if !(1..=LONGEST_NAME).contains(&text.chars().count()) {
            return Err(Constraint::length(1, LONGEST_NAME));
        }
        if text.chars().any(char::is_control) {
            return Err(Constraint::new("Member must not have control characters"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Says whether a key may be used
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The key may be used, until it expires
    Enabled,
    /// The key may not be used, until somebody enables it
    Disabled,
}

impl Status {
    /// Returns the status as the replies have it.
    #[must_use]
    pub fn is_enabled(self) -> bool {
        match self {
            Self::Enabled => true,
            Self::Disabled => false,
        }
    }
}

impl From<bool> for Status {
    fn from(is_enabled: bool) -> Self {
        if is_enabled { Self::Enabled } else { Self::Disabled }
    }
}

/// Parses the text in the path: `true` or `false`.
impl FromStr for Status {
    type Err = Constraint;

    fn from_str(text: &str) -> Result<Self, Constraint> {
        match text {
            "true" => Ok(Self::Enabled),
            "false" => Ok(Self::Disabled),
            _ => Err(Constraint::one_of(&["true", "false"])),
        }
    }
}
