//! Tests that a proposed policy fits the calls that it was made from: for every action of the catalogue, with its
//! resources named in the request as services name them.

use std::collections::{BTreeMap, BTreeSet};

use iam::catalogue::Catalogue;
use serde_json::{Map, Value, json};

use super::replay::Account;
use crate::actions;
use crate::arn_format::{Piece, pieces};
use crate::catalogue::{self, first_format};
use crate::evidence;
use crate::generation::{Content, Generation, Planned};
use crate::identities::Identities;
use crate::principal::Principal;
use crate::usage::{Call, Usage};

pub(super) const ACCOUNT: &str = "123456789012";
const USER: &str = "arn:aws:iam::123456789012:user/ana";

/// Makes the call of an operation by the user, in eu-west-1.
pub(super) fn call(service: &str, name: &str, request: &Map<String, Value>) -> Call {
    let record = json!({
        "eventVersion": "1.11",
        "eventTime": "2026-03-01T00:00:00Z",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "awsRegion": "eu-west-1",
        "userIdentity": {"type": "IAMUser", "arn": USER, "accountId": ACCOUNT},
        "requestParameters": request,
    });
    actions::understand(&serde_json::from_str(&record.to_string()).unwrap())
}

pub(super) fn proposed(call: Call) -> Vec<String> {
    let principal = Principal::parse(USER).unwrap();
    let mut usage = Usage::default();
    usage.record(call);
    let generation = Generation {
        principal: &principal,
        start: "2026-03-01T00:00:00Z".parse().unwrap(),
        end: "2026-03-02T00:00:00Z".parse().unwrap(),
        usage: &usage,
        last_accessed: None,
        identities: Identities::NONE,
        planned: &Planned::default(),
        content: Content::default(),
    };
    evidence::compose("job", &generation).suggested_policies
}

fn is_scope(placeholder: &str) -> bool {
    matches!(placeholder, "Partition" | "Region" | "Account" | "")
}

/// Returns the placeholders of a format that stand for names.
fn names(format: &str) -> Vec<&str> {
    let placeholders = pieces(format).filter_map(|piece| match piece {
        Piece::Placeholder(name) if !is_scope(name) => Some(name),
        Piece::Placeholder(_) | Piece::Literal(_) => None,
    });
    placeholders.collect()
}

/// Returns the member that is named after a placeholder.
fn member(placeholder: &str) -> String {
    let mut characters = placeholder.trim_end_matches("WithPath").chars();
    let first = characters.next().unwrap();
    first.to_lowercase().chain(characters).collect()
}

/// Returns the member of a request that names the resource.
///
/// Source: Amazon RDS API reference, `CreateDBCluster`: a call that names no group takes the default one.
fn member_of(service: &str, placeholder: &str) -> String {
    match (service, placeholder) {
        ("rds", "ClusterParameterGroupName") => "dBClusterParameterGroupName".to_owned(),
        ("rds", "SubnetGroupName") => "dBSubnetGroupName".to_owned(),
        _ => member(placeholder),
    }
}

/// Makes the ARN of a resource, with `value` of each placeholder as its names.
fn arn(format: &str, value: impl Fn(&str) -> String) -> String {
    let arn: String = pieces(format)
        .map(|piece| match piece {
            Piece::Literal(text) => text.to_owned(),
            Piece::Placeholder("Partition") => "aws".to_owned(),
            Piece::Placeholder("Region") => "eu-west-1".to_owned(),
            Piece::Placeholder("Account") => ACCOUNT.to_owned(),
            Piece::Placeholder(name) => value(name),
        })
        .collect();
    arn
}

/// Returns actions with the formats of the types that every call needs, without those on resources of any service.
fn actions_with_formats() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static str>)> {
    let catalogue = Catalogue::embedded();
    catalogue.actions().filter_map(|action| {
        let types = action.resource_types().filter(|kind| kind.required);
        let formats: Vec<&str> = types.map(|kind| first_format(&kind)).collect();
        let (service, name) = action.name().split_once(':')?;
        let is_plain = formats
            .iter()
            .all(|format| !format.starts_with("arn:${Partition}:${"));
        (is_plain && !formats.is_empty()).then_some((service, name, formats))
    })
}

