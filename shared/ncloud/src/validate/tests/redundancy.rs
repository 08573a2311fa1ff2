//! Looks for what other parts of a policy cover.

use super::*;

#[test]
fn redundancy_is_reported_at_the_outermost_location() {
    let narrow = target(
        "Server",
        &json!(["View/a", "View/a"]),
        &json!(["nrn:PUB:Server:KR:1:Server/1"]),
    );
    let wide = target("Server", &json!(["View*"]), &json!(["nrn:PUB:Server:KR:1:*"]));
    let other = target("VPC", &json!(["View*"]), &json!(["*"]));
    let permissions = |list: &[&[&Value]]| {
        let list: Vec<Value> = list
            .iter()
            .map(|targets| json!({ "effect": "Allow", "targets": targets }))
            .collect();
        report_of(&policy(&json!(list)))
    };
    let redundant = |report: &Outcome| -> Vec<String> {
        brief(report)
            .into_iter()
            .filter(|text| text.contains("redundant"))
            .collect()
    };
    assert_eq!(
        redundant(&permissions(&[&[&narrow]])),
        ["permissions[0].targets[0].actions[1] iam.policy.redundantAction",]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow, &wide]])),
        ["permissions[0].targets[0] iam.policy.redundantTarget"]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow], &[&wide]])),
        ["permissions[0] iam.policy.redundantPermission"]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow, &other], &[&wide]])),
        ["permissions[0].targets[0] iam.policy.redundantTarget",]
    );
    assert_eq!(
        redundant(&permissions(&[&[&wide, &other], &[&other], &[&wide]])),
        [
            "permissions[1] iam.policy.redundantPermission",
            "permissions[2] iam.policy.redundantPermission",
        ]
    );
    assert_eq!(
        redundant(&permissions(&[&[&wide, &wide]])),
        ["permissions[0].targets[1] iam.policy.redundantTarget"]
    );
    assert_eq!(
        permissions(&[&[&wide], &[&other], &[&other, &wide]]).findings()[0].message,
        "Every target of the permission is already covered by permissions[0].targets[0] and \
         permissions[1].targets[0]."
    );
}

#[test]
fn a_target_that_several_others_cover_together_is_redundant() {
    let name = |id: &str| format!("nrn:PUB:Server:KR:1:A/{id}");
    let view = target(
        "Server",
        &json!(["View*"]),
        &json!([name("1"), name("2"), name("4")]),
    );
    let change = target("Server", &json!(["Change*"]), &json!([name("*")]));
    let all = target("Server", &json!(["*"]), &json!([name("1"), name("2")]));
    let report = report_of(&targets(&json!([all, view, change])));
    assert_eq!(
        message(&report, "iam.policy.redundantTarget"),
        "The target is already covered by permissions[0].targets[1] and permissions[0].targets[2] together."
    );
    let third = target("Server", &json!(["*"]), &json!([name("1"), name("3")]));
    assert_eq!(
        brief(&report_of(&targets(&json!([third, view, change])))),
        Vec::<String>::new()
    );
    let allow = |targets: &[&Value]| json!({ "effect": "Allow", "targets": targets });
    let report = report_of(&policy(&json!([
        allow(&[&view]),
        allow(&[&change]),
        allow(&[&all])
    ])));
    assert_eq!(brief(&report), ["permissions[2] iam.policy.redundantPermission"]);
}

/// Makes as many names as fit, with stars inside, so that only a comparison can find whether one covers another.
fn names_with_stars_inside(count: usize) -> Vec<String> {
    let stars = "*a".repeat(18);
    (0..count)
        .map(|number| format!("nrn:PUB:Server:KR:1:Server/{stars}*{number:04}*b"))
        .collect()
}

#[test]
fn a_policy_of_names_with_stars_inside_is_searched_up_to_a_bound() {
    let report = |count| {
        report_of(&one(
            "Server",
            &json!(["View*"]),
            &json!(names_with_stars_inside(count)),
        ))
    };
    assert_eq!(brief(&report(400)), Vec::<String>::new());
    let report = report(4_000);
    assert!(report.success());
    assert_eq!(
        brief(&report),
        ["permissions iam.policy.info.redundancyNotChecked"]
    );
}

#[test]
fn the_search_for_pairs_ends_after_a_bounded_number_of_steps() {
    use crate::cover::Space;
    use crate::nrn::Nrn;
    use crate::steps::{COMPARISON, MAX_STEPS, Steps};
    let steps = |names: &[String]| {
        let nrns: Vec<Nrn<'_>> = names
            .iter()
            .map(|name| Nrn::parse(name, "Server").unwrap())
            .collect();
        let mut steps = Steps::new(MAX_STEPS);
        let target = ("Server", &["View*"][..], nrns.as_slice());
        let space = Space::of(std::iter::once(target), &mut steps);
        space.is_ok().then(|| steps.spent(MAX_STEPS))
    };
    // This counts all pairs, with the suffix and the prefix once for each name.
    assert_eq!(
        steps(&names_with_stars_inside(400)),
        Some(400 * (1 + 400 * COMPARISON))
    );
    assert_eq!(steps(&names_with_stars_inside(4_000)), None);
    // Prefixes and suffixes distinguish these names: the steps grow with the number of names.
    let apart = |count: usize| -> Vec<String> {
        let name = |number| match number % 2 {
            0 => format!("nrn:PUB:Server:KR:1:Server/{number:05}*x"),
            _ => format!("nrn:PUB:Server:KR:1:Server/*{number:05}"),
        };
        (0..count).map(name).collect()
    };
    assert_eq!(steps(&apart(5_000)), steps(&apart(500)).map(|steps| 10 * steps));
}

#[test]
fn of_targets_that_say_the_same_in_other_words_the_later_is_redundant() {
    let short = target("Server", &json!(["*"]), &json!(["nrn:*:Server:*:*:*"]));
    let long = target(
        "Server",
        &json!(["View*", "*"]),
        &json!(["nrn:PUB:Server:KR:1:A/1", "*"]),
    );
    for pair in [[&short, &long], [&long, &short]] {
        let report = report_of(&targets(&json!(pair)));
        let redundant = report
            .findings()
            .iter()
            .filter(|f| f.code.as_str().ends_with("redundantTarget"));
        let locations: Vec<_> = redundant.map(|finding| finding.location.as_str()).collect();
        assert_eq!(locations, ["permissions[0].targets[1]"]);
    }
}

#[test]
fn broken_targets_take_part_in_no_comparison() {
    let broken = target("Server", &json!(["View*", "View/*"]), &json!(["*"]));
    let good = target("Server", &json!(["View*"]), &json!(["*"]));
    let report = report_of(&targets(&json!([broken, good])));
    assert_eq!(
        brief(&report),
        ["permissions[0].targets[0].actions[1] iam.policy.invalidAction.wildcard"]
    );
}
