//! Laws that hold for every body.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{Outcome, brief, catalogue, report, report_of, with_info};
use super::*;
use crate::body;
use crate::finding::FindingType;
use crate::location::{BODY, PERMISSION, TARGET};
use crate::nrn::Nrn;
use crate::policy::{Permission, Policy, Target};

/// Returns any JSON, with the names of a policy's members among the keys.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        action().prop_map(Value::from),
        resource().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        let key = prop_oneof![
            4 => proptest::sample::select(&[
                "policyName", "description", "permissions", "effect", "targets", "product", "actions",
                "resourceNrns", "condition",
            ][..]).prop_map(str::to_owned),
            1 => "\\PC{0,4}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn action() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(
        &[
            "*", "View*", "Change*", "View/a", "View/b", "Change/a", "Change/b",
        ][..],
    )
}

fn resource() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just("*".to_owned()),
        6 => "nrn:(PUB|\\*|):Server:(KR|\\*):(1|2|\\*):(A/[ab*]{1,3}|\\*)",
    ]
}

/// Generates permissions whose every target is without ERROR, small enough that parts often cover each other.
fn permissions() -> impl Strategy<Value = Vec<Permission>> {
    let target = (
        proptest::collection::vec(action(), 1..4),
        proptest::collection::vec(resource(), 1..4),
    )
        .prop_map(|(actions, resource_nrns)| Target {
            product: "Server".to_owned(),
            actions: actions.into_iter().map(str::to_owned).collect(),
            resource_nrns,
        });
    let permission = proptest::collection::vec(target, 1..4).prop_map(|targets| Permission {
        effect: crate::Effect::Allow,
        targets,
    });
    proptest::collection::vec(permission, 1..4)
}

fn policy(permissions: &[Permission]) -> Value {
    json!({ "policyName": "policy-test", "description": "", "permissions": permissions })
}

/// Returns a good policy with a few values replaced by others, so that all kinds of findings meet.
fn damaged() -> impl Strategy<Value = Value> {
    (
        permissions(),
        proptest::collection::vec((any::<prop::sample::Index>(), json()), 0..4),
    )
        .prop_map(|(permissions, damages)| {
            let mut body = policy(&permissions);
            for (index, value) in damages {
                let pointers = pointers(&body);
                *body.pointer_mut(&pointers[index.index(pointers.len())]).unwrap() = value;
            }
            body
        })
}

/// Returns the JSON Pointers of all values below the body.
fn pointers(value: &Value) -> Vec<String> {
    let elements = value
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(i, v)| (i.to_string(), v));
    let members = value.as_object().into_iter().flatten();
    let members = members.map(|(name, v)| (name.replace('~', "~0").replace('/', "~1"), v));
    let children: Vec<(String, &Value)> = elements.chain(members).collect();
    children
        .into_iter()
        .flat_map(|(key, value)| {
            std::iter::once(format!("/{key}")).chain(
                pointers(value)
                    .into_iter()
                    .map(move |below| format!("/{key}{below}")),
            )
        })
        .collect()
}

