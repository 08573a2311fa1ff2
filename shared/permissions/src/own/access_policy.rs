//! Access policies give one identity one permission on one portal or project.

use iam::arn::account_field;
use serde::{Deserialize, Serialize};

use super::{Cloud, Dest, GrantedAction, GrantingPolicy, PolicyRow, Source, SourceKind};
use crate::row::rrn;

/// The service of portals and projects, as actions and ARNs name it
pub(crate) const SERVICE: &str = "iotsitewise";

/// The policy type of the rows
pub(super) const POLICY_TYPE: &str = "Access Policy";

/// The permission that lets its holder give access to others
const ADMINISTRATOR: &str = "ADMINISTRATOR";

/// Lists what access policies can permit
pub(crate) const PERMISSIONS: [&str; 2] = [ADMINISTRATOR, "VIEWER"];

/// An access policy as it is stored
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPolicy {
    /// The ARN of the access policy
    pub arn: String,
    /// The identity that gets access
    pub identity: Identity,
    /// The permission: `ADMINISTRATOR` or `VIEWER`
    pub permission: String,
    /// The ARN of the portal or project
    pub resource_arn: String,
}

/// The identity to which access is given
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// Id of a user of IAM Identity Center
    User(String),
    /// Id of a group of IAM Identity Center
    Group(String),
    /// ARN of an IAM user
    IamUser(String),
    /// ARN of an IAM role
    IamRole(String),
}

impl AccessPolicy {
    pub(super) fn source(&self, account: &str) -> Source {
        let (kind, id) = match &self.identity {
            Identity::User(id) => (SourceKind::User, id),
            Identity::Group(id) => (SourceKind::Group, id),
            Identity::IamUser(arn) => (SourceKind::IamUser, arn),
            Identity::IamRole(arn) => (SourceKind::IamRole, arn),
        };
        let (account, name) = match &self.identity {
            Identity::User(id) | Identity::Group(id) => (account, id.as_str()),
            Identity::IamUser(arn) | Identity::IamRole(arn) => {
                let owner = account_field(arn).filter(|owner| !owner.is_empty());
                // The name comes after a path, which ends with the last slash.
                (
                    owner.unwrap_or(account),
                    arn.rsplit(['/', ':']).next().unwrap_or(arn),
                )
            }
        };
        Source::new(kind, id, name, account)
    }

    pub(super) fn granting(&self, account: &str) -> GrantingPolicy {
        let (region, kind, name) = parts(&self.resource_arn);
        let (_, _, id) = parts(&self.arn);
        GrantingPolicy {
            id: self.arn.as_str().into(),
            name: id.into(),
            kind: POLICY_TYPE,
            rrn: rrn("other", region, account, &self.arn).into(),
            account: account.into(),
            cloud: Cloud::SiteWise,
            actions: vec![GrantedAction {
                name: format!("{SERVICE}:{}", self.permission).into(),
                service: SERVICE.into(),
                works_on: None,
                administrative: self.permission == ADMINISTRATOR,
            }],
            dests: vec![Dest {
                id: self.resource_arn.as_str().into(),
                name: name.into(),
                kind: kind.into(),
                account: account.into(),
                region: region.into(),
            }],
            rows: vec![PolicyRow { action: 0, dest: 0 }],
        }
    }
}

/// Returns region, type and id of a resource: `arn:<partition>:iotsitewise:<region>:<account>:<type>/<id>`.
fn parts(arn: &str) -> (&str, &str, &str) {
    let mut fields = arn.splitn(6, ':').skip(3);
    let region = fields.next().unwrap_or_default();
    let resource = fields.nth(1).unwrap_or_default();
    let (kind, id) = resource.split_once('/').unwrap_or(("*", resource));
    (region, kind, id)
}
