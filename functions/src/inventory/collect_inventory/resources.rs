//! Policies of resources, and compute resources with their roles: what Cloud Control shows of an account.
//!
//! Source of the types, their identifiers and their properties: the schemas of the `CloudFormation` registry.

use std::collections::BTreeMap;

use aws::{AccessError, CloudControl};
use futures::stream::{self, StreamExt};
use model::account::AccountId;
use serde_json::{Map, Value, json};

/// Resources read at once: Cloud Control slows down callers that are faster.
const AT_ONCE: usize = 8;

/// An account in a region, for ARNs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'a> {
    pub(super) partition: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a AccountId,
}

/// Says how the ARN of a resource follows from its identifier.
#[derive(Debug, Clone, Copy)]
enum ArnOf {
    /// The identifier is the ARN
    Identifier,
    /// Service, and what is in front of the identifier
    Resource(&'static str, &'static str),
    /// The identifier is the URL of a queue, which ends in account and name
    QueueUrl,
}

/// A type of resources that can have a policy.
struct PolicyType {
    service: &'static str,
    /// The type that lists the resources
    listed: &'static str,
    arn: ArnOf,
    /// The type that has the policy
    read: &'static str,
    /// Says whether the type that has the policy is identified by the ARN of the resource
    by_arn: bool,
    /// The property of it that is the policy
    policy: &'static str,
}

const POLICY_TYPES: [PolicyType; 6] = [
    PolicyType {
        service: "ecr",
        listed: "AWS::ECR::Repository",
        arn: ArnOf::Resource("ecr", "repository/"),
        read: "AWS::ECR::Repository",
        by_arn: false,
        policy: "RepositoryPolicyText",
    },
    PolicyType {
        service: "kms",
        listed: "AWS::KMS::Key",
        arn: ArnOf::Resource("kms", "key/"),
        read: "AWS::KMS::Key",
        by_arn: false,
        policy: "KeyPolicy",
    },
    PolicyType {
        service: "lambda",
        listed: "AWS::Lambda::Function",
        arn: ArnOf::Resource("lambda", "function:"),
        read: "AWS::Lambda::ResourcePolicy",
        by_arn: true,
        policy: "PolicyDocument",
    },
    PolicyType {
        service: "secretsmanager",
        listed: "AWS::SecretsManager::ResourcePolicy",
        arn: ArnOf::Identifier,
        read: "AWS::SecretsManager::ResourcePolicy",
        by_arn: false,
        policy: "ResourcePolicy",
    },
    PolicyType {
        service: "sns",
        listed: "AWS::SNS::Topic",
        arn: ArnOf::Identifier,
        read: "AWS::SNS::TopicInlinePolicy",
        by_arn: false,
        policy: "PolicyDocument",
    },
    PolicyType {
        service: "sqs",
        listed: "AWS::SQS::Queue",
        arn: ArnOf::QueueUrl,
        read: "AWS::SQS::QueueInlinePolicy",
        by_arn: false,
        policy: "PolicyDocument",
    },
];

/// A type of resources that run code with a role.
struct ComputeType {
    name: &'static str,
    arn: ArnOf,
    /// The property that names the role
    role: &'static str,
    /// Says whether the property names an instance profile
    is_profile: bool,
}

const COMPUTE_TYPES: [ComputeType; 5] = [
    ComputeType {
        name: "AWS::EC2::Instance",
        arn: ArnOf::Resource("ec2", "instance/"),
        role: "IamInstanceProfile",
        is_profile: true,
    },
    ComputeType {
        name: "AWS::ECS::TaskDefinition",
        arn: ArnOf::Identifier,
        role: "TaskRoleArn",
        is_profile: false,
    },
    ComputeType {
        name: "AWS::Glue::Job",
        arn: ArnOf::Resource("glue", "job/"),
        role: "Role",
        is_profile: false,
    },
    ComputeType {
        name: "AWS::Lambda::Function",
        arn: ArnOf::Resource("lambda", "function:"),
        role: "Role",
        is_profile: false,
    },
    ComputeType {
        name: "AWS::SageMaker::NotebookInstance",
        arn: ArnOf::Identifier,
        role: "RoleArn",
        is_profile: false,
    },
];

