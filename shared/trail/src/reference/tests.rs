use std::collections::BTreeSet;

use rstest::rstest;

use super::*;
use crate::completeness::DATA_EVENT_SERVICES;

#[test]
fn the_small_reference_says_what_the_real_one_says() {
    for name in crate::tests::reference::Sample::names() {
        let (small, real) = (
            crate::tests::reference::Sample.action(name).unwrap(),
            Embedded.action(&name.to_ascii_uppercase()).unwrap(),
        );
        assert_eq!(small.name, real.name);
        assert_eq!(small.access_levels, real.access_levels, "{name}");
        let templates =
            |action: &Action<'_>| -> BTreeSet<String> { action.templates("aws").into_iter().collect() };
        assert_eq!(templates(&small), templates(&real), "{name}");
        // The small one leaves out resource types that a call may name, and tells several formats of a type in one
        // text.
        let formats = |action: &Action<'_>| -> BTreeSet<String> {
            action
                .resource_types
                .iter()
                .flat_map(|kind| &kind.formats)
                .flat_map(|format| format.split(", "))
                .map(str::to_owned)
                .collect()
        };
        assert!(formats(&small).is_subset(&formats(&real)), "{name}");
    }
}

#[test]
fn services_whose_data_events_count_exist() {
    for service in DATA_EVENT_SERVICES {
        assert!(Embedded.formats(service).is_some(), "{service}");
    }
}

#[rstest]
#[case::of_the_same_name("dynamodb.amazonaws.com", Some("dynamodb"))]
#[case::renamed("monitoring.amazonaws.com", Some("cloudwatch"))]
#[case::in_china("monitoring.amazonaws.com.cn", Some("cloudwatch"))]
#[case::of_no_service("no-such-service.amazonaws.com", None)]
#[case::without_a_domain("dynamodb", None)]
#[case::of_another_domain("dynamodb.example.com", None)]
fn an_event_source_leads_to_the_prefix_of_its_actions(
    #[case] event_source: &str,
    #[case] prefix: Option<&str>,
) {
    assert_eq!(Embedded.service_of(event_source), prefix);
}

#[test]
fn formats_are_those_of_all_types_of_the_service() {
    assert_eq!(
        Embedded.formats("sns"),
        Some(vec!["arn:${Partition}:sns:${Region}:${Account}:${TopicName}"])
    );
    let of_s3 = Embedded.formats("s3").unwrap();
    for format in [
        "arn:${Partition}:s3:::${BucketName}",
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}",
    ] {
        assert!(of_s3.contains(&format), "{of_s3:?}");
    }
    assert_eq!(Embedded.formats("no-such-service"), None);
}
