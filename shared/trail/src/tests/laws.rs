//! Laws that hold for the policies of any usage, of few actions and of any action there is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use iam::arn::Resource;
use iam::catalogue::{Action, Catalogue};
use iam::document::{Document, PolicyKind, Version};
use iam::evaluate::is_made_by_others;
use iam::matching::{Principal, ResourcePattern};
use iam::size::{MANAGED_POLICY, counted};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::generation::{FEW_ACTIONS, START, Sample};
use crate::catalogue;
use crate::evidence;
use crate::policy::{Options, SUPPORTED_SERVICE, document, render, statements};

/// A name and whether the call was denied, on one resource of the action or on none.
type AnyCall = (Index, String, Option<Index>, bool);

/// Makes calls that use only a few different actions.
pub(super) fn any_sample() -> impl Strategy<Value = Sample> {
    sample_of(FEW_ACTIONS)
}

/// Makes calls of any action there is, but for those on resources of any service: nothing matches `*` for the service of
/// an ARN, so that a filled-in placeholder there allows nothing. Nor are there calls with a token in the place of credentials:
/// no policy of a principal decides on them, and no event maps to their actions.
pub(super) fn any_sample_of_all_actions() -> impl Strategy<Value = Sample> {
    static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let names_services = |action: &Action| {
            let mut formats = action
                .resource_types()
                .flat_map(|of_action| of_action.resource_type.formats());
            formats.all(|format| !format.starts_with("arn:${Partition}:${"))
        };
        let actions = Catalogue::embedded().actions().filter(names_services);
        let names = actions.map(|action| action.name());
        let role = Principal::parse("arn:aws:iam::123456789012:role/r").unwrap();
        names.filter(|name| !is_made_by_others(name, &role)).collect()
    });
    sample_of(&NAMES)
}

fn sample_of(all: &'static [&'static str]) -> impl Strategy<Value = Sample> {
    // Names hold characters that policies treat as special or that JSON must escape; no slash, which would make the ARN of
    // a bucket the ARN of an object.
    let name = "[a-zA-Z0-9*?$\\{\\}\" é-]{1,24}";
    let call = (
        any::<Index>(),
        name,
        any::<Option<Index>>(),
        prop::bool::weighted(0.2),
    );
    (
        prop::collection::vec(call, 0..120),
        prop::bool::ANY,
        prop::bool::ANY,
    )
        .prop_map(move |(calls, report, many)| {
            // Half of the samples stay within a few actions, so that these gather many resources.
            let actions = if many { all } else { FEW };
            let sample = calls
                .into_iter()
                .fold(Sample::default(), |sample, call| record(sample, actions, call));
            if report {
                sample
                    .last_accessed("sqs", Some(START), &[])
                    .last_accessed("kms", Some(START), &[])
            } else {
                sample
            }
        })
}

const FEW: &[&str] = &[
    "s3:GetObject",
    "ec2:RunInstances",
    "iam:GetRole",
    "lambda:InvokeFunction",
];

fn record(sample: Sample, actions: &[&str], (action, name, resource, denied): AnyCall) -> Sample {
    let action = *action.get(actions);
    let formats: Vec<&str> = catalogue::types(action)
        .into_iter()
        .flat_map(|kind| kind.resource_type.formats())
        .collect();
    let arn = resource
        .filter(|_| !formats.is_empty())
        .map(|index| filled(index.get::<&str>(&formats), &name));
    let resources: Vec<&str> = arn.as_deref().into_iter().collect();
    if denied {
        sample.denied(action, &resources)
    } else {
        sample.call(action, &resources)
    }
}

/// Returns the format with the name for every placeholder of the resource part.
pub(super) fn filled(format: &str, name: &str) -> String {
    let mut fields: Vec<String> = format.splitn(6, ':').map(str::to_owned).collect();
    for (field, value) in fields
        .iter_mut()
        .zip(["arn", "aws", "s3", "eu-west-1", "123456789012"])
    {
        if field.contains("${") || field.as_str() == "*" {
            value.clone_into(field);
        }
    }
    let resource = fields.pop().unwrap().replace('*', "${}");
    let (mut text, mut rest) = (String::new(), resource.as_str());
    while let Some((literal, after)) = rest.split_once("${") {
        text.push_str(literal);
        text.push_str(name);
        rest = after.split_once('}').unwrap().1;
    }
    format!("{}:{text}{rest}", fields.join(":"))
}

/// Returns the statements of the documents, each of the allowed size.
fn statements_of(documents: &[String]) -> Vec<Value> {
    let mut statements = Vec::new();
    for text in documents {
        assert!(counted(text) <= MANAGED_POLICY, "{} characters", counted(text));
        let parsed = Document::parse(text, PolicyKind::Identity).unwrap();
        assert_eq!(parsed.findings, [], "{text}");
        assert_eq!(parsed.document.to_json(), *text);
        let document: Value = serde_json::from_str(text).unwrap();
        statements.extend(document["Statement"].as_array().unwrap().iter().cloned());
    }
    let sids: BTreeSet<&str> = statements
        .iter()
        .map(|statement| statement["Sid"].as_str().unwrap())
        .collect();
    assert_eq!(sids.len(), statements.len(), "Sids are unique in all documents");
    statements
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_str().map_or_else(
        || {
            value
                .as_array()
                .unwrap()
                .iter()
                .map(|text| text.as_str().unwrap())
                .collect()
        },
        |text| vec![text],
    )
}

