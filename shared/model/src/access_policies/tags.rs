//! Tags of access policies, portals and projects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arn::{Deployment, InvalidArn, ResourceName};
use crate::request::{Constraint, Member, Object, Reader, Violations};

/// Most tags of a resource, and of a request that sets some.
const MOST: usize = 50;
/// Most keys of a request that removes some.
const MOST_REMOVED: usize = 200;
/// Keys with this prefix are AWS's own.
const RESERVED: &str = "aws:";
/// Most code points of an ARN.
const LONGEST_ARN: usize = 1011;

/// The tags of a resource: at most 50 of them, in the order of their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Reads a map of 1 to 50 tags; an absent one is empty.
    pub(super) fn from_member(reader: &mut Reader, member: &Member<'_>) -> Option<Self> {
        if !member.is_present() {
            return Some(Self::default());
        }
        let map = reader.object(member)?;
        let count = map.members().count();
        let mut rules = Vec::new();
        if !(1..=MOST).contains(&count) {
            rules.push(Constraint::length(1, MOST));
        }
        let mut tags = BTreeMap::new();
        for (key, value) in map.members() {
            let value = value.value().and_then(json::Value::as_str);
            let fault = key_fault(key).or_else(|| match value {
                Some(value) if value.chars().count() <= 256 => None,
                Some(_) => Some("Map values must have length between 0 and 256, inclusive"),
                None => Some("Map values must be strings"),
            });
            match fault {
                // The fault is reported once for all tags, because the reports quote no key and would be equal.
                Some(fault) => {
                    let rule = Constraint::new(fault);
                    if !rules.contains(&rule) {
                        rules.push(rule);
                    }
                }
                None => {
                    tags.insert(key.to_owned(), value.unwrap_or_default().to_owned());
                }
            }
        }
        let is_valid = rules.is_empty();
        for rule in rules {
            reader.refuse(member.path(), rule);
        }
        is_valid.then_some(Self(tags))
    }

    /// Returns these tags and the others, which win where both have a key; `None` when that is more than 50.
    #[must_use]
    pub fn merged(&self, others: &Self) -> Option<Self> {
        let mut merged = self.0.clone();
        merged.extend(others.0.clone());
        (merged.len() <= MOST).then_some(Self(merged))
    }

    /// Returns these tags without those of the keys.
    #[must_use]
    pub fn without(&self, keys: &[String]) -> Self {
        let mut left = self.0.clone();
        left.retain(|key, _| !keys.contains(key));
        Self(left)
    }
}

impl From<&Tags> for Value {
    fn from(tags: &Tags) -> Self {
        json!(tags.0)
    }
}

fn key_fault(key: &str) -> Option<&'static str> {
    if !(1..=128).contains(&key.chars().count()) {
        Some("Map keys must have length between 1 and 128, inclusive")
    } else if key.starts_with(RESERVED) {
        Some("Map keys must not start with aws:")
    } else {
        None
    }
}

/// A request to set tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagResource {
    /// The resource whose tags change.
    pub resource: ResourceName,
    /// The tags to add; there is at least one.
    pub tags: Tags,
}

impl TagResource {
    /// Reads the query parameter `resourceArn` and the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(
        deployment: &Deployment,
        resource_arn: &[&str],
        body: &json::Object<'_>,
    ) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let resource = resource(&mut reader, deployment, resource_arn);
        let tags = reader.required(Object::root(body).member("tags"));
        let tags = Tags::from_member(&mut reader, &tags);
        let request = resource.zip(tags).map(|(resource, tags)| Self { resource, tags });
        reader.finish(request)
    }
}

/// A request to remove tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntagResource {
    /// The resource whose tags change.
    pub resource: ResourceName,
    /// The keys to remove; a key that the resource does not have is no fault.
    pub keys: Vec<String>,
}

impl UntagResource {
    /// Reads the query parameters `resourceArn` and `tagKeys`, which is given once for each key.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(
        deployment: &Deployment,
        resource_arn: &[&str],
        tag_keys: &[&str],
    ) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let resource = resource(&mut reader, deployment, resource_arn);
        if tag_keys.is_empty() {
            reader.refuse("tagKeys", Constraint::new("Member must not be null"));
        } else if tag_keys.len() > MOST_REMOVED {
            reader.refuse("tagKeys", Constraint::length(0, MOST_REMOVED));
        }
        if tag_keys
            .iter()
            .any(|key| !(1..=128).contains(&key.chars().count()))
        {
            let rule = "List elements must have length between 1 and 128, inclusive";
            reader.refuse("tagKeys", Constraint::new(rule));
        }
        let keys = tag_keys.iter().map(|&key| key.to_owned()).collect();
        reader.finish(resource.map(|resource| Self { resource, keys }))
    }
}

/// Reads the query parameter `resourceArn`.
///
/// # Errors
/// All violations.
pub fn read_resource_arn(deployment: &Deployment, resource_arn: &[&str]) -> Result<ResourceName, Violations> {
    let mut reader = Reader::new();
    let resource = resource(&mut reader, deployment, resource_arn);
    reader.finish(resource)
}

fn resource(reader: &mut Reader, deployment: &Deployment, values: &[&str]) -> Option<ResourceName> {
    let arn = reader.required_parameter("resourceArn", values)?;
    if !(1..=LONGEST_ARN).contains(&arn.chars().count()) {
        reader.refuse("resourceArn", Constraint::length(1, LONGEST_ARN));
        return None;
    }
    deployment
        .read(arn)
        .map_err(|InvalidArn| {
            let rule = "Member must be the ARN of an access policy, a portal or a project of this API";
            reader.refuse("resourceArn", Constraint::new(rule));
        })
        .ok()
}

/// Reply of `ListTagsForResource`.
#[derive(Debug, Clone, Serialize)]
pub struct ListTagsReply {
    /// The tags are empty when there are none.
    pub tags: Tags,
}
