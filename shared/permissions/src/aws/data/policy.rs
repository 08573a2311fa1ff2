//! Policies where they are written, the entities that they are attached to, and how sources hold them.

use super::{Credentials, DocumentId, EntityId, PolicyId, PrincipalClassId, ResourcePolicyId, TableId};

/// A policy as a source holds it
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attachment {
    pub(crate) policy: PolicyId,
    /// The entity is absent when the policy belongs to a resource
    pub(crate) entity: Option<EntityId>,
    pub(crate) table: TableId,
}

/// The user, group or role through which a source holds a policy
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    /// `user`, `group` or `role`
    pub(crate) kind: &'static str,
    pub(crate) rrn: Box<str>,
    pub(crate) account: Box<str>,
    pub(crate) tags: Vec<(String, String)>,
    /// The credentials of a user, when they are known
    pub(crate) credentials: Option<Credentials>,
}

/// A group with what its members hold through it; it may have no members, and no policies
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) entity: EntityId,
    pub(crate) policies: Vec<PolicyId>,
    /// ARNs of users
    pub(crate) members: Vec<Box<str>>,
}

/// A policy where it is written
#[derive(Debug)]
pub(crate) struct GrantingPolicy {
    pub(crate) id: Box<str>,
    pub(crate) name: Box<str>,
    /// The type of the policy as in the row
    pub(crate) kind: &'static str,
    pub(crate) rrn: Box<str>,
    /// The account is empty for a policy of AWS
    pub(crate) account: Box<str>,
    pub(crate) document: DocumentId,
}

/// A service control policy of the organization
#[derive(Debug)]
pub(crate) struct ServiceControlPolicy {
    pub(crate) id: String,
    pub(crate) document: DocumentId,
}

/// Says what a table is about: the grants of one document to one principal class
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TableSpec {
    pub(crate) class: PrincipalClassId,
    pub(crate) document: DocumentId,
    /// The policy of a resource that the document is, if it is one
    pub(crate) resource: Option<ResourcePolicyId>,
}