/// Returns the services whose resource policies are read here, as ARNs name them.
pub(super) fn services() -> impl Iterator<Item = &'static str> {
    POLICY_TYPES.iter().map(|one| one.service)
}

/// Returns the services whose compute resources are read here, as ARNs name them.
pub(super) fn compute_services() -> impl Iterator<Item = String> {
    let names = COMPUTE_TYPES.iter().filter_map(|one| one.name.split("::").nth(1));
    names.map(str::to_lowercase)
}

/// Names of roles and instance profiles with their ARNs: some properties hold names only.
#[derive(Debug, Default)]
pub(super) struct IamNames {
    pub(super) roles: BTreeMap<String, String>,
    pub(super) instance_profiles: BTreeMap<String, String>,
}

/// Holds what was read in one region.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Entries of a `resource-policies` document
    pub(super) policies: Vec<Value>,
    /// Entries of a `compute` document
    pub(super) compute: Vec<Value>,
    /// Services whose resources were not all listed
    pub(super) not_collected: Vec<&'static str>,
    /// Says whether every type of compute resources was listed
    pub(super) is_compute_whole: bool,
    pub(super) failures: Vec<(String, AccessError)>,
}

/// Reads everything of one region.
pub(super) async fn read(control: &CloudControl, home: Home<'_>, names: &IamNames) -> Found {
    let mut found = Found {
        is_compute_whole: true,
        ..Found::default()
    };
    for kind in &POLICY_TYPES {
        policies(control, home, kind, &mut found).await;
    }
    for kind in &COMPUTE_TYPES {
        compute(control, home, kind, names, &mut found).await;
    }
    found
}

async fn policies(control: &CloudControl, home: Home<'_>, kind: &PolicyType, found: &mut Found) {
    let listed = match control.list(kind.listed, None).await {
        Ok(listed) => listed,
        Err(error) => {
            found.not_collected.push(kind.service);
            found
                .failures
                .push((format!("{} in {}", kind.listed, home.region), error));
            return;
        }
    };
    let read = stream::iter(listed).map(|resource| async move {
        let arn = arn(home, kind.arn, &resource.identifier);
        let identifier = if kind.by_arn {
            arn.as_str()
        } else {
            resource.identifier.as_str()
        };
        let properties = control.read(kind.read, identifier).await;
        (arn, properties)
    });
    let mut read = read.buffered(AT_ONCE).boxed_local();
    while let Some((arn, properties)) = read.next().await {
        match properties {
            Ok(properties) => found
                .policies
                .extend(policy_entry(&arn, properties.as_ref(), kind.policy)),
            Err(error) => {
                found
                    .policies
                    .push(json!({ "resourceArn": arn, "policyNotReadable": true }));
                found.failures.push((format!("the policy of `{arn}`"), error));
            }
        }
    }
}

/// Makes the entry of a resource that has a policy.
fn policy_entry(arn: &str, properties: Option<&Map<String, Value>>, policy: &str) -> Option<Value> {
    let document = properties?.get(policy)?;
    // A schema has a policy as an object or as JSON in a string; a resource without one has neither, or an empty one.
    let is_policy = match document {
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.trim().is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    };
    is_policy.then(|| json!({ "resourceArn": arn, "policyDocument": document }))
}

