//! Names of resources across accounts.

use super::text::Id;
use crate::account::AccountId;

/// The service of which the ARNs speak.
const SERVICE: &str = "iotsitewise";

/// Partition and region of this deployment, which its ARNs name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// `aws` for example.
    pub partition: String,
    /// `us-east-1` for example.
    pub region: String,
}

/// Says what an ARN can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    /// An access policy.
    AccessPolicy,
    /// The resource is a portal.
    Portal,
    /// The resource is a project.
    Project,
}

impl ResourceKind {
    /// Returns the kind as ARNs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessPolicy => "access-policy",
            Self::Portal => "portal",
            Self::Project => "project",
        }
    }
}

/// Holds what an ARN of this deployment names, whether or not it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceName {
    /// Says whose it is; perhaps not the caller's.
    pub account: AccountId,
    /// Says what it is.
    pub kind: ResourceKind,
    /// The id of the resource.
    pub id: Id,
}

/// A text that is no ARN, or one of another service, partition, region or kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no ARN of this deployment")]
pub struct InvalidArn;

impl Deployment {
    /// Returns the ARN of a resource of the account.
    #[must_use]
    pub fn arn(&self, account: &AccountId, kind: ResourceKind, id: &Id) -> String {
        let (partition, region, kind) = (&self.partition, &self.region, kind.as_str());
        format!("arn:{partition}:{SERVICE}:{region}:{account}:{kind}/{id}")
    }

    /// Returns what an ARN names.
    ///
    /// # Errors
    /// [`InvalidArn`].
    pub fn read(&self, arn: &str) -> Result<ResourceName, InvalidArn> {
        let mut fields = arn.splitn(6, ':');
        let mut next = || fields.next().ok_or(InvalidArn);
        let prefix = [next()?, next()?, next()?, next()?];
        if prefix != ["arn", &self.partition, SERVICE, &self.region] {
            return Err(InvalidArn);
        }
        let account = next()?.parse().ok().ok_or(InvalidArn)?;
        let (kind, id) = next()?.split_once('/').ok_or(InvalidArn)?;
        let kinds = [
            ResourceKind::AccessPolicy,
            ResourceKind::Portal,
            ResourceKind::Project,
        ];
        let kind = kinds.into_iter().find(|known| known.as_str() == kind);
        Ok(ResourceName {
            account,
            kind: kind.ok_or(InvalidArn)?,
            id: id.parse().ok().ok_or(InvalidArn)?,
        })
    }
}
