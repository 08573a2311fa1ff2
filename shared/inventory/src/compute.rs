//! Reads `compute.json`: functions, instances and other resources that run code with a role. The format is our own.

use super::{Collected, InventoryError, is_account, lower, or_default, refuse_empty};
use iam::arn::{Arn, account_of};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// Resources that run code with a role
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compute {
    /// Says what was collected, one entry for each document. Where an entry reaches, the named compute resources are
    /// the only ones
    pub collected: Vec<Collected>,
    /// The resources in file order
    pub resources: Vec<ComputeResource>,
}

/// A function, an instance or another resource that runs code with a role
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputeResource {
    /// The ARN, for example `arn:aws:lambda:eu-west-1:111122223333:function:orders`
    pub arn: String,
    /// The name for people: as given, else the end of the ARN
    pub name: String,
    /// ARN of the role that the code runs with; `None` when it has no role, or when the instance profile is not known
    pub role: Option<String>,
    /// ARN of the instance profile that hands the role to an EC2 instance
    pub instance_profile: Option<String>,
    /// Key and value
    pub tags: Vec<(String, String)>,
}

impl ComputeResource {
    /// Returns the service as the ARN names it: `lambda`, `ec2`, `ecs`, `sagemaker`, `glue`.
    #[must_use]
    pub fn service(&self) -> &str {
        Arn::parse(&self.arn).map(|arn| arn.service).unwrap_or_default()
    }

    /// Returns the resource type as the ARN names it: `function`, `instance`, `task-definition`, `notebook-instance`,
    /// `job`.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        let resource = Arn::parse(&self.arn).map(|arn| arn.resource).unwrap_or_default();
        resource.split(['/', ':']).next().unwrap_or_default()
    }

    /// Returns the account of the resource, twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        account_of(&self.arn)
    }

    /// Returns the region of the resource.
    #[must_use]
    pub fn region(&self) -> &str {
        Arn::parse(&self.arn).map(|arn| arn.region).unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    account: String,
    services: Option<Vec<String>>,
    regions: Option<Vec<String>>,
    compute_resources: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    arn: String,
    name: Option<String>,
    role_arn: Option<String>,
    instance_profile_arn: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    tags: BTreeMap<String, String>,
}

/// Reads the text of `compute.json`.
///
/// # Errors
/// `Empty`, `NotJson`, `Shape`, `NotArn`, `NotAccount` and `Duplicate` of [`InventoryError`].
pub fn read_compute(text: &str) -> Result<Compute, InventoryError> {
    refuse_empty(text)?;
    let file: File = serde_json::from_str(text)?;
    if !is_account(&file.account) {
        let location = "account".to_owned();
        return Err(InventoryError::NotAccount {
            location,
            text: file.account,
        });
    }
    let mut read = Compute {
        collected: vec![Collected {
            account: file.account,
            services: file.services.as_deref().map(lower),
            regions: file.regions.as_deref().map(lower),
            public_access_block: None,
        }],
        resources: Vec::new(),
    };
    let mut seen = HashSet::new();
    for (index, entry) in file.compute_resources.into_iter().enumerate() {
        let location = format!("computeResources[{index}]");
        let is_named = Arn::parse(&entry.arn).is_ok_and(|arn| is_account(arn.account));
        require(is_named, &location, "arn", &entry.arn, "a compute resource")?;
        let is_role = |arn: &str, start: &str| {
            Arn::parse(arn).is_ok_and(|arn| arn.service == "iam" && arn.resource.starts_with(start))
        };
        if let Some(role) = &entry.role_arn {
            require(is_role(role, "role/"), &location, "roleArn", role, "an IAM role")?;
        }
        if let Some(profile) = &entry.instance_profile_arn {
            let is_profile = is_role(profile, "instance-profile/");
            require(
                is_profile,
                &location,
                "instanceProfileArn",
                profile,
                "an instance profile",
            )?;
        }
        if !seen.insert(entry.arn.clone()) {
            return Err(InventoryError::Duplicate {
                location: format!("{location}.arn"),
                name: entry.arn,
            });
        }
        let end = entry.arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
        read.resources.push(ComputeResource {
            name: entry.name.unwrap_or(end),
            arn: entry.arn,
            role: entry.role_arn,
            instance_profile: entry.instance_profile_arn,
            tags: entry.tags.into_iter().collect(),
        });
    }
    Ok(read)
}

fn require(
    holds: bool,
    location: &str,
    member: &str,
    text: &str,
    expected: &'static str,
) -> Result<(), InventoryError> {
    if holds {
        return Ok(());
    }
    Err(InventoryError::NotArn {
        location: format!("{location}.{member}"),
        text: text.to_owned(),
        expected,
    })
}
