//! Reads `resource-policies.json`: the policies of buckets, keys, queues and other resources. The format is our own.

use super::policy::parse_resource_policy;
use super::{DocumentFinding, InventoryError, is_account, lower, or_default, refuse_empty};
use iam::arn::Arn;
use iam::document::Document;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashSet};

/// Policies of resources, and what was collected at all
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePolicies {
    /// Says what was collected, one entry for each document
    pub collected: Vec<Collected>,
    /// The resources that have a policy; in file order
    pub policies: Vec<ResourcePolicyDocument>,
    /// Holds what is known of resources beside their policies, in the order of the files
    pub resources: Vec<Resource>,
    /// Says what is odd about the documents
    #[serde(skip)]
    pub findings: Vec<DocumentFinding>,
}

/// Says what was collected of an account. A resource in this range that no document names has no policy; a compute
/// resource in this range that no document names does not exist
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Collected {
    /// The account that owns the resource, twelve digits.
    pub account: String,
    /// Services as ARNs name them, in lower case; `None` when all were collected
    pub services: Option<BTreeSet<String>>,
    /// The regions that were collected; `None` when all were. Resources without region are in every one.
    pub regions: Option<BTreeSet<String>>,
    /// The account's own block of public access to Amazon S3, when it was collected
    pub public_access_block: Option<PublicAccessBlock>,
}

/// The policy of one resource
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePolicyDocument {
    /// The ARN of the resource.
    pub resource: String,
    /// Account that owns it: of the ARN, else the account of the document
    pub account: String,
    /// Holds what the policy says
    pub document: Document,
}

/// Holds what a document says of a resource beside its policy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The ARN of the resource.
    pub arn: String,
    /// Account that owns it: of the ARN, else the account of the document
    pub account: String,
    /// Region, of the ARN or else as the document says; `None` when neither says
    pub region: Option<String>,
    /// Says whether the resource has a policy
    pub policy: PolicyPresence,
    /// The block of a bucket, when it was collected
    pub public_access_block: Option<PublicAccessBlock>,
}

/// Says whether a resource has a policy
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyPresence {
    /// The policy is in [`ResourcePolicies::policies`]
    Known,
    /// The resource has no policy
    None,
    /// The policy could not be read: it may allow or deny anything
    NotReadable,
}

/// The four switches that keep buckets from being public
///
/// Source: S3 API reference, `PublicAccessBlockConfiguration`. A switch that is not named is off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has four switches")]
pub struct PublicAccessBlock {
    /// New public access control lists are refused
    pub block_public_acls: bool,
    /// Public access control lists have no effect
    pub ignore_public_acls: bool,
    /// New public policies are refused
    pub block_public_policy: bool,
    /// A public policy lets only principals of the owner's account and AWS services in
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// Joins the block of an account and the block of a bucket: the more restrictive value of each switch.
    ///
    /// Source: S3 user guide, "Blocking public access to your Amazon S3 storage".
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            block_public_acls: self.block_public_acls || other.block_public_acls,
            ignore_public_acls: self.ignore_public_acls || other.ignore_public_acls,
            block_public_policy: self.block_public_policy || other.block_public_policy,
            restrict_public_buckets: self.restrict_public_buckets || other.restrict_public_buckets,
        }
    }
}

impl ResourcePolicies {
    /// Returns whether a resource of this account, service (as ARNs name it) and region has no policy when no document
    /// names it. Without `service`, the question is about any resource of the account. An empty `region` means a
    /// resource without region.
    #[must_use]
    pub fn is_collected(&self, account: &str, service: Option<&str>, region: &str) -> bool {
        self.collected
            .iter()
            .any(|one| one.covers(account, service, region))
    }

    /// Returns the block of public access that the account has switched on for all its buckets, when it was collected.
    #[must_use]
    pub fn public_access_block(&self, account: &str) -> Option<PublicAccessBlock> {
        let own = self.collected.iter().filter(|one| one.account == account);
        own.filter_map(|one| one.public_access_block)
            .reduce(PublicAccessBlock::and)
    }
}

