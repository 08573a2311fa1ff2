//! Access policies and the requests about single ones.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::canonical::Canonical;
use super::repeatable::Repeatable;
use super::subject::{Identity, Permission, Resource};
use super::tags::Tags;
use super::text::{ClientToken, Id};
use crate::request::{Object, Reader, Violations};

/// An access policy as it is stored, less its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPolicy {
    /// The id of the resource.
    pub id: Id,
    /// The identity that gets access.
    pub identity: Identity,
    /// The resource that it gets access to.
    pub resource: Resource,
    /// Says what the identity may do.
    pub permission: Permission,
    /// Says when it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Says when it was last updated; the creation at first. Tagging does not count.
    pub updated_at: Timestamp,
}

/// A request to create an access policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAccessPolicy {
    /// The identity that gets access.
    pub identity: Identity,
    /// The resource that it gets access to.
    pub resource: Resource,
    /// Says what the identity may do.
    pub permission: Permission,
    /// Makes the creation happen once.
    pub client_token: Option<ClientToken>,
    /// Its first tags.
    pub tags: Tags,
}

impl CreateAccessPolicy {
    /// Reads the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let grant = grant(&mut reader, &root);
        let client_token = reader.text(&root.member("clientToken"));
        let tags = Tags::from_member(&mut reader, &root.member("tags"));
        let request = grant
            .zip(tags)
            .map(|((identity, resource, permission), tags)| Self {
                identity,
                resource,
                permission,
                client_token,
                tags,
            });
        reader.finish(request)
    }
}

impl Repeatable for CreateAccessPolicy {
    const OPERATION: &str = "CreateAccessPolicy";

    fn client_token(&self) -> Option<&ClientToken> {
        self.client_token.as_ref()
    }

    fn canonical(&self) -> String {
        let request = Canonical::of(Self::OPERATION);
        with_grant(request, &self.identity, &self.resource, self.permission)
            .member("tags", &self.tags)
            .finish()
    }
}

/// A request to replace an access policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateAccessPolicy {
    /// The id of the access policy.
    pub id: Id,
    /// Says who, from now on.
    pub identity: Identity,
    /// The resource to which access is given from now on.
    pub resource: Resource,
    /// Says what the identity may do from now on.
    pub permission: Permission,
    /// Makes the update happen once.
    pub client_token: Option<ClientToken>,
}

impl UpdateAccessPolicy {
    /// Reads the id of the path and the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(id: &str, body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let id = reader.parameter("accessPolicyId", Some(id));
        let grant = grant(&mut reader, &root);
        let client_token = reader.text(&root.member("clientToken"));
        let request = id.zip(grant).map(|(id, (identity, resource, permission))| Self {
            id,
            identity,
            resource,
            permission,
            client_token,
        });
        reader.finish(request)
    }
}

impl Repeatable for UpdateAccessPolicy {
    const OPERATION: &str = "UpdateAccessPolicy";

    fn client_token(&self) -> Option<&ClientToken> {
        self.client_token.as_ref()
    }

    fn canonical(&self) -> String {
        let request = Canonical::of(Self::OPERATION).member("id", self.id.as_str());
        with_grant(request, &self.identity, &self.resource, self.permission).finish()
    }
}

/// Reads an id of the path.
///
/// # Errors
/// [`Violations`] when the text is not an id.
pub fn read_id(name: &str, text: &str) -> Result<Id, Violations> {
    let mut reader = Reader::new();
    let id = reader.parameter(name, Some(text));
    reader.finish(id)
}

/// Returns who may do what on what, in the order of the model's members: identity, resource, permission.
fn grant(reader: &mut Reader, root: &Object<'_>) -> Option<(Identity, Resource, Permission)> {
    let identity = reader.required(root.member("accessPolicyIdentity"));
    let identity = Identity::from_member(reader, &identity);
    let resource = reader.required(root.member("accessPolicyResource"));
    let resource = Resource::from_member(reader, &resource);
    let permission = reader.required(root.member("accessPolicyPermission"));
    let permission = reader.text(&permission);
    Some((identity?, resource?, permission?))
}

fn with_grant(
    request: Canonical,
    identity: &Identity,
    resource: &Resource,
    permission: Permission,
) -> Canonical {
    request
        .member("identity", json!(identity))
        .member("resource", json!(resource))
        .member("permission", json!(permission))
}
