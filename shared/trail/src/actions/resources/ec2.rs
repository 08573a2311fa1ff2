//! Finds the resources of EC2. The ids of these resources name their type, wherever they are in a request.

use iam::catalogue::ActionResource;
use serde_json::Value;

use super::{Named, RESOURCES};
use crate::actions::aliases;
use crate::actions::parameters::{self, Text};

/// Adds the ARNs of the format that the request names by id, and those of the few types that have names.
pub(super) fn fill(format: &str, named: &Named<'_>, found: &mut Vec<String>) {
    let Some((head, name)) = format.rsplit_once("/${") else {
        return;
    };
    let kind = head.rsplit(':').next().unwrap_or_default();
    let is_member = |text: &Text<'_>, member: &str| text.name.eq_ignore_ascii_case(member);
    let of_type = |text: &&Text<'_>| match name {
        "KeyPairName}" => is_member(text, "keyName"),
        "PlacementGroupName}" => {
            is_member(text, "groupName")
                && (named.event_name.ends_with("PlacementGroup") || named.placement_group == Some(text.value))
        }
        _ => aliases::ec2_type(text.value) == Some(kind),
    };
    let Some(nearest) = named.request.iter().find(of_type).map(|text| text.depth) else {
        return;
    };
    let head = head
        .replace("${Partition}", named.partition)
        .replace("${Region}", named.region)
        .replace("${Account}", named.account);
    let texts = named.request.iter().filter(of_type);
    let texts = texts.filter(|text| text.depth == nearest).take(RESOURCES);
    found.extend(texts.map(|text| format!("{head}/{}", text.value)));
}

/// Returns whether the call needs a resource of a type that not every call needs.
///
/// Source: Amazon EC2 user guide, "Example policies to control access to the Amazon EC2 API", launch instances: the
/// volume of an EBS-backed image; the launch template, whose ARN holds its id and not its name.
pub(super) fn needs(action: &str, kind: &ActionResource, named: &Named<'_>) -> bool {
    if action != "ec2:RunInstances" {
        return false;
    }
    match kind.resource_type.name() {
        "volume" => {
            let response = parameters::texts(named.response);
            let mut devices = parameters::named(&response, "rootDeviceType");
            devices.next() != Some("instance-store")
        }
        "launch-template" => {
            let mut templates = parameters::named(&named.request, "launchTemplateName");
            templates.next().is_some()
        }
        _ => false,
    }
}

/// Returns the patterns of what a call creates, by the types that its tags are for.
///
/// Source: Amazon EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"; EC2 API reference,
/// `ResourceType` of `TagSpecification`.
pub(super) fn created(request: &Value, named: &Named<'_>) -> impl Iterator<Item = String> + use<> {
    let (partition, region, account) = (
        named.partition.to_owned(),
        named.region.to_owned(),
        named.account.to_owned(),
    );
    let texts = parameters::tag_types(request);
    texts.into_iter().map(move |kind| {
        // The ARNs of images and snapshots hold no account.
        let account = if matches!(kind.as_str(), "image" | "snapshot" | "fpga-image") {
            ""
        } else {
            &account
        };
        format!("arn:{partition}:ec2:{region}:{account}:{kind}/*")
    })
}