impl Collected {
    /// Returns whether a resource of this account, service and region belongs to what was collected; the parameters are
    /// those of [`ResourcePolicies::is_collected`].
    #[must_use]
    pub fn covers(&self, account: &str, service: Option<&str>, region: &str) -> bool {
        let services = self.services.as_ref();
        let regions = self.regions.as_ref();
        self.account == account
            && services.is_none_or(|all| service.is_some_and(|service| all.contains(service)))
            && regions.is_none_or(|all| region.is_empty() || all.contains(region))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    account: String,
    services: Option<Vec<String>>,
    regions: Option<Vec<String>>,
    public_access_block: Option<Switches>,
    #[serde(borrow)]
    resource_policies: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    resource_arn: String,
    #[serde(borrow)]
    policy_document: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "or_default")]
    policy_not_readable: bool,
    region: Option<String>,
    public_access_block: Option<Switches>,
}

/// The switches as S3 writes them, and in the spelling of the rest of the document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "S3 has four switches")]
struct Switches {
    #[serde(default, deserialize_with = "or_default", alias = "BlockPublicAcls")]
    block_public_acls: bool,
    #[serde(default, deserialize_with = "or_default", alias = "IgnorePublicAcls")]
    ignore_public_acls: bool,
    #[serde(default, deserialize_with = "or_default", alias = "BlockPublicPolicy")]
    block_public_policy: bool,
    #[serde(default, deserialize_with = "or_default", alias = "RestrictPublicBuckets")]
    restrict_public_buckets: bool,
}

impl From<Switches> for PublicAccessBlock {
    fn from(block: Switches) -> Self {
        Self {
            block_public_acls: block.block_public_acls,
            ignore_public_acls: block.ignore_public_acls,
            block_public_policy: block.block_public_policy,
            restrict_public_buckets: block.restrict_public_buckets,
        }
    }
}

/// Reads the text of `resource-policies.json`.
///
/// # Errors
/// `Empty`, `NotJson`, `Shape`, `Policy`, `NotArn`, `NotAccount` and `Duplicate` of [`InventoryError`].
pub fn read_resource_policies(text: &str) -> Result<ResourcePolicies, InventoryError> {
    refuse_empty(text)?;
    let file: File<'_> = serde_json::from_str(text)?;
    if !is_account(&file.account) {
        let location = "account".to_owned();
        return Err(InventoryError::NotAccount {
            location,
            text: file.account,
        });
    }
    let mut read = ResourcePolicies {
        collected: vec![Collected {
            account: file.account.clone(),
            services: file.services.as_deref().map(lower),
            regions: file.regions.as_deref().map(lower),
            public_access_block: file.public_access_block.map(PublicAccessBlock::from),
        }],
        ..ResourcePolicies::default()
    };
    let mut seen = HashSet::new();
    for (index, entry) in file.resource_policies.into_iter().enumerate() {
        let location = format!("resourcePolicies[{index}]");
        let Ok(arn) = Arn::parse(&entry.resource_arn) else {
            return Err(InventoryError::NotArn {
                location: format!("{location}.resourceArn"),
                text: entry.resource_arn,
                expected: "a resource",
            });
        };
        let account = if arn.account.is_empty() {
            file.account.clone()
        } else {
            arn.account.to_owned()
        };
        let region = Some(arn.region.to_owned()).filter(|region| !region.is_empty());
        if !seen.insert(entry.resource_arn.clone()) {
            return Err(InventoryError::Duplicate {
                location: format!("{location}.resourceArn"),
                name: entry.resource_arn,
            });
        }
        let raw = entry.policy_document.filter(|raw| raw.get() != "null");
        read.resources.push(Resource {
            account: account.clone(),
            region: region.or(entry.region),
            policy: match (raw, entry.policy_not_readable) {
                (Some(_), _) => PolicyPresence::Known,
                (None, true) => PolicyPresence::NotReadable,
                (None, false) => PolicyPresence::None,
            },
            public_access_block: entry.public_access_block.map(PublicAccessBlock::from),
            arn: entry.resource_arn.clone(),
        });
        if let Some(raw) = raw {
            let location = format!("{location}.policyDocument");
            let document = parse_resource_policy(raw, &entry.resource_arn, &location, &mut read.findings)?;
            read.policies.push(ResourcePolicyDocument {
                resource: entry.resource_arn,
                account,
                document,
            });
        }
    }
    Ok(read)
}
