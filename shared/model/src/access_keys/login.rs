//! Holds requests and replies of logging in with an access key.
//!
//! Source: Prisma Cloud, Login and Refresh Session.

use std::fmt;

use ::json::{Object as Members, Value};
use serde::Serialize;

use crate::account::AccountId;
use crate::request::{Object, Reader, Violations};

/// Most bytes of a user name or a password: far more than an id or a secret has.
const MOST_BYTES: usize = 1_024;

/// The body of a login. `customerName` and `prismaId` are not looked at: a key belongs to one account.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The id of an access key
    pub username: String,
    /// The secret of the access key.
    pub password: String,
}

/// Writes the login without the password, which is a secret.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Login {
    /// Reads a body. Texts that are too long to be those of a key become empty: they belong to no key either.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &Members<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let mut text = |name| {
            let member = reader.required(root.member(name));
            let text = reader.typed(&member, "a string", Value::as_str)?;
            Some(if text.len() <= MOST_BYTES { text } else { "" }.to_owned())
        };
        let (username, password) = (text("username"), text("password"));
        reader.finish(
            username
                .zip(password)
                .map(|(username, password)| Self { username, password }),
        )
    }
}

/// A token, for ten minutes
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginReply<'r> {
    token: &'r str,
    message: &'static str,
    customer_names: [CustomerName<'r>; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerName<'r> {
    customer_name: &'r str,
    tos_accepted: bool,
}

impl<'r> LoginReply<'r> {
    /// Makes a reply with this token, for this account.
    #[must_use]
    pub fn new(token: &'r str, account: &'r AccountId) -> Self {
        let customer_name = account.as_str();
        Self {
            token,
            message: "login_successful",
            customer_names: [CustomerName {
                customer_name,
                tos_accepted: true,
            }],
        }
    }
}

/// Writes the reply without the token, which is a secret.
impl fmt::Debug for LoginReply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginReply")
            .field("customer_names", &self.customer_names)
            .finish_non_exhaustive()
    }
}
