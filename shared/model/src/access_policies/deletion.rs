//! Requests to delete an access policy, a portal or a project: an id of the path, and a client token.

use super::canonical::Canonical;
use super::text::{ClientToken, Id};
use crate::request::{Reader, Violations};

macro_rules! deletion {
    ($(#[$doc:meta])* $name:ident, $operation:literal, $parameter:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// The id of the path.
            pub id: Id,
            /// Makes the deletion succeed again when it is repeated.
            pub client_token: Option<ClientToken>,
        }

        impl $name {
            /// The name of the operation.
            pub const OPERATION: &str = $operation;

            /// Reads the id of the path and the query parameter `clientToken`.
            ///
            /// # Errors
            /// All violations.
            pub fn from_request(id: &str, client_token: &[&str]) -> Result<Self, Violations> {
                let mut reader = Reader::new();
                let id = reader.parameter($parameter, Some(id));
                let token = reader.single("clientToken", client_token);
                let client_token = reader.parameter("clientToken", token);
                reader.finish(id.map(|id| Self { id, client_token }))
            }

            /// Returns the text whose hash shows whether two requests under one token are the same.
            #[must_use]
            pub fn canonical(&self) -> String {
                Canonical::of(Self::OPERATION)
                    .member("id", self.id.as_str())
                    .finish()
            }
        }
    };
}

deletion!(
    /// A request to delete an access policy.
    DeleteAccessPolicy, "DeleteAccessPolicy", "accessPolicyId"
);
deletion!(
    /// A request to delete a portal.
    DeletePortal, "DeletePortal", "portalId"
);
deletion!(
    /// A request to delete a project.
    DeleteProject, "DeleteProject", "projectId"
);