/// Returns the other formats of the type that begins with the format.
fn other_formats<'f>(action: &str, format: &'f str) -> impl Iterator<Item = &'static str> + use<'f> {
    let kind = catalogue::types(action)
        .into_iter()
        .find(|kind| first_format(kind) == format);
    kind.into_iter()
        .flat_map(|kind| kind.resource_type.formats())
        .skip(1)
}

/// Returns the value that tests give to a placeholder.
fn value(placeholder: &str) -> String {
    // The only kind of templates that Create…InAppTemplate and the like have.
    if placeholder == "TemplateType" {
        "INAPP".to_owned()
    } else {
        format!("v-{placeholder}")
    }
}

#[test]
fn what_is_proposed_allows_the_call_it_came_from() {
    let mut failures = Vec::new();
    let mut checked = 0;
    for (service, name, formats) in actions_with_formats() {
        let action = format!("{service}:{name}");
        for format in &formats {
            // Each name alone, and all of them: AWS generates what the request does not name.
            let all = names(format);
            let mut variants: Vec<Vec<&str>> = all.iter().map(|&name| vec![name]).collect();
            variants.push(all.clone());
            for given in variants {
                let request: Map<String, Value> = given
                    .iter()
                    .map(|name| (member_of(service, name), Value::from(value(name))))
                    .collect();
                let call = call(service, name, &request);
                // This event is not the event of this action.
                if call.actions.iter().all(|called| called.action != action) {
                    continue;
                }
                let account = Account::with(USER, &proposed(call));
                let of_call = arn(format, |name| {
                    match name {
                        // AWS adds six characters to the name.
                        "SecretId" => value(name) + "-AbCdEf",
                        "TemplateType" if action.ends_with("InAppTemplate") => value(name),
                        _ if given.contains(&name) => value(name),
                        _ => "generated-0a1b2c".to_owned(),
                    }
                });
                checked += 1;
                // Calls of another version of an API name the same resource by another format of its type.
                let others = other_formats(&action, format).map(|format| arn(format, value));
                if !account.allows(&action, &of_call)
                    && others.filter(|arn| account.allows(&action, arn)).count() == 0
                {
                    failures.push(format!("{action} on {of_call} with {}", Value::from(request)));
                }
            }
        }
    }
    assert!(checked > 15_000, "only {checked} calls");
    assert!(
        failures.is_empty(),
        "{} of {checked}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn one_value_never_fills_two_placeholders() {
    let mut failures = Vec::new();
    for (service, name, formats) in actions_with_formats() {
        for format in formats.iter().filter(|format| names(format).len() > 1) {
            let nouns = pieces(format).filter_map(|piece| match piece {
                Piece::Literal(text) => text.trim_end_matches(['/', ':']).rsplit(['/', ':']).next(),
                Piece::Placeholder(_) => None,
            });
            let mut members: Vec<String> = names(format).into_iter().map(member).collect();
            for noun in nouns.filter(|noun| !noun.is_empty()) {
                let noun: String = noun.split('-').collect();
                members.extend(["", "Id", "Name", "Identifier", "Arn"].map(|end| format!("{noun}{end}")));
            }
            members.extend(["name", "id", "identifier"].map(str::to_owned));
            for member in members {
                let request = Map::from_iter([(member.clone(), Value::from("onlyvalue"))]);
                for called in call(service, name, &request).actions {
                    for resource in &called.resources {
                        if resource.text.matches("onlyvalue").count() > 1 {
                            failures.push(format!("{} by {member}: {}", called.action, resource.text));
                        }
                    }
                }
            }
        }
    }
    failures.sort_unstable();
    failures.dedup();
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Types whose id is the name that the resource was given, or is made of names: by service, the word in front of the id, and
/// a page that shows it. AWS generates every other id: a policy that names it by the name would deny the call.
#[rustfmt::skip] // one row per line
const IDS_THAT_ARE_NAMES: &[(&str, &[&str], &str)] = &[
    ("databrew", &["dataset", "job", "project", "recipe", "ruleset", "schedule"], "DataBrew developer guide, resource ARNs: dataset/my-chess-dataset"),
    ("forecast", &["dataset", "dataset-group"], "Forecast developer guide, CreateDatasetImportJob: dataset/electricity_demand_ds"),
    ("gamelift", &["location"], "GameLift Servers developer guide, Create a custom location: location/custom-location-1"),
    ("iotfleetwise", &["vehicle"], "IoT FleetWise developer guide, Create a vehicle: vehicle/<vehicle name>"),
    ("mediatailor", &["playbackConfiguration", "prefetchSchedule"], "MediaTailor user guide: playbackConfiguration/<name>, prefetchSchedule/<configuration>/<name>"),
    ("personalize", &["batch-inference-job", "campaign", "dataset-group", "dataset-import-job", "filter", "schema", "solution"], "Personalize developer guide, the replies of each step: schema/SchemaName. A dataset is <group>/<type>, an event tracker has a generated id"),
    ("quicksight", &["group", "user"], "Quick Sight API reference, CreateGroup: group/default/<group-name>"),
    ("rekognition", &["streamprocessor"], "Rekognition developer guide, ARNs: streamprocessor/stream-processor-name"),
    ("route53-recovery-readiness", &["cell", "readiness-check", "recovery-group", "resource-set"], "Application Recovery Controller developer guide: recovery-group/MyRecoveryGroup"),
    ("secretsmanager", &["secret"], "Secrets Manager user guide: the ARN is secret:<name>-<six characters>"),
];

#[test]
fn a_name_never_fills_an_id_that_aws_generates() {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut checked = 0;
    for (service, name, formats) in actions_with_formats() {
        let action = format!("{service}:{name}");
        let formats = formats.into_iter().flat_map(|first| {
            let all = std::iter::once(first).chain(other_formats(&action, first));
            all.map(move |format| (first, format))
        });
        for (first, format) in formats {
            let names = names(format);
            let ([placeholder], Some((head, _))) = (names.as_slice(), format.rsplit_once("${")) else {
                continue;
            };
            if !["Id", "Identifier", "UUID", "Uuid"]
                .iter()
                .any(|end| placeholder.ends_with(end))
            {
                continue;
            }
            let kind = head
                .trim_end_matches(['/', ':'])
                .rsplit(['/', ':'])
                .next()
                .unwrap();
            let noun: String = kind.split('-').collect();
            for member in [format!("{noun}Name"), "name".to_owned()] {
                checked += 1;
                let request = Map::from_iter([(member, Value::from("onlyvalue"))]);
                let called = call(service, name, &request).actions;
                let mut resources = called.iter().flat_map(|called| &called.resources);
                let is_filled =
                    |text: &str| text.contains("onlyvalue") && evidence::is_of_format(format, text);
                if resources.any(|resource| resource.kind == first && is_filled(&resource.text)) {
                    found.entry(service).or_default().insert(kind);
                }
            }
        }
    }
    assert!(checked > 1_000, "only {checked} calls");
    let expected = IDS_THAT_ARE_NAMES.iter();
    let expected: BTreeMap<&str, BTreeSet<&str>> = expected
        .map(|(service, kinds, _)| (*service, kinds.iter().copied().collect()))
        .collect();
    assert_eq!(found, expected);
}

/// Throttled calls have no parameters in the log. They would widen the policy to the whole type otherwise.
#[test]
fn a_throttled_call_does_not_widen_what_is_proposed() {
    let name = "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b";
    let named = call(
        "ssm",
        "PutParameter",
        &Map::from_iter([("name".to_owned(), Value::from("/a/b"))]),
    );
    let record = json!({
        "eventVersion": "1.11",
        "eventTime": "2026-03-01T00:00:00Z",
        "eventSource": "ssm.amazonaws.com",
        "eventName": "PutParameter",
        "awsRegion": "eu-west-1",
        "userIdentity": {"type": "IAMUser", "arn": USER, "accountId": ACCOUNT},
        "errorCode": "ThrottlingException",
        "requestParameters": null,
    });
    let throttled = actions::understand(&serde_json::from_str(&record.to_string()).unwrap());
    let mut usage = Usage::default();
    usage.record(named);
    usage.record(throttled.clone());
    assert!(
        usage.actions["ssm:PutParameter"]
            .types
            .values()
            .all(|of_type| of_type.unnamed == 0)
    );
    let account = Account::with(USER, &proposed(throttled));
    assert!(
        account.allows("ssm:PutParameter", name),
        "alone it is about any parameter"
    );
}