/// Writes the value with members in another order and white space between everything. `levels` holds the names
/// that are known in objects at this depth and below; other members are reported in order of appearance, so they
/// keep theirs.
fn rewritten(value: &Value, space: &str, levels: &[&[&str]]) -> String {
    match value {
        Value::Object(members) => {
            let (level, below) = levels
                .split_first()
                .map_or((&[][..], &[][..]), |(level, below)| (*level, below));
            let (mut known, unknown): (Vec<_>, Vec<_>) = members
                .iter()
                .partition(|(name, _)| level.contains(&name.as_str()));
            known.reverse();
            let members: Vec<_> = unknown
                .into_iter()
                .chain(known)
                .map(|(name, value)| {
                    format!("{}{space}:{space}{}", json!(name), rewritten(value, space, below))
                })
                .collect();
            format!("{{{space}{}{space}}}", members.join(&format!("{space},{space}")))
        }
        Value::Array(elements) => {
            let elements: Vec<_> = elements
                .iter()
                .map(|value| rewritten(value, space, levels))
                .collect();
            format!("[{space}{}{space}]", elements.join(&format!("{space},{space}")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// Returns whether a location names a value of the body, or a missing member of an object that is there.
fn resolves(location: &str, body: &Value) -> bool {
    let mut rest = location;
    let mut value = Some(body);
    while !rest.is_empty() {
        let Some(parent) = value else { return false };
        if rest.starts_with("[\"") {
            let after = rest.strip_prefix('[').unwrap();
            let mut names = serde_json::Deserializer::from_str(after).into_iter::<String>();
            let name = names.next().unwrap().unwrap();
            value = parent.get(&name);
            rest = after.split_at(names.byte_offset()).1.strip_prefix(']').unwrap();
        } else if let Some(index) = rest.strip_prefix('[') {
            let (index, after) = index.split_once(']').unwrap();
            value = parent.get(index.parse::<usize>().unwrap());
            if value.is_none() {
                return false;
            }
            rest = after;
        } else {
            let after = rest.strip_prefix('.').unwrap_or(rest);
            let (name, after) = after.split_at(after.find(['.', '[']).unwrap_or(after.len()));
            value = parent.get(name);
            if !parent.is_object() {
                return false;
            }
            rest = after;
        }
    }
    true
}

/// Returns the decision: whether some target allows the action on the resource. Written from the definition, without
/// any of the validator's shortcuts.
fn allows(permissions: &[Permission], action: &str, resource: &str) -> bool {
    permissions
        .iter()
        .flat_map(|permission| &permission.targets)
        .any(|target| {
            target
                .actions
                .iter()
                .any(|pattern| match pattern.strip_suffix('*') {
                    Some(prefix) => action.starts_with(prefix),
                    None => pattern == action,
                })
                && target.resource_nrns.iter().any(|pattern| {
                    let pattern = Nrn::parse(pattern, &target.product).unwrap();
                    pattern.covers(&Nrn::parse(resource, &target.product).unwrap())
                })
        })
}

/// Returns everything that can be asked with the names of the strategies above, and a name none of them lists.
fn questions() -> Vec<(&'static str, String)> {
    let mut questions = Vec::new();
    for action in ["View/a", "View/b", "View/c", "Change/a", "Change/c"] {
        for domain in ["PUB", "", "GOV"] {
            for region in ["KR", "JP"] {
                for member in ["1", "2", "3"] {
                    for id in ["A/a", "A/ab", "A/ba", "A/aab", "A/c", "B/a"] {
                        questions.push((action, format!("nrn:{domain}:Server:{region}:{member}:{id}")));
                    }
                }
            }
        }
    }
    questions
}

/// Returns the permissions without what the findings with those codes point at.
fn without_redundant(permissions: &[Permission], locations: &[String]) -> Vec<Permission> {
    let gone = |location: String| locations.contains(&location);
    let keep = |list: &[String], location: &str| -> Vec<String> {
        let kept = list
            .iter()
            .enumerate()
            .filter(|(k, _)| !gone(format!("{location}[{k}]")));
        kept.map(|(_, text)| text.clone()).collect()
    };
    permissions
        .iter()
        .enumerate()
        .filter(|(i, _)| !gone(format!("permissions[{i}]")))
        .map(|(i, permission)| Permission {
            effect: permission.effect,
            targets: permission
                .targets
                .iter()
                .enumerate()
                .map(|(j, target)| (format!("permissions[{i}].targets[{j}]"), target))
                .filter(|(location, _)| !gone(location.clone()))
                .map(|(location, target)| Target {
                    product: target.product.clone(),
                    actions: keep(&target.actions, &format!("{location}.actions")),
                    resource_nrns: keep(&target.resource_nrns, &format!("{location}.resourceNrns")),
                })
                .collect(),
        })
        .collect()
}

fn redundancies(report: &Outcome) -> Vec<String> {
    let redundant = report
        .findings()
        .iter()
        .filter(|finding| finding.code.as_str().contains("redundant"));
    redundant.map(|finding| finding.location.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn any_json_is_validated_without_panic(value in json()) {
        let text = json!({ "permissions": value, "policyName": value, "x": value }).to_string();
        let report = report(&text);
        prop_assert!(report.findings().len() <= 101);
        if let Ok(body) = body::parse(value.to_string().as_bytes()) {
            let _report = validate(&body, &catalogue(), Options {
                include_info: true,
                ..Options::default()
            });
        }
    }

    #[test]
    fn success_means_no_error_and_a_policy(body in damaged()) {
        let report = with_info(&body, None);
        let errors = report.findings().iter().filter(|f| f.finding_type == FindingType::Error).count();
        prop_assert_eq!(report.success(), errors == 0);
        prop_assert_eq!(report.policy().is_some(), errors == 0);
    }

    #[test]
    fn order_of_members_and_white_space_change_nothing(body in damaged(), space in "[ \t\n]{0,2}") {
        let other = rewritten(&body, &space, &[&BODY, &PERMISSION, &TARGET]);
        prop_assert_eq!(report_of(&body), report(&other));
    }

    #[test]
    fn every_location_resolves(body in damaged()) {
        for finding in with_info(&body, None).findings() {
            prop_assert!(resolves(&finding.location, &body), "{finding:?} in {body}");
        }
    }

    #[test]
    fn one_place_has_each_code_once_and_errors_come_first(body in damaged()) {
        let report = with_info(&body, None);
        let mut codes = brief(&report);
        for pair in report.findings().windows(2) {
            if pair[0].location == pair[1].location {
                prop_assert!(
                    (pair[0].finding_type, pair[0].code.as_str()) < (pair[1].finding_type, pair[1].code.as_str())
                );
            }
        }
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        prop_assert_eq!(codes.len(), all);
    }

    #[test]
    fn what_is_stored_is_read_back_unchanged_and_validates_again(permissions in permissions()) {
        let policy_stored = report_of(&policy(&permissions)).policy().cloned().unwrap();
        let text = serde_json::to_string(policy_stored.permissions()).unwrap();
        let read: Vec<Permission> = serde_json::from_str(&text).unwrap();
        let restored = Policy::restore("policy-test".to_owned(), String::new(), read);
        prop_assert_eq!(&restored, &policy_stored);
        let again = with_info(&serde_json::to_value(&restored).unwrap(), Some(&policy_stored));
        prop_assert_eq!(again.policy(), Some(&policy_stored));
        prop_assert!(brief(&again).contains(&"permissions iam.policy.info.noChange".to_owned()));
    }

    #[test]
    fn taking_away_all_that_is_redundant_changes_no_decision(permissions in permissions()) {
        let report = report_of(&policy(&permissions));
        let locations = redundancies(&report);
        let rest = without_redundant(&permissions, &locations);
        prop_assert!(rest.iter().all(|p| !p.targets.is_empty()
            && p.targets.iter().all(|t| !t.actions.is_empty() && !t.resource_nrns.is_empty())));
        for (action, resource) in questions() {
            prop_assert_eq!(allows(&permissions, action, &resource), allows(&rest, action, &resource));
        }
        let again = report_of(&policy(&rest));
        prop_assert_eq!(redundancies(&again), Vec::<String>::new(), "one answer tells all of it");
    }

    #[test]
    fn redundant_targets_are_those_of_the_definition(permissions in permissions()) {
        let targets: Vec<_> = permissions
            .iter()
            .enumerate()
            .flat_map(|(i, p)| p.targets.iter().enumerate().map(move |(j, t)| (i, format!("permissions[{i}].targets[{j}]"), t)))
            .collect();
        let covers = |wide: &Target, narrow: &Target| {
            let nrn = |text| Nrn::parse(text, "Server").unwrap();
            narrow.actions.iter().all(|a| wide.actions.iter().any(|w| crate::action::covers(w, a)))
                && narrow.resource_nrns.iter().all(|n| wide.resource_nrns.iter().any(|w| nrn(w).covers(&nrn(n))))
        };
        let locations = redundancies(&report_of(&policy(&permissions)));
        let coverers = |position: usize| {
            let target = targets[position].2;
            targets.iter().enumerate().filter(move |(other, (_, _, wide))| {
                *other != position && covers(wide, target) && (!covers(target, wide) || *other < position)
            })
        };
        // What one target covers must be found; anything else that is found must be covered by several targets together.
        let pairs = |target: &Target| -> Vec<(&'static str, String)> {
            let asked = questions().into_iter();
            let one = [Permission { effect: crate::Effect::Allow, targets: vec![target.clone()] }];
            asked.filter(|(action, resource)| allows(&one, action, resource)).collect()
        };
        let without = |gone: &dyn Fn(usize) -> bool| -> Vec<Permission> {
            let kept = (0..targets.len()).filter(|t| !gone(*t)).map(|t| targets[t].2.clone());
            vec![Permission { effect: crate::Effect::Allow, targets: kept.collect() }]
        };
        for i in 0..permissions.len() {
            let of_it = || (0..targets.len()).filter(|t| targets[*t].0 == i);
            let redundant = of_it().all(|t| coverers(t).any(|(_, (owner, _, _))| *owner != i));
            let found = locations.contains(&format!("permissions[{i}]"));
            prop_assert!(found || !redundant, "permissions[{i}]");
            if found {
                let rest = without(&|t| targets[t].0 == i);
                for t in of_it() {
                    for (action, resource) in pairs(targets[t].2) {
                        prop_assert!(allows(&rest, action, &resource));
                    }
                }
                continue;
            }
            for t in of_it() {
                let is_found = locations.contains(&targets[t].1);
                prop_assert!(is_found || coverers(t).next().is_none(), "{}", &targets[t].1);
                let rest = without(&|other| other == t);
                for (action, resource) in pairs(targets[t].2) {
                    prop_assert!(!is_found || allows(&rest, action, &resource), "{}", &targets[t].1);
                }
            }
        }
    }

    #[test]
    fn nothing_added_and_nothing_taken_means_equal_decisions(old in permissions(), new in permissions()) {
        let stored = report_of(&policy(&old)).policy().cloned().unwrap();
        let report = with_info(&policy(&new), Some(&stored));
        let has = |code: &str| report.findings().iter().any(|finding| finding.code.as_str().ends_with(code));
        for (action, resource) in questions() {
            let (before, after) = (allows(&old, action, &resource), allows(&new, action, &resource));
            prop_assert!(before || !after || has("accessAdded"), "{action} on {resource} is new");
            prop_assert!(after || !before || has("accessRemoved"), "{action} on {resource} is gone");
        }
    }
}