/// Returns the resources by action, of the statements whose Sid begins with the series.
fn resources_by_action<'a>(statements: &'a [Value], series: &str) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut resources: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for statement in statements
        .iter()
        .filter(|statement| statement["Sid"].as_str().unwrap().starts_with(series))
    {
        for action in texts(&statement["Action"]) {
            resources
                .entry(action)
                .or_default()
                .extend(texts(&statement["Resource"]));
        }
    }
    resources
}

fn allows_what_was_observed_and_nothing_else(sample: &Sample) -> Result<(), TestCaseError> {
    for resource_placeholders in [false, true] {
        let options = Options {
            resource_placeholders,
            service_level_template: true,
        };
        let documents = render(&sample.generation(), options);
        let statements = statements_of(&documents);
        let allowed = resources_by_action(&statements, SUPPORTED_SERVICE);
        let observed: BTreeSet<&str> = sample
            .usage
            .actions
            .keys()
            .map(String::as_str)
            .filter(|action| *action != "iam:PassRole")
            .collect();
        prop_assert!(allowed.keys().copied().eq(observed), "the same actions");
        for (action, resources) in allowed {
            let required: BTreeSet<String> = catalogue::templates(&catalogue::action(action).unwrap(), "aws")
                .into_iter()
                .collect();
            if resource_placeholders && !required.is_empty() {
                prop_assert!(required.iter().map(String::as_str).eq(resources));
            } else {
                prop_assert_eq!(resources, BTreeSet::from(["*"]));
            }
        }
        for (action, resources) in resources_by_action(&statements, "ServiceLevelSid") {
            prop_assert_eq!((action, resources), ("sqs:*", BTreeSet::from(["*"])));
        }
    }
    Ok(())
}

fn gives_back_the_unsplit_policy_when_joined(sample: &Sample) -> Result<(), TestCaseError> {
    let options = Options {
        resource_placeholders: true,
        service_level_template: true,
    };
    let unsplit = document::documents(statements(&sample.generation(), options), usize::MAX);
    let split = render(&sample.generation(), options);
    let whole: Vec<Value> = unsplit
        .iter()
        .flat_map(|text| {
            serde_json::from_str::<Value>(text).unwrap()["Statement"]
                .as_array()
                .unwrap()
                .clone()
        })
        .collect();
    let mut joined: Vec<(Value, Vec<String>)> = Vec::new();
    for statement in statements_of(&split) {
        let actions = texts(&statement["Action"]).into_iter().map(str::to_owned);
        match joined.last_mut() {
            // Two statements of one series never have the same resource, unless they are parts of one.
            Some((resource, all))
                if *resource == statement["Resource"] && statement["Sid"] != "ServiceLevelSid0" =>
            {
                all.extend(actions);
            }
            _ => joined.push((statement["Resource"].clone(), actions.collect())),
        }
    }
    let whole: Vec<(Value, Vec<String>)> = whole
        .iter()
        .map(|statement| {
            let actions = texts(&statement["Action"])
                .into_iter()
                .map(str::to_owned)
                .collect();
            (statement["Resource"].clone(), actions)
        })
        .collect();
    prop_assert_eq!(joined, whole);
    Ok(())
}

fn suggests_what_was_not_always_denied_on_what_was_seen(sample: &Sample) -> Result<(), TestCaseError> {
    let documents = evidence::compose("job", &sample.generation()).suggested_policies;
    let statements = statements_of(&documents);
    let allowed = resources_by_action(&statements, "ObservedSid");
    let observed: BTreeSet<&str> = sample
        .usage
        .actions
        .iter()
        .filter(|(action, usage)| *action != "iam:PassRole" && !usage.only_denied())
        .map(|(action, _)| action.as_str())
        .collect();
    prop_assert!(allowed.keys().copied().eq(observed), "the same actions");
    for (action, patterns) in allowed {
        for arn in sample.usage.actions[action].resources.keys() {
            prop_assert!(
                patterns.iter().any(|pattern| matches(pattern, arn)),
                "{action} on {arn}: {patterns:?}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_policy_allows_what_was_observed_and_nothing_else(sample in any_sample()) {
        allows_what_was_observed_and_nothing_else(&sample)?;
    }

    #[test]
    fn joining_the_documents_gives_back_the_unsplit_policy(sample in any_sample()) {
        gives_back_the_unsplit_policy_when_joined(&sample)?;
    }

    #[test]
    fn the_suggested_policy_allows_what_was_not_always_denied_on_what_was_seen(sample in any_sample()) {
        suggests_what_was_not_always_denied_on_what_was_seen(&sample)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn all_of_it_holds_with_any_actions(sample in any_sample_of_all_actions()) {
        allows_what_was_observed_and_nothing_else(&sample)?;
        gives_back_the_unsplit_policy_when_joined(&sample)?;
        suggests_what_was_not_always_denied_on_what_was_seen(&sample)?;
    }
}

fn matches(pattern: &str, arn: &str) -> bool {
    let pattern = ResourcePattern::parse(pattern, Version::V2012, PolicyKind::Identity.short_arn());
    pattern.widest().matches(&Resource::parse(arn).unwrap())
}
