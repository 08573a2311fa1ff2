//! Reads `authorization-details.json`, the reply of `iam:GetAccountAuthorizationDetails`.
//!
//! Source: IAM API reference, "`GetAccountAuthorizationDetails`". One reply, an array of replies, or replies one after
//! another; policy documents as objects, as JSON strings or percent-encoded.

mod read;
mod wire;

use super::DocumentFinding;
use iam::document::Document;
use jiff::civil::Date;
pub use read::read_authorization_details;
use serde::{Deserialize, Serialize};

/// Users, groups, roles and managed policies
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationDetails {
    /// The users in file order
    pub users: Vec<User>,
    /// The groups in file order
    pub groups: Vec<Group>,
    /// The roles in file order
    pub roles: Vec<Role>,
    /// Customer managed policies, and the AWS managed ones that are in use
    pub policies: Vec<ManagedPolicy>,
    /// Says what is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

impl AuthorizationDetails {
    /// Returns the ARNs of all users, groups, roles and managed policies.
    pub(super) fn arns(&self) -> impl Iterator<Item = &str> {
        let users = self.users.iter().map(|user| &user.arn);
        let groups = self.groups.iter().map(|group| &group.arn);
        let roles = self.roles.iter().map(|role| &role.arn);
        let policies = self.policies.iter().map(|policy| &policy.arn);
        let all = users.chain(groups).chain(roles).chain(policies);
        all.map(String::as_str)
    }
}

/// A policy embedded in a user, group or role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Unique within the entity
    pub name: String,
    /// Holds what the policy says
    pub document: Document,
}

/// An IAM user
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The ARN, with its path.
    pub arn: String,
    /// The name, without the path.
    pub name: String,
    /// `AIDA…`, when given
    pub id: Option<String>,
    /// The policies that are embedded in it.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
    /// Names of groups of the same account
    pub groups: Vec<String>,
    /// ARN of the permissions boundary
    pub boundary: Option<String>,
    /// Key and value
    pub tags: Vec<(String, String)>,
}

/// An IAM group
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The ARN, with its path.
    pub arn: String,
    /// The name, without the path.
    pub name: String,
    /// `AGPA…`, when given
    pub id: Option<String>,
    /// The policies that are embedded in it.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
}

/// An IAM role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The ARN, with its path.
    pub arn: String,
    /// The name, without the path.
    pub name: String,
    /// `AROA…`, when given
    pub id: Option<String>,
    /// Says who may assume the role, when the file has it
    pub trust: Option<Document>,
    /// The policies that are embedded in it.
    pub inline: Vec<InlinePolicy>,
    /// ARNs of managed policies
    pub attached: Vec<String>,
    /// ARN of the permissions boundary
    pub boundary: Option<String>,
    /// Key and value
    pub tags: Vec<(String, String)>,
    /// ARNs of the instance profiles that hand the role to EC2 instances
    pub instance_profiles: Vec<String>,
    /// UTC day on which the role was last used, when IAM knows it (it looks back 400 days)
    pub last_used: Option<Date>,
}

/// A managed policy in the version that is in force
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// The ARN, with its path.
    pub arn: String,
    /// The name, without the path.
    pub name: String,
    /// Holds what the default version says
    pub document: Document,
    /// UTC day of the table of AWS managed policies that the document was taken from; `None` when a document of the
    /// inventory holds the policy
    pub from_table_of: Option<Date>,
}
