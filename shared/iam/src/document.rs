//! Reads, checks and writes policy documents.
//!
//! Source: IAM user guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".

mod finding;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use finding::{Finding, FindingKind};
pub use read::{DocumentError, MAX_DOCUMENT_BYTES};

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Says where a policy is used. The kind decides which elements the policy may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// Inline or managed policy of a user, group or role
    Identity,
    /// The document is a permissions boundary.
    PermissionsBoundary,
    /// The document is a session policy.
    Session,
    /// Service control policy
    ServiceControl,
    /// Resource control policy
    ResourceControl,
    /// Resource-based policy, KMS key policies included
    Resource,
    /// Trust policy of a role; its resource is the role
    Trust,
}

impl PolicyKind {
    /// Returns what a resource pattern with fewer than six fields means in a policy of this kind.
    #[must_use]
    pub const fn short_arn(self) -> crate::arn::ShortArn {
        match self {
            Self::Identity | Self::PermissionsBoundary | Self::Session => crate::arn::ShortArn::Padded,
            Self::ServiceControl | Self::ResourceControl | Self::Resource | Self::Trust => {
                crate::arn::ShortArn::PaddedAfterStar
            }
        }
    }
}

/// Version of the policy language
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Version {
    /// `2008-10-17`, also meant by a document that names none: `${…}` is literal text
    #[default]
    V2008,
    /// Version `2012-10-17`, in which policy variables are replaced
    V2012,
}

impl Version {
    /// Returns the date as the document writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2008 => "2008-10-17",
            Self::V2012 => "2012-10-17",
        }
    }
}

/// Allow or Deny
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// The statement allows.
    Allow,
    /// Refuses, whatever else grants
    Deny,
}

impl Effect {
    /// Returns the word as the element Effect writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// An element that comes plain or negated: Action and `NotAction`, Resource and `NotResource`, Principal and `NotPrincipal`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Element<T> {
    /// The element names everything that one of the entries names.
    Of(Vec<T>),
    /// The element names everything that none of the entries names.
    Not(Vec<T>),
}

impl<T> Element<T> {
    /// Returns the entries, plain or negated.
    #[must_use]
    pub fn entries(&self) -> &[T] {
        match self {
            Self::Of(entries) | Self::Not(entries) => entries,
        }
    }

    /// Returns whether this is the `Not…` form.
    #[must_use]
    pub const fn is_negated(&self) -> bool {
        matches!(self, Self::Not(_))
    }
}

/// The type under which a principal is written
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PrincipalType {
    /// Accounts, users, roles and their sessions
    Aws,
    /// The principals are services.
    Service,
    /// The principals are identity providers.
    Federated,
    /// Canonical user ids of Amazon S3
    CanonicalUser,
}

impl PrincipalType {
    /// Returns the key of the type in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// One entry of Principal or `NotPrincipal`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PrincipalName {
    /// The bare `"*"`
    Everyone,
    /// A value under its type
    Typed(PrincipalType, String),
}

/// One key of one condition operator
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The operator as it is written, with `ForAnyValue:`, `ForAllValues:` and `IfExists`
    pub operator: String,
    /// The condition key, as the document writes it.
    pub key: String,
    /// The text form of every value
    pub values: Vec<String>,
}

/// A statement that keeps the rules of its policy's kind
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Statement {
    /// The statement's own name
    pub sid: Option<String>,
    /// Allow or Deny
    pub effect: Effect,
    /// Principal or `NotPrincipal`; none in identity policies
    pub principals: Option<Element<PrincipalName>>,
    /// Action or `NotAction`
    pub actions: Element<String>,
    /// Resource or `NotResource`; none in trust policies
    pub resources: Option<Element<String>>,
    /// Operators in document order
    pub conditions: Vec<Condition>,
}

/// A statement that breaks a rule: kept, reported, without effect
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvalidStatement {
    /// The statement's own name, when it could be read
    pub sid: Option<String>,
    /// The effect, when it could be read: a broken Deny is worse than a broken Allow
    pub effect: Option<Effect>,
    /// The statement, as compact JSON
    pub json: String,
}

/// A statement of a document, in its place
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Entry {
    /// Takes part in decisions
    Valid(Statement),
    /// Takes part in none
    Invalid(InvalidStatement),
}

/// A policy document
///
/// Two documents that say the same in another spelling (white space, one-element lists, member order) are equal, so a
/// map keyed by documents finds copies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Document {
    /// Version of the language
    pub version: Version,
    /// The document's own name
    pub id: Option<String>,
    /// Statements in document order
    pub statements: Vec<Entry>,
}

/// A document as compact JSON
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenDocument {
    /// The text, as [`Document::to_json`] writes it
    pub json: String,
    /// The bytes of each statement, in document order, invalid ones as well
    pub statements: Vec<Range<usize>>,
}

/// A document and what was found while it was read
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The document that was read.
    pub document: Document,
    /// The findings in document order
    pub findings: Vec<Finding>,
}

impl Document {
    /// Reads a policy given as a JSON object, as a JSON string that holds one, or percent-encoded (RFC 3986; a `+`
    /// is a plus).
    ///
    /// Broken statements are findings, not errors.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] beyond [`MAX_DOCUMENT_BYTES`], [`DocumentError::Json`] for malformed JSON, deep
    /// nesting and duplicate keys, [`DocumentError::NotUtf8`] for a bad percent-encoding, [`DocumentError::NotObject`]
    /// for any other JSON value.
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Parsed, DocumentError> {
        read::parse(text, kind)
    }

    /// Returns the statements that take part in decisions.
    pub fn valid(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter_map(|entry| match entry {
            Entry::Valid(statement) => Some(statement),
            Entry::Invalid(_) => None,
        })
    }

    /// Returns the document as compact JSON: members in the usual order, one-element lists as scalars.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.written().json
    }

    /// Returns the document as compact JSON, and the positions of its statements in it.
    #[must_use]
    pub fn written(&self) -> WrittenDocument {
        write::document(self)
    }
}