async fn compute(
    control: &CloudControl,
    home: Home<'_>,
    kind: &ComputeType,
    names: &IamNames,
    found: &mut Found,
) {
    let mut listed = match control.list(kind.name, None).await {
        Ok(listed) => listed,
        Err(error) => {
            found.is_compute_whole = false;
            found
                .failures
                .push((format!("{} in {}", kind.name, home.region), error));
            return;
        }
    };
    if kind.name == "AWS::ECS::TaskDefinition" {
        let newest = newest_revisions(listed.iter().map(|one| one.identifier.as_str()));
        listed.retain(|one| newest.contains(&one.identifier));
    }
    let read = stream::iter(listed).map(|resource| async move {
        // The lists of some types show all properties, so that nothing more has to be read.
        let properties = if resource.properties.contains_key(kind.role) {
            Ok(Some(resource.properties))
        } else {
            control.read(kind.name, &resource.identifier).await
        };
        (arn(home, kind.arn, &resource.identifier), properties)
    });
    let mut read = read.buffered(AT_ONCE).boxed_local();
    while let Some((arn, properties)) = read.next().await {
        match properties {
            Ok(properties) => {
                let entry = properties.map(|properties| compute_entry(home, kind, &arn, &properties, names));
                found.compute.extend(entry);
            }
            Err(error) => {
                found.is_compute_whole = false;
                found.failures.push((format!("`{arn}`"), error));
            }
        }
    }
}

fn compute_entry(
    home: Home<'_>,
    kind: &ComputeType,
    arn: &str,
    properties: &Map<String, Value>,
    names: &IamNames,
) -> Value {
    let tags = tags(properties.get("Tags"));
    let mut entry = Map::new();
    entry.insert("arn".to_owned(), arn.into());
    if let Some(name) = tags.get("Name").filter(|name| !name.is_empty()) {
        entry.insert("name".to_owned(), name.as_str().into());
    }
    let role = properties
        .get(kind.role)
        .and_then(Value::as_str)
        .filter(|role| !role.is_empty());
    if let Some(role) = role {
        let (member, word, known) = if kind.is_profile {
            ("instanceProfileArn", "instance-profile", &names.instance_profiles)
        } else {
            ("roleArn", "role", &names.roles)
        };
        let full = if role.starts_with("arn:") {
            role.to_owned()
        } else {
            let by_name = || format!("arn:{}:iam::{}:{word}/{role}", home.partition, home.account);
            known.get(role).cloned().unwrap_or_else(by_name)
        };
        entry.insert(member.to_owned(), full.into());
    }
    if !tags.is_empty() {
        entry.insert("tags".to_owned(), json!(tags));
    }
    Value::Object(entry)
}

/// Reads tags, which schemas have as a list of keys and values or as an object.
fn tags(found: Option<&Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match found {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|tag| Some((text(tag.get("Key")?)?, text(tag.get("Value")?)?)))
            .collect(),
        Some(Value::Object(members)) => members
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), text(value)?)))
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => BTreeMap::new(),
    }
}

/// Returns the newest revision of each task definition. The older revisions stay active until somebody removes them.
fn newest_revisions<'a>(arns: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut newest: BTreeMap<&str, u64> = BTreeMap::new();
    for (family, revision) in arns.filter_map(|arn| arn.rsplit_once(':')) {
        let revision: u64 = revision.parse().unwrap_or_default();
        let known = newest.entry(family).or_default();
        *known = revision.max(*known);
    }
    let each = newest.into_iter();
    each.map(|(family, revision)| format!("{family}:{revision}"))
        .collect()
}

fn arn(home: Home<'_>, kind: ArnOf, identifier: &str) -> String {
    let Home {
        partition,
        region,
        account,
    } = home;
    match kind {
        ArnOf::Identifier => identifier.to_owned(),
        ArnOf::Resource(service, start) => {
            format!("arn:{partition}:{service}:{region}:{account}:{start}{identifier}")
        }
        ArnOf::QueueUrl => {
            let name = identifier.rsplit('/').next().unwrap_or_default();
            format!("arn:{partition}:sqs:{region}:{account}:{name}")
        }
    }
}

#[cfg(test)]
mod tests;
